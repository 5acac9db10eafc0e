"""The file worker: what the journal announces is stored; what can't be is told and stops nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.launch.conftest import Platform, running

from snellen.contract.events import Journal
from snellen.contract.folder import JobFolder
from snellen.errors import AttemptSuperseded
from snellen.launch.files import Files
from snellen.launch.testing import spec_without_dataset
from snellen.sdk import JobContext


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    found = JobFolder(tmp_path / "job")
    found.create(spec_without_dataset())
    return found


@pytest.fixture
def ctx(folder: JobFolder) -> Iterator[JobContext]:
    found = JobContext(folder)
    yield found
    found.close()


@pytest.fixture
def work(platform: Any, folder: JobFolder, client_of: Callable[..., Any]) -> Callable[..., Files]:
    """A worker for the folder, started."""

    def begin(job: tuple[int, str]) -> Files:
        worker = Files(folder, folder.spec(), client_of(platform, *job), threading.Event())
        worker.start()
        return worker

    return begin


def artifacts(platform: Any, job_id: int, kind: str) -> dict[str, Any]:
    found = platform.get(f"/training/jobs/{job_id}/artifacts", kind=kind)["items"]
    return {a["name"]: a for a in found}


def text_of(folder: JobFolder) -> str:
    return folder.events.read_text(encoding="utf-8")


def test_plots_files_and_the_newest_checkpoint_of_each_name_are_stored(
    platform: Any, work: Callable[..., Files], ctx: JobContext, tmp_path: Path
) -> None:
    job = platform.external_job()
    (tmp_path / "curve.png").write_bytes(b"\x89PNG")
    ctx.log_plot(tmp_path / "curve.png", epoch=1)
    for epoch in (1, 2, 3):
        (tmp_path / "last.pt").write_bytes(b"weights" * epoch)
        ctx.save_checkpoint(tmp_path / "last.pt", epoch=epoch, metadata={"fitness": epoch})
    (ctx.folder.root / "notes.txt").write_text("hello")
    journal = Journal(ctx.folder.events)
    journal.append("artifact", kind="file", name="notes.txt", path="notes.txt")
    journal.close()
    assert work(job).finish()
    assert artifacts(platform, job[0], "plot")["curve.png"]["content_type"] == "image/png"
    (kept,) = artifacts(platform, job[0], "checkpoint").values()
    assert (kept["name"], kept["epoch"], kept["size"]) == ("last.pt", 3, 21)
    assert kept["metadata"]["fitness"] == 3
    assert artifacts(platform, job[0], "file")["notes.txt"]["size"] == 5
    assert list(ctx.folder.checkpoints.iterdir()) == []


def test_what_leads_out_of_the_folder_or_is_not_there_is_told_and_the_rest_is_stored(
    platform: Any, work: Callable[..., Files], folder: JobFolder, tmp_path: Path
) -> None:
    job = platform.external_job()
    (tmp_path / "secret.txt").write_text("secret")
    (folder.root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder.root / "good.txt").write_text("good")
    journal = Journal(folder.events)
    for path in ("../secret.txt", str(tmp_path / "secret.txt"), "link.txt", "missing.txt", "good.txt"):
        journal.append("artifact", kind="file", name=path, path=path)
    journal.append("artifact", kind="no such kind", name="x", path="good.txt")
    journal.append("artifact", kind="file")
    journal.append("validation", epoch="first")
    journal.append("validation", epoch=1, metrics={"a": 1.0}, plots=[{"name": "gone.png", "path": "gone.png"}])
    journal.close()
    assert work(job).finish()
    assert list(artifacts(platform, job[0], "file")) == ["good.txt"]
    told = text_of(folder)
    assert (told.count("is outside the job's folder"), told.count("behind a link")) == (2, 1)
    assert "gone.png" in told
    assert [r["epoch"] for r in platform.get(f"/validation/jobs/{job[0]}/results")["items"]] == [1]


def test_a_worker_that_comes_back_goes_on_where_it_was(
    platform: Any, work: Callable[..., Files], ctx: JobContext
) -> None:
    job = platform.external_job()
    ctx.log_validation(1, metrics={"a": 1.0})
    assert work(job).finish()
    ctx.log_validation(2, metrics={"a": 2.0})
    assert work(job).finish()
    rows = platform.get(f"/validation/jobs/{job[0]}/results")["items"]
    assert {r["epoch"]: r["metrics"] for r in rows} == {1: {"a": 1.0}, 2: {"a": 2.0}}


def test_predictions_without_a_truth_are_told_and_the_metrics_are_kept(
    platform: Any, work: Callable[..., Files], ctx: JobContext
) -> None:
    job = platform.external_job()
    columns = {"image": ["a.png"], "class_id": [0], "score": [0.5], "x": [0.0], "y": [0.0], "w": [1.0], "h": [1.0]}
    ctx.log_validation(1, metrics={"a": 1.0}, predictions=columns, images=["a.png"])
    assert work(job).finish()
    (row,) = platform.get(f"/validation/jobs/{job[0]}/results")["items"]
    assert row["metrics"] == {"a": 1.0}
    assert "no dataset in Snellen" in row["evaluation_error"]


def test_a_superseded_attempt_stores_nothing_more(platform: Any, work: Callable[..., Files], ctx: JobContext) -> None:
    job = platform.external_job()
    platform.supersede(job[0])
    ctx.log_validation(1, metrics={"a": 1.0})
    worker = work(job)
    assert not worker.finish()
    assert isinstance(worker.refused, AttemptSuperseded)
    assert platform.get(f"/validation/jobs/{job[0]}/results")["items"] == []


def results_of(platform: Any, job_id: int, epoch: int) -> Any:
    return platform.get(f"/validation/jobs/{job_id}/results/{epoch}")


def test_a_result_that_a_script_wrote_as_json_is_sent_as_it_is(
    platform: Any, work: Callable[..., Files], folder: JobFolder
) -> None:
    job = platform.external_job()
    truth = [{"class_id": 0, "class_name": "cat", "bbox": [10, 10, 20, 20]}]
    found = [{"class_id": 0, "class_name": "cat", "bbox": [11, 10, 20, 20], "confidence": 0.9}]
    body = {
        "epoch": 1,
        "metrics": {"val/loss": 0.25},
        "class_names": ["cat"],
        "image_results": [{"image_name": "a.png", "true_boxes": truth, "predicted_boxes": found}],
    }
    path = folder.predictions_file(1, ".json")
    path.write_text(json.dumps(body))
    journal = Journal(folder.events)
    journal.append("validation", epoch=1, results_path=folder.relative(path))
    journal.close()
    assert work(job).finish()
    stored = results_of(platform, job[0], 1)
    assert stored["metrics"] == {"val/loss": 0.25}
    assert stored["computed"]["mAP50"] == pytest.approx(1.0)
    cells = platform.get(f"/validation/jobs/{job[0]}/results/1/confusion-matrix")["cells"]
    assert cells == [[0, 0, 1]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{not json", "can't be read"),
        ("[1, 2]", "got a JSON list, expected an object"),
        ('{"epoch": 7}', "it says epoch 7, its name says 1"),
        ('{"task_type": "pose"}', "task_type is 'pose', the job's task is detection"),
    ],
)
def test_a_result_that_can_not_be_taken_is_told_and_the_next_one_is_stored(
    platform: Any, work: Callable[..., Files], folder: JobFolder, text: str, said: str
) -> None:
    job = platform.external_job()
    journal = Journal(folder.events)
    for epoch, content in ((1, text), (2, '{"metrics": {"val/loss": 0.5}}')):
        path = folder.predictions_file(epoch, ".json")
        path.write_text(content)
        journal.append("validation", epoch=epoch, results_path=folder.relative(path))
    journal.close()
    assert work(job).finish()
    assert said in text_of(folder)
    assert results_of(platform, job[0], 2)["metrics"] == {"val/loss": 0.5}


def test_a_checkpoint_is_stored_only_after_the_server_has_every_event_before_it(
    platform: Any, folder: JobFolder, ctx: JobContext, client_of: Callable[..., Any], tmp_path: Path
) -> None:
    job = platform.external_job()
    asked: list[tuple[int, int]] = []

    def wait(number: int) -> None:
        asked.append((number, len(artifacts(platform, job[0], "checkpoint"))))

    ctx.log_metrics({"a": 1}, epoch=1)
    (tmp_path / "last.pt").write_bytes(b"weights")
    ctx.save_checkpoint(tmp_path / "last.pt", epoch=1)
    worker = Files(folder, folder.spec(), client_of(platform, *job), threading.Event(), wait)
    worker.start()
    assert worker.finish()
    assert asked == [(2, 0)]
    assert list(artifacts(platform, job[0], "checkpoint")) == ["last.pt"]


@pytest.mark.parametrize("limit", [1024**2, 4096])
def test_a_small_file_goes_at_once_and_by_parts_where_the_server_takes_less_in_one_body(
    tmp_path: Path, client_of: Callable[..., Any], limit: int
) -> None:
    data = bytes(range(256)) * 32
    (tmp_path / "curve.bin").write_bytes(data)
    with running(Platform(tmp_path / "data", max_body_bytes=limit)) as platform:
        job_id, token = platform.external_job()
        client = client_of(platform, job_id, token)
        opened = partial((tmp_path / "curve.bin").open, "rb")
        artifact = client.upload(opened, kind="plot", name="curve.bin", content_type="x/y", epoch=2)
        assert platform.ask(artifact["url"].removeprefix("/api/v1")).content == data
        assert artifacts(platform, job_id, "plot") == {"curve.bin": artifact}
        requests = platform.state.measures.requests
        route = "/api/v1/training/jobs/{job_id}/uploads"
        announced = requests.labels("POST", route, "201")._value.get()
        assert announced == (0 if limit > len(data) else 1)

"""The script that comes with Snellen: its sets fit all four tasks, and it goes on where it was."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from snellen.cli.digits import write_digits
from snellen.contract.folder import JobFolder
from snellen.contract.spec import DatasetRef, JobSpec
from snellen.contract.tasks import Task, default_primary
from snellen.formats import load_snapshot, read_folder, save_snapshot
from snellen.formats.export_yolo import export_yolo
from snellen.launch.evaluate import Evaluator
from snellen.storage import open_store
from snellen.storage.object_keys import file_key
from snellen.trainers.script import ScriptTrainer

Run = Callable[..., subprocess.CompletedProcess[str]]
MakeJob = Callable[..., JobFolder]
COMMAND = dict(ScriptTrainer.conformance_params) | {"pause": 0}


@pytest.fixture
def job(tmp_path: Path) -> MakeJob:
    """A folder with eight and two small scenes of a task."""

    def make(name: str, task: Task = Task.DETECTION, **fields: Any) -> JobFolder:
        source = tmp_path / str(task)
        write_digits(source, task=task, train=8, val=2, size=64)
        store = open_store(str(tmp_path / f"store-{task}"), create=True)
        snapshot = load_snapshot(store, save_snapshot(read_folder(source).content, store).hash)
        info, folder = snapshot.info, JobFolder(tmp_path / name)
        spec: dict[str, Any] = {
            "job_id": 1, "attempt": 1, "name": "mean", "trainer": "script", "task": task, "model": "mean-object",
            "epochs": 3, "primary_metric": default_primary(task), "params": COMMAND,
            "dataset": DatasetRef(1, "digits", info.hash, tuple(info.class_names)), **fields,
        }  # fmt: skip
        folder.create(JobSpec(**spec))

        def fetch(wanted: list[tuple[str, Path]]) -> None:
            for sha256, target in wanted:
                target.write_bytes(store.get_bytes(file_key(sha256)))

        export_yolo(snapshot, folder.dataset, fetch)
        return folder

    return make


def events(folder: JobFolder, kind: str) -> list[dict[str, Any]]:
    return [e for e in map(json.loads, folder.events.read_text().splitlines()) if e["type"] == kind]


def losses(folder: JobFolder) -> dict[int, tuple[float, float]]:
    values = {e["step"]: (e["values"]["train/loss"], e["values"]["lr"]) for e in events(folder, "metrics")}
    assert len(values) == len(events(folder, "metrics"))
    return values


def bring(checkpoint: Path, folder: JobFolder, name: str) -> None:
    folder.weights.mkdir()
    (folder.weights / name).write_bytes(checkpoint.read_bytes())


@pytest.mark.parametrize("task", Task)
def test_its_sets_fit_every_task(job: MakeJob, run_job: Run, task: Task) -> None:
    folder = job("job", task)
    done = run_job(folder)
    assert done.returncode == 0, done.stderr
    assert events(folder, "log") == []
    assert [e["epoch"] for e in events(folder, "validation")] == [1, 2, 3]
    found = Evaluator(folder.spec(), folder.dataset).evaluate(folder.predictions_file(3), 3)
    assert found.evaluation["metrics"][default_primary(task).name] >= 0


def test_it_goes_on_as_if_nothing_had_been_and_begins_with_anothers_weights(job: MakeJob, run_job: Run) -> None:
    whole = job("whole")
    assert run_job(whole).returncode == 0
    first = job("first", epochs=2)
    assert run_job(first).returncode == 0
    checkpoint = first.root / events(first, "artifact")[-1]["path"]
    second = job("second", resume_from="weights/resume.npz")
    bring(checkpoint, second, "resume.npz")
    assert run_job(second).returncode == 0
    assert losses(first) | losses(second) == losses(whole)
    assert min(losses(second)) == 3
    other = job("other", epochs=1, init_from="weights/init.npz")
    bring(checkpoint, other, "init.npz")
    assert run_job(other).returncode == 0
    assert losses(other)[1][0] < losses(whole)[1][0]
    cut = job("cut", resume_from="weights/resume.npz")
    bring(checkpoint, cut, "resume.npz")
    (cut.weights / "resume.npz").write_bytes(checkpoint.read_bytes()[:500])
    assert run_job(cut).returncode == 1
    assert "the checkpoint resume.npz can't be read" in json.loads(cut.outcome.read_text())["reason"]

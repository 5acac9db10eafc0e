"""The example without any SDK: Perl and files, run by the real trainer."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.journals import events, outcome

from snellen.contract.folder import JobFolder
from snellen.formats.image_results import from_image_results
from snellen.formats.path_map import snapshot_names

Run = Callable[..., subprocess.CompletedProcess[str]]
PROGRAM = Path(__file__).parents[2] / "examples" / "no_sdk" / "train.pl"
MODULES = ["perl", "-MJSON::PP", "-MCompress::Zlib", "-e", "1"]


@pytest.fixture(autouse=True)
def _perl() -> None:
    try:
        subprocess.run(MODULES, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("perl is not installed with its modules: apt-get install perl")


@pytest.fixture
def job(bench: Any, tmp_path: Path) -> Callable[..., JobFolder]:
    def make(name: str = "job", **fields: Any) -> JobFolder:
        settings = {"trainer": "script", "model": "where", "epochs": 3, "params": {"command": [str(PROGRAM)]}}
        return bench.job(tmp_path / name, **(settings | fields))

    return make


def losses(folder: JobFolder) -> dict[int, float]:
    return {e["step"]: e["values"]["train/loss"] for e in events(folder, "metrics")}


def test_every_epoch_has_metrics_a_result_a_plot_and_a_checkpoint(
    bench: Any, job: Callable[..., JobFolder], run_job: Run
) -> None:
    folder = job()
    done = run_job(folder)
    assert (done.returncode, outcome(folder)["state"]) == (0, "completed"), done.stderr
    assert done.stdout.startswith("epoch 1: loss ")
    assert [e["epoch"] for e in events(folder, "validation")] == [1, 2, 3]
    assert events(folder, "log") == []
    found = losses(folder)
    assert list(found) == [1, 2, 3]
    assert found[1] > found[3] > 0
    body = json.loads((folder.root / events(folder, "validation")[-1]["results_path"]).read_text())
    assert body["metrics"]["val/loss"] > 0
    names, snapshot = list(bench.snapshot.info.class_names), bench.snapshot.images
    read = from_image_results(
        snapshot_names(body["image_results"], folder.dataset), names, task=folder.spec().task, dataset=snapshot
    )
    assert read.predictions.frame.height == len(names) * 6
    # Half of the images are not square: boxes are in pixels of each.
    frame = read.predictions.frame.join(snapshot, on="image_id")
    assert ((frame["x"] + frame["w"] / 2).is_between(0, frame["width"])).all()
    assert ((frame["y"] + frame["h"] / 2).is_between(0, frame["height"])).all()
    plots = [e for e in events(folder, "artifact") if e["kind"] == "plot"]
    with Image.open(folder.root / plots[-1]["path"]) as picture:
        assert (picture.size, picture.mode) == ((64, 64), "L")
        assert picture.getextrema() != (0, 0)
    kept = [e for e in events(folder, "artifact") if e["kind"] == "checkpoint"]
    assert [e["epoch"] for e in kept] == [1, 2, 3]
    assert json.loads((folder.root / kept[0]["path"]).read_text())["epoch"] == 1


def test_it_stops_and_goes_on_as_if_nothing_had_been(job: Callable[..., JobFolder], run_job: Run) -> None:
    whole, first = job("whole"), job("first")
    assert run_job(whole).returncode == 0
    first.ask_stop()
    assert run_job(first).returncode == 0
    assert (outcome(first)["state"], list(losses(first))) == ("stopped", [1])
    second = job("second", resume_from="weights/resume.json")
    second.weights.mkdir()
    checkpoint = first.root / events(first, "artifact")[-1]["path"]
    (second.weights / "resume.json").write_bytes(checkpoint.read_bytes())
    assert run_job(second).returncode == 0
    assert losses(first) | losses(second) == losses(whole)
    assert list(losses(second)) == [2, 3]


def test_a_stop_at_once_drops_the_epoch(job: Callable[..., JobFolder], run_job: Run) -> None:
    folder = job()
    folder.ask_stop(now=True)
    assert run_job(folder).returncode == 0
    assert outcome(folder)["state"] == "stopped"
    assert not folder.events.exists()


def test_what_it_cannot_train_is_the_reason_of_the_failure(job: Callable[..., JobFolder], run_job: Run) -> None:
    folder = job("none", dataset=None)
    assert run_job(folder).returncode == 1
    reason = "the script ended with exit status 2: dataset: the job has none; choose one when you create it"
    assert outcome(folder)["reason"] in {reason, reason.replace("status 2", "status 255")}
    broken = job("broken", resume_from="weights/resume.json")
    broken.weights.mkdir()
    (broken.weights / "resume.json").write_text('{"epoch": 1, "mean"')
    assert run_job(broken).returncode == 1
    assert "the checkpoint weights/resume.json can't be read" in outcome(broken)["reason"]

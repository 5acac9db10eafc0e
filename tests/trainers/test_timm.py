"""timm: short real trainings of its smallest model, and what is refused before one begins."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch
from tests.journals import events, outcome
from tests.stores import fetch_from

from snellen.cli.digits import write_digits
from snellen.contract.folder import JobFolder
from snellen.contract.spec import DatasetRef, JobSpec
from snellen.contract.tasks import Task, default_primary
from snellen.formats import load_snapshot, read_folder, save_snapshot
from snellen.formats.export_yolo import export_yolo
from snellen.formats.predictions import read_raw
from snellen.formats.snapshot import Snapshot
from snellen.launch.evaluate import Evaluator
from snellen.storage import Store, open_store
from snellen.trainers.timm import TimmTrainer
from snellen.trainers.timm.schema import with_defaults

Run = Callable[..., subprocess.CompletedProcess[str]]
#: Threads that wait for each other take most of the time of so small a model where others use the cores too.
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
SMALL = {"img_size": 32, "batch_size": 16, "workers": 0, "lr": 0.01}


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, Store]:
    """A few digits in folders by class."""
    root = tmp_path_factory.mktemp("labels")
    write_digits(root / "digits", task=Task.CLASSIFICATION, train=40, val=13, size=64)
    store = open_store(str(root / "store"), create=True)
    return load_snapshot(store, save_snapshot(read_folder(root / "digits").content, store).hash), store


@pytest.fixture
def job(tmp_path: Path, digits: tuple[Snapshot, Store]) -> Callable[..., JobFolder]:
    snapshot, store = digits

    def make(model: str = "test_resnet", *, epochs: int = 2, **params: Any) -> JobFolder:
        folder = JobFolder(tmp_path / "job")
        names = tuple(snapshot.info.class_names)
        folder.create(
            JobSpec(
                job_id=1,
                attempt=1,
                name="labels",
                trainer="timm",
                task=Task.CLASSIFICATION,
                model=model,
                epochs=epochs,
                primary_metric=default_primary(Task.CLASSIFICATION),
                dataset=DatasetRef(1, "digits", snapshot.info.hash, names),
                params=SMALL | params,
            )
        )

        export_yolo(snapshot, folder.dataset, fetch_from(store))
        return folder

    return make


@pytest.mark.train
@pytest.mark.parametrize("params", [{}, {"ema": True, "mixup": 0.2, "clip_grad": 1.0, "auto_augment": "rand-m5"}])
def test_every_epoch_is_told_and_its_set_says_what_the_trainer_says(
    job: Callable[..., JobFolder], run_job: Run, params: dict[str, Any]
) -> None:
    folder = job(**params)
    done = run_job(folder, **ONE_THREAD)
    assert done.returncode == 0, done.stdout + done.stderr
    assert outcome(folder)["state"] == "completed"
    assert [e for e in events(folder, "log") if e["level"] == "warning"] == []
    metrics = events(folder, "metrics")
    assert [e["step"] for e in metrics] == [1, 2]
    assert set(metrics[0]["values"]) == {"train/loss", "lr", "val/loss", "val/top1", "val/top5"}
    assert metrics[0]["values"]["lr"] == pytest.approx(0.01)
    evaluator = Evaluator(folder.spec(), folder.dataset, folder.supervisor)
    for event in events(folder, "validation"):
        raw = read_raw(folder.root / event["predictions_path"])
        assert (len(raw.images), raw.frame.height) == (13, 65)
        assert all((folder.dataset / name).is_file() for name in raw.images)
        sent = (folder.root / event["predictions_path"]).read_bytes()
        computed = evaluator.evaluate(sent, event["epoch"]).evaluation["metrics"]
        assert computed["top1"] == pytest.approx(event["metrics"]["val/top1"])
        assert computed["top5"] == pytest.approx(event["metrics"]["val/top5"])
    kept = [e for e in events(folder, "artifact") if e["name"] == "last.pth"]
    state = torch.load(folder.root / kept[-1]["path"], weights_only=True)
    assert (state["epoch"], state["arch"], state["class_names"]) == (2, "test_resnet", [str(i) for i in range(10)])
    assert (state["state_dict_ema"] is not None) == bool(params)
    assert {"state_dict", "optimizer", "scheduler", "scaler", "updates"} <= set(state)


@pytest.mark.train
def test_a_job_that_is_asked_to_stop_ends_with_its_epoch(job: Callable[..., JobFolder], run_job: Run) -> None:
    folder = job(epochs=50)
    folder.stop_file.touch()
    assert run_job(folder, **ONE_THREAD).returncode == 0
    assert outcome(folder)["state"] == "stopped"
    assert [e["epoch"] for e in events(folder, "validation")] == [1]


@pytest.mark.train
@pytest.mark.parametrize(
    ("model", "params", "named"),
    [
        ("resnet1", {}, "has no 'resnet1'; did you mean resnet18"),
        ("test_resnet", {"pretrained": True}, "pretrained: the weights of test_resnet are neither here nor to be had"),
        ("test_resnet", {"lr": 100, "opt": "sgd", "smoothing": 0.0}, "the loss became"),
    ],
)
def test_what_cannot_be_trained_fails_with_its_reason(
    job: Callable[..., JobFolder], run_job: Run, model: str, params: dict[str, Any], named: str
) -> None:
    folder = job(model, epochs=20, **params)
    done = run_job(folder, HF_HUB_OFFLINE="1", **ONE_THREAD)
    assert done.returncode != 0
    assert outcome(folder)["state"] == "failed"
    assert named in outcome(folder)["reason"]


def test_the_defaults_pass_their_own_schema() -> None:
    schema = TimmTrainer().schema(Task.CLASSIFICATION)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(with_defaults({}, schema), schema)
    assert {"adamw", "sgd", "lamb"} <= set(schema["properties"]["opt"]["enum"])
    for wrong in ({"opt": "best"}, {"auto_augment": "rnd"}, {"lr": 0}, {"imgsz": 64}, {"drop": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_a_missing_val_folder_is_no_surprise(tmp_path: Path, job: Callable[..., JobFolder], run_job: Run) -> None:
    folder = job()
    shutil.rmtree(folder.dataset / "val")
    assert run_job(folder, **ONE_THREAD).returncode != 0
    assert "there are no images of val" in outcome(folder)["reason"]

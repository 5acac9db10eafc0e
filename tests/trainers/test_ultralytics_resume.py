"""A training that is cut off goes on where it was: the same curves, no epoch missing or doubled, nothing begun anew."""

from __future__ import annotations

import csv
import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
import yaml
from tests.journals import outcome

from snellen.contract.folder import JobFolder
from snellen.contract.spec import DatasetRef
from snellen.formats.predictions import read_raw
from snellen.sdk import JobContext
from snellen.trainers.ultralytics.hooks import Hooks
from snellen.trainers.ultralytics.stopping import StopNow, close_loaders

pytestmark = pytest.mark.train
Events = Callable[[JobFolder], list[dict[str, Any]]]
RunHere = Callable[..., list[str]]


def of_type(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [e for e in events if e["type"] == kind]


def checkpoint(events: list[dict[str, Any]], name: str, epoch: int) -> dict[str, Any]:
    return next(e for e in of_type(events, "artifact") if (e["name"], e["epoch"]) == (name, epoch))


def load(path: Path) -> dict[str, Any]:
    return dict(torch.load(path, map_location="cpu", weights_only=False))


@pytest.fixture(scope="session")
def going_on(bench: Any, trained: JobFolder, events_of: Events) -> Callable[..., JobFolder]:
    """A second attempt's folder, with the first one's checkpoint of an epoch, perhaps changed."""

    def make(root: Path, epoch: int = 1, changed: dict[str, Any] | None = None, **fields: Any) -> JobFolder:
        kept = checkpoint(events_of(trained), "last.pt", epoch)
        folder: JobFolder = bench.job(root, attempt=2, resume_from="weights/resume.pt", **fields)
        folder.weights.mkdir()
        target = folder.weights / "resume.pt"
        shutil.copyfile(trained.root / kept["path"], target)
        if changed is not None:
            content = load(target)
            content["train_args"].update(changed.pop("train_args", {}))
            torch.save(content | changed, target)
        folder.resume_record.write_text(json.dumps({key: kept[key] for key in ("name", "epoch", "metadata")}))
        return folder

    return make


@pytest.fixture(scope="session")
def resumed(
    going_on: Callable[..., JobFolder], run_here: RunHere, tmp_path_factory: pytest.TempPathFactory
) -> tuple[JobFolder, list[str]]:
    """The second of two epochs, trained by a second attempt, and what the framework logged."""
    folder = going_on(tmp_path_factory.mktemp("resumed") / "job")
    log = run_here(folder, plots=True)
    assert outcome(folder)["state"] == "completed", outcome(folder)
    return folder, log


def test_the_epoch_after_the_checkpoint_is_the_next_and_no_other_is_told(
    resumed: tuple[JobFolder, list[str]], events_of: Events
) -> None:
    folder, _ = resumed
    events = events_of(folder)
    assert [e["epoch"] for e in of_type(events, "metrics")] == [2]
    assert [e["epoch"] for e in of_type(events, "validation")] == [2]
    assert {e["epoch"] for e in of_type(events, "progress")} == {2}
    assert [e["lines"] for e in of_type(events, "log")] == [["going on with epoch 2 of 2"]]
    assert len(read_raw(folder.predictions_file(2)).images) == 6
    assert {e["name"] for e in of_type(events, "artifact") if e["kind"] == "plot"} >= {"results.png", "labels.jpg"}


def test_schedule_optimizer_and_averaged_weights_are_where_one_training_would_have_them(
    resumed: tuple[JobFolder, list[str]], trained: JobFolder, events_of: Events
) -> None:
    folder, _ = resumed
    ours, theirs = events_of(folder), events_of(trained)
    rates = [
        {key: value for key, value in of_type(events, "metrics")[-1]["values"].items() if key.startswith("lr/")}
        for events in (ours, theirs)
    ]
    assert rates[0] == pytest.approx(rates[1])
    mine, whole = (
        load(root / checkpoint(events, "last.pt", 2)["path"])
        for root, events in ((folder.root, ours), (trained.root, theirs))
    )
    assert mine["updates"] == whole["updates"] == 4
    steps = [{int(state["step"]) for state in each["optimizer"]["state"].values()} for each in (mine, whole)]
    assert steps[0] == steps[1]
    assert mine["train_args"]["optimizer"] == "AdamW"


def test_places_are_those_of_this_attempt_and_the_table_of_results_is_whole(
    resumed: tuple[JobFolder, list[str]], trained: JobFolder
) -> None:
    folder, _ = resumed
    run = folder.work / "run"
    arguments = yaml.safe_load((run / "args.yaml").read_text())
    assert [key for key, value in arguments.items() if str(trained.root) in str(value)] == []
    assert arguments["data"] == str(folder.dataset / "data.yaml")
    assert arguments["save_dir"] == str(run)
    rows = list(csv.DictReader((run / "results.csv").read_text().splitlines()))
    assert [int(row["epoch"]) for row in rows] == [1, 2]
    first = next(csv.DictReader((trained.work / "run" / "results.csv").read_text().splitlines()))
    assert float(rows[0]["val/cls_loss"]) == pytest.approx(float(first["val/cls_loss"]))


def test_best_value_patience_and_the_end_of_mosaic_are_remembered(
    going_on: Callable[..., JobFolder],
    resumed: tuple[JobFolder, list[str]],
    run_here: RunHere,
    events_of: Events,
    tmp_path: Path,
) -> None:
    changed = {
        "best_fitness": 0.9,
        "stopper": {"best_fitness": 0.9, "best_epoch": 1},
        "train_args": {"patience": 1, "close_mosaic": 3},
    }
    folder = going_on(tmp_path / "job", changed=changed, epochs=5)
    log = run_here(folder)
    assert outcome(folder) == {
        "state": "completed",
        "reason": "stopped early at epoch 2: no better fitness for 1 epochs (best at epoch 1)",
        "detail": None,
    }
    kept = [e for e in of_type(events_of(folder), "artifact") if e["kind"] == "checkpoint"]
    assert [(e["name"], e["epoch"], e["metadata"]["best_epoch"]) for e in kept] == [("last.pt", 2, 1)]
    assert kept[0]["metadata"]["best_fitness"] == 0.9
    assert kept[0]["metadata"]["patience_best_epoch"] == 1
    # Mosaic ends with the third of five epochs here, with the first of two there.
    assert "Closing dataloader mosaic" not in log
    assert "Closing dataloader mosaic" in resumed[1]


def test_a_job_that_has_done_its_epochs_is_completed_and_says_so(
    going_on: Callable[..., JobFolder], run_here: RunHere, tmp_path: Path
) -> None:
    folder = going_on(tmp_path / "job", epoch=2)
    run_here(folder)
    said = {"state": "completed", "reason": "nothing left to train: the checkpoint is of epoch 2 of 2", "detail": None}
    assert outcome(folder) == said
    stopped = {"stopper": {"best_fitness": 0.9, "best_epoch": 1}, "train_args": {"patience": 1}}
    early = going_on(tmp_path / "early", epoch=2, changed=stopped, epochs=9)
    run_here(early)
    assert "had stopped early at epoch 2: no better fitness for 1 epochs (best at epoch 1)" in outcome(early)["reason"]


def test_what_the_framework_strips_is_refused_by_name_and_what_we_keep_is_not_stripped(
    going_on: Callable[..., JobFolder], trained: JobFolder, run_here: RunHere, events_of: Events, tmp_path: Path
) -> None:
    stripped = trained.work / "run" / "weights" / "last.pt"
    assert (load(stripped)["optimizer"], load(stripped)["epoch"]) == (None, -1)
    kept = load(trained.root / checkpoint(events_of(trained), "last.pt", 2)["path"])
    assert kept["optimizer"] is not None
    assert kept["epoch"] == 1
    folder = going_on(tmp_path / "job")
    shutil.copyfile(stripped, folder.weights / "resume.pt")
    run_here(folder)
    said = outcome(folder)
    assert said["state"] == "failed"
    for part in ("resume.pt has no optimizer and no ema and no epoch", "stripped", "init_from"):
        assert part in said["reason"]
    (folder.weights / "resume.pt").write_bytes(b"PK" + bytes(100))
    run_here(folder)
    assert "resume_from: resume.pt can't be read as a checkpoint" in outcome(folder)["reason"]


def test_a_training_begins_with_weights_of_other_classes(
    bench: Any, trained: JobFolder, run_here: RunHere, events_of: Events, tmp_path: Path
) -> None:
    names = ("7", "low", "high")
    three = DatasetRef(2, "three", bench.snapshot.info.hash, names)
    folder = bench.job(tmp_path / "job", epochs=1, dataset=three, init_from="weights/init.pt")
    for labels in folder.dataset.glob("labels/*/*.txt"):
        rows = [line.split() for line in labels.read_text().splitlines()]
        labels.write_text("".join(" ".join([str(int(row[0]) % 3), *row[1:]]) + "\n" for row in rows))
    data = folder.dataset / "data.yaml"
    data.write_text(yaml.safe_dump({**yaml.safe_load(data.read_text()), "names": dict(enumerate(names))}))
    folder.weights.mkdir()
    shutil.copyfile(trained.work / "run" / "weights" / "best.pt", folder.weights / "init.pt")
    log = run_here(folder)
    assert outcome(folder)["state"] == "completed", outcome(folder)
    assert any("Transferred" in line and "/499 items" in line for line in log)
    assert [e["epoch"] for e in of_type(events_of(folder), "validation")] == [1]
    model = load(folder.root / checkpoint(events_of(folder), "last.pt", 1)["path"])["ema"]
    assert tuple(model.names.values()) == names
    assert any("tensors fit into yolo11n.yaml" in e["lines"][0] for e in of_type(events_of(folder), "log"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"model": "yolo11s.yaml"}, ["init_from: only", "of yolo11s.yaml", "leave the model out"]),
        ({"model": "other.pt", "task": "segmentation"}, ["init.pt is for the framework's task detect", "segment"]),
        ({"params": {"pretrained": False}}, ["pretrained: got false", "init_from"]),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    bench: Any, trained: JobFolder, run_here: RunHere, tmp_path: Path, fields: dict[str, Any], said: list[str]
) -> None:
    folder = bench.job(tmp_path / "job", init_from="weights/init.pt", **fields)
    folder.weights.mkdir()
    shutil.copyfile(trained.work / "run" / "weights" / "best.pt", folder.weights / "init.pt")
    run_here(folder)
    assert outcome(folder)["state"] == "failed"
    assert [part for part in said if part not in outcome(folder)["reason"]] == []


def test_a_stop_at_once_ends_it_in_the_midst_of_an_epoch_and_keeps_the_last_checkpoint(
    bench: Any, run_here: RunHere, events_of: Events, eventually: Callable[..., Any], tmp_path: Path
) -> None:
    folder = bench.job(tmp_path / "job", epochs=200)

    def ask() -> None:
        eventually(lambda: folder.events.exists() and of_type(events_of(folder), "validation"), seconds=250)
        folder.ask_stop(now=True)

    asking = threading.Thread(target=ask)
    asking.start()
    run_here(folder)
    asking.join()
    assert outcome(folder)["state"] == "stopped"
    events = events_of(folder)
    done = [e["epoch"] for e in of_type(events, "validation")]
    assert done == list(range(1, len(done) + 1))
    assert len(done) < 200
    # The framework's own copy is as whole as ours: nothing was stripped, since no closing validation came.
    for path in (folder.root / checkpoint(events, "last.pt", done[-1])["path"], folder.work / "run/weights/last.pt"):
        assert load(path)["optimizer"] is not None
    assert "stopped at once" in of_type(events, "log")[-1]["lines"][0]


def test_a_stop_at_once_is_looked_for_in_every_batch_of_training_and_validation(bench: Any, tmp_path: Path) -> None:
    folder = bench.job(tmp_path / "job")
    ctx = JobContext(folder)
    hooks = Hooks(ctx, rank=0)
    in_validation = hooks.callbacks()["on_val_batch_end"]
    in_validation(None)
    folder.ask_stop()
    in_validation(None)
    folder.ask_stop(now=True)
    with pytest.raises(StopNow):
        in_validation(None)
    assert ctx.stopped


def test_the_processes_that_load_images_are_gone_after_a_stop() -> None:
    from ultralytics.data.build import build_dataloader

    class Trainer:
        train_loader = build_dataloader(range(8), batch=2, workers=2)
        test_loader = None

    before = set(psutil.Process().children())
    next(iter(Trainer.train_loader))
    assert len(set(psutil.Process().children()) - before) == 2
    close_loaders(Trainer)
    assert set(psutil.Process().children()) <= before

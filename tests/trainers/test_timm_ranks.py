"""timm in several processes, on one node and on two: real ones that talk by gloo over loopback, on the CPU.

``timm_cpu_ranks.py`` beside this file gives a job of two GPUs two processes of the CPU. What only GPUs show (NCCL,
mixed precision) is not shown here.
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import timm
import torch
from PIL import Image
from tests.journals import events, outcome
from tests.ports import free_port
from timm.data import resolve_data_config

from snellen.contract.folder import JobFolder
from snellen.contract.spec import DatasetRef, JobSpec, Resources
from snellen.contract.tasks import Task, default_primary
from snellen.errors import InvalidInput
from snellen.formats.predictions import read_raw
from snellen.sdk.group import Group
from snellen.sdk.runner import run_folder
from snellen.trainers.timm import data
from snellen.trainers.timm.batches import each_batch
from snellen.trainers.timm.meeting import Meeting, Word
from snellen.trainers.timm.nodes import Nodes
from snellen.trainers.timm.ranks import end, followed
from snellen.trainers.timm.schema import build_schema, with_defaults
from snellen.trainers.timm.team import Team
from snellen.trainers.timm.validation import validate

pytestmark = pytest.mark.train
DRIVER = Path(__file__).parent / "timm_cpu_ranks.py"
COLOURS = ("red", "green", "blue")
SMALL = {"img_size": 32, "batch_size": 4, "workers": 0, "lr": 0.003}
#: A batch of all images, as they are.
PLAIN = {"batch_size": 12, "hflip": 0.0, "color_jitter": 0.0, "scale_min": 1.0, "smoothing": 0.0}
Make = Callable[..., JobFolder]
Process = subprocess.Popen[bytes]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for each other take most of the time of so small a model where others use the cores too."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise of three colours in folders by class; 12 and 9."""
    root, chance = tmp_path_factory.mktemp("pictures"), np.random.default_rng(7)
    for split, count in (("train", 4), ("val", 3)):
        for label, name in enumerate(COLOURS):
            folder = root / split / name
            folder.mkdir(parents=True)
            for number in range(count):
                pixels = chance.integers(0, 160, (32, 32, 3), dtype=np.uint8)
                pixels[..., label] += 40
                Image.fromarray(pixels).save(folder / f"{number}.png")
    return root


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Make:
    def job(
        *,
        epochs: int = 3,
        resume: Path | None = None,
        gpus: int = 0,
        model: str = "test_resnet",
        images: Path = pictures,
        **params: Any,
    ) -> JobFolder:
        folder = JobFolder(tmp_path_factory.mktemp("job"))
        folder.create(
            JobSpec(
                job_id=1, attempt=1 if resume is None else 2, name="job", trainer="timm", task=Task.CLASSIFICATION,
                model=model, epochs=epochs, resources=Resources(gpus=gpus),
                primary_metric=default_primary(Task.CLASSIFICATION), params=SMALL | params,
                dataset=DatasetRef(1, "colours", "0" * 64, COLOURS),
                resume_from=None if resume is None else str(resume),
            )
        )  # fmt: skip
        folder.dataset.symlink_to(images)
        return folder

    return job


def begin(folder: JobFolder, *command: str, **environment: str) -> Process:
    variables = {**os.environ, "OMP_NUM_THREADS": "1", **environment}
    with folder.log.open("ab") as log:
        return subprocess.Popen([sys.executable, *command, str(folder.root)], env=variables, stdout=log, stderr=log)


def on_one_node(folder: JobFolder) -> Process:
    return begin(folder, str(DRIVER))


def on_two_nodes(*folders: JobFolder) -> list[Process]:
    port = free_port()
    there = {"SNELLEN_NODES": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    return [
        begin(folder, "-m", "snellen.sdk", SNELLEN_NODE_RANK=str(node), **there) for node, folder in enumerate(folders)
    ]


def ended(process: Process, folder: JobFolder, state: str) -> dict[str, Any]:
    process.wait(250)
    assert outcome(folder)["state"] == state, folder.log.read_text()
    return outcome(folder)


def run_here(folder: JobFolder) -> JobFolder:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run_folder(folder.root)
    assert outcome(folder)["state"] == "completed", outcome(folder)
    return folder


def wait_for(true: Callable[[], Any], seconds: float = 200.0) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def metrics(folder: JobFolder) -> dict[int, dict[str, float]]:
    told = events(folder, "metrics")
    assert len({e["step"] for e in told}) == len(told)
    return {e["step"]: e["values"] for e in told}


def checkpoint(folder: JobFolder, epoch: int) -> Path:
    kept = [e for e in events(folder, "artifact") if (e["name"], e["epoch"]) == ("last.pth", epoch)]
    assert len(kept) == 1
    return folder.root / str(kept[0]["path"])


def load(path: Path) -> dict[str, Any]:
    return dict(torch.load(path, weights_only=True))


class Endless:
    """A job that trains, with its process and the two that this one has started."""

    def __init__(self, folder: JobFolder, process: Process) -> None:
        self.folder, self.process = folder, process
        children = psutil.Process(process.pid).children()
        self.ranks = {int(each.environ()["RANK"]): each for each in children}


@pytest.fixture(scope="module")
def trained(make: Make) -> JobFolder:
    """Three epochs on two nodes; the folder of the first."""
    first, second = make(ema=True, ema_decay=0.5), make(ema=True, ema_decay=0.5)
    for process, folder in zip(on_two_nodes(first, second), (first, second), strict=True):
        ended(process, folder, "completed")
    assert not second.events.exists()
    assert list(second.checkpoints.iterdir()) == list(second.predictions.iterdir()) == []
    return first


def test_two_nodes_tell_each_epoch_once_with_every_image_once(trained: JobFolder, pictures: Path) -> None:
    assert list(metrics(trained)) == [1, 2, 3]
    assert [e["epoch"] for e in events(trained, "validation")] == [1, 2, 3]
    assert [e for e in events(trained, "log") if e["level"] == "warning"] == []
    assert len({e["lr"] for e in metrics(trained).values()}) == 3
    there = sorted(path.relative_to(pictures).as_posix() for path in pictures.glob("val/*/*.png"))
    found = read_raw(trained.predictions_file(3))
    assert (len(there), sorted(found.images)) == (9, there)
    assert found.frame.group_by("image").len()["len"].to_list() == [3] * 9
    state = load(checkpoint(trained, 3))
    assert state["processes"] == 2
    assert (state["updates"], state["epoch"]) == (9, 3)


def test_a_validation_that_was_split_is_that_of_one_process(trained: JobFolder, pictures: Path) -> None:
    model = timm.create_model("test_resnet", num_classes=3)
    model.load_state_dict(load(checkpoint(trained, 3))["state_dict_ema"])
    config, params = resolve_data_config({"img_size": 32}, model=model), with_defaults(SMALL, build_schema(["sgd"]))
    alone = Team(torch.device("cpu"))
    loader = data.load(pictures, "val", COLOURS, params, config, alone)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # timm leaves files to the collector
        wanted = validate(model, loader, alone, folder="val", after_batch=lambda _: None)
        gc.collect()
    got = metrics(trained)[3]
    assert got["val/loss"] == pytest.approx(wanted.loss, rel=1e-6)
    assert (got["val/top1"], got["val/top5"]) == (wanted.top1, wanted.top5)
    found = read_raw(trained.predictions_file(3))
    assert list(found.images) == wanted.images
    assert found.frame["image"].to_list() == wanted.columns["image"]
    assert found.frame["class_id"].to_list() == list(wanted.columns["class_id"])
    assert found.frame["score"].to_numpy() == pytest.approx(wanted.columns["score"], abs=1e-6)


def test_a_resume_in_as_many_processes_gives_the_same_numbers_to_the_last_digit(make: Make, trained: JobFolder) -> None:
    rest = make(gpus=2, resume=checkpoint(trained, 2), ema=True, ema_decay=0.5)
    ended(on_one_node(rest), rest, "completed")
    assert metrics(rest) == {3: metrics(trained)[3]}
    assert events(rest, "log")[0]["lines"] == ["going on with epoch 3 of 3"]
    ours, theirs = load(checkpoint(rest, 3)), load(checkpoint(trained, 3))
    for part in ("state_dict", "state_dict_ema"):
        assert all(torch.equal(value, theirs[part][key]) for key, value in ours[part].items())


def test_one_process_goes_on_where_two_were(make: Make, trained: JobFolder) -> None:
    rest = run_here(make(resume=checkpoint(trained, 2), ema=True, ema_decay=0.5))
    assert list(metrics(rest)) == [3]
    assert metrics(rest)[3]["lr"] == metrics(trained)[3]["lr"]
    assert "of a training in 2 processes, this one has 1" in events(rest, "log")[1]["lines"][0]


def test_two_processes_go_on_where_one_was_with_the_same_step_and_stop_together(make: Make) -> None:
    options = PLAIN | {"model": "test_vit", "opt": "momentum", "momentum": 0.0, "weight_decay": 0.0, "lr": 0.1}
    first = run_here(make(epochs=1, sched="none", **options))
    begun = checkpoint(first, 1)
    two = make(epochs=9, gpus=2, resume=begun, sched="none", **options)
    two.stop_file.touch()
    process = on_one_node(two)
    one = run_here(make(epochs=2, resume=begun, sched="none", **options))
    ended(process, two, "stopped")
    assert process.returncode == 0
    assert "of a training in 1 processes, this one has 2" in events(two, "log")[1]["lines"][0]
    assert list(metrics(two)) == [2]
    assert metrics(two)[2]["train/loss"] == pytest.approx(metrics(one)[2]["train/loss"], abs=1e-5)
    ours, theirs = (load(checkpoint(folder, 2)) for folder in (two, one))
    assert (ours["processes"], ours["updates"], theirs["updates"]) == (2, 2, 2)
    assert list(ours["state_dict"]) == list(theirs["state_dict"])
    for key, value in theirs["state_dict"].items():
        assert torch.allclose(ours["state_dict"][key], value, rtol=0, atol=1e-5), key
    before = load(begun)["state_dict"]
    assert max(float((value - before[key]).abs().max()) for key, value in theirs["state_dict"].items()) > 1e-3


def test_the_reason_of_a_node_that_fails_is_that_of_the_job(make: Make, pictures: Path) -> None:
    first, second = make(), make()
    second.dataset.unlink()
    second.dataset.mkdir()
    (second.dataset / "train").symlink_to(pictures / "train")
    for process, folder in zip(on_two_nodes(first, second), (first, second), strict=True):
        told = ended(process, folder, "failed")
        assert told["reason"] == "rank 1: dataset: there are no images of val; expected folders by class in val/"
        assert "in load" in told["detail"]


@pytest.fixture(scope="module")
def many(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many pictures that nobody lives to see the end of an epoch."""
    root = tmp_path_factory.mktemp("many")
    (root / "val").symlink_to(pictures / "val")
    for colour in COLOURS:
        (root / "train" / colour).mkdir(parents=True)
        for number in range(4000):
            (root / "train" / colour / f"{number}.png").symlink_to(pictures / "train" / colour / "0.png")
    return root


@pytest.fixture
def endless(make: Make, many: Path) -> Iterator[Endless]:
    """A training in the midst of its first epoch."""
    folder = make(gpus=2, images=many)
    process = on_one_node(folder)
    try:
        wait_for(lambda: len(events(folder, "progress")) > 1)
        yield Endless(folder, process)
    finally:
        process.kill()
        process.wait()


def test_a_stop_at_once_ends_all_in_the_middle_of_an_epoch(endless: Endless) -> None:
    endless.folder.ask_stop(now=True)
    asked = time.monotonic()
    ended(endless.process, endless.folder, "stopped")
    assert time.monotonic() - asked < 30
    assert not any(each.is_running() for each in endless.ranks.values())
    assert events(endless.folder, "log")[-1]["lines"][0].startswith("stopped at once")
    assert metrics(endless.folder) == {}


def test_a_process_that_is_killed_is_named_whoever_notices_first() -> None:
    meeting = Meeting("127.0.0.1", 0, "job", holds=True)
    nodes = Nodes(meeting, Group())
    sleeping = {rank: subprocess.Popen(["sleep", "60"]) for rank in (0, 1)}
    sleeping[1].kill()
    killed = "rank 1: its process was killed by signal 9 (SIGKILL); the machine may have run out of memory"
    try:
        assert meeting.tell(Word(0, error="a connection broke", ours=False))
        assert not meeting.tell(Word(1, error="later"))
        assert followed(nodes, sleeping).error == killed
        silent = Nodes(Meeting("127.0.0.1", meeting.port, "another", holds=False), Group())
        assert followed(silent, sleeping).error == killed
        ours = Nodes(Meeting("127.0.0.1", meeting.port, "a third", holds=False), Group())
        assert ours.meeting.tell(Word(0, error="no memory"))
        assert followed(ours, sleeping).error == "no memory"
    finally:
        end(list(sleeping.values()), 0.0)
    assert all(process.returncode is not None for process in sleeping.values())


def test_with_the_jobs_process_all_are_gone(endless: Endless) -> None:
    endless.process.send_signal(signal.SIGKILL)
    endless.process.wait()
    gone, alive = psutil.wait_procs(endless.ranks.values(), 20)
    assert (len(gone), alive) == (2, [])


def test_a_batch_that_cannot_be_split_is_refused_with_both_numbers() -> None:
    assert each_batch(12, 4) == 3
    for size, near in ((10, "take 8 or 12"), (3, "take 4")):
        with pytest.raises(InvalidInput, match=rf"batch_size: got {size} for 4 processes .*; {near}$"):
            each_batch(size, 4)


@pytest.mark.parametrize(("batch", "world", "steps"), [(4, 2, 3), (10, 2, 1), (16, 4, 1), (64, 64, 1)])
def test_processes_make_as_many_steps_of_as_many_images_and_share_those_of_a_validation(
    pictures: Path, batch: int, world: int, steps: int
) -> None:
    config, params = {"input_size": (3, 32, 32), "interpolation": "bilinear"}, with_defaults({}, build_schema([]))
    config |= {"mean": (0.5,) * 3, "std": (0.5,) * 3, "crop_pct": 1.0}
    trained, validated = [], []
    for rank in range(world):
        team = Team(torch.device("cpu"))
        team.rank, team.world, team.alone = rank, world, False
        more = params | {"batch_size": batch, "workers": 0}
        train, val = (data.load(pictures, split, COLOURS, more, config, team) for split in ("train", "val"))
        assert len(train) == steps
        trained += list(train.sampler)[: steps * train.batch_size]
        validated += list(val.sampler)
    assert sorted(validated) == list(range(9))
    assert len(set(trained)) == (12 if batch in (4, 16, 64) else 10)

"""timm: a training that is cut off goes on where it was; one begins with another's weights, or ends early."""

from __future__ import annotations

import math
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import timm
import torch
from PIL import Image
from tests.journals import events, outcome

from snellen.contract.folder import JobFolder
from snellen.contract.spec import DatasetRef, JobSpec, Resources
from snellen.contract.tasks import Task, default_primary
from snellen.errors import CheckpointBroken
from snellen.sdk import JobContext
from snellen.sdk.runner import run_folder
from snellen.trainers.timm import TimmTrainer
from snellen.trainers.timm.failures import no_memory
from snellen.trainers.timm.models import begin_with

pytestmark = pytest.mark.train
SMALL = {"img_size": 32, "batch_size": 4, "workers": 0, "lr": 0.003}
#: Nothing is learned: val/top1 stays what it was.
STILL = {"lr": 1e-12, "min_lr": 0.0, "weight_decay": 0.0, "sched": "none", "ema": True, "ema_decay": 0.0}
Make = Callable[..., JobFolder]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for each other take most of the time of so small a model where others use the cores too."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise of three colours in folders by class."""
    root, chance = tmp_path_factory.mktemp("pictures"), np.random.default_rng(7)
    for split, count in (("train", 4), ("val", 3)):
        for label, name in enumerate(("red", "green", "blue")):
            folder = root / split / name
            folder.mkdir(parents=True)
            for number in range(count):
                pixels = chance.integers(0, 160, (32, 32, 3), dtype=np.uint8)
                pixels[..., label] += 40
                Image.fromarray(pixels).save(folder / f"{number}.png")
    return root


@pytest.fixture
def job(tmp_path: Path, pictures: Path) -> Make:
    def make(
        name: str = "job",
        *,
        epochs: int = 4,
        resume: Path | None = None,
        init: Path | None = None,
        model: str = "test_resnet",
        gpus: int = 0,
        classes: tuple[str, ...] = ("red", "green", "blue"),
        **params: Any,
    ) -> JobFolder:
        folder = JobFolder(tmp_path / name)
        folder.create(
            JobSpec(
                job_id=1, attempt=1 if resume is None else 2, name=name, trainer="timm", task=Task.CLASSIFICATION,
                model=model, epochs=epochs, resources=Resources(gpus=gpus),
                primary_metric=default_primary(Task.CLASSIFICATION),
                dataset=DatasetRef(1, "colours", "0" * 64, classes), params=SMALL | params,
                resume_from=None if resume is None else "weights/resume.pth",
                init_from=None if init is None else "weights/init.pth",
            )
        )  # fmt: skip
        for split in ("train", "val"):
            for each in classes:
                shutil.copytree(pictures / split / each, folder.dataset / split / each)
        for source, target in ((resume, "resume.pth"), (init, "init.pth")):
            if source is not None:
                folder.weights.mkdir()
                shutil.copyfile(source, folder.weights / target)
        return folder

    return make


def run(folder: JobFolder, state: str = "completed") -> JobFolder:
    """Train in this process, which has timm already."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run_folder(folder.root)
    assert outcome(folder)["state"] == state, outcome(folder)
    return folder


def metrics(folder: JobFolder) -> dict[int, dict[str, float]]:
    told = events(folder, "metrics")
    assert len({e["step"] for e in told}) == len(told)
    return {e["step"]: e["values"] for e in told}


def checkpoint(folder: JobFolder, epoch: int, name: str = "last.pth") -> Path:
    kept = [e for e in events(folder, "artifact") if (e["name"], e["epoch"]) == (name, epoch)]
    assert len(kept) == 1
    return folder.root / str(kept[0]["path"])


def best_epochs(folder: JobFolder) -> list[int]:
    return [e["epoch"] for e in events(folder, "artifact") if e["name"] == "best.pth"]


def load(path: Path) -> dict[str, Any]:
    return dict(torch.load(path, weights_only=True))


def assert_same(ours: Any, theirs: Any, where: str) -> None:
    if isinstance(ours, torch.Tensor):
        assert torch.equal(ours, theirs), where
    elif isinstance(ours, Mapping):
        assert ours.keys() == theirs.keys(), where
        for key in ours:
            assert_same(ours[key], theirs[key], f"{where}/{key}")
    else:
        assert ours == theirs, where


@pytest.mark.parametrize(
    ("params", "epochs"),
    [
        ({"ema": True, "mixup": 0.2, "drop": 0.2, "auto_augment": "rand-m5", "warmup_epochs": 3, "re_prob": 0.5}, 4),
        ({"opt": "sgd", "sched": "poly"}, 3),
    ],
    ids=["everything random", "sgd"],
)
def test_a_resumed_training_is_to_the_last_digit_the_one_that_was_never_interrupted(
    job: Make, params: dict[str, Any], epochs: int
) -> None:
    whole = run(job("whole", epochs=epochs, **params))
    rest = run(job("rest", epochs=epochs, resume=checkpoint(whole, 2), **params))
    wanted, got = metrics(whole), metrics(rest)
    assert list(got) == list(range(3, epochs + 1))
    assert got == {epoch: wanted[epoch] for epoch in got}
    assert len({values["lr"] for values in wanted.values()}) > 1
    assert [e["epoch"] for e in events(rest, "validation")] == list(got)
    assert {e["epoch"] for e in events(rest, "progress")} == set(got)
    assert events(rest, "log")[0]["lines"] == [f"going on with epoch 3 of {epochs}"]
    assert best_epochs(rest) == [epoch for epoch in best_epochs(whole) if epoch > 2]
    assert_same(load(checkpoint(rest, epochs)), load(checkpoint(whole, epochs)), "")


def test_a_rate_that_waits_for_a_plateau_goes_on_waiting(job: Make) -> None:
    params = {"sched": "plateau", "lr": 0.002}
    first = run(job("first", epochs=2, **params))
    assert [values["lr"] for values in metrics(first).values()] == [0.002, 0.002]
    path = checkpoint(first, 2)
    content = load(path)
    torch.save(content | {"plateau": content["plateau"] | {"best": 1.0, "num_bad_epochs": 10}}, path)
    rest = run(job("rest", epochs=4, resume=path, **params))
    assert [values["lr"] for values in metrics(rest).values()] == pytest.approx([0.002, 0.0002])


def test_a_best_epoch_of_before_stays_the_best(job: Make) -> None:
    first = run(job("first", epochs=2))
    content = load(checkpoint(first, 1))
    path = first.root / "changed.pth"
    torch.save(content | {"best": {"value": 1.0, "epoch": 1}}, path)
    rest = run(job("rest", epochs=3, resume=path))
    assert best_epochs(rest) == []
    assert load(checkpoint(rest, 3))["best"] == {"value": 1.0, "epoch": 1}


def test_patience_ends_a_training_and_goes_on_counting_after_a_resume(job: Make) -> None:
    told = "stopped early at epoch 3: no better val/top1 for 2 epochs (best 0."
    first = run(job("first", epochs=9, patience=2, **STILL))
    assert list(metrics(first)) == [1, 2, 3]
    assert outcome(first)["reason"].startswith(told)
    assert outcome(first)["reason"].endswith("at epoch 1)")
    rest = run(job("rest", epochs=9, patience=2, resume=checkpoint(first, 2), **STILL))
    assert list(metrics(rest)) == [3]
    assert outcome(rest)["reason"] == outcome(first)["reason"]
    ended = run(job("ended", epochs=9, patience=2, resume=checkpoint(first, 3), **STILL))
    assert metrics(ended) == {}
    assert outcome(ended)["reason"].startswith(f"nothing left to train: it had {told}")


def test_a_job_that_has_done_its_epochs_is_completed_and_says_so(job: Make) -> None:
    first = run(job("first", epochs=1))
    rest = run(job("rest", epochs=1, resume=checkpoint(first, 1)))
    assert outcome(rest)["reason"] == "nothing left to train: the checkpoint is of epoch 1 of 1"
    assert events(rest, "metrics") == events(rest, "artifact") == []


def test_what_cannot_be_gone_on_from_is_refused_by_name_and_nothing_is_trained(job: Make, tmp_path: Path) -> None:
    first = run(job("first", epochs=1, ema=True))
    path = checkpoint(first, 1)
    whole, content = path.read_bytes(), load(path)
    conv = next(key for key, value in content["state_dict"].items() if value.ndim == 4)
    cases: list[tuple[bytes | dict[str, Any], str]] = [
        (whole[: len(whole) // 2], "can't be read"),
        (b"", "can't be read"),
        (b"<html>502 Bad Gateway</html>", "can't be read"),
        ({k: v for k, v in content.items() if k not in ("optimizer", "random")}, "no optimizer and no random"),
        (content | {"state_dict_ema": None}, "has no state_dict_ema"),
        ({"state_dict": content["state_dict"]}, "has no arch"),
        (content | {"epoch": 0}, "is of epoch 0"),
        (content | {"arch": "resnet18"}, "with arch resnet18, the job's is test_resnet"),
        (content | {"class_names": ["red", "blue", "green"]}, "with class_names red, blue, green, the job's is red"),
        (content | {"params": content["params"] | {"opt": "sgd"}}, "with opt sgd, the job's is adamw"),
        (content | {"state_dict": content["state_dict"] | {conv: torch.zeros(1)}}, "doesn't fit this job"),
        (content | {"optimizer": {"state": {}, "param_groups": []}}, "doesn't fit this job"),
        (content | {"random": {"torch": torch.zeros(3)}}, "doesn't fit this job"),
    ]
    for number, (changed, named) in enumerate(cases):
        broken = tmp_path / "broken.pth"
        if isinstance(changed, bytes):
            broken.write_bytes(changed)
        else:
            torch.save(changed, broken)
        folder = run(job(f"case-{number}", epochs=3, ema=True, resume=broken), "failed")
        reason = outcome(folder)["reason"]
        assert reason.startswith("resume_from: the checkpoint "), reason
        assert named in reason
        assert "another" in reason  # what to do
        assert events(folder, "metrics") == events(folder, "artifact") == []
    missing = job("missing", resume=path)
    (missing.weights / "resume.pth").unlink()
    assert "is not there; take another one" in outcome(run(missing, "failed"))["reason"]


@pytest.mark.parametrize(("phase", "workers"), [("train", 1), ("validate", 0)])
def test_stopped_at_once_the_epoch_under_way_leaves_nothing(job: Make, phase: str, workers: int) -> None:
    class Asking(JobContext):
        """Somebody asks while a batch of the second epoch is at work."""

        def progress(self, epoch: int, fraction: float, told: str = "train", message: str | None = None) -> None:
            super().progress(epoch, fraction, told, message)
            seen.append((epoch, told))
            if (epoch, told) == (2, phase):
                self.folder.ask_stop(now=True)

    seen: list[tuple[int, str]] = []
    folder = job(epochs=50, workers=workers)
    ctx = Asking(folder)
    others = {child.pid for child in psutil.Process().children()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        TimmTrainer().run(ctx)
    ctx.close()
    assert ctx.stopped
    assert seen.count((2, phase)) == 1
    assert seen[-1] == (2, phase)
    assert list(metrics(folder)) == [1]
    assert [e["epoch"] for e in events(folder, "validation")] == [1]
    assert {e["epoch"] for e in events(folder, "artifact")} == {1}
    assert "the last checkpoint is kept" in events(folder, "log")[-1]["lines"][0]
    assert {child.pid for child in psutil.Process().children()} <= others
    rest = job("rest", epochs=2, resume=checkpoint(folder, 1))
    assert list(metrics(run(rest))) == [2]


def test_a_new_job_begins_with_the_averaged_weights_of_another(job: Make) -> None:
    first = run(job("first", epochs=2, ema=True, ema_decay=0.5))
    path = checkpoint(first, 2)
    content = load(path)
    model = timm.create_model("test_resnet", num_classes=3)
    assert begin_with(model, path, arch="test_resnet", class_names=["red", "green", "blue"]) == [
        f"begins with the weights of {path.name}, of epoch 2 of another job"
    ]
    assert_same(model.state_dict(), content["state_dict_ema"], "")
    # Pretrained weights of the parent's hyperparameters aren't fetched first.
    second = run(job("second", epochs=1, init=path, pretrained=True, **STILL))
    assert metrics(second)[1]["val/loss"] == pytest.approx(metrics(first)[2]["val/loss"], rel=0.5)
    assert events(second, "log")[0]["lines"] == [
        "init_from: begins with the weights of init.pth, of epoch 2 of another job"
    ]


def test_a_head_of_other_classes_is_left_out_and_that_is_told(job: Make) -> None:
    first = run(job("first", epochs=1))
    second = run(job("second", epochs=1, init=checkpoint(first, 1), classes=("blue", "red"), **STILL))
    assert events(second, "log")[1]["lines"] == [
        "init_from: the head (fc) is left out and begins anew: the weights are for 3 classes, this job has 2"
    ]
    ours, theirs = load(checkpoint(second, 1))["state_dict"], load(checkpoint(first, 1))["state_dict"]
    assert {key for key in ours if ours[key].shape != theirs[key].shape} == {"fc.weight", "fc.bias"}
    assert all(torch.allclose(ours[key], theirs[key]) for key in ours if key.endswith("conv1.weight"))
    third = run(job("third", epochs=1, init=checkpoint(first, 1), classes=("green", "red", "blue"), **STILL))
    assert "the classes have other names or another order" in events(third, "log")[1]["lines"][0]


def test_weights_that_do_not_fit_are_refused(job: Make, tmp_path: Path) -> None:
    model = timm.create_model("test_resnet", num_classes=3)
    state, path = model.state_dict(), tmp_path / "weights.pth"
    some = dict(list(state.items())[:-4])
    for content, named in (
        ({"arch": "resnet18", "state_dict": state}, "is of the model resnet18, the job's is test_resnet"),
        ({"arch": "test_resnet", "state_dict": some}, "doesn't fit test_resnet: missing or not of this model: "),
        ({"state_dict": state | {"stem.weight": torch.zeros(3)}, "params": {"img_size": 64}}, "with img_size=64"),
        ({"epoch": 3}, "holds no weights"),
        ([1, 2], "it holds a list"),
    ):
        torch.save(content, path)
        with pytest.raises(CheckpointBroken, match=r"^init_from: .*checkpoint") as refused:
            begin_with(model, path, arch="test_resnet", class_names=["red", "green", "blue"])
        assert named in refused.value.detail
    path.write_bytes(path.read_bytes()[:100])
    folder = run(job(init=path), "failed")
    assert "init_from: the checkpoint init.pth can't be read" in outcome(folder)["reason"]
    torch.save(state, path)  # weights alone, as timm publishes them
    assert len(begin_with(model, path, arch="test_resnet", class_names=["red", "green", "blue"])) == 1


def test_weights_that_are_no_numbers_are_not_kept_over_good_ones(job: Make) -> None:
    folder = run(job(epochs=20, lr=100, opt="sgd", smoothing=0.0), "failed")
    kept = list(metrics(folder))
    last = f"the checkpoint of epoch {kept[-1]} is kept" if kept else "there is no checkpoint yet"
    assert f"in epoch {len(kept) + 1}, " in outcome(folder)["reason"]
    assert last in outcome(folder)["reason"]
    assert all(math.isfinite(value) for values in metrics(folder).values() for value in values.values())
    for epoch in kept:
        assert all(value.isfinite().all() for value in load(checkpoint(folder, epoch))["state_dict"].values())


def test_fewer_images_than_a_batch_are_trained_all_the_same(job: Make) -> None:
    folder = run(job(epochs=1, batch_size=64))
    assert metrics(folder)[1]["train/loss"] > 0
    assert load(checkpoint(folder, 1))["updates"] == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_job_with_a_gpu_where_there_is_none_does_not_train_without(job: Make) -> None:
    folder = run(job(gpus=1), "failed")
    assert outcome(folder)["reason"].startswith("gpus: the job has 1, but PyTorch sees none here")


def test_a_checkpoint_is_one_that_timm_itself_reads(job: Make) -> None:
    path = checkpoint(run(job(epochs=1, ema=True)), 1)
    model = timm.create_model("test_resnet", num_classes=3)
    timm.models.load_checkpoint(model, str(path))
    assert_same(model.state_dict(), load(path)["state_dict_ema"], "")


def test_no_memory_is_told_with_the_sizes_that_matter() -> None:
    with pytest.raises(RuntimeError) as ours:
        torch.empty(2**45)
    for error in (ours.value, MemoryError("Unable to allocate 9 GiB"), torch.OutOfMemoryError("CUDA out of memory.")):
        told = no_memory(error, device="this machine (CPU)", batch_size=32, img_size=224)
        assert told is not None
        assert told.detail.startswith("no memory: this machine (CPU) has no room for batch_size=32 at img_size=224 (")
        assert told.detail.endswith("Take a smaller batch_size or img_size, or a smaller model")
    killed = RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed. ")
    told = no_memory(killed, device="this machine (CPU)", batch_size=32, img_size=None)
    assert told is not None
    assert "Take fewer workers" in told.detail
    assert no_memory(ValueError("no such layer"), device="", batch_size=1, img_size=None) is None

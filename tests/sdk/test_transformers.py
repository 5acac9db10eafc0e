"""The callback for Hugging Face's Trainer in trainings with the Trainer itself."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.journals import checkpoint_of, curve, events

from snellen.contract.folder import JobFolder
from snellen.errors import CheckpointBroken
from snellen.sdk import JobContext

transformers = pytest.importorskip("transformers")
pytest.importorskip("accelerate")

from snellen.sdk.transformers import SnellenCallback  # noqa: E402

pytestmark = [pytest.mark.filterwarnings("ignore:.*pin_memory.*")]


class Net(torch.nn.Module):
    """Fits a line."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layer = torch.nn.Linear(2, 1)

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        found = self.layer(x)
        return {"loss": ((found - labels) ** 2).mean(), "logits": found}


class Line(torch.utils.data.Dataset):  # type: ignore[type-arg]
    """Eight points."""

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        return {"x": torch.tensor([index / 8, 1.0]), "labels": torch.tensor([1.0])}


class AtStep(transformers.TrainerCallback):
    """Does something when so many steps are done."""

    def __init__(self, step: int, action: Callable[[], None]) -> None:
        self.step, self.action = step, action

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step == self.step:
            self.action()


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """The Trainer leaves variables of accelerate behind."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def trainer(tmp_path: Path, callback: SnellenCallback, *others: Any, evaluated: Any = None, **arguments: Any) -> Any:
    options = {
        "output_dir": str(tmp_path / "out"), "num_train_epochs": 3, "per_device_train_batch_size": 2, "use_cpu": True,
        "report_to": "none", "disable_tqdm": True, "eval_strategy": "epoch", "save_strategy": "epoch",
        "logging_strategy": "steps", "logging_steps": 2, "learning_rate": 0.1, "save_total_limit": 2,
    }  # fmt: skip
    return transformers.Trainer(
        model=Net(), args=transformers.TrainingArguments(**(options | arguments)), train_dataset=Line(),
        eval_dataset=evaluated or Line(), callbacks=[*others, callback],
        compute_metrics=lambda found: {"accuracy": float((found.predictions > 0).mean())},
    )  # fmt: skip


def test_each_epoch_is_told_once(tmp_path: Path, job_folder: Callable[..., JobFolder]) -> None:
    folder = job_folder()
    training = trainer(tmp_path, SnellenCallback(JobContext(folder)))
    training.train()
    # Of what comes after the training nothing is the job's.
    training.evaluate()
    assert events(folder, "log") == []
    assert list(curve(folder, "train/loss")) == [2, 4, 6, 8, 10, 12]
    assert list(curve(folder, "lr")) == [2, 4, 6, 8, 10, 12]
    assert [event["epoch"] for event in events(folder, "metrics")] == [1, 1, 2, 2, 3, 3]
    keys = {key for event in events(folder, "metrics") for key in event["values"]}
    assert keys == {"train/loss", "train/grad_norm", "lr"}
    validations = events(folder, "validation")
    assert [event["epoch"] for event in validations] == [1, 2, 3]
    assert {frozenset(event["metrics"]) for event in validations} == {frozenset({"val/loss", "val/accuracy"})}
    assert validations[0]["overall_loss"] == validations[0]["metrics"]["val/loss"]
    kept = events(folder, "artifact")
    assert [(e["name"], e["epoch"], e["metadata"]["global_step"]) for e in kept] == [
        ("last.tar", epoch, 4 * epoch) for epoch in (1, 2, 3)
    ]
    with tarfile.open(checkpoint_of(folder, 3)) as archive:
        assert "checkpoint-12/optimizer.pt" in archive.getnames()
    # A checkpoint comes after the result of its epoch.
    order = [e["type"] for e in map(json.loads, folder.events.read_text().splitlines())]
    assert [kind for kind in order if kind in {"validation", "artifact"}] == ["validation", "artifact"] * 3
    assert [e["epoch"] for e in events(folder, "progress") if e["fraction"] == 1.0] == [1, 2, 3]


def test_a_checkpoint_goes_on_as_if_nothing_had_happened(tmp_path: Path, job_folder: Callable[..., JobFolder]) -> None:
    folder = job_folder()
    trainer(tmp_path, SnellenCallback(JobContext(folder))).train()
    whole = curve(folder, "train/loss"), curve(folder, "lr")
    folder.weights.mkdir()
    checkpoint_of(folder, 2).rename(folder.weights / "resume.tar")
    folder.events.unlink()
    spec = dataclasses.replace(folder.spec(), attempt=2, resume_from="weights/resume.tar")
    callback = SnellenCallback(JobContext(folder, spec))
    trainer(tmp_path / "again", callback).train(resume_from_checkpoint=callback.resume_from)
    for now, before in zip((curve(folder, "train/loss"), curve(folder, "lr")), whole, strict=True):
        assert now == pytest.approx({step: before[step] for step in (10, 12)})
    assert [event["epoch"] for event in events(folder, "validation")] == [3]


def test_a_checkpoint_that_is_none_is_refused_by_name(tmp_path: Path, job_folder: Callable[..., JobFolder]) -> None:
    folder = job_folder()
    assert SnellenCallback(JobContext(folder)).resume_from is None
    folder.weights.mkdir()
    (folder.weights / "resume.tar").write_text("half of it")
    spec = dataclasses.replace(folder.spec(), resume_from="weights/resume.tar")
    with pytest.raises(CheckpointBroken, match=r"resume\.tar can't be gone on from"):
        _ = SnellenCallback(JobContext(folder, spec)).resume_from


def test_a_stop_ends_with_the_epoch(tmp_path: Path, job_folder: Callable[..., JobFolder]) -> None:
    folder = job_folder()
    job = JobContext(folder)
    trainer(tmp_path, SnellenCallback(job), AtStep(5, folder.ask_stop), num_train_epochs=50).train()
    assert [event["epoch"] for event in events(folder, "validation")] == [1, 2]
    assert checkpoint_of(folder, 2).is_file()
    assert job.stopped


@pytest.mark.parametrize("strategy", ["epoch", "steps"])
def test_a_stop_at_once_drops_the_epoch(tmp_path: Path, job_folder: Callable[..., JobFolder], strategy: str) -> None:
    folder = job_folder()
    stop = AtStep(5, lambda: folder.ask_stop(now=True))
    steps = {"eval_steps": 2, "save_steps": 2, "eval_strategy": strategy, "save_strategy": strategy}
    training = trainer(tmp_path, SnellenCallback(JobContext(folder)), stop, num_train_epochs=50, **steps)
    training.train()
    assert training.state.global_step == 6
    assert [event["epoch"] for event in events(folder, "validation")] == [1]
    assert [e["metadata"]["global_step"] for e in events(folder, "artifact")] == (
        [4] if strategy == "epoch" else [2, 4]
    )


def test_of_several_evaluations_in_an_epoch_the_last_one_counts(
    tmp_path: Path, job_folder: Callable[..., JobFolder]
) -> None:
    folder = job_folder()
    trainer(
        tmp_path, SnellenCallback(JobContext(folder)), evaluated={"a": Line(), "b": Line()}, eval_strategy="steps",
        eval_steps=2, save_strategy="no", num_train_epochs=2,
    ).train()  # fmt: skip
    validations = events(folder, "validation")
    assert [event["epoch"] for event in validations] == [1, 2]
    assert set(validations[0]["metrics"]) == {"val/a_loss", "val/a_accuracy", "val/b_loss", "val/b_accuracy"}


def test_an_epoch_whose_validation_the_program_told_keeps_it(
    tmp_path: Path, job_folder: Callable[..., JobFolder]
) -> None:
    folder = job_folder()
    job = JobContext(folder)

    class Tells(transformers.TrainerCallback):
        def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            job.log_validation(round(state.epoch), metrics={"own": 1.0})

    trainer(tmp_path, SnellenCallback(job), Tells(), num_train_epochs=2).train()
    assert [(e["epoch"], e["metrics"]) for e in events(folder, "validation")] == [(1, {"own": 1.0}), (2, {"own": 1.0})]
    assert list(curve(folder, "val/loss")) == [1, 2]


def test_a_disk_that_takes_nothing_costs_the_checkpoint_and_no_more(
    tmp_path: Path, job_folder: Callable[..., JobFolder]
) -> None:
    folder = job_folder()
    (folder.work / "last.tar").mkdir()
    trainer(tmp_path, SnellenCallback(JobContext(folder)), num_train_epochs=1).train()
    assert [event["epoch"] for event in events(folder, "validation")] == [1]
    assert "the checkpoint of step 4 could not be told" in events(folder, "log")[0]["lines"][0]


def test_without_transformers_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['transformers'] = None; import snellen.sdk.transformers"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ExtraMissing: Transformers is not installed for this Python: pip install transformers" in done.stderr

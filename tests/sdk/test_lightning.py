"""The callback for Lightning in trainings with Lightning itself."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.journals import checkpoint_of, curve, events

from snellen.contract.folder import JobFolder
from snellen.sdk import JobContext
from snellen.sdk.session import Session

lightning = pytest.importorskip("lightning.pytorch")
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint  # noqa: E402

from snellen.sdk.lightning import SnellenCallback  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not have many workers.*"),
    pytest.mark.filterwarnings("ignore:The number of training batches.*"),
    pytest.mark.filterwarnings("ignore:.*isinstance.treespec, LeafSpec.*"),
    pytest.mark.filterwarnings("ignore:Checkpoint directory .* exists and is not empty"),
    pytest.mark.filterwarnings("ignore:.*logger.*"),
]


class Net(lightning.LightningModule):
    """Fits a line; its first rate is 0.1, then 0.05, 0.025, …"""

    def __init__(self, *, before_batch: Callable[[Any, int], None] = lambda net, index: None) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)
        self.before_batch = before_batch

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        self.before_batch(self, batch_idx)
        loss = (self.layer(batch[0]) ** 2).mean()
        self.log("train/loss", loss, on_step=True, on_epoch=True)
        return loss

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        self.log("val/loss", (self.layer(batch[0]) ** 2).mean())

    def on_train_epoch_end(self) -> None:
        self.log("train/late", float(self.current_epoch))

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1, momentum=0.9)
        return [optimizer], [torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)]


def loader() -> Any:
    values = torch.utils.data.TensorDataset(torch.arange(16.0).reshape(8, 2) / 16)
    return torch.utils.data.DataLoader(values, batch_size=2)


def fit(
    tmp_path: Path, job: JobContext, net: Net, *others: Any, epochs: int = 3, ckpt_path: Any = None, **more: Any
) -> Any:
    options = {
        "accelerator": "cpu", "logger": False, "enable_progress_bar": False, "enable_model_summary": False,
        "default_root_dir": str(tmp_path), "enable_checkpointing": False, **more,
    }  # fmt: skip
    trainer = lightning.Trainer(max_epochs=epochs, callbacks=[SnellenCallback(job), *others], **options)
    torch.manual_seed(0)
    trainer.fit(net, loader(), loader(), ckpt_path=ckpt_path)
    return trainer


def test_each_epoch_is_told_once(tmp_path: Path, job_folder: Callable[..., JobFolder]) -> None:
    folder = job_folder()
    trainer = fit(tmp_path, JobContext(folder), Net())
    assert events(folder, "log") == []
    assert curve(folder, "lr") == pytest.approx({1: 0.1, 2: 0.05, 3: 0.025})
    assert curve(folder, "train/late") == {1: 0.0, 2: 1.0, 3: 2.0}
    losses = curve(folder, "train/loss")
    assert list(losses) == [1, 2, 3]
    assert losses[3] < losses[1]
    assert {key for event in events(folder, "metrics") for key in event["values"]} == {
        "lr", "train/loss", "train/late",
    }  # fmt: skip
    validations = events(folder, "validation")
    assert [(event["epoch"], list(event["metrics"])) for event in validations] == [(n, ["val/loss"]) for n in (1, 2, 3)]
    assert validations[2]["overall_loss"] == pytest.approx(float(trainer.callback_metrics["val/loss"]))
    checkpoints = events(folder, "artifact")
    assert [(e["name"], e["epoch"], e["metadata"]) for e in checkpoints] == [
        ("last.ckpt", epoch, {"global_step": 4 * epoch}) for epoch in (1, 2, 3)
    ]
    assert [e["epoch"] for e in events(folder, "progress") if e["fraction"] == 1.0] == [1, 2, 3]
    assert len(trainer.callbacks) == len([c for c in trainer.callbacks if "_EpochEnd" not in type(c).__name__])


def test_a_checkpoint_goes_on_as_if_nothing_had_happened(tmp_path: Path, job_folder: Callable[..., JobFolder]) -> None:
    folder = job_folder()
    patience = EarlyStopping("train/late", patience=3)
    fit(tmp_path, JobContext(folder), Net(), patience, epochs=4)
    whole = curve(folder, "train/loss"), curve(folder, "lr")
    second = checkpoint_of(folder, 2)
    # Early stopping had counted the epoch that the checkpoint holds: 0, then 1 > 0.
    assert "wait_count': 1" in str(torch.load(second, weights_only=False)["callbacks"])
    folder.events.unlink()
    fit(tmp_path, JobContext(folder), Net(), EarlyStopping("train/late", patience=3), epochs=4, ckpt_path=second)
    assert list(curve(folder, "train/loss")) == [3, 4]
    for now, before in zip((curve(folder, "train/loss"), curve(folder, "lr")), whole, strict=True):
        assert now == pytest.approx({epoch: before[epoch] for epoch in (3, 4)})


def test_a_stop_ends_with_the_epoch_whatever_the_program_wants(
    tmp_path: Path, job_folder: Callable[..., JobFolder]
) -> None:
    folder = job_folder()
    job = JobContext(folder)
    fit(tmp_path, job, Net(before_batch=lambda net, index: folder.ask_stop()), epochs=50, min_epochs=20)
    assert [event["epoch"] for event in events(folder, "validation")] == [1]
    assert checkpoint_of(folder, 1).is_file()
    assert job.stopped


@pytest.mark.parametrize("epoch", [1, 2])
def test_a_stop_at_once_drops_the_epoch(tmp_path: Path, job_folder: Callable[..., JobFolder], epoch: int) -> None:
    folder = job_folder()
    batches: list[tuple[int, int]] = []

    def ask(net: Any, index: int) -> None:
        batches.append((net.current_epoch + 1, index))
        if (net.current_epoch + 1, index) == (epoch, 1):
            folder.ask_stop(now=True)

    watched = ModelCheckpoint(dirpath=tmp_path / "own", monitor="val/loss")
    trainer = fit(
        tmp_path, JobContext(folder), Net(before_batch=ask), watched, EarlyStopping("val/loss"),
        epochs=50, enable_checkpointing=True,
    )  # fmt: skip
    assert batches[-1] == (epoch, 1)
    for kind in ("validation", "artifact", "metrics"):
        assert [event["epoch"] for event in events(folder, kind)] == list(range(1, epoch))
    assert trainer.limit_val_batches == 1.0


def test_an_epoch_whose_validation_the_module_told_keeps_it(
    tmp_path: Path, job_folder: Callable[..., JobFolder]
) -> None:
    folder = job_folder()
    job = JobContext(folder)

    class Tells(Net):
        def on_validation_epoch_end(self) -> None:
            if not self.trainer.sanity_checking:
                job.log_validation(self.current_epoch + 1, metrics={"own": 1.0})

    fit(tmp_path, job, Tells(), epochs=2)
    assert [(e["epoch"], e["metrics"]) for e in events(folder, "validation")] == [(1, {"own": 1.0}), (2, {"own": 1.0})]
    assert list(curve(folder, "val/loss")) == [1, 2]


def test_an_exception_fails_the_job_of_a_script_unless_it_trains_again(
    tmp_path: Path, job_folder: Callable[..., JobFolder]
) -> None:
    folder = job_folder()
    job = Session(folder, owned=True)

    def break_down(net: Any, index: int) -> None:
        raise ValueError("the lights went out")

    with pytest.raises(ValueError, match="the lights went out"):
        fit(tmp_path, job, Net(before_batch=break_down))
    assert job._failure is not None
    assert job._failure[0] == "ValueError: the lights went out"
    fit(tmp_path, job, Net(), epochs=1)
    job.finish()
    assert json.loads(folder.outcome.read_text())["state"] == "completed"


def test_a_disk_that_takes_nothing_costs_the_checkpoint_and_no_more(
    tmp_path: Path, job_folder: Callable[..., JobFolder]
) -> None:
    folder = job_folder()
    job = JobContext(folder)
    folder.work.rmdir()
    folder.work.write_text("no folder")
    fit(tmp_path, job, Net(), epochs=2)
    assert [event["epoch"] for event in events(folder, "validation")] == [1, 2]
    assert "checkpoint of epoch 1 could not be told" in events(folder, "log")[0]["lines"][0]


def test_without_lightning_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['lightning'] = None; import snellen.sdk.lightning"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ExtraMissing: Lightning is not installed for this Python: pip install lightning" in done.stderr

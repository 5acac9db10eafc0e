"""Reports a training with Lightning: ``Trainer(callbacks=[SnellenCallback(job)])``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from snellen.errors import ExtraMissing
from snellen.sdk.context import JobContext
from snellen.sdk.reporting import telling
from snellen.sdk.session import Session

try:
    from lightning.pytorch.callbacks import Callback, Checkpoint
except ImportError as error:
    raise ExtraMissing("Lightning is not installed for this Python: pip install lightning") from error

if TYPE_CHECKING:
    from lightning.pytorch import LightningModule, Trainer

#: Where several processes train they agree on a stop at once so many batches apart; it costs them a message.
BATCHES_BETWEEN_LOOKS = 10


class SnellenCallback(Callback):
    """Tells a job what ``trainer.fit`` does; the process of rank 0 speaks.

    Of each epoch (from 1) the metrics that the module logged, the learning rate, a validation with the metrics that
    were logged while validating, and a checkpoint ``last`` with all that ``trainer.fit(…, ckpt_path=…)`` needs; within
    it the progress. The sanity check is left out. A validation of the epoch that the module itself told
    (``job.log_predictions``, ``job.log_results``) stays. A request to stop ends the training with its epoch; at once,
    the epoch under way is dropped. An exception makes a :func:`snellen.init` job failed. Nothing that goes wrong with
    reporting raises into the training.
    """

    def __init__(self, job: JobContext, *, checkpoints: bool = True) -> None:
        self.job = job
        self._checkpoints = checkpoints
        self._known: Mapping[str, Any] = {}
        self._validation: dict[str, float] = {}
        self._rates: dict[str, float] = {}
        self._ever_validated = False
        self._cut_off = False
        self._limit: int | float | None = None

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._validation, self._cut_off = {}, False
        trainer.callbacks = [*_without_ends(trainer), _EpochEnd(self)]

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if isinstance(self.job, Session):
            self.job.recovered()

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        self._leave(trainer)

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        self._leave(trainer)
        if trainer.is_global_zero and isinstance(self.job, Session):
            self.job.fail(exception)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        # At the epoch's end the schedules have set the next one's already.
        rates = [group["lr"] for optimizer in trainer.optimizers for group in optimizer.param_groups]
        names = ["lr"] if len(rates) == 1 else [f"lr/{number}" for number in range(len(rates))]
        self._rates = _numbers(dict(zip(names, rates, strict=True)))

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self._progress(trainer, batch_idx + 1, trainer.num_training_batches, "train")
        alone = trainer.world_size == 1
        if (alone or (batch_idx + 1) % BATCHES_BETWEEN_LOOKS == 0) and self._agreed(
            trainer, self.job.should_stop_now()
        ):
            self._cut_off = True
            _stop(trainer)
            if self._ever_validated:
                # Lightning would validate before it ends. Without any validation, others would miss their metrics.
                self._limit = trainer.limit_val_batches
                trainer.limit_val_batches = 0

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._known = dict(trainer.callback_metrics)

    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        if trainer.state.fn == "fit" and not trainer.sanity_checking:
            batches = trainer.num_val_batches
            self._progress(trainer, sum(batches[:dataloader_idx]) + batch_idx + 1, sum(batches), "validate")

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.state.fn != "fit" or trainer.sanity_checking:
            return
        with telling(self.job, "the validation's metrics"):
            # What was logged while validating is new; the rest of the metrics are the objects that they were.
            now = trainer.callback_metrics
            self._validation = _numbers({key: v for key, v in now.items() if self._known.get(key) is not v})
        self._ever_validated = True

    def epoch_ended(self, trainer: Trainer) -> None:
        """Tell the epoch; called when all other callbacks and the module are through with it."""
        if self._cut_off:
            return
        epoch = trainer.current_epoch + 1
        if trainer.is_global_zero:
            with telling(self.job, f"epoch {epoch}"):
                self._tell(trainer, epoch)
        self._validation = {}
        if self._checkpoints:
            with telling(self.job, f"the checkpoint of epoch {epoch}"):
                path = trainer.strategy.broadcast(str(self.job.folder.work / "last.ckpt"))
                trainer.save_checkpoint(path)
                if trainer.is_global_zero:
                    metadata = {"global_step": trainer.global_step}
                    self.job.save_checkpoint(path, name="last", epoch=epoch, metadata=metadata)
        if self._agreed(trainer, self.job.should_stop()):
            _stop(trainer)

    def _tell(self, trainer: Trainer, epoch: int) -> None:
        values = _numbers(trainer.callback_metrics)
        training = self._rates | {key: value for key, value in values.items() if key not in self._validation}
        if self._validation and epoch in self.job.validated:
            training |= self._validation
        elif self._validation:
            loss = next((self._validation[key] for key in ("val_loss", "val/loss") if key in self._validation), None)
            self.job.log_validation(epoch, metrics=self._validation, overall_loss=loss)
        if training:
            self.job.log_metrics(training, epoch=epoch)
        self.job.progress(epoch, 1.0)

    def _progress(self, trainer: Trainer, done: int, batches: int | float, phase: str) -> None:
        if trainer.is_global_zero and batches and math.isfinite(batches) and done < batches:
            self.job.progress(trainer.current_epoch + 1, done / batches, phase)

    def _agreed(self, trainer: Trainer, stop: bool) -> bool:
        return stop if trainer.world_size == 1 else bool(trainer.strategy.reduce_boolean_decision(stop, all=False))

    def _leave(self, trainer: Trainer) -> None:
        trainer.callbacks = _without_ends(trainer)
        if self._limit is not None:
            trainer.limit_val_batches, self._limit = self._limit, None


class _EpochEnd(Checkpoint):
    """Comes after all others, since Lightning calls early stopping and checkpoints last.

    So early stopping has counted the epoch that the checkpoint holds, and what the module logs at the epoch's end is
    there. It is among the trainer's callbacks only while it fits: `enable_checkpointing` and `ckpt_path="best"` mean
    what they mean without it.
    """

    def __init__(self, owner: SnellenCallback) -> None:
        self._owner = owner

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._owner.epoch_ended(trainer)


def _without_ends(trainer: Trainer) -> list[Callback]:
    return [callback for callback in trainer.callbacks if not isinstance(callback, _EpochEnd)]


def _stop(trainer: Trainer) -> None:
    """A person's word goes before the least number of epochs that the program wants."""
    trainer.fit_loop.min_epochs = 0
    trainer.fit_loop.epoch_loop.min_steps = 0
    trainer.should_stop = True


def _numbers(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Numbers only; of a metric that is logged by step and by epoch, the epoch's."""
    found: dict[str, float] = {}
    for key, value in metrics.items():
        base, _, part = key.rpartition("_")
        if not (part in ("step", "epoch") and base in metrics):
            found[key] = float(value)
    return found

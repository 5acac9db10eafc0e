"""What the framework's callbacks tell the job: progress, metrics, predictions, plots, checkpoints."""

from __future__ import annotations

from typing import Any

from snellen.sdk import JobContext
from snellen.trainers.ultralytics.plots import PlotFinder
from snellen.trainers.ultralytics.predictions import COLLECTORS, Collector


class Hooks:
    """One per training. Epochs are counted from 1 here, from 0 in the framework."""

    def __init__(self, ctx: JobContext) -> None:
        self._ctx = ctx
        self._collector: Collector | None = None
        self._batches_done = 0
        self._saved = False
        self._best_epoch: int | None = None
        self._plots = PlotFinder()

    def callbacks(self) -> dict[str, Any]:
        """By the framework's names of events."""
        return {
            "on_pretrain_routine_end": self.begin,
            "on_train_epoch_start": self.epoch_begins,
            "on_train_batch_end": self.batch_ends,
            "on_model_save": self.model_saved,
            "on_fit_epoch_end": self.epoch_ends,
            "on_train_end": self.end,
        }

    def begin(self, trainer: Any) -> None:
        """The validator exists: listen to it."""
        self._collector = COLLECTORS[self._ctx.job.task](trainer.validator, str(self._ctx.dataset_dir))
        trainer.validator.callbacks["on_val_start"].append(lambda _validator: self._validation_begins(trainer))

    def epoch_begins(self, trainer: Any) -> None:
        """A new epoch, or the same one again after the framework recovered from NaN."""
        self._batches_done = 0
        self._ctx.progress(trainer.epoch + 1, 0.0)

    def batch_ends(self, trainer: Any) -> None:
        """Progress within the epoch; the last tenth is left to the validation."""
        self._batches_done += 1
        self._ctx.progress(trainer.epoch + 1, 0.9 * self._batches_done / max(1, len(trainer.train_loader)))

    def model_saved(self, trainer: Any) -> None:
        """Weights were written; they are told after the epoch's validation, whose epoch they are."""
        self._saved = True
        if trainer.best_fitness == trainer.fitness:
            self._best_epoch = trainer.epoch + 1

    def epoch_ends(self, trainer: Any) -> None:
        """Metrics, predictions, plots and checkpoints of an epoch. Fires once more after the closing validation."""
        if not trainer.validator.training or self._collector is None:
            return
        epoch = trainer.epoch + 1
        reported = dict(trainer.metrics)
        train = trainer.label_loss_items(trainer.tloss, prefix="train")
        self._ctx.log_metrics({**train, **trainer.lr, **reported}, epoch=epoch)
        columns, images = self._collector.take()
        losses = [float(v) for k, v in reported.items() if k.startswith("val/") and k.endswith("loss")]
        self._ctx.log_validation(
            epoch,
            metrics=reported,
            overall_loss=sum(losses) if losses else None,
            predictions=columns,
            images=images,
            min_score=self._collector.min_score,
            # After the last epoch the closing validation draws over the same files: none may be left for later.
            plots=self._plots.new(trainer.validator.plots, wait=trainer.stop or epoch >= trainer.epochs),
        )
        for plot in self._plots.new(trainer.plots):
            self._ctx.log_plot(plot)
        self._keep_checkpoints(trainer, epoch)
        self._ctx.progress(epoch, 1.0, "validate")
        if self._ctx.should_stop():
            trainer.stop = True

    def end(self, trainer: Any) -> None:
        """The closing validation has drawn its plots: they belong to the epoch whose weights it used."""
        for plot in self._plots.new(trainer.validator.plots, wait=True):
            self._ctx.log_plot(plot, epoch=self._best_epoch)
        for plot in self._plots.new(trainer.plots, wait=True):
            self._ctx.log_plot(plot)
        last = trainer.epoch + 1
        if not self._ctx.stopped and last < trainer.epochs and trainer.stopper.possible_stop:
            self._ctx.note = (
                f"stopped early at epoch {last}: no better fitness for {trainer.stopper.patience} epochs "
                f"(best at epoch {self._best_epoch})"
            )

    def _validation_begins(self, trainer: Any) -> None:
        if self._collector is not None:
            self._collector.clear()
        if trainer.validator.training:
            self._ctx.progress(trainer.epoch + 1, 0.9, "validate")

    def _keep_checkpoints(self, trainer: Any, epoch: int) -> None:
        if not self._saved:
            return
        self._saved = False
        # Copied now: after the training the framework strips these files of what a resume needs.
        fitness = None if trainer.fitness is None else float(trainer.fitness)
        self._ctx.save_checkpoint(trainer.last, name="last", epoch=epoch, metadata={"fitness": fitness})
        if self._best_epoch == epoch:
            metadata = {"fitness": fitness, "chosen_by": "the framework's fitness"}
            self._ctx.save_checkpoint(trainer.best, name="best", epoch=epoch, metadata=metadata)

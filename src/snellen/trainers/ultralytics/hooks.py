"""What the framework's callbacks tell the job: progress, metrics, predictions, plots, checkpoints."""

from __future__ import annotations

from typing import Any

from snellen.formats.predictions import MIN_SCORE
from snellen.sdk import JobContext
from snellen.trainers.ultralytics.failures import diverged
from snellen.trainers.ultralytics.plots import PlotFinder
from snellen.trainers.ultralytics.predictions import COLLECTORS, Collector
from snellen.trainers.ultralytics.ranks import merge_parts, write_part
from snellen.trainers.ultralytics.stopping import StopNow


class RankHooks:
    """One per process of a training. This one only collects what its process predicts, for rank 0."""

    def __init__(self, ctx: JobContext, rank: int) -> None:
        self.ctx = ctx
        #: The last epoch of which a checkpoint was kept.
        self.kept_epoch: int | None = None
        self._rank = rank
        self._collector: Collector | None = None

    def callbacks(self) -> dict[str, Any]:
        """By the framework's names of events."""
        return {"on_pretrain_routine_end": self.begin}

    def begin(self, trainer: Any) -> None:
        """The validator exists: listen to it."""
        collector = self._collector = COLLECTORS[self.ctx.job.task](trainer.validator, str(self.ctx.dataset_dir))
        trainer.validator.callbacks["on_val_start"].append(lambda _validator: self._validation_begins(trainer))
        if trainer.world_size < 2:
            return
        gather = trainer.validator.gather_stats

        def share_and_gather() -> None:
            # Rank 0 goes on from here when all others have come here: their parts are whole then.
            if trainer.validator.training:
                least = collector.min_score or MIN_SCORE
                write_part(self.ctx, trainer.epoch + 1, self._rank, *collector.take(), min_score=least)
            gather()

        trainer.validator.gather_stats = share_and_gather

    def _validation_begins(self, trainer: Any) -> None:
        if self._collector is not None:
            self._collector.clear()


class Hooks(RankHooks):
    """Of the one process, or of rank 0. Epochs are counted from 1 here, from 0 in the framework."""

    def __init__(self, ctx: JobContext, rank: int) -> None:
        super().__init__(ctx, rank)
        self._batches_done = 0
        self._saved = False
        self._best_epoch: int | None = None
        self._batch_size: float | None = None
        self._plots = PlotFinder()

    def callbacks(self) -> dict[str, Any]:
        """By the framework's names of events."""
        return {
            "on_pretrain_routine_end": self.begin,
            "on_train_epoch_start": self.epoch_begins,
            "on_train_batch_end": self.batch_ends,
            "on_val_batch_end": lambda _validator: self._look(),
            "on_model_save": self.model_saved,
            "on_fit_epoch_end": self.epoch_ends,
            "on_train_end": self.end,
        }

    def begin(self, trainer: Any) -> None:
        """Everything is built; a resumed training knows which epoch its best was."""
        super().begin(trainer)
        self._batch_size = trainer.batch_size
        if trainer.resume:
            self.kept_epoch = trainer.start_epoch
            best = self.ctx.resume_metadata.get("best_epoch", trainer.stopper.best_epoch)
            self._best_epoch = int(best) or None
            self.ctx.log(f"going on with epoch {trainer.start_epoch + 1} of {trainer.epochs}")
        self._look()

    def epoch_begins(self, trainer: Any) -> None:
        """A new epoch, or the same one again after the framework recovered from NaN or from too large a batch."""
        epoch = trainer.epoch + 1
        self._batches_done = 0
        if trainer.batch_size != self._batch_size:
            self._warn(
                f"epoch {epoch}: no memory for batch={self._batch_size}: the framework goes on with "
                f"batch={trainer.batch_size}"
            )
            self._batch_size = trainer.batch_size
        if trainer.nan_recovery_attempts:
            self._warn(
                f"epoch {epoch}: the loss became NaN or infinite: the framework redoes the epoch from the last "
                f"checkpoint (attempt {trainer.nan_recovery_attempts} of 3)"
            )
        self.ctx.progress(epoch, 0.0)
        self._look()

    def batch_ends(self, trainer: Any) -> None:
        """Progress within the epoch; the last tenth is left to the validation."""
        self._batches_done += 1
        self.ctx.progress(trainer.epoch + 1, 0.9 * self._batches_done / max(1, len(trainer.train_loader)))
        self._look()

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
        self.ctx.log_metrics({**train, **trainer.lr, **reported}, epoch=epoch)
        several = trainer.world_size > 1
        predictions, images = merge_parts(self.ctx, epoch, trainer.world_size) if several else self._collector.take()
        losses = [float(v) for k, v in reported.items() if k.startswith("val/") and k.endswith("loss")]
        self.ctx.log_validation(
            epoch,
            metrics=reported,
            overall_loss=sum(losses) if losses else None,
            predictions=predictions,
            images=images,
            min_score=self._collector.min_score,
            # After the last epoch the closing validation draws over the same files: none may be left for later.
            plots=self._plots.new(trainer.validator.plots, wait=trainer.stop or epoch >= trainer.epochs),
        )
        for plot in self._plots.new(trainer.plots):
            self.ctx.log_plot(plot)
        self._keep_checkpoints(trainer, epoch)
        self.ctx.progress(epoch, 1.0, "validate")
        self._look()
        if self.ctx.should_stop():
            trainer.stop = True

    def end(self, trainer: Any) -> None:
        """The closing validation has drawn its plots: they belong to the epoch whose weights it used."""
        for plot in self._plots.new(trainer.validator.plots, wait=True):
            self.ctx.log_plot(plot, epoch=self._best_epoch)
        for plot in self._plots.new(trainer.plots, wait=True):
            self.ctx.log_plot(plot)
        last = trainer.epoch + 1
        if not self.ctx.stopped and last < trainer.epochs and trainer.stopper.possible_stop:
            self.ctx.note = (
                f"stopped early at epoch {last}: no better fitness for {trainer.stopper.patience} epochs "
                f"(best at epoch {self._best_epoch})"
            )

    def _validation_begins(self, trainer: Any) -> None:
        super()._validation_begins(trainer)
        if trainer.validator.training:
            self.ctx.progress(trainer.epoch + 1, 0.9, "validate")

    def _keep_checkpoints(self, trainer: Any, epoch: int) -> None:
        if not self._saved:
            return
        self._saved = False
        if _is_broken(trainer):
            # The framework recovers in no first epoch, and writes zeros for NaN into its checkpoint.
            raise diverged(trainer.circumstances(), "and so did the weights; the framework knows no way back")
        fitness = None if trainer.fitness is None else float(trainer.fitness)
        known = {
            "fitness": fitness,
            "best_fitness": None if trainer.best_fitness is None else float(trainer.best_fitness),
            "best_epoch": self._best_epoch,
            "patience_best_fitness": float(trainer.stopper.best_fitness),
            "patience_best_epoch": trainer.stopper.best_epoch,
        }
        # Copied now: after the training the framework strips these files of what a resume needs.
        self.ctx.save_checkpoint(trainer.last, name="last", epoch=epoch, metadata=known)
        self.kept_epoch = epoch
        if self._best_epoch == epoch:
            metadata = {**known, "chosen_by": "the framework's fitness"}
            self.ctx.save_checkpoint(trainer.best, name="best", epoch=epoch, metadata=metadata)

    def _look(self) -> None:
        """Leave the training if somebody asked to stop at once."""
        if self.ctx.should_stop_now():
            raise StopNow("asked to stop at once")

    def _warn(self, text: str) -> None:
        self.ctx.log(text, level="warning")


def _is_broken(trainer: Any) -> bool:
    """Whether NaN has reached the weights; a finite loss says no."""
    if trainer.loss is None or bool(trainer.loss.isfinite()):
        return False
    return any(not bool(p.isfinite().all()) for p in trainer.model.parameters())

"""Reports a training with Hugging Face's Trainer: ``Trainer(…, callbacks=[SnellenCallback(job)])``."""

from __future__ import annotations

import math
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snellen.errors import CheckpointBroken, ExtraMissing, reason_of
from snellen.sdk.context import JobContext
from snellen.sdk.reporting import telling

try:
    from transformers import TrainerCallback
except ImportError as error:
    raise ExtraMissing("Transformers is not installed for this Python: pip install transformers accelerate") from error

if TYPE_CHECKING:
    from transformers import TrainerControl, TrainerState, TrainingArguments

#: Where several processes train they agree on a stop at once so many steps apart; it costs them a message.
STEPS_BETWEEN_LOOKS = 10
#: How long things took is no metric of the model.
TIMES = ("_runtime", "_per_second", "_preparation_time")
NAMES = {"learning_rate": "lr"}
LEFT_OUT = {"epoch", "num_input_tokens_seen", "total_flos"}


class SnellenCallback(TrainerCallback):
    """Tells a job what ``trainer.train()`` does; the process of rank 0 speaks.

    What the Trainer logs is a metric at its step: ``loss`` is ``train/loss``, ``learning_rate`` is ``lr``. The last
    evaluation of each epoch (from 1) is its validation: ``eval_accuracy`` is ``val/accuracy``. An epoch whose
    validation the program told itself (``job.log_predictions``) keeps that. A checkpoint that the Trainer saves is kept
    as ``last.tar``; :attr:`resume_from` unpacks it. A request to stop ends the training with its epoch, when that has
    been evaluated and saved; at once, neither is done. Nothing that goes wrong with reporting raises into the training.
    """

    def __init__(self, job: JobContext) -> None:
        self.job = job
        self._trains = False
        self._cut_off = False
        self._pending: tuple[int, dict[str, float]] | None = None

    @property
    def resume_from(self) -> str | None:
        """For ``trainer.train(resume_from_checkpoint=…)``: the checkpoint of an earlier attempt of the job, unpacked.

        None without one. Raises :class:`~snellen.errors.CheckpointBroken` for one that can't be unpacked.
        """
        packed = self.job.resume_from
        if packed is None:
            return None
        target = self.job.folder.work / "resume"
        shutil.rmtree(target, ignore_errors=True)
        try:
            with tarfile.open(packed) as archive:
                archive.extractall(target, filter="data")
            (found,) = target.iterdir()
        except (tarfile.TarError, OSError, ValueError) as error:
            raise CheckpointBroken(
                f"the checkpoint {packed.name} can't be gone on from: {reason_of(error)}; expected an archive of one "
                "folder that SnellenCallback made"
            ) from error
        return str(found)

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self._trains, self._cut_off, self._pending = True, False, None

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self._tell_validation(state)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        epoch = _epoch(state)
        if state.is_world_process_zero:
            self.job.progress(epoch, float(state.epoch) - epoch + 1)
        looks = args.world_size == 1 or state.global_step % STEPS_BETWEEN_LOOKS == 0
        if looks and _agreed(args, self.job.should_stop_now()):
            self._cut_off = True
            control.should_training_stop = True
            _nothing_more(control)

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        if self._cut_off:
            _nothing_more(control)
        elif _agreed(args, self.job.should_stop()):
            control.should_training_stop = True

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        # Evaluations come to on_evaluate; the last log sums the training up.
        if not (state.is_world_process_zero and logs and self._trains) or any(key.endswith("_runtime") for key in logs):
            return
        values = {
            NAMES.get(key) or (key if "/" in key else f"train/{key}"): value
            for key, value in _numbers(logs).items()
            if key not in LEFT_OUT
        }
        if values:
            self.job.log_metrics(values, step=state.global_step, epoch=_epoch(state))

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if not (state.is_world_process_zero and self._trains) or not state.epoch:
            return
        epoch = _epoch(state)
        told = {
            f"val/{key.removeprefix('eval_')}": value
            for key, value in _numbers(metrics or {}).items()
            if key not in LEFT_OUT and not key.endswith(TIMES)
        }
        if self._pending is not None and self._pending[0] != epoch:
            self._tell_validation(state)
        # Of several datasets each comes by itself; of several evaluations in an epoch the last one counts.
        before = {} if self._pending is None else self._pending[1]
        self._pending = (epoch, before | told)

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        if not state.is_world_process_zero or not state.epoch:
            return
        folder = Path(str(args.output_dir)) / f"checkpoint-{state.global_step}"
        # Saved within an epoch, it holds the epochs before that one whole.
        whole = math.floor(float(state.epoch) + 1e-6)
        if self._pending is not None and self._pending[0] == whole:
            self._tell_validation(state)
        with telling(self.job, f"the checkpoint of step {state.global_step}"):
            packed = self.job.folder.work / "last.tar"
            with tarfile.open(packed, "w") as archive:
                archive.add(folder, arcname=folder.name)
            metadata = {"global_step": state.global_step, "epochs_trained": float(state.epoch)}
            self.job.save_checkpoint(packed, name="last", epoch=whole or None, metadata=metadata)
            packed.unlink()

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self._tell_validation(state)
        self._trains = False

    def _tell_validation(self, state: TrainerState) -> None:
        if self._pending is None or not state.is_world_process_zero:
            return
        epoch, values = self._pending
        self._pending = None
        if epoch in self.job.validated:
            self.job.log_metrics(values, epoch=epoch)
        else:
            self.job.log_validation(epoch, metrics=values, overall_loss=values.get("val/loss"))


def _epoch(state: TrainerState) -> int:
    """The epoch under way, from 1; at the very end of one it is that one."""
    return max(1, math.ceil(float(state.epoch or 0.0) - 1e-6))


def _nothing_more(control: TrainerControl) -> None:
    """The epoch is dropped: it is neither evaluated nor saved."""
    control.should_evaluate = control.should_save = control.should_log = False


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {key: float(v) for key, v in values.items() if isinstance(v, int | float) and not isinstance(v, bool)}


def _agreed(args: TrainingArguments, stop: bool) -> bool:
    """One process's word is everybody's: who trained on alone would wait for the others for ever."""
    if args.world_size == 1:
        return stop
    import torch

    word = torch.tensor(int(stop), device=args.device)
    torch.distributed.all_reduce(word, op=torch.distributed.ReduceOp.MAX)
    return bool(word.item())

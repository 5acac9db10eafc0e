"""What the framework's errors mean for the person whose job failed: no memory, a loss that is no number."""

from __future__ import annotations

from dataclasses import dataclass

from snellen.errors import OutOfMemory, SnellenError, TrainingDiverged

_NO_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "failed to allocate",
    "insufficient memory",
    "cublas_status_alloc_failed",
    "cudnn_status_internal_error",
    "unable to find an engine",
)
_WORKER_KILLED = ("dataloader worker", "signal")
_NOT_FINITE = ("nan persisted", "corrupted with nan/inf", "nan/inf detected")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a training did when it failed; None where it did not come so far."""

    device: str
    batch: float | None
    imgsz: int | None
    epoch: int | None
    kept_epoch: int | None
    halved: int = 0


def explained(error: BaseException, at: Circumstances) -> SnellenError | None:
    """The error in words that say what to do; None for one that is something else."""
    text = str(error).lower()
    if isinstance(error, SnellenError):
        return None
    if all(part in text for part in _WORKER_KILLED):
        return OutOfMemory(
            f"no memory: a process that loads images was killed ({_first_line(error)}); the machine's memory or "
            "its shared memory (/dev/shm) is used up. Take fewer workers, or cache=False"
        )
    if isinstance(error, MemoryError) or any(part in text for part in _NO_MEMORY):
        return OutOfMemory(_no_memory(error, at))
    if isinstance(error, RuntimeError) and any(part in text for part in _NOT_FINITE):
        return diverged(at, "also when the framework redid the epoch from the last checkpoint, until it gave up")
    return None


def diverged(at: Circumstances, what: str) -> TrainingDiverged:
    """The failure of a training whose loss is no number; `what` says what was tried."""
    kept = "there is no good checkpoint" if at.kept_epoch is None else f"the last good one is of epoch {at.kept_epoch}"
    epoch = "" if at.epoch is None else f" in epoch {at.epoch}"
    return TrainingDiverged(
        f"the loss became NaN or infinite{epoch}, {what}; {kept}. Lower lr0, name an optimizer other than auto, "
        "train without amp, or look for broken labels"
    )


def _no_memory(error: BaseException, at: Circumstances) -> str:
    size = f"batch={at.batch:g} at imgsz={at.imgsz}" if at.batch and at.imgsz else "the training"
    tried = f"; half the batch was tried {at.halved} times" if at.halved else ""
    return (
        f"no memory: {at.device} has no room for {size} ({_first_line(error)}){tried}. "
        "Take a smaller batch or imgsz, or a smaller model"
    )


def _first_line(error: BaseException) -> str:
    lines = [line for line in str(error).strip().splitlines() if line]
    return (lines or [type(error).__name__])[0][:300]

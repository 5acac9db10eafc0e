"""What a failure means for the person whose job it is: no memory, a loss that is no number."""

from __future__ import annotations

from snellen.errors import OutOfMemory, SnellenError, TrainingDiverged, reason_of

_NO_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "cannot allocate memory",
    "not enough memory",
    "cublas_status_alloc_failed",
)
_CONNECTION_LOST = ("connection closed by peer", "connection reset", "broken pipe", "socket closed", "remote process")
_WORKER_KILLED = ("dataloader worker", "killed by signal")


def is_no_memory(error: BaseException) -> bool:
    """Whether PyTorch, on a GPU or not, or Python itself found no memory."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(part in text for part in _NO_MEMORY)


def no_memory(
    error: BaseException, *, device: str, batch_size: int, img_size: int | None, processes: int = 1
) -> OutOfMemory | None:
    """The failure in words that say what to do; None for an error that is something else.

    `img_size` is the side of the input in px, None before the model said it; `batch_size` that of all `processes`.
    """
    first = next((line for line in reason_of(error).splitlines() if line.strip()), "")[:300]
    if _worker_killed(error):
        return OutOfMemory(
            f"no memory: a process that loads images was killed ({first}); the machine's memory or its shared memory "
            "(/dev/shm) is used up. Take fewer workers"
        )
    if not is_no_memory(error):
        return None
    size = "the model's own img_size" if img_size is None else f"img_size={img_size}"
    each = "" if processes == 1 else f" ({batch_size // processes} in each of {processes} processes)"
    return OutOfMemory(
        f"no memory: {device} has no room for batch_size={batch_size}{each} at {size} ({first}). "
        "Take a smaller batch_size or img_size, or a smaller model"
    )


def connection_lost(error: BaseException) -> str | None:
    """What is said of a process whose connection to another one broke; None for an error that is something else."""
    text = reason_of(error)
    if isinstance(error, SnellenError) or not any(part in text.lower() for part in _CONNECTION_LOST):
        return None
    return (
        f"the connection to another process of the training broke ({' '.join(text.split())[:300]}): that one has "
        "ended, or its machine is gone; look at the logs of all nodes"
    )


def diverged(value: float, epoch: int, where: str, *, kept: int) -> TrainingDiverged:
    """The failure of an epoch whose loss became `value`; `kept` is the epoch of the last checkpoint, 0 without one."""
    last = f"the checkpoint of epoch {kept} is kept" if kept else "there is no checkpoint yet"
    return TrainingDiverged(
        f"the loss became {value} in epoch {epoch}, {where}; {last}: try a smaller lr, clip_grad, or amp off"
    )


def _worker_killed(error: BaseException) -> bool:
    text = str(error).lower()
    return all(part in text for part in _WORKER_KILLED)

"""How a batch is split among the processes of a training. Imports nothing heavy."""

from __future__ import annotations

from snellen.errors import InvalidInput


def each_batch(batch_size: int, processes: int) -> int:
    """The images of a batch in each of several processes; `batch_size` is that of all together.

    Raises :class:`~snellen.errors.InvalidInput` where they don't go evenly into the processes.
    """
    if batch_size % processes:
        below = batch_size // processes * processes
        near = f"{below} or {below + processes}" if below else str(processes)
        raise InvalidInput(
            f"batch_size: got {batch_size} for {processes} processes (GPUs, or nodes without), among which a batch is "
            f"split evenly; take {near}"
        )
    return batch_size // processes

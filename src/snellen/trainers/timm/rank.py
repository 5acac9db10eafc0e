"""``python -m snellen.trainers.timm.rank FOLDER PARENT``: one process of several that train a job together.

``RANK``, ``LOCAL_RANK``, ``WORLD_SIZE``, ``MASTER_ADDR`` and ``MASTER_PORT`` say which; PARENT is the id of the process
that started it. Rank 0 tells the job's events.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from snellen import logs
from snellen.contract.events import EventType
from snellen.contract.folder import JobFolder
from snellen.errors import SnellenError
from snellen.sdk import JobContext
from snellen.sdk.output import forgive_full_disks
from snellen.sdk.reporting import failure_of, traceback_of
from snellen.trainers.ranks import die_with_parent
from snellen.trainers.timm import devices
from snellen.trainers.timm.failures import connection_lost
from snellen.trainers.timm.meeting import Meeting, Word
from snellen.trainers.timm.models import check_name
from snellen.trainers.timm.schema import build_schema, with_defaults
from snellen.trainers.timm.team import Ranks, joined
from snellen.trainers.timm.training import train

#: A rank waits at most so long for another one, which may have been slow to start.
ANSWER = timedelta(minutes=15)
#: What is wrong with the job itself all ranks find; so long they leave it to rank 0 to say so.
FIRST_SECONDS = 0.5


class Listener(JobContext):
    """The job in a process that says nothing: what it would tell rank 0 tells, and who asks to stop asks that one."""

    def save_checkpoint(self, *arguments: Any, **more: Any) -> None:
        pass

    def should_stop(self) -> bool:
        return False

    def should_stop_now(self) -> bool:
        return False

    def _append(self, event_type: EventType, **fields: Any) -> None:
        pass


def main(root: str, parent: str) -> int:
    """Train; the exit status is 0 unless this process failed."""
    die_with_parent(signal.SIGKILL, parent=int(parent))
    forgive_full_disks()
    rank, folder = int(os.environ["RANK"]), JobFolder(Path(root))
    ctx = (Listener if rank else JobContext)(folder)
    logs.set_up(logger="snellen", job=ctx.job.job_id, attempt=ctx.job.attempt)
    name = f"job{ctx.job.job_id}-{ctx.job.attempt}"
    address, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    meeting = Meeting(address, port, name, holds=False, answer=ANSWER)
    try:
        team = _train(ctx, meeting)
    except BaseException as error:
        _tell_failure(meeting, rank, error)
        return 1
    finally:
        ctx.close()
    # Asked to stop at once, the others wait for this one in the middle of a step.
    together = not folder.stop_asked_now()
    if rank == 0:
        meeting.tell(Word(0, stopped=ctx.stopped, note=ctx.note, together=together))
    if together:
        team.leave()
    return 0


def _train(ctx: JobContext, meeting: Meeting) -> Ranks:
    params = with_defaults(dict(ctx.params), build_schema([]))
    check_name(ctx.job.model)
    device = devices.device_of(ctx.job, int(os.environ["LOCAL_RANK"]))
    team = joined(device, meeting.group_store())
    assert ctx.job.dataset is not None  # noqa: S101 (the process that started this one has looked)
    train(ctx, params, ctx.job.dataset.class_names, team)
    return team


def _tell_failure(meeting: Meeting, rank: int, error: BaseException) -> None:
    """Before this process's connections break, so that its reason is the first that is heard."""
    reason = connection_lost(error) or failure_of(
        error, on_exit="the trainer called sys.exit({code}) instead of returning"
    )
    detail = traceback_of(error)
    ours = isinstance(error, SnellenError)
    if rank:
        reason = f"rank {rank}: {reason}"
        time.sleep(FIRST_SECONDS if ours else 0.0)
    first = True
    with contextlib.suppress(RuntimeError):  # the process that holds the store is gone
        first = meeting.tell(Word(rank, error=reason, detail=detail, ours=ours))
    sys.stderr.write(f"{detail}\n" if first else f"rank {rank} ended after another one: {reason}\n")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

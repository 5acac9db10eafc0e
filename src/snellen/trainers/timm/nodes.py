"""The nodes of a training: how they find each other, notice that one is gone, and part."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import timedelta

from snellen.errors import SnellenError, reason_of
from snellen.sdk import JobContext
from snellen.sdk.group import ADDRESS, PORT, Group
from snellen.sdk.reporting import traceback_of
from snellen.trainers.ranks import RanksFailed
from snellen.trainers.timm.meeting import Meeting, Word

LOOK_SECONDS = 0.1
#: A node may still be fetching the dataset when another one has it already.
ARRIVAL_SECONDS = 1800.0
TELL_SECONDS = 5.0
TRY = timedelta(seconds=10)
BEAT_SECONDS = 2.0
#: A node that gives no sign of life for so long is gone.
SILENT_SECONDS = 60.0
PART_SECONDS = 10.0


def meet(ctx: JobContext, group: Group) -> Meeting | None:
    """The meeting of this attempt: held here on node 0, joined by the others; None when the job is stopped before.

    Raises :class:`~snellen.trainers.ranks.RanksFailed` for a port that can't be had, or where nobody answers.
    """
    address, name = group.address or "127.0.0.1", f"job{ctx.job.job_id}-{ctx.job.attempt}"
    if group.node_rank == 0:
        try:
            return Meeting(address, group.port or 0, name, holds=True)
        except RuntimeError as error:
            raise RanksFailed(
                f"{PORT}: port {group.port or 'of any number'} can't be listened on here ({_first(error)}); another "
                "program has it, or another training"
            ) from error
    until = time.monotonic() + ARRIVAL_SECONDS
    while True:
        try:
            return Meeting(address, group.port or 0, name, holds=False, connect=TRY)
        except RuntimeError as error:
            if time.monotonic() > until:
                raise RanksFailed(
                    f"{ADDRESS}, {PORT}: node 0 did not answer at {address}:{group.port} within "
                    f"{ARRIVAL_SECONDS:.0f} s ({_first(error)})"
                ) from error
        if ctx.should_stop():
            return None


class Nodes:
    """This node among those that train together; of a node alone nothing is waited for."""

    def __init__(self, meeting: Meeting, group: Group) -> None:
        self.meeting = meeting
        self._group = group
        self._beaten = 0.0
        #: Of each other node its signs of life, and when their number last changed.
        self._seen: dict[int, tuple[int, float]] = {}

    def gather(self, ctx: JobContext) -> Word | None:
        """Wait until all nodes are here; how the training ended, where it did before that."""
        self.meeting.arrive()
        began, said = time.monotonic(), False
        while (word := self.told()) is None and (here := self.meeting.here()) < self._group.nodes:
            waited = time.monotonic() - began
            if waited > TELL_SECONDS and not said:
                said = True
                ctx.log(f"{here} of {self._group.nodes} nodes are here; waiting for the others")
            if self._group.node_rank == 0 and ctx.should_stop():
                self.meeting.tell(Word(0, stopped=True, together=True))
            if waited > ARRIVAL_SECONDS:
                raise RanksFailed(
                    f"only {here} of the job's {self._group.nodes} nodes came within {ARRIVAL_SECONDS:.0f} s; look at "
                    "the logs of the others"
                )
            time.sleep(LOOK_SECONDS)
        return word

    def told(self) -> Word | None:
        """How the training ended, once somebody said so; a node that is gone can't."""
        now = time.monotonic()
        try:
            if self._group.nodes > 1 and now - self._beaten > BEAT_SECONDS:
                self._beaten = now
                self._look(now)
            return self.meeting.told()
        except RuntimeError as error:
            return Word(0, error=f"node 0 is gone ({_first(error)}); look at its log")

    def _look(self, now: float) -> None:
        own = self._group.node_rank
        if own:
            self.meeting.beat(own)
            return
        for node in range(1, self._group.nodes):
            count = self.meeting.beat(node, by=0)
            before, since = self._seen.get(node, (0, now))
            self._seen[node] = (count, since if count == before else now)
            if count and now - self._seen[node][1] > SILENT_SECONDS:
                words = f"node {node} has given no sign of life for {SILENT_SECONDS:.0f} s; is its machine gone?"
                self.meeting.tell(Word(0, error=words))

    @contextlib.contextmanager
    def failing(self, what: str) -> Iterator[None]:
        """An error is told to the other nodes on its way out."""
        try:
            yield
        except Exception as error:
            reason = reason_of(error) if isinstance(error, SnellenError) else f"{what}: {reason_of(error)}"
            if self._group.nodes > 1:
                reason = f"node {self._group.node_rank}: {reason}"
            with contextlib.suppress(RuntimeError):
                self.meeting.tell(Word(-1, error=reason, detail=traceback_of(error)))
            raise

    def part(self) -> None:
        """Leave; node 0 waits a moment for the others, whose last words need its store."""
        if self._group.nodes == 1:
            return
        with contextlib.suppress(RuntimeError):
            self.meeting.leave()
            until = time.monotonic() + PART_SECONDS
            while self._group.node_rank == 0 and self.meeting.left() < self._group.nodes:
                if time.monotonic() > until:
                    return
                time.sleep(LOOK_SECONDS)


def _first(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]

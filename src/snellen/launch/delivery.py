"""Posts the journal's events in their order, each until the server has it; an empty batch is a heartbeat."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import Any

from snellen.contract.events import EventType
from snellen.contract.folder import JobFolder
from snellen.errors import AttemptSuperseded, InvalidInput, NotAllowed, NotAuthenticated, NotFound, TooLarge
from snellen.launch.client import ServerClient
from snellen.launch.follower import Follower
from snellen.launch.limits import EventLimits
from snellen.launch.patience import GivenUp, until_done

HEARTBEAT_SECONDS = 2.0
POLL_SECONDS = 0.25
#: Events wait so long for company: each post costs the machine a few milliseconds that the training could use.
BATCH_SECONDS = 2.0
#: A batch of so many waits for nobody.
FULL = 200
NICENESS = 10
#: After these the job is no longer ours: the trainer must end.
FATAL = (AttemptSuperseded, NotAuthenticated, NotAllowed, NotFound)
log = logging.getLogger("snellen.supervise")


class Delivery(threading.Thread):
    """A thread for as long as the supervisor lives."""

    def __init__(self, folder: JobFolder, client: ServerClient, ending: threading.Event) -> None:
        super().__init__(name="delivery", daemon=True)
        self._folder = folder
        self._client = client
        self._ending = ending
        self._follower = Follower(folder.events, folder.supervisor / "cursor-events.json")
        self._limits = EventLimits()
        self._last_post = 0.0
        self._hurry = threading.Event()
        #: Why the server wants nothing more of this attempt, once it has said so.
        self.refused: Exception | None = None
        #: Whether somebody asked the trainer to stop at once, whatever became of the file that says so.
        self.stop_now = False

    def run(self) -> None:
        """Deliver until told to end, or until the server refuses this attempt."""
        os.nice(NICENESS)
        try:
            while not self._ending.is_set():
                if not self._step():
                    self._ending.wait(POLL_SECONDS)
        except GivenUp:
            return
        except FATAL as error:
            log.warning("the server wants nothing more of this attempt: %s", error)
            self.refused = error
        except Exception as error:
            log.exception("delivery ended")
            self.refused = error

    def wait_delivered(self) -> bool:
        """Wait until everything in the journal is acknowledged; False when the server refuses."""
        self._hurry.set()
        while self.refused is None and not self._follower.is_at_end():
            if self._ending.wait(POLL_SECONDS / 5):
                return False
        return self.refused is None

    def wait_through(self, number: int) -> None:
        """Wait until the event of that number, and so all before it, is acknowledged.

        Raises why the server wants nothing more of this attempt, or :class:`GivenUp` when the supervisor ends.
        """
        while self._follower.line < number:
            if self.refused is not None:
                raise self.refused
            if self._ending.wait(POLL_SECONDS / 5):
                raise GivenUp("waiting for events to be delivered")

    def _step(self) -> bool:
        batch = self._follower.read()
        waited = time.monotonic() - self._last_post
        if not batch and waited < HEARTBEAT_SECONDS:
            return False
        if len(batch) < FULL and waited < BATCH_SECONDS and not self._hurry.is_set():
            return False
        events = [{**self._limits.bounded(number, event), "seq": number} for number, event, _ in batch]
        answer = self._post(events)
        self._last_post = time.monotonic()
        if answer["stop_requested"]:
            self._ask_stop(now=bool(answer.get("stop_now")))
        through = int(answer["accepted_through"])
        offsets = {number: offset for number, _, offset in batch}
        if through in offsets:
            self._follower.commit(through, offsets[through])
        elif through < self._follower.line:
            log.warning("the server holds events through %d only; sending again from there", through)
            self._follower.rewind(through)
        elif batch and through >= batch[-1][0]:
            self._follower.commit(batch[-1][0], batch[-1][2])
        self._limits.forget_through(self._follower.line)
        return bool(batch)

    def _ask_stop(self, *, now: bool) -> None:
        self.stop_now = self.stop_now or now
        try:
            self._folder.ask_stop(now=now)
        except OSError as error:
            # A full disk, or a trainer that put something in its way: it is asked again with the next answer.
            log.warning("the trainer can't be asked to stop: %s", error)

    def _post(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        try:
            return until_done(lambda: self._client.post_events(events), ending=self._ending, what="sending events")
        except (InvalidInput, TooLarge) as error:
            if len(events) > 1:
                return self._post(events[: len(events) // 2])
            # One event that can't be taken must not hold up all that follow, nor leave a hole in the numbers.
            log.warning("event %s was refused: %s", events[0]["seq"], error)
            text = f"event {events[0]['seq']} ({str(events[0].get('type'))[:50]}) was refused by the server: {error}"[
                :2000
            ]
            told = {"seq": events[0]["seq"], "type": EventType.LOG.value, "level": "warning", "lines": [text]}
            return until_done(lambda: self._client.post_events([told]), ending=self._ending, what="sending events")

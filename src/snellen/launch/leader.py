"""``python -m snellen.launch.leader FOLDER``: the supervisor of a job on several nodes, on the one of rank 0.

A trainer that fails because another node died looks like one that failed by itself. So before it is told, whoever runs
this (see :mod:`snellen.launch.ray.group`) is asked what became of the others: ``supervisor/broken`` asks, and
``supervisor/peers.json`` answers ``{"verdict": "alive" | "gone" | null, "failures": {rank: reason}}``.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from snellen.contract.folder import JobFolder
from snellen.contract.states import JobState
from snellen.launch.enrol import GROUP_BROKEN
from snellen.launch.patience import GivenUp
from snellen.launch.supervise import POLL_SECONDS, Supervisor, supervise
from snellen.launch.trainer_process import Ending, StopPatience
from snellen.sdk.group import NODES

BROKEN, PEERS = "broken", "peers.json"
#: After another node's trainer has failed, that of rank 0 has so long to notice.
NOTICE_SECONDS = 10.0


class GroupBroken(Exception):
    """A node is gone: nothing is told, since the training goes on in another attempt."""


class Leader(Supervisor):
    """The supervisor of rank 0."""

    _patience: StopPatience | None = None

    def run(self) -> int:
        """As on one machine, but for a node that is gone."""
        try:
            return super().run()
        except GroupBroken:
            return GROUP_BROKEN

    def cut_off(self) -> bool:
        """A trainer that waits for another one that has failed would wait for long."""
        self._patience = self._patience or StopPatience(NOTICE_SECONDS)
        return self._patience.is_over(bool(self._peers().get("failures")))

    def _run_trainer(self) -> Ending:
        self._say(f"training on {self._nodes[NODES]} nodes")
        ending = super()._run_trainer()
        if ending.state is not JobState.FAILED:
            return ending
        (self._folder.supervisor / BROKEN).touch()
        while (verdict := self._peers().get("verdict")) is None:
            if self._ending.wait(POLL_SECONDS):
                raise GivenUp("asking what became of the other nodes")
        if verdict == "gone":
            raise GroupBroken
        failures: dict[str, str] = self._peers().get("failures") or {}
        if failures:
            reasons = "; ".join(f"node {rank}: {reason}" for rank, reason in sorted(failures.items()))
            return dataclasses.replace(ending, reason=f"{reasons} (node 0: {ending.reason})")
        return ending

    def _peers(self) -> dict[str, Any]:
        try:
            told = json.loads((self._folder.supervisor / PEERS).read_text(encoding="utf-8"))
            return told if isinstance(told, dict) else {}
        except (OSError, ValueError):
            return {}


if __name__ == "__main__":
    raise SystemExit(supervise(JobFolder(Path(sys.argv[1]).resolve()), json.loads(sys.stdin.readline()), Leader))

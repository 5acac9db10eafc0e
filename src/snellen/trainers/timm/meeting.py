"""Where the processes of a training meet, on one node or several, and say how it ended. Imported only beside timm.

It is PyTorch's key-value store, which the job's own process on node 0 holds for as long as it lives.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from torch import distributed

#: PyTorch's types leave its stores out.
_stores: Any = distributed
_END, _KILLED, _HERE, _LEFT, _ALIVE = "end", "killed", "here", "left", "alive"
#: The answer to one question takes at most so long; after it, node 0 is gone.
ANSWER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Word:
    """How a training ended, by who says it first.

    ``error`` is the reason of a failure, None without one, and ``detail`` its traceback; ``ours`` says that the reason
    is meant for people. ``together`` says that all processes leave by themselves.
    """

    rank: int
    stopped: bool = False
    note: str | None = None
    error: str | None = None
    detail: str = ""
    ours: bool = True
    together: bool = False


class Meeting:
    """The store of one attempt, `name`, which one process `holds`; port 0 lets it take a free one.

    Raises ``RuntimeError`` for a port that can't be had, for one where nobody answers within `connect`, and in all
    methods when the process that holds it is gone. What is not there yet is waited for during `answer`.
    """

    def __init__(
        self,
        address: str,
        port: int,
        name: str,
        *,
        holds: bool,
        connect: timedelta = ANSWER,
        answer: timedelta = ANSWER,
    ) -> None:
        tcp = _stores.TCPStore(address, port, is_master=holds, wait_for_workers=False, timeout=connect)
        tcp.set_timeout(answer)
        self.port = int(tcp.port)
        self._store = _stores.PrefixStore(name, tcp)

    def group_store(self) -> Any:
        """Keys of its own, for a group of PyTorch."""
        return _stores.PrefixStore("group", self._store)

    def tell(self, word: Word) -> bool:
        """Say how the training ended; whether nobody had said it before."""
        text = json.dumps(dataclasses.asdict(word))
        return bool(self._store.compare_set(_END, "", text) == text.encode())

    def told(self) -> Word | None:
        """What was said first."""
        return self._read(_END)

    def tell_killed(self, word: Word) -> None:
        """Say that a process was killed: of that the others only know that its connections broke."""
        self._store.set(_KILLED, json.dumps(dataclasses.asdict(word)))

    def killed(self) -> Word | None:
        """What was said of a process that was killed."""
        return self._read(_KILLED)

    def arrive(self) -> None:
        """Say that a node is here."""
        self._store.add(_HERE, 1)

    def here(self) -> int:
        """How many nodes have come."""
        return int(self._store.add(_HERE, 0))

    def leave(self) -> None:
        """Say that a node's processes have ended."""
        self._store.add(_LEFT, 1)

    def left(self) -> int:
        """How many nodes have left."""
        return int(self._store.add(_LEFT, 0))

    def beat(self, node: int, by: int = 1) -> int:
        """The count of a node's signs of life, raised."""
        return int(self._store.add(f"{_ALIVE}/{node}", by))

    def _read(self, key: str) -> Word | None:
        if not self._store.check([key]):
            return None
        said: dict[str, Any] = json.loads(self._store.get(key))
        return Word(**said)

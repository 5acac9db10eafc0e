"""The nodes that train one job together, as whoever starts a trainer's process tells it in the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from snellen.errors import InvalidInput

NODES, NODE_RANK = "SNELLEN_NODES", "SNELLEN_NODE_RANK"
ADDRESS, PORT = "MASTER_ADDR", "MASTER_PORT"


@dataclass(frozen=True, slots=True)
class Group:
    """``nodes`` train together, of which this one is ``node_rank``, from 0.

    Node 0 is the one whose job folder is followed. ``address`` and ``port`` are where it listens for the others; None
    for a node alone.
    """

    nodes: int = 1
    node_rank: int = 0
    address: str | None = None
    port: int | None = None

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] | None = None) -> Group:
        """What ``SNELLEN_NODES``, ``SNELLEN_NODE_RANK``, ``MASTER_ADDR`` and ``MASTER_PORT`` say.

        Where they are not set, a node alone. Raises :class:`~snellen.errors.InvalidInput` for values that make no
        group.
        """
        told = os.environ if environment is None else environment
        nodes = _whole(told, NODES, 1, least=1)
        node_rank = _whole(told, NODE_RANK, 0, least=0)
        if node_rank >= nodes:
            raise InvalidInput(
                f"{NODE_RANK}: got {node_rank} where {NODES} is {nodes}; expected 0 to {nodes - 1}, "
                "another one on each node"
            )
        if nodes == 1:
            return cls()
        address = told.get(ADDRESS, "").strip()
        if not address:
            raise InvalidInput(f"{ADDRESS} is not set; expected the address of node 0, since {NODES} is {nodes}")
        port = _whole(told, PORT, None, least=1)
        if port > 65535:
            raise InvalidInput(f"{PORT}: got {port}, expected a port from 1 to 65535")
        return cls(nodes, node_rank, address, port)

    def variables(self) -> dict[str, str]:
        """What a program is told beside the four: torchrun's names of nodes, and of several nodes the ranks.

        The ranks are those of one process a node; ``torchrun`` sets its own for the processes that it starts.
        """
        told = {"NNODES": str(self.nodes), "NODE_RANK": str(self.node_rank)}
        if self.nodes > 1:
            told |= {"RANK": str(self.node_rank), "WORLD_SIZE": str(self.nodes)}
            told |= {"LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "1"}
        return told


def _whole(told: Mapping[str, str], name: str, default: int | None, *, least: int) -> int:
    text = told.get(name, "").strip()
    if not text and default is not None:
        return default
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least:
        got = f"got {text!r}" if text else "it is not set"
        raise InvalidInput(f"{name}: {got}, expected a whole number from {least} on")
    return value

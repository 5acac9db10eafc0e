"""Which of a cluster's nodes has room for a job."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from snellen.contract.spec import Resources
from snellen.launch.ray.rest import Node

#: Ray gives each node of an accelerator type one unit of it; asking for so little of it chooses nodes and takes none.
A_TRACE = 0.001
#: Resources are added and taken in thousandths by floats.
EPSILON = 1e-6


def demand(wanted: Resources) -> dict[str, float]:
    """What one node is to give, by Ray's names."""
    found = {"CPU": float(wanted.cpus or 1), "GPU": float(wanted.gpus), "memory": float(wanted.memory or 0)}
    if wanted.accelerator_type is not None:
        found[f"accelerator_type:{wanted.accelerator_type}"] = A_TRACE
    for name, amount in wanted.custom.items():
        found[name] = found.get(name, 0.0) + amount
    return {name: amount for name, amount in found.items() if amount > 0}


def in_words(wanted: dict[str, float]) -> str:
    """``2 CPUs, 1 GPU, 16 GiB of memory, H100``."""
    words = []
    for name, amount in wanted.items():
        if name in {"CPU", "GPU"}:
            words.append(f"{amount:g} {name}{'' if amount == 1 else 's'}")
        elif name == "memory":
            words.append(f"{amount / 1024**3:.3g} GiB of memory")
        elif name.startswith("accelerator_type:"):
            words.append(name.partition(":")[2])
        else:
            words.append(f"{amount:g} {name}")
    return ", ".join(words)


def why_not(
    wanted: Resources,
    nodes: Sequence[Node],
    placed: Iterable[tuple[str | None, Resources]],
) -> str | None:
    """Why a job has to wait; None when there is room.

    `placed` are the jobs that were handed to Ray, with the id of their node once it is known. Those of nodes that are
    gone take nothing; others without a node are taken to be where they fit first.
    """
    if not nodes:
        return "the cluster has no node"
    needs, least = demand(wanted), wanted.min_nodes or wanted.nodes
    able = sum(_fits(needs, node.total) for node in nodes)
    if able < least:
        return _never(needs, nodes, able, least)
    free = {node.id: dict(node.total) for node in nodes}
    unplaced = []
    for node_id, taken in placed:
        if taken.nodes == 1 and node_id is not None:
            if node_id in free:
                _take(demand(taken), free[node_id])
        else:
            unplaced.append(taken)
    for taken in unplaced:
        left = taken.nodes
        for there in free.values():
            if left and _fits(demand(taken), there):
                _take(demand(taken), there)
                left -= 1
    room = sum(_fits(needs, there) for there in free.values())
    if room >= least:
        return None
    return f"{in_words(needs)}{_on(least)}: taken by jobs that run, {room} of {able} nodes that could have room"


def _never(needs: dict[str, float], nodes: Sequence[Node], able: int, least: int) -> str:
    if able:
        return f"only {able} of the cluster's {len(nodes)} nodes can give {in_words(needs)}, the job needs {least}"
    most = {name: max(node.total.get(name, 0.0) for node in nodes) for name in needs}
    lacking = {name: amount for name, amount in needs.items() if amount > most[name] + EPSILON}
    if not lacking:
        return f"no node of the cluster has {in_words(needs)} together"
    least_of = ", ".join(
        f"none has {name.rpartition(':')[2]}" if not most[name] else f"the largest has {in_words({name: most[name]})}"
        for name in lacking
    )
    return f"no node of the cluster can give {in_words(needs)}: {least_of}"


def _on(nodes: int) -> str:
    return "" if nodes == 1 else f" on each of {nodes} nodes"


def _fits(needs: dict[str, float], there: dict[str, float]) -> bool:
    return all(there.get(name, 0.0) + EPSILON >= amount for name, amount in needs.items())


def _take(needs: dict[str, float], there: dict[str, float]) -> None:
    for name, amount in needs.items():
        there[name] = there.get(name, 0.0) - amount

"""What a job is to be given while it runs, and where, as options of commands."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from snellen.errors import InvalidInput

LauncherOption = Annotated[
    str | None, typer.Option("--launcher", help="Where it runs; `snellen queue` lists the server's launchers.")
]
GpusOption = Annotated[int | None, typer.Option("--gpus", min=0, help="GPUs, on each node.")]
CpusOption = Annotated[int | None, typer.Option("--cpus", min=1, help="CPUs, on each node of a cluster.")]
MemoryOption = Annotated[
    str | None, typer.Option("--memory", help="Memory, on each node of a cluster: 16GiB, 500MB or bytes.")
]
AcceleratorOption = Annotated[
    str | None, typer.Option("--accelerator-type", help="The kind of GPU, as the cluster calls it: H100.")
]
CustomOption = Annotated[
    list[str] | None,
    typer.Option("--resource", metavar="NAME=AMOUNT", help="A resource that nodes were given, as often as needed."),
]
NodesOption = Annotated[int | None, typer.Option("--nodes", min=1, help="Nodes that train together.")]
MinNodesOption = Annotated[int | None, typer.Option("--min-nodes", min=1, help="It begins with so many nodes, too.")]

SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([KMGT])(i?)B?|B)?", re.IGNORECASE)
UNITS = "KMGT"


def asked(
    *,
    gpus: int | None = None,
    cpus: int | None = None,
    memory: str | None = None,
    accelerator_type: str | None = None,
    custom: list[str] | None = None,
    nodes: int | None = None,
    min_nodes: int | None = None,
) -> dict[str, Any]:
    """The body's ``resources``: what was given and nothing else; empty where nothing was."""
    given = {
        "gpus": gpus,
        "cpus": cpus,
        "memory": None if memory is None else parse_size(memory),
        "accelerator_type": accelerator_type,
        "custom": dict(parse_amount(text) for text in custom) if custom else None,
        "nodes": nodes,
        "min_nodes": min_nodes,
    }
    return {name: value for name, value in given.items() if value is not None}


def parse_size(text: str) -> int:
    """Bytes; ``GiB`` is 1024**3 of them, ``GB`` and ``G`` 1000**3.

    >>> parse_size("16GiB"), parse_size("1.5 kB"), parse_size("512")
    (17179869184, 1500, 512)
    """
    found = SIZE.fullmatch(text.strip())
    if found is None:
        raise InvalidInput(f"--memory: got {text!r}, expected a size such as 16GiB, 500MB or a number of bytes")
    number, unit, binary = found.groups()
    power = 0 if unit is None else UNITS.index(unit.upper()) + 1
    return int(float(number) * (1024 if binary else 1000) ** power)


def parse_amount(text: str) -> tuple[str, float]:
    """``NAME=AMOUNT`` of a resource.

    >>> parse_amount("licence=0.5")
    ('licence', 0.5)
    """
    name, _, amount = text.partition("=")
    try:
        return name, float(amount)
    except ValueError as error:
        raise InvalidInput(f"--resource: got {text!r}, expected NAME=AMOUNT such as licence=1") from error


def in_words(resources: dict[str, Any]) -> str:
    """What a job was given, in a few words; ``-`` for nothing in particular.

    >>> in_words({"gpus": 2, "cpus": None, "memory": 17179869184, "custom": {"licence": 1.0}, "nodes": 2})
    '2 GPUs, 16 GiB, licence 1, on 2 nodes'
    """
    words = []
    for name, word in (("gpus", "GPU"), ("cpus", "CPU")):
        if amount := resources.get(name):
            words.append(f"{amount} {word}{'' if amount == 1 else 's'}")
    if memory := resources.get("memory"):
        words.append(f"{memory / 1024**3:.3g} GiB")
    if kind := resources.get("accelerator_type"):
        words.append(kind)
    words += [f"{name} {amount:g}" for name, amount in (resources.get("custom") or {}).items()]
    nodes, least = resources.get("nodes", 1), resources.get("min_nodes")
    if nodes > 1:
        words.append(f"on {nodes} nodes" if least is None else f"on {least} to {nodes} nodes")
    return ", ".join(words) or "-"

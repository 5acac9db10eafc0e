"""By which metric a job's epochs are judged, and with them the trials of a sweep, as options of commands."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from snellen.contract.tasks import Direction
from snellen.errors import InvalidInput

PrimaryOption = Annotated[str | None, typer.Option("--primary-metric", help="The metric that decides what is best.")]
DirectionOption = Annotated[
    Direction | None,
    typer.Option("--direction", help="With --primary-metric: which of its values are better; by its name without."),
]


def primary_metric(name: str | None, direction: Direction | None) -> str | dict[str, Any] | None:
    """The body's ``primary_metric``.

    >>> primary_metric("val/loss", None), primary_metric("val/surprise", Direction.MIN)
    ('val/loss', {'name': 'val/surprise', 'direction': 'min'})
    """
    if direction is None:
        return name
    if not name:
        raise InvalidInput(f"--direction: got {direction.value} without --primary-metric; name the metric, too")
    return {"name": name, "direction": direction.value}

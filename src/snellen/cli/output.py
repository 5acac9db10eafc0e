"""How commands speak: tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from snellen.contract.tasks import Task
from snellen.errors import InvalidInput

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def task_named(name: str) -> Task:
    """What ``--task`` names; :class:`~snellen.errors.InvalidInput` for something else."""
    if name not in list(Task):
        raise InvalidInput(f"--task: got {name!r}, expected one of {', '.join(Task)}")
    return Task(name)


def say(text: str) -> None:
    """A line on standard output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def tell(text: str) -> None:
    """A line on standard error: news that is no result."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    say(json.dumps(value, ensure_ascii=False))


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table that fits the terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*[Text(cell) for cell in row])
    Console().print(shown)

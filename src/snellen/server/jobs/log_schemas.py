"""What the API says of a job's log."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel


class LogLevel(StrEnum):
    """From this level on; a line of an unknown level counts as ``info``."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogLineOut(BaseModel):
    """One line of the log."""

    line: int
    time: int
    level: str
    text: str


class LogPage(BaseModel):
    """Lines in their order; ``total`` is how many the whole log has."""

    items: list[LogLineOut]
    next_cursor: str | None
    total: int


class LogMatches(BaseModel):
    """How many lines match, and the numbers of the first of them."""

    total: int
    lines: list[int]


class SupervisorLog(BaseModel):
    """What a supervisor wrote itself, its end; ``launcher`` is where it was started, None where nobody here did it."""

    launcher: str | None
    text: str

"""Log records: each begins a line of its own, says what it is about, and holds no secret.

As text (``TIME LEVEL LOGGER: MESSAGE [job=3 attempt=1]``) or as one JSON object a line. The standard library's
``logging`` does it all; see docs/decisions/0017.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

Format = Literal["text", "json"]
FORMATS: tuple[Format, ...] = ("text", "json")
HIDDEN = "***"
#: Shorter ones are no secrets, and would blot out words of every record.
SHORTEST_SECRET = 6
#: What a secret looks like, whoever let it into a record; the first group stays.
SECRETS = (
    re.compile(r"()\bsn[a-z]_[A-Za-z0-9_-]{8,}"),
    re.compile(r"(?i)(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}"),
    re.compile(r"(\w://[^\s/:@]*:)[^\s@/]+(?=@)"),
    re.compile(
        r"(?i)([?&;](?:token|code|state|password|x-amz-signature|x-amz-credential|x-amz-security-token|sig|signature)=)"
        r"[^&\s\"']+"
    ),
)
#: What is under way here: a request, a job. Threads that a request is handed to see the same mapping.
_about: ContextVar[dict[str, Any] | None] = ContextVar("snellen_about", default=None)


@contextmanager
def about(**fields: Any) -> Iterator[dict[str, Any]]:
    """Until the end of the block records say `fields` too, besides what they said before."""
    mine = {**(_about.get() or {}), **fields}
    token = _about.set(mine)
    try:
        yield mine
    finally:
        _about.reset(token)


def note(**fields: Any) -> None:
    """Say more of what is under way, once it is known; nothing where nothing is."""
    mine = _about.get()
    if mine is not None:
        mine.update(fields)


def current() -> Mapping[str, Any]:
    """What is under way."""
    return _about.get() or {}


class Redaction:
    """Hides secrets in text: those that look like ours, and those that are named."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # The longest first: one may hold another.
        named = sorted({s for s in secrets if len(s) >= SHORTEST_SECRET}, key=len, reverse=True)
        self._named = re.compile("|".join(map(re.escape, named))) if named else None

    def __call__(self, text: str) -> str:
        """The text without them."""
        if self._named is not None:
            text = self._named.sub(HIDDEN, text)
        for pattern in SECRETS:
            text = pattern.sub(rf"\g<1>{HIDDEN}", text)
        return text


class _Formatter(logging.Formatter):
    def __init__(self, redaction: Redaction, always: Mapping[str, Any]) -> None:
        super().__init__()
        self.redaction = redaction
        self.always = dict(always)

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        """What the record is about: the process's, what is under way, and its own (``extra={"about": {…}}``)."""
        return {**self.always, **current(), **getattr(record, "about", {})}

    def trace(self, record: logging.LogRecord) -> str:
        """The traceback, if there is one."""
        return self.formatException(record.exc_info) if record.exc_info else ""


class TextFormatter(_Formatter):
    """For people. Line ends within a message are spelled out; lines of a traceback are indented."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and a traceback's."""
        message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        fields = " ".join(f"{key}={_word(value)}" for key, value in self.fields(record).items())
        line = f"{_time(record)} {record.levelname} {record.name}: {message}{f' [{fields}]' if fields else ''}"
        trace = "".join(f"\n    {each}" for each in self.trace(record).splitlines())
        return self.redaction(line + trace)


class JsonFormatter(_Formatter):
    """For programs: ``time, level, logger, message``, what it is about, ``exception`` where there was one."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        told: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.redaction(record.getMessage()),
        }
        told |= {key: self._plain(value) for key, value in self.fields(record).items() if key not in told}
        if trace := self.trace(record):
            told["exception"] = self.redaction(trace)
        return json.dumps(told, ensure_ascii=False)

    def _plain(self, value: Any) -> Any:
        return value if value is None or isinstance(value, bool | int | float) else self.redaction(str(value))


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is now, not to what it was when the log began."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


class _Chosen:
    """What :func:`set_up` was told last, for the processes that this one starts."""

    format: Format = "text"


def chosen_format() -> Format:
    """The format of this process's records."""
    return _Chosen.format


def set_up(
    *, format: Format = "text", level: str = "info", secrets: Iterable[str] = (), logger: str = "", **always: Any
) -> None:
    """Write the records of `logger` (of all of them, if none is named) to standard error.

    `always` is what this whole process is about: a supervisor has one job. `secrets` are hidden wherever they appear.
    """
    _Chosen.format = format
    kind = JsonFormatter if format == "json" else TextFormatter
    handler = _StandardError()
    handler.setFormatter(kind(Redaction(secrets), {k: v for k, v in always.items() if v is not None}))
    found = logging.getLogger(logger)
    found.handlers = [handler]
    found.setLevel(level.upper())
    found.propagate = False
    # These tell each request of ours as news.
    for noisy in ("httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _time(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _word(value: Any) -> str:
    text = str(value)
    return text if re.fullmatch(r"[\w./:{}@+-]+", text) else json.dumps(text, ensure_ascii=False)

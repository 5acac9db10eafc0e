"""Watches ``predictions/`` for results that a script writes as JSON, and tells each in the journal."""

from __future__ import annotations

import contextlib
import json
import re
import time
from pathlib import Path
from typing import Any

from snellen.contract.events import EventType, Journal
from snellen.contract.plain import whole_text
from snellen.sdk import JobContext

#: A new or renamed file changes the folder and is seen at once; one that is written over in its place is seen by now.
FULL_LOOK_SECONDS = 2.0
#: A look may take this part of the time: where there are a great many files, looks become rare.
MOST_OF_TIME = 0.1
#: A file that can't be read is perhaps being written; one that was left alone for so long is not.
SETTLED_SECONDS = 2.0
#: A result that is replaced again and again is told at most so often, and at the end.
REPLACED_SECONDS = 2.0
#: A job has so many results at most, or twice its epochs if that is more.
MOST_RESULTS = 10_000
MOST_WARNINGS = 50
#: What the server takes is bounded too, by default at 32 MiB.
MOST_BYTES = 256 * 1024 * 1024
_NAME = re.compile(r"epoch-([0-9]{6})\.json")
_Version = tuple[int, int, int]


class ResultFiles:
    """What is there when the script begins was written by an earlier run of the folder and isn't told again."""

    def __init__(self, ctx: JobContext) -> None:
        self._ctx = ctx
        self._folder = ctx.folder.predictions
        self._journal = Journal(ctx.folder.events)
        self._most = max(MOST_RESULTS, 2 * ctx.job.epochs)
        self._warnings = 0
        self._flooded = False
        self._told_at: dict[str, float] = {}
        self._next_look = 0.0
        self._changed: int | None = None
        with contextlib.suppress(OSError):
            self._folder.mkdir(exist_ok=True)
        self._seen: dict[str, _Version] = {name: version for name in self._names() if (version := self._version(name))}

    def look(self, *, last: bool = False) -> None:
        """Tell what is new or replaced; `last`: the script has ended, so nothing is being written any more."""
        began = time.monotonic()
        try:
            changed = self._folder.stat().st_mtime_ns
        except OSError:
            return  # the script removed the folder; nothing is in it
        if not last and (began < self._next_look and (changed == self._changed or self._flooded)):
            return
        self._changed = changed
        for name in self._names():
            version = self._version(name)
            if version is not None and self._seen.get(name) != version and self._tell(name, version, began, last=last):
                self._seen[name] = version
        took = time.monotonic() - began
        self._next_look = began + max(FULL_LOOK_SECONDS, took / MOST_OF_TIME)

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def _names(self) -> list[str]:
        """Files that look like results, in the order of epochs; of too many the first."""
        try:
            names = [path.name for path in self._folder.iterdir()]
        except OSError:
            return []
        found = sorted(name for name in names if name.endswith(".json") and not name.startswith("."))
        if len(found) > self._most and not self._flooded:
            self._flooded = True
            self._warn(
                f"predictions/ holds {len(found)} results and more may come: {self._most} are looked at, the first by "
                "name; one file for each epoch is expected"
            )
        return found[: self._most]

    def _version(self, name: str) -> _Version | None:
        try:
            known = (self._folder / name).stat()
        except OSError:
            return None
        return (known.st_ino, known.st_mtime_ns, known.st_size)

    def _tell(self, name: str, version: _Version, now: float, *, last: bool) -> bool:
        """Tell one file; False for one that is to be looked at again."""
        if not last and now - self._told_at.get(name, -REPLACED_SECONDS) < REPLACED_SECONDS:
            return False
        named = _NAME.fullmatch(name)
        if named is None or int(named[1]) == 0:
            self._warn(f"predictions/{name}: not taken; expected epoch-NNNNNN.json, six digits, epochs from 1")
            return True
        try:
            problem = _problem(_body(self._folder / name, version[2]), int(named[1]), self._ctx)
        except FileNotFoundError:
            return False
        except (OSError, ValueError, RecursionError) as error:
            if not last and time.time_ns() - version[1] < SETTLED_SECONDS * 1e9:
                return False
            problem = f"can't be read: {error}; expected JSON, written under a name that begins with '.', then renamed"
        if problem is not None:
            self._warn(f"predictions/{name}: {problem}")
            return True
        fields = {"epoch": int(named[1]), "task_type": str(self._ctx.job.task), "results_path": f"predictions/{name}"}
        try:
            self._journal.append(EventType.VALIDATION, **fields)
        except OSError:
            return False  # a full disk; perhaps there is room later
        self._told_at[name] = now
        return True

    def _warn(self, text: str) -> None:
        self._warnings += 1
        if self._warnings == MOST_WARNINGS:
            text += f" (the last of {MOST_WARNINGS} warnings about results; more are not told)"
        if self._warnings <= MOST_WARNINGS:
            self._ctx.log(whole_text(text)[:2000], level="warning")


def _body(path: Path, size: int) -> Any:
    if size > MOST_BYTES:
        raise ValueError(f"{size} bytes are more than the {MOST_BYTES} of a JSON result; write a Parquet set instead")
    return json.loads(path.read_text(encoding="utf-8"))


def _problem(body: Any, epoch: int, ctx: JobContext) -> str | None:
    """Why a body isn't sent; what the body doesn't say, the name of the file and the job do."""
    if not isinstance(body, dict):
        return f"holds a {type(body).__name__}, expected an object: the body of POST /validation/jobs/{{id}}/results"
    wanted = {"epoch": epoch, "job_id": ctx.job.job_id, "task_type": str(ctx.job.task)}
    for name, value in wanted.items():
        if name in body and body[name] != value:
            where = "the name of the file" if name == "epoch" else "job.json"
            return f"{name} is {body[name]!r}, expected {value!r} as in {where}; mend it or leave it out"
    return None

"""Which trainers there are and what they take, asked of their own Python: the server imports no framework."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import jsonschema

from snellen.contract.folder import write_whole
from snellen.contract.tasks import Task
from snellen.errors import HyperparameterInvalid, InvalidInput, TrainerUnknown
from snellen.launch.trainer_process import confined
from snellen.launch.trainer_user import TrainerUser

GROUP = "snellen.trainers"
DESCRIBE_SECONDS = 120
#: A Python that could not be asked is asked again after so long, not by every request.
AGAIN_SECONDS = 30.0
log = logging.getLogger("snellen.trainers")


class TrainerCatalogue:
    """Descriptions of trainers, cached for as long as their environment stays as it is."""

    def __init__(
        self, python: Path, cache: Path, pythons: Mapping[str, Path] | None = None, *, user: str | None = None
    ) -> None:
        """`pythons` are those of single trainers, `python` is everybody else's; a `user` is who they are run by."""
        self._user = None if user is None else TrainerUser.named(user)
        self._python = python
        self._pythons = dict(pythons or {})
        self._cache = cache
        self._known: dict[Path, dict[str, Any]] = {}
        #: What could not be asked: its problem, and until when it is believed.
        self._failed: dict[Path, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """The names of all trainers: those registered in the trainers' Python, and those that have one of their own."""
        return sorted({*self._registered(), *self._pythons})

    def describe(self, name: str) -> dict[str, Any]:
        """``{name, version, tasks, schema: {task: JSON Schema}, models, installed, install}`` of a trainer.

        Raises :class:`~snellen.errors.TrainerUnknown` for a name that nobody registered.
        """
        if name not in self.names():
            raise TrainerUnknown(
                f"trainer: got {name!r}, expected one of: {', '.join(self.names()) or 'none installed'}"
            )
        with self._lock:
            found, problem = self._answer(self._file(name, self._python_of(name)), name)
        if found is None:
            return {
                "name": name, "version": None, "tasks": [], "schema": {}, "models": [],
                "installed": False, "install": problem,
            }  # fmt: skip
        return {"installed": True, "install": None, **found}

    def check(self, name: str, task: Task, params: dict[str, Any]) -> dict[str, Any]:
        """Refuse a task or hyperparameters that the trainer doesn't take; every problem names its parameter.

        Returns the trainer's description.
        """
        description = self.describe(name)
        if not description["installed"]:
            raise InvalidInput(f"trainer {name}: it can't be used by {self._python_of(name)}; {description['install']}")
        if task not in description["tasks"]:
            raise InvalidInput(f"task: trainer {name} does not do {task}; it does: {', '.join(description['tasks'])}")
        schema = description["schema"].get(task, {})
        validator = jsonschema.Draft202012Validator(schema)
        problems = [
            {"severity": "error", "code": "hyperparameter", "message": text}
            for error in sorted(validator.iter_errors(params), key=lambda e: list(map(str, e.absolute_path)))
            for text in _explain(error, schema)
        ]
        if problems:
            listed = "; ".join(str(p["message"]) for p in problems[:10])
            raise HyperparameterInvalid(f"hyperparameters: {listed}", problems=problems)
        return description

    def _python_of(self, name: str) -> Path:
        return self._pythons.get(name, self._python)

    def _registered(self) -> list[str]:
        """The trainers of the Python that all share: this one's are looked up, another one is asked, once."""
        if self._python == Path(sys.executable):
            return _of_this_python()
        with self._lock:
            found, problem = self._answer(self._file("", self._python), None)
        if found is None:
            log.warning("the trainers of %s are not known: %s", self._python, problem)
            # Those that this Python knows are shown, each with what is wrong.
            return _of_this_python()
        return [str(name) for name in found["names"]]

    def _answer(self, file: Path, name: str | None) -> tuple[dict[str, Any] | None, str]:
        """What a Python says of a trainer, or without `name` which it has; None and the problem when it says nothing.

        `file` keeps it, and its name changes with what is installed there.
        """
        found = self._known.get(file) or self._cached(file)
        problem, until = self._failed.get(file, ("", 0.0))
        if found is None and time.monotonic() < until:
            return None, problem
        if found is None:
            said, problem = self._ask(name)
            if said is None:
                self._failed[file] = problem, time.monotonic() + AGAIN_SECONDS
                return None, problem
            found = {"names": said} if name is None else dict(said)
            self._keep(file, found)
        self._known[file] = found
        return found, ""

    def _ask(self, name: str | None) -> tuple[Any, str]:
        if name is None:
            return _run(self._user, self._python, "trainers", expected=list)
        return _run(self._user, self._python_of(name), "describe", name, expected=dict)

    def _keep(self, file: Path, described: dict[str, Any]) -> None:
        self._cache.mkdir(parents=True, exist_ok=True)
        write_whole(file, json.dumps(described))

    def _cached(self, file: Path) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found

    def _file(self, name: str, python: Path) -> Path:
        return self._cache / f"{name}-{_fingerprint(python)}.json"


def _of_this_python() -> list[str]:
    return [point.name for point in entry_points(group=GROUP)]


def _run(user: TrainerUser | None, python: Path, *arguments: str, expected: type) -> tuple[Any, str]:
    """What ``python -m snellen.sdk …`` says as JSON; None and the problem in one line when it doesn't."""
    try:
        answer = subprocess.run(
            [*([] if user is None else confined(str(python))), str(python), "-m", "snellen.sdk", *arguments],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=DESCRIBE_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
            **({} if user is None else user.asking_options()),
        )
    except OSError as error:
        return None, f"{python} can't be run ({error.strerror}); see SNELLEN_TRAINER_PYTHON and SNELLEN_TRAINER_PYTHONS"
    except subprocess.TimeoutExpired:
        return None, f"{python} did not answer within {DESCRIBE_SECONDS} s"
    if answer.returncode != 0:
        last = (answer.stderr.strip().splitlines() or ["no output"])[-1]
        if "No module named" in last and "snellen" in last:
            last = f"{python} has no snellen; install it there: {python} -m pip install snellen"
        return None, last
    # What a Python says when it starts (sitecustomize, a wrapper) stands before the answer, which is one line.
    last = (answer.stdout.strip().splitlines() or [""])[-1]
    try:
        said = json.loads(last)
    except ValueError:
        said = None
    if not isinstance(said, expected):
        return None, f"{python} gave no answer that is understood ({last[:200]!r}); is it a Python with snellen?"
    return said, ""


def _fingerprint(python: Path) -> str:
    """Changes when a package is installed, removed or changed in place of Snellen's own source."""
    prefix = python.parent.parent
    installed = sorted(place for name in ("site", "dist") for place in prefix.glob(f"lib/python3*/{name}-packages"))
    folders = [*installed, Path(__file__).parents[2] / "trainers"]
    stamps = [f"{f}:{os.stat(f).st_mtime_ns}" for f in folders]
    sources = sorted((Path(__file__).parents[2] / "trainers").rglob("*.py"))
    stamps += [f"{f}:{os.stat(f).st_mtime_ns}" for f in sources]
    return hashlib.sha256("\n".join([str(python), *stamps]).encode()).hexdigest()[:16]


def _explain(error: jsonschema.ValidationError, schema: dict[str, Any]) -> list[str]:
    """What was got, what was expected: one line a parameter."""
    if error.validator == "additionalProperties" and not error.absolute_path:
        known = schema.get("properties", {})
        given: dict[str, Any] = dict(error.instance)  # type: ignore[arg-type]
        unknown = [k for k in given if k not in known]
        return [f"unknown hyperparameter {k!r}{_close(k, known)}" for k in unknown]
    name = ".".join(map(str, error.absolute_path)) or "hyperparameters"
    return [f"{name}: got {error.instance!r}, {error.message}"]


def _close(name: str, known: dict[str, Any]) -> str:
    import difflib

    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else "; `snellen trainers --json` lists those there are"

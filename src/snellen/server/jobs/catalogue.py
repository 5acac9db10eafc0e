"""Which trainers there are and what they take, asked of their own Python: the server imports no framework."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import threading
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import jsonschema

from snellen.contract.folder import write_whole
from snellen.contract.tasks import Task
from snellen.errors import HyperparameterInvalid, InvalidInput, TrainerUnknown

GROUP = "snellen.trainers"
DESCRIBE_SECONDS = 120


class TrainerCatalogue:
    """Descriptions of trainers, cached for as long as their environment stays as it is."""

    def __init__(self, python: Path, cache: Path) -> None:
        self._python = python
        self._cache = cache
        self._known: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """The names of all registered trainers."""
        return sorted({e.name for e in entry_points(group=GROUP)})

    def describe(self, name: str) -> dict[str, Any]:
        """``{name, version, tasks, schema: {task: JSON Schema}, models, installed, install}`` of a trainer.

        Raises :class:`~snellen.errors.TrainerUnknown` for a name that nobody registered.
        """
        if name not in self.names():
            raise TrainerUnknown(
                f"trainer: got {name!r}, expected one of: {', '.join(self.names()) or 'none installed'}"
            )
        with self._lock:
            if name not in self._known:
                self._known[name] = self._cached(name) or self._ask(name)
            return self._known[name]

    def check(self, name: str, task: Task, params: dict[str, Any]) -> None:
        """Refuse a task or hyperparameters that the trainer doesn't take; every problem names its parameter."""
        description = self.describe(name)
        if not description["installed"]:
            raise InvalidInput(
                f"trainer {name}: its framework is not installed for {self._python}; {description['install']}"
            )
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

    def _ask(self, name: str) -> dict[str, Any]:
        answer = subprocess.run(
            [str(self._python), "-m", "snellen.sdk", "describe", name],
            capture_output=True,
            text=True,
            timeout=DESCRIBE_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if answer.returncode != 0:
            last = (answer.stderr.strip().splitlines() or ["no output"])[-1]
            return {
                "name": name, "version": None, "tasks": [], "schema": {}, "models": [],
                "installed": False, "install": last,
            }  # fmt: skip
        described: dict[str, Any] = {"installed": True, "install": None, **json.loads(answer.stdout)}
        self._cache.mkdir(parents=True, exist_ok=True)
        write_whole(self._file(name), json.dumps(described))
        return described

    def _cached(self, name: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = json.loads(self._file(name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found

    def _file(self, name: str) -> Path:
        return self._cache / f"{name}-{self._fingerprint()}.json"

    def _fingerprint(self) -> str:
        """Changes when a package is installed, removed or changed in place of Snellen's own source."""
        prefix = self._python.parent.parent
        folders = [*prefix.glob("lib/python3*/site-packages"), Path(__file__).parents[2] / "trainers"]
        stamps = [f"{f}:{os.stat(f).st_mtime_ns}" for f in folders]
        sources = sorted((Path(__file__).parents[2] / "trainers").rglob("*.py"))
        stamps += [f"{f}:{os.stat(f).st_mtime_ns}" for f in sources]
        return hashlib.sha256("\n".join([str(self._python), *stamps]).encode()).hexdigest()[:16]


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

"""``python -m snellen.sdk FOLDER`` runs a job by hand; ``python -m snellen.sdk describe NAME`` prints a trainer."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path

from snellen import logs
from snellen.contract.folder import JobFolder
from snellen.errors import SnellenError
from snellen.sdk.output import forgive_full_disks
from snellen.sdk.registry import available_trainers, load_trainer
from snellen.sdk.runner import run_folder

USAGE = "usage: python -m snellen.sdk FOLDER | python -m snellen.sdk describe TRAINER | python -m snellen.sdk trainers"


def main(arguments: list[str]) -> int:
    """Run a folder, or describe a trainer as one JSON object on standard output."""
    if len(arguments) == 2 and arguments[0] == "describe":
        return describe(arguments[1])
    if arguments == ["trainers"]:
        return trainers()
    if len(arguments) == 1 and arguments[0] != "describe" and not arguments[0].startswith("-"):
        forgive_full_disks()
        _begin_log(Path(arguments[0]))
        return run_folder(Path(arguments[0]))
    sys.stderr.write(USAGE + "\n")
    return 2


def _begin_log(root: Path) -> None:
    """Our own records say which job and attempt; those of frameworks stay as they are."""
    with contextlib.suppress(Exception):  # a folder without a readable spec is told in a moment
        spec = JobFolder(root).spec()
        logs.set_up(logger="snellen", job=spec.job_id, attempt=spec.attempt)


def trainers() -> int:
    """The names of the trainers of this Python, as a JSON list on standard output."""
    try:
        names = list(available_trainers())
    except SnellenError as error:
        sys.stderr.write(error.detail + "\n")
        return 1
    sys.stdout.write(json.dumps(names) + "\n")
    return 0


def describe(name: str) -> int:
    """Say ``{name, version, tasks, schema: {task: JSON Schema}, models, own_models, runs_code, several_nodes, …}``."""
    # Frameworks greet on standard output; the answer must be alone there.
    answer = os.dup(1)
    os.dup2(2, 1)
    try:
        trainer = load_trainer(name)
        described = {
            "name": name,
            "version": trainer.version(),
            "tasks": [str(task) for task in trainer.tasks],
            "schema": {str(task): trainer.schema(task) for task in trainer.tasks},
            "models": list(trainer.models),
            "own_models": trainer.own_models,
            "runs_code": trainer.runs_code,
            "several_nodes": trainer.several_nodes,
            "dataset_format": trainer.dataset_format,
            "conformance": {
                str(task): {
                    "model": trainer.conformance_models.get(task) or next(iter(trainer.models), trainer.name),
                    "params": dict(trainer.conformance_params),
                }
                for task in trainer.tasks
            },
        }
    except SnellenError as error:
        sys.stderr.write(error.detail + "\n")
        return 1
    os.write(answer, (json.dumps(described) + "\n").encode())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

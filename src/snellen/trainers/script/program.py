"""Which program a job wants, looked at before it is started."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema

from snellen.contract.folder import JobFolder
from snellen.errors import HyperparameterInvalid, InvalidInput
from snellen.sdk import JobContext
from snellen.sdk.group import Group
from snellen.sdk.job import JOB_FOLDER
from snellen.trainers.script.schema import build_schema

RESUME_FROM = "SNELLEN_RESUME_FROM"
INIT_FROM = "SNELLEN_INIT_FROM"


@dataclass(frozen=True, slots=True)
class Program:
    """What is started: ``file`` is found and may be run, ``arguments`` begin with the name that the job gave."""

    file: Path
    arguments: tuple[str, ...]
    working_dir: Path
    environment: Mapping[str, str]


def program_of(ctx: JobContext) -> Program:
    """The program of a job.

    Raises :class:`~snellen.errors.InvalidInput`, which says what to do, for a program that isn't there or may not be
    run and for a working directory that isn't there.
    """
    params = dict(ctx.params)
    _check(params)
    working_dir = _working_dir(params.get("working_dir"), ctx.folder)
    environment = _environment(ctx, params.get("environment", {}))
    arguments = tuple(params["command"])
    file = _found(arguments[0], working_dir, environment)
    return Program(file, arguments, working_dir, environment)


def _check(params: dict[str, Any]) -> None:
    """The server has done this; a folder that is run by hand has met no server."""
    validator = jsonschema.Draft202012Validator(build_schema())
    found = [
        f"{'.'.join(map(str, error.absolute_path)) or 'hyperparameters'}: got {error.instance!r}, {error.message}"
        for error in validator.iter_errors(params)
    ]
    if found:
        raise HyperparameterInvalid("; ".join(found[:10]))


def _working_dir(wanted: str | None, folder: JobFolder) -> Path:
    if wanted is None:
        folder.work.mkdir(exist_ok=True)
        return folder.work
    path = Path(wanted)
    if not path.is_dir():
        what = "is no folder" if path.exists() else "is not there"
        raise InvalidInput(
            f"working_dir: {wanted} {what} on this machine; make it, name another, or leave working_dir out: "
            "then the script works in work/ of its job folder"
        )
    return path


def _environment(ctx: JobContext, given: Mapping[str, str]) -> dict[str, str]:
    ours = (JOB_FOLDER, RESUME_FROM, INIT_FROM)
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    # Beside the trainer's interpreter are its own python and what was installed with it.
    beside = str(Path(sys.executable).parent)
    environment["PATH"] = os.pathsep.join([beside, environment.get("PATH", os.defpath)])
    # What a Python script prints is in the log when it is printed, not when a buffer is full.
    environment.setdefault("PYTHONUNBUFFERED", "1")
    environment |= Group.of_environment().variables()
    environment |= given
    environment[JOB_FOLDER] = str(ctx.folder.root)
    for name, path in ((RESUME_FROM, ctx.resume_from), (INIT_FROM, ctx.init_from)):
        if path is not None:
            environment[name] = str(path)
    return environment


def _found(name: str, working_dir: Path, environment: Mapping[str, str]) -> Path:
    """The file behind the command's first word: a path from the working directory, else by PATH."""
    if "/" not in name:
        search = environment.get("PATH", os.defpath)
        found = shutil.which(name, path=search)
        if found is None:
            here = working_dir / name
            hint = f"; a file of the working directory is named ./{name}" if here.is_file() else ""
            raise InvalidInput(
                f"command: {name!r} is not found in PATH ({search}); install it there or name it by its path{hint}"
            )
        return Path(found)
    path = working_dir / name
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is not there"
        raise InvalidInput(
            f"command: {path} {what}; expected a program. A relative path begins in working_dir, which is {working_dir}"
        )
    if not os.access(path, os.X_OK):
        raise InvalidInput(
            f"command: {path} may not be run; chmod +x {path}, or put its interpreter first, like "
            f'["{"perl" if path.suffix == ".pl" else "sh" if path.suffix == ".sh" else "python"}", "{name}"]'
        )
    return path

"""``python -m snellen.launch.enrol SERVER JOB ATTEMPT NAME``: begins a supervisor beyond the server's machine.

The environment holds a code that is good once. With it this process tells the server the hash of a token that it has
made up itself, and is told in return what the job is; so the token never travels, and who reads the code later can do
nothing with it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import secrets
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx

from snellen import logs
from snellen.contract.folder import JobFolder
from snellen.contract.spec import JobSpec
from snellen.errors import SnellenError, reason_of
from snellen.launch.alone import supervisor_of
from snellen.launch.dataset_cache import DEFAULT_BYTES
from snellen.launch.patience import GivenUp, until_done
from snellen.launch.trainer_check import check_trainer_user, close_data_dir
from snellen.launch.trainer_user import TrainerUser
from snellen.sdk.callback import API, TIMEOUT_SECONDS, CallbackFailed, answer_of, encode

CODE, NODE_DIR = "SNELLEN_ENROLMENT", "SNELLEN_NODE_DIR"
DEFAULT_NODE_DIR = "~/.snellen/node"
TOKEN_PREFIX = "snj_"  # noqa: S105 - where every job's token begins
#: A node that can't reach the server for so long says so, and ends.
PATIENCE_SECONDS = 120.0
#: The exit status of a supervisor that could not begin.
GIVES_UP = 4
#: That of a supervisor whose group of nodes broke, and of the job once it may not be mended any more.
GROUP_BROKEN = 7
#: A folder that was left behind stays so long, for who looks what went wrong.
KEPT_SECONDS = 7 * 24 * 3600.0


def main(arguments: list[str]) -> int:
    """Enrol, then supervise to the end."""
    parser = argparse.ArgumentParser(prog="python -m snellen.launch.enrol")
    parser.add_argument("server")
    parser.add_argument("job", type=int)
    parser.add_argument("attempt", type=int)
    parser.add_argument("name", help="of the job's folder on this node")
    parser.add_argument("--group", action="store_true", help="train on several nodes")
    given = parser.parse_args(arguments)
    code = os.environ.pop(CODE, "")
    place = Path(os.environ.pop(NODE_DIR, "") or DEFAULT_NODE_DIR).expanduser()
    token = new_token()
    logs.set_up(secrets=[token, code])
    try:
        told = enrol(given.server, given.job, given.attempt, code=code, token=token)
        folder, config = prepare(place, given.name, told, server=given.server, token=token)
    except (SnellenError, GivenUp, OSError) as error:
        sys.stderr.write(f"job {given.job}, attempt {given.attempt}: {reason_of(error)}\n")
        return GIVES_UP
    if given.group:
        from snellen.launch.ray.group import train_together

        return int(train_together(folder, config, place))
    _forget_ray()
    from snellen.launch.supervise import NORMAL, supervise

    status = supervise(folder, config)
    if status == NORMAL and not failed(folder):
        shutil.rmtree(folder.root, ignore_errors=True)
    return status


def new_token() -> str:
    """A job token of 256 random bits, made up by who will use it; the server is told its hash."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """SHA-256 in hex, as the server keeps it."""
    return hashlib.sha256(token.encode()).hexdigest()


def enrol(server: str, job_id: int, attempt: int, *, code: str, token: str) -> dict[str, Any]:
    """Tell the server the token's hash; ``{"spec": job.json, "config": {...}}``.

    The same request may be sent again. Raises :class:`~snellen.errors.NotAllowed` for a code that is not good (any
    more), and :class:`GivenUp` when the server was out of reach for two minutes.
    """
    url = f"{server}{API}/training/jobs/{job_id}/enrol"
    body = {"attempt": attempt, "code": code, "token_sha256": hash_of(token)}
    headers = {"content-type": "application/json"}
    ending = threading.Event()
    timer = threading.Timer(PATIENCE_SECONDS, ending.set)
    timer.daemon = True
    timer.start()
    last = "no answer"

    def ask() -> dict[str, Any]:
        nonlocal last
        try:
            with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
                return answer_of(client.post(url, content=encode(body), headers=headers))
        except httpx.HTTPError as error:
            last = f"{type(error).__name__}: {error}"
            raise CallbackFailed(f"POST {url}: {last}") from error

    try:
        return until_done(ask, ending=ending, what="enrolling")
    except GivenUp as error:
        raise GivenUp(
            f"this node ({os.uname().nodename}) could not reach the server at {server} for {PATIENCE_SECONDS:g} s "
            f"({last}); SNELLEN_PUBLIC_URL must be an address that the cluster's nodes reach"
        ) from error
    finally:
        timer.cancel()


def prepare(
    place: Path, name: str, told: dict[str, Any], *, server: str, token: str
) -> tuple[JobFolder, dict[str, Any]]:
    """The job's folder below `place`, and what :mod:`snellen.launch.supervise` is to know."""
    if not re.fullmatch(r"[\w.-]{1,200}", name) or name.startswith("."):
        raise OSError(f"got {name!r} for the name of a folder")
    jobs = place / "jobs"
    for each in (place, jobs):
        each.mkdir(parents=True, exist_ok=True, mode=0o700)
    _sweep(jobs)
    folder = JobFolder(jobs / name)
    config = {
        "server": server,
        "token": token,
        "trainer_python": sys.executable,
        "cache": str(place / "datasets"),
        "cache_bytes": DEFAULT_BYTES,
        "with_supervisor": True,
        **{key: value for key, value in told["config"].items() if value is not None},
    }
    named = config.get("trainer_user")
    user = None if named is None else TrainerUser.named(str(named))
    if user is not None:
        close_data_dir(place)
        python = Path(str(config["trainer_python"]))
        check_trainer_user(user, pythons=[python], data_dir=place, secrets=[place / "datasets"])
    spec = JobSpec.from_json(told["spec"])
    if not folder.spec_file.exists():
        folder.create(spec)
    folder.make_supervisor_place()
    if user is not None:
        user.give(folder, spec.job_id)
    return folder, config


def _sweep(jobs: Path) -> None:
    """Folders of jobs that failed, or whose node stood still, don't stay for ever."""
    for left in map(JobFolder, jobs.iterdir()):
        lately = max(_changed(each) for each in (left.root, left.events, left.log))
        if time.time() - lately > KEPT_SECONDS and not supervisor_of(left).runs():
            shutil.rmtree(left.root, ignore_errors=True)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def failed(folder: JobFolder) -> bool:
    """Whether a trainer failed here, or ended without a word."""
    try:
        return '"failed"' in folder.outcome.read_text(encoding="utf-8")
    except OSError:
        return True  # it ended without a word


def _forget_ray() -> None:
    """A trainer is no driver of Ray's, and what Ray says of this job holds the code."""
    for name in [name for name in os.environ if name.startswith("RAY_")]:
        del os.environ[name]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

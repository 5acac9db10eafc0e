"""``python -m snellen.launch.companion FOLDER``: trains along with a job whose supervisor is on another node.

It prepares what the trainer needs, starts it, and tells the server nothing. One JSON line on standard input says where,
as for :mod:`snellen.launch.supervise`.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from snellen import logs
from snellen.contract.events import Journal
from snellen.contract.folder import JobFolder, write_whole
from snellen.contract.spec import JobSpec
from snellen.contract.states import JobState
from snellen.errors import SnellenError, reason_of
from snellen.launch.alone import alone
from snellen.launch.base import remove_dataset
from snellen.launch.client import ServerClient
from snellen.launch.dataset import prepare_dataset
from snellen.launch.dataset_cache import DatasetCache
from snellen.launch.trainer_process import ending_of, start_trainer
from snellen.launch.trainer_user import TrainerUser
from snellen.launch.weights import Weights

#: The exit status where the trainer failed, or could not begin; the reason is in the folder.
TRAINER_FAILED = 5
REASON = "companion.json"


def go_along(folder: JobFolder, config: dict[str, Any]) -> int:
    """Until the trainer has ended; 0, or :data:`TRAINER_FAILED`."""
    os.umask(0o022)
    spec = folder.spec()
    logs.set_up(secrets=[config["token"]], job=spec.job_id, attempt=spec.attempt)
    # Whoever clears old folders from this node sees that this one is in use.
    with alone(folder) as is_ours:
        return _go_along(folder, spec, config) if is_ours else TRAINER_FAILED


def _go_along(folder: JobFolder, spec: JobSpec, config: dict[str, Any]) -> int:
    client = ServerClient(config["server"], config["token"], job_id=spec.job_id, attempt=spec.attempt)
    cache = DatasetCache(Path(config["cache"]), most_bytes=int(config["cache_bytes"]))
    journal, ending = Journal(folder.events), threading.Event()
    name = config.get("trainer_user")
    user = None if name is None else TrainerUser.named(name)
    try:
        if spec.dataset is not None:
            prepare_dataset(client, folder, cache, journal, ending)
        Weights(client, folder, spec, journal, ending).prepare()
        group = config.get("nodes")
        process = start_trainer(folder, config["trainer_python"], user, with_supervisor=True, group=group)
        end = ending_of(folder, process.wait())
    except (SnellenError, OSError) as error:
        _keep(folder, f"it could not be prepared: {reason_of(error)}")
        return TRAINER_FAILED
    finally:
        client.close()
        remove_dataset(folder)
        cache.make_room()
    if end.state is JobState.FAILED:
        sys.stderr.write(f"{end.reason}\n{end.detail or ''}\n")
        _keep(folder, end.reason or "it failed")
        return TRAINER_FAILED
    return 0


def reason_in(folder: JobFolder) -> str | None:
    """Why a trainer failed here."""
    try:
        return str(json.loads((folder.supervisor / REASON).read_text(encoding="utf-8"))["reason"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(folder: JobFolder, reason: str) -> None:
    write_whole(folder.supervisor / REASON, json.dumps({"reason": reason}))


if __name__ == "__main__":
    raise SystemExit(go_along(JobFolder(Path(sys.argv[1]).resolve()), json.loads(sys.stdin.readline())))

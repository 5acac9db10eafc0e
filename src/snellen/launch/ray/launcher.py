"""Supervisors as Ray Jobs: submitted, followed, stopped and found again by their submission ids."""

from __future__ import annotations

import contextlib
import secrets
import shlex
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from snellen.contract.folder import JobFolder
from snellen.contract.spec import JobSpec, Resources
from snellen.contract.states import JobState
from snellen.errors import InvalidInput, LauncherUnavailable, SnellenError
from snellen.launch.base import NO_LIMIT, Fate, Handle, Launcher
from snellen.launch.enrol import CODE, GIVES_UP, GROUP_BROKEN, NODE_DIR
from snellen.launch.ray.options import RayOptions
from snellen.launch.ray.rest import RayApi
from snellen.launch.ray.room import demand, why_not

ALIVE = frozenset({"PENDING", "RUNNING"})
#: A job's state is asked for so often; heartbeats tell of its end sooner.
LOOK_SECONDS = 2.0
MOST_DETAIL = 8000
#: In a job's metadata: the folder that the server keeps for the attempt, by which it is found without a handle.
FOLDER, SERVER = "snellen_folder", "snellen_server"
#: And when the job began, which tells it from one of another server that has a folder of the same name.
BEGAN = "snellen_began_at"


class RayLauncher(Launcher):
    """A Ray cluster."""

    name: ClassVar[str] = "ray"
    remote: ClassVar[bool] = True

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        self._options = RayOptions.read(options or {})
        self._api = RayApi(self._options.address, self._options.headers)
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[float, dict[str, Any] | None]] = {}

    @property
    def address(self) -> str:
        """The URL of the dashboard."""
        return self._options.address

    @property
    def far(self) -> bool:
        """Unless its dashboard is on this machine."""
        return urlsplit(self.address).hostname not in {"127.0.0.1", "localhost", "::1"}

    def start(
        self,
        folder: JobFolder,
        *,
        server_url: str,
        token: str,
        trainer_python: Path,
        data_dir: Path,
        dataset_cache_bytes: int,
        gpus: Sequence[str] = (),
        take_over: bool = False,
        trainer_user: str | None = None,
    ) -> Handle:
        """Submit the supervisor. All but its code and the server's address it is told when it enrols."""
        if take_over:
            raise InvalidInput("a supervisor on a Ray cluster can't be taken over; resume its job")
        spec = folder.spec()
        submission_id = f"snellen-{spec.job_id}-{spec.attempt}-{secrets.token_hex(6)}"
        self._api.submit(self._body(spec, submission_id, folder=folder, server_url=server_url, code=token))
        return {"submission_id": submission_id, "address": self.address}

    def _body(
        self, spec: JobSpec, submission_id: str, *, folder: JobFolder, server_url: str, code: str
    ) -> dict[str, Any]:
        options, needs = self._options, demand(spec.resources)
        words = [options.python, "-m", "snellen.launch.enrol", server_url, str(spec.job_id), str(spec.attempt)]
        if spec.resources.nodes > 1:
            # The job itself only waits, and what trains takes the resources. Ray puts what takes none on the head node,
            # with which everything ends anyway.
            words, needs = [*words, "--group"], {}
        environment = {**dict(options.runtime_env.get("env_vars", {})), CODE: code, NODE_DIR: options.node_dir}
        rest = {name: amount for name, amount in needs.items() if name not in {"CPU", "GPU", "memory"}}
        return {
            "entrypoint": "exec " + shlex.join([*words, submission_id]),
            "submission_id": submission_id,
            "runtime_env": {**options.runtime_env, "env_vars": environment},
            "metadata": {
                "job_name": f"{spec.name} #{spec.attempt}",
                FOLDER: str(folder.root),
                SERVER: server_url,
                BEGAN: str(spec.began_at),
            },
            "entrypoint_num_cpus": needs.get("CPU"),
            "entrypoint_num_gpus": needs.get("GPU"),
            "entrypoint_memory": int(needs.get("memory", 0)) or None,
            "entrypoint_resources": rest or None,
        }

    def on_node(self) -> dict[str, Any]:
        """What a supervisor is told of its node when it enrols."""
        return {"trainer_python": self._options.trainer_python, "trainer_user": self._options.trainer_user}

    def alive(self, handle: Handle) -> bool:
        """By Ray's word; a job that waits in Ray's own queue is alive."""
        job = self._look(handle)
        return job is not None and job["status"] in ALIVE

    def kill(self, handle: Handle) -> None:
        """By Ray, which ends the supervisor and all processes below it."""
        self._api.stop(str(handle["submission_id"]))
        with self._lock:
            self._seen.pop(str(handle["submission_id"]), None)

    def find(self, folder: JobFolder) -> Handle | None:
        """By what was written into the job's metadata."""
        began = None
        with contextlib.suppress(OSError, SnellenError):
            began = str(folder.spec().began_at)
        for job in self._api.jobs():
            told = job.get("metadata") or {}
            ours = told.get(FOLDER) == str(folder.root) and began in {None, told.get(BEGAN)}
            if ours and job["status"] in ALIVE:
                return {"submission_id": job["submission_id"], "address": self.address}
        return None

    def default_slots(self) -> int:
        """As many as the options say; room decides where they say nothing."""
        return self._options.slots or NO_LIMIT

    def check(self, wanted: Resources) -> None:
        """The cluster may grow, so only what contradicts itself is refused."""
        if wanted.min_nodes is not None and wanted.min_nodes > wanted.nodes:
            raise InvalidInput(f"resources.min_nodes: got {wanted.min_nodes}, expected at most nodes, {wanted.nodes}")

    def waits_for(self, wanted: Resources, running: Sequence[tuple[Handle | None, Resources]]) -> str | None:
        """Room is counted by what our own jobs were promised; jobs of others make Ray itself wait."""
        nodes = self._api.nodes()  # an attempt that can't be submitted is lost
        if self._options.autoscales:
            return None
        placed = [(None if handle is None else self._node_of(handle), taken) for handle, taken in running]
        return why_not(wanted, nodes, placed)

    def _node_of(self, handle: Handle) -> str | None:
        job = self._look(handle)
        node = None if job is None else job.get("driver_node_id")
        return None if node is None else str(node)

    def fate(self, handle: Handle, *, heard: bool) -> Fate | None:
        """By Ray's reason: a node that died, an entrypoint that failed, one that could never be started."""
        submission_id = str(handle["submission_id"])
        job = self._api.job(submission_id)
        if job is None:
            return Fate(JobState.LOST, f"the Ray cluster at {self.address} doesn't know it any more (restarted?)")
        if job["status"] in ALIVE:
            return None
        message, kind = str(job.get("message") or ""), job.get("error_type")
        where = f"node {_host(job)}"
        if kind == "JOB_SUPERVISOR_ACTOR_START_TIMEOUT":
            return Fate(JobState.QUEUED, "Ray found no room for it in time")
        if kind == "JOB_SUPERVISOR_ACTOR_DIED" or (status := job.get("driver_exit_code")) is None:
            died = "node has died" in message or "NodeDied" in message or "node was terminated" in message
            reason = f"its {where} died" if died else f"Ray ended it ({job['status'].lower()})"
            return Fate(JobState.LOST if heard or died else JobState.FAILED, reason, message[:MOST_DETAIL] or None)
        if status == GROUP_BROKEN:
            reason = "its nodes don't train together any more, and it may not begin anew (again)"
            return Fate(JobState.LOST, reason, self._last_words(submission_id) or None)
        if heard and status != GIVES_UP:
            return Fate(JobState.LOST, f"its supervisor on {where} ended without a word (exit status {status})")
        detail = self._last_words(submission_id) or message[-MOST_DETAIL:]
        return Fate(JobState.FAILED, f"its supervisor could not begin on {where} (exit status {status})", detail)

    def log_of(self, handle: Handle) -> str:
        """As Ray keeps it."""
        return self._api.logs(str(handle["submission_id"]))

    def _last_words(self, submission_id: str) -> str:
        """For who is told of its end; nothing where they can't be had, as of a node that is gone."""
        with contextlib.suppress(LauncherUnavailable):
            return self._api.logs(submission_id)[-MOST_DETAIL:]
        return ""

    def close(self) -> None:
        """Those to the dashboard."""
        self._api.close()

    def _look(self, handle: Handle) -> dict[str, Any] | None:
        submission_id = str(handle["submission_id"])
        now = time.monotonic()
        with self._lock:
            seen = self._seen.get(submission_id)
        if seen is not None and (now - seen[0] < LOOK_SECONDS or (seen[1] or {}).get("status", "RUNNING") not in ALIVE):
            return seen[1]
        job = self._api.job(submission_id)
        with self._lock:
            if len(self._seen) > 10_000:
                self._seen.clear()
            self._seen[submission_id] = (now, job)
        return job


def _host(job: Mapping[str, Any]) -> str:
    address = str(job.get("driver_agent_http_address") or "")
    return address.partition("://")[2].rpartition(":")[0] or str(job.get("driver_node_id") or "unknown")

"""One job on several nodes, by Ray Train: it places a worker on each, and begins anew when one of them dies.

The worker of rank 0 runs the supervisor, as on one machine; the others only prepare what the trainer needs and start it
(:mod:`snellen.launch.companion`). What Ray begins anew is another attempt of the job, from its newest checkpoint, with
as many nodes as there are, if these are enough. Imported only beside Ray, on the cluster's nodes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ray
from ray.train import FailureConfig, RunConfig, ScalingConfig, get_context
from ray.train.collective import broadcast_from_rank_zero
from ray.train.v2.api.data_parallel_trainer import DataParallelTrainer
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from snellen.contract.folder import JobFolder, write_whole
from snellen.launch import companion, leader
from snellen.launch.client import ServerClient
from snellen.launch.companion import TRAINER_FAILED
from snellen.launch.enrol import GROUP_BROKEN, failed, hash_of, new_token, prepare
from snellen.launch.leader import BROKEN, PEERS
from snellen.launch.patience import until_done
from snellen.launch.ray.room import demand
from snellen.launch.trainer_process import beside
from snellen.sdk.group import ADDRESS, NODE_RANK, NODES, PORT

LOOK_SECONDS = 0.5
#: A node that wasn't heard of for so long when its group broke is taken for gone.
GONE_SECONDS = 20.0
#: Trainers of other nodes have so long to end once that of rank 0 has.
GRACE_SECONDS = 30.0
#: Where nodes meet: above the ports of Ray's workers, below those that Linux gives away (``ip_local_port_range``).
PORTS = range(20_000, 32_768)
#: Ray would stop a group that trains to make it larger.
NEVER_SECONDS = 1e9


@dataclass(slots=True)
class Attempt:
    """What the nodes of one attempt are told."""

    number: int
    token: str
    spec: str


@dataclass(slots=True)
class Said:
    """What the nodes of one attempt told one another."""

    pings: dict[int, float] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)
    over: bool = False


class Desk:
    """Where the nodes of a group meet; an actor beside the job's own process, which holds the job's token."""

    def __init__(self, server: str, job_id: int, attempt: Attempt) -> None:
        self._server, self._job_id = server, job_id
        self._attempt = attempt
        self._begun = False
        self._said = Said()

    def begin(self) -> Attempt:
        """The attempt that a new group of nodes works on: the first, then another one each time."""
        if self._begun:
            self._attempt = self._next()
        self._begun = True
        self._said = Said()
        return self._attempt

    def ping(self, rank: int) -> bool:
        """A node is there; whether the training is over."""
        self._said.pings[rank] = time.monotonic()
        return self._said.over

    def fail(self, rank: int, reason: str) -> None:
        """A node's trainer failed."""
        self._said.failures[rank] = reason

    def end(self) -> None:
        """The training is over."""
        self._said.over = True

    def peers(self) -> tuple[dict[int, float], dict[int, str]]:
        """Of each node that was ever heard of, how many seconds ago; and the reasons of those that failed."""
        now = time.monotonic()
        return {rank: now - at for rank, at in self._said.pings.items()}, dict(self._said.failures)

    def _next(self) -> Attempt:
        token, ended = new_token(), self._attempt
        client = ServerClient(self._server, ended.token, job_id=self._job_id, attempt=ended.number)
        with contextlib.closing(client):
            told = until_done(
                lambda: client.begin_next(hash_of(token)),
                ending=threading.Event(),
                what="beginning the next attempt",
            )
        return Attempt(int(told["attempt"]), token, str(told["spec"]))


def train_together(folder: JobFolder, config: dict[str, Any], place: Path) -> int:
    """Run the job of a prepared folder on its nodes, until it is over or the group breaks once too often."""
    spec = folder.spec()
    ray.init(address="auto", log_to_driver=True, logging_level="warning")
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    first = Attempt(spec.attempt, config["token"], spec.to_json())
    desk = ray.remote(num_cpus=0, scheduling_strategy=here, max_concurrency=16)(Desk).remote(
        config["server"], spec.job_id, first
    )
    shared = {key: value for key, value in config.items() if key not in {"token", "restarts", "cache"}}
    wanted = spec.resources
    least = wanted.min_nodes or wanted.nodes
    trainer = DataParallelTrainer(
        work,
        train_loop_config={"desk": desk, "place": str(place), "name": folder.root.name, "config": shared},
        scaling_config=ScalingConfig(
            num_workers=wanted.nodes if least == wanted.nodes else (least, wanted.nodes),
            use_gpu=wanted.gpus > 0,
            resources_per_worker=demand(wanted),
            placement_strategy="SPREAD",
            elastic_resize_monitor_interval_s=NEVER_SECONDS,
        ),
        run_config=RunConfig(
            name=folder.root.name,
            storage_path=str(place / "ray"),
            failure_config=failures(int(config.get("restarts") or 0)),
        ),
    )
    try:
        trainer.fit()
    except Exception as error:
        sys.stderr.write(f"job {spec.job_id}: its nodes don't train together any more: {error}\n")
        return GROUP_BROKEN
    return 0


def failures(most: int) -> FailureConfig:
    """A node that its owner takes back counts as one that dies; Ray counts them apart, and without a limit."""
    known = {each.name for each in dataclasses.fields(FailureConfig)}
    apart = {"max_preemption_failures": most} if "max_preemption_failures" in known else {}
    return FailureConfig(max_failures=most, **apart)


def work(given: dict[str, Any]) -> None:
    """What runs on each node, in a process of Ray Train's."""
    context = get_context()
    rank, nodes = context.get_world_rank(), context.get_world_size()
    told: dict[str, Any] | None = None
    desk = given["desk"]
    if rank == 0:
        attempt: Attempt = ray.get(desk.begin.remote())
        address = ray.util.get_node_ip_address()
        told = {"token": attempt.token, "number": attempt.number, "spec": attempt.spec, "address": address}
        told["port"] = _free_port(address)
    told = broadcast_from_rank_zero(told)
    assert told is not None  # noqa: S101 - for mypy; rank 0 told it
    place, name = Path(given["place"]).expanduser(), f"{given['name']}-{told['number']}-{rank}"
    folder, config = prepare(
        place, name, {"spec": told["spec"], "config": given["config"]}, server=given["config"]["server"],
        token=told["token"],
    )  # fmt: skip
    # Ray doesn't say which of a node's Pythons runs this; it is the one that has snellen.
    config["trainer_python"] = given["config"].get("trainer_python") or sys.executable
    config["nodes"] = {NODES: str(nodes), NODE_RANK: str(rank), ADDRESS: told["address"], PORT: str(told["port"])}
    module = leader if rank == 0 else companion
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RAY_")}
    process = subprocess.Popen(
        [*beside(sys.executable), sys.executable, "-m", str(module.__name__), str(folder.root)],
        stdin=subprocess.PIPE,
        env=environment,
    )
    assert process.stdin is not None  # noqa: S101 - for mypy; it is a pipe
    with process.stdin as pipe:
        pipe.write(json.dumps(config).encode() + b"\n")
    if rank == 0:
        _lead(process, folder, desk, nodes)
    else:
        _go_along(process, folder, desk, rank)
    if process.returncode == 0 and not failed(folder):
        shutil.rmtree(folder.root, ignore_errors=True)


def _lead(process: subprocess.Popen[bytes], folder: JobFolder, desk: Any, nodes: int) -> None:
    """Until the supervisor has ended; it is told of the other nodes what it can't know."""
    told = None
    broken_since = None
    while (status := process.poll()) is None:
        ages, failures = ray.get(desk.peers.remote())
        broken = (folder.supervisor / BROKEN).exists()
        broken_since = (broken_since or time.monotonic()) if broken else None
        # Whoever pings after the group broke is alive, and so it was the training that failed.
        waited = 0.0 if broken_since is None else time.monotonic() - broken_since
        alive = [rank for rank in range(1, nodes) if rank in failures or ages.get(rank, GONE_SECONDS) < waited]
        gone = [rank for rank in range(1, nodes) if rank not in alive]
        verdict = "alive" if not gone else "gone" if waited >= GONE_SECONDS else None
        news = {"failures": {str(rank): reason for rank, reason in failures.items()}, "verdict": verdict}
        if (failures or broken) and news != told:
            write_whole(folder.supervisor / PEERS, json.dumps(news))
            told = news
        threading.Event().wait(LOOK_SECONDS)
    if status == GROUP_BROKEN:
        raise RuntimeError("a node of the group is gone")
    ray.get(desk.end.remote())


def _go_along(process: subprocess.Popen[bytes], folder: JobFolder, desk: Any, rank: int) -> None:
    over_since = None
    while (status := process.poll()) is None:
        if ray.get(desk.ping.remote(rank)):
            over_since = over_since or time.monotonic()
            if time.monotonic() - over_since > GRACE_SECONDS:
                process.kill()
        threading.Event().wait(LOOK_SECONDS)
    if over_since is None and status != 0:
        reason = companion.reason_in(folder) if status == TRAINER_FAILED else None
        ray.get(desk.fail.remote(rank, reason or f"it ended with exit status {status}"))
    # Until rank 0 is told: Ray would take an early end for a failure to be mended.
    while not ray.get(desk.ping.remote(rank)):
        threading.Event().wait(LOOK_SECONDS)


def _free_port(address: str) -> int:
    """One that nobody listens on, and that the system gives to nobody who asks for any: it is bound much later."""
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((address, port))
            return port
    raise OSError(f"{address}: of the ports {PORTS.start} to {PORTS.stop - 1} none is free")

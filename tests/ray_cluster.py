"""A real Ray cluster on loopback: a head and nodes, each a tree of processes that can be killed."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import psutil
from tests.ports import free_port

from snellen.launch.trainer_process import beside

RAY = str(Path(sys.executable).with_name("ray"))
START_SECONDS = 120.0
#: A node that is killed is noticed within seconds; Ray's defaults take half a minute.
SYSTEM = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 3}


class RayNode:
    """One node: what ``ray start --block`` has started, in a session of its own."""

    def __init__(self, process: subprocess.Popen[bytes], ip: str) -> None:
        self.process = process
        self.ip = ip

    def kill(self) -> None:
        """As if its machine lost its power: everything that it started is gone at once."""
        doomed = []
        with contextlib.suppress(psutil.NoSuchProcess):
            root = psutil.Process(self.process.pid)
            doomed = [root, *root.children(recursive=True)]
        for each in doomed:
            with contextlib.suppress(psutil.Error):
                each.suspend()
        # What a suspended one had just forked.
        for each in list(doomed):
            with contextlib.suppress(psutil.Error):
                doomed += [child for child in each.children(recursive=True) if child not in doomed]
        for each in doomed:
            with contextlib.suppress(psutil.Error):
                each.kill()
        psutil.wait_procs(doomed, timeout=10)
        self.process.wait(10)


class RayCluster:
    """A head, and nodes that are added to it."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        # Ray's sockets lie below it, and the path of a socket has 107 bytes at most.
        self._temporary = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
        self._folder = folder
        #: Ray's own token, which each request and each node must show.
        self.headers = {"authorization": f"Bearer {secrets.token_hex(32)}"}
        self._environment = {
            **os.environ, "RAY_DEDUP_LOGS": "0", "RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": self.headers["authorization"].removeprefix("Bearer "), **(environment or {}),
        }  # fmt: skip
        self._port, self._dashboard = free_port(), free_port()
        self.address = f"http://127.0.0.1:{self._dashboard}"
        self.nodes: list[RayNode] = []

    def start(self, *, cpus: int = 1, **resources: float) -> RayNode:
        """The head; the dashboard answers when this returns."""
        arguments = [
            "--head", f"--port={self._port}", "--dashboard-host=127.0.0.1", f"--dashboard-port={self._dashboard}",
            f"--temp-dir={self._temporary}", f"--ray-client-server-port={free_port()}",
            f"--system-config={json.dumps(SYSTEM)}",
        ]  # fmt: skip
        return self._start("127.0.0.1", cpus, resources, arguments)

    def add(self, *, cpus: int = 1, gpus: int = 0, **resources: float) -> RayNode:
        """Another node, which jobs can be placed on when this returns. Ray takes its GPUs on trust."""
        ip = f"127.0.0.{len(self.nodes) + 1}"
        return self._start(ip, cpus, resources, [f"--address=127.0.0.1:{self._port}"], gpus)

    def _start(
        self, ip: str, cpus: int, resources: Mapping[str, float], arguments: list[str], gpus: int = 0
    ) -> RayNode:
        known = len(self.alive()) if self.nodes else 0
        log = (self._folder / f"ray-{len(self.nodes)}.log").open("wb")
        process = subprocess.Popen(
            [
                # A test that is killed leaves no cluster behind.
                *beside(sys.executable), sys.executable, RAY, "start", "--block", f"--node-ip-address={ip}",
                f"--num-cpus={cpus}", f"--num-gpus={gpus}", f"--resources={json.dumps(dict(resources))}",
                f"--object-store-memory={128 * 1024**2}", f"--dashboard-agent-listen-port={free_port()}",
                "--disable-usage-stats", *arguments,
            ],
            stdout=log, stderr=log, env=self._environment, start_new_session=True,
        )  # fmt: skip
        log.close()
        node = RayNode(process, ip)
        self.nodes.append(node)
        deadline = time.monotonic() + START_SECONDS
        while len(self.alive()) <= known:
            text = Path(log.name).read_text(errors="replace")
            assert process.poll() is None, f"ray start ended:\n{text[-3000:]}"
            assert time.monotonic() < deadline, f"no new node after {START_SECONDS} s:\n{text[-3000:]}"
            threading.Event().wait(0.1)
        return node

    def alive(self) -> list[dict[str, Any]]:
        """The nodes that the cluster takes for alive."""
        try:
            answer = httpx.get(f"{self.address}/api/v0/nodes", timeout=5, trust_env=False, headers=self.headers)
            rows = answer.json()["data"]["result"]["result"] if answer.is_success else []
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return []
        return [row for row in rows if row["state"] == "ALIVE"]

    def stop(self) -> None:
        """End it all, by pid."""
        for node in reversed(self.nodes):
            node.kill()
        shutil.rmtree(self._temporary, ignore_errors=True)


@contextlib.contextmanager
def ray_cluster(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[RayCluster]:
    """A cluster without a node yet, ended with the block."""
    cluster = RayCluster(folder, environment)
    try:
        yield cluster
    finally:
        cluster.stop()

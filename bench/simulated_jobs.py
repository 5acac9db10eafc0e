"""Simulated supervisors and a simulated browser for ``ingest.py``: raw HTTP on asyncio, so that they cost little."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

METRICS_A_SECOND, BATCH_SECONDS, RESULT_SECONDS = 20, 2.0, 10.0
#: The server closes what was idle for longer.
IDLE_SECONDS = 4.0
API = "/api/v1"
PARQUET = "application/vnd.apache.parquet"


@dataclass
class Measured:
    """Milliseconds of requests by what they were, and what was sent."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    #: Points by job, results by job: what the server said that it stored.
    points: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    results: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    #: When the batch with a step was sent, by job and step.
    sent_at: dict[tuple[int, int], float] = field(default_factory=dict)
    retries: list[str] = field(default_factory=list)
    worst_lag: float = 0.0


class Connection:
    """One keep-alive connection that sends one request at a time."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._head = f" HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {token}\r\n"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._used = 0.0

    async def send(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> Any:
        """The JSON of a good answer; ``OSError`` for another one."""
        if self._streams is None or time.monotonic() - self._used > IDLE_SECONDS:
            if self._streams is not None:
                self._streams[1].close()
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        head = f"{method} {path}{self._head}content-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
        try:
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            lines = answer.decode("latin-1").lower().split("\r\n")
            length = next((int(line[15:]) for line in lines if line.startswith("content-length:")), 0)
            data = await reader.readexactly(length) if length else b""
        except (OSError, asyncio.IncompleteReadError) as error:
            self._streams = None
            raise OSError(f"{method} {path}: {error!r}") from error
        self._used = time.monotonic()
        if lines[0].split()[1][0] != "2":
            raise OSError(f"{method} {path}: {lines[0]} {data[:300]!r}")
        return json.loads(data) if data else None

    async def events(self, path: str) -> Any:
        """The lines of a live stream, for ever."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(f"GET {path}{self._head}\r\n".encode())
        while line := await reader.readline():
            yield line.decode().rstrip("\r\n")


async def patiently(measured: Measured, what: str, action: Callable[[], Awaitable[Any]]) -> Any:
    """Try until it succeeds, as a supervisor does; the time counts from the first try."""
    began = time.perf_counter()
    for attempt in itertools.count():
        try:
            answer = await action()
        except OSError as error:
            measured.retries.append(str(error))
            if attempt > 100:
                raise
            await asyncio.sleep(min(5.0, 0.25 * 2**attempt))
        else:
            measured.times[what].append((time.perf_counter() - began) * 1000)
            return answer


@dataclass(frozen=True)
class Epoch:
    """What a supervisor has of one validation: two files with their hashes, and the evaluation as JSON."""

    predictions: bytes
    predictions_sha256: str
    matches: bytes
    matches_sha256: str
    evaluation: str


class SimulatedJob:
    """The two threads of a supervisor: events every two seconds, a validation every ten."""

    def __init__(self, job_id: int, port: int, token: str, measured: Measured) -> None:
        self._id = job_id
        self._measured = measured
        self._events, self._files = Connection(port, token), Connection(port, token)

    async def report(self, until: float) -> None:
        """Metrics: what a slow answer held up is sent with the next batch, so nothing is left out, and at the end."""
        began, done = time.monotonic(), 0
        await asyncio.sleep(random.uniform(0, BATCH_SECONDS))
        keys = [f"train/m{n:02d}" for n in range(METRICS_A_SECOND)]
        path = f"{API}/training/jobs/{self._id}/events"
        while True:
            now = time.monotonic()
            steps = range(done + 1, int(min(now, until) - began + 0.1) + 1)
            self._measured.worst_lag = max(self._measured.worst_lag, len(steps) - BATCH_SECONDS)
            at = int(time.time() * 1000)
            events = [
                {"seq": step, "type": "metrics", "time": at, "step": step, "values": dict.fromkeys(keys, step / 7)}
                for step in steps
            ]
            body = json.dumps({"attempt": 1, "events": events}).encode()
            for step in steps:
                self._measured.sent_at[self._id, step] = time.perf_counter()
            send = lambda body=body: self._events.send("POST", path, body)  # noqa: E731
            answer = await patiently(self._measured, "events", send)
            done = answer["accepted_through"]
            self._measured.points[self._id] = done * METRICS_A_SECOND
            if now >= until:
                return
            await asyncio.sleep(max(0.0, min(now + BATCH_SECONDS, until) - time.monotonic()))

    async def validate(self, until: float, epochs: list[Epoch]) -> None:
        """Validations, one at a time."""
        await asyncio.sleep(random.uniform(0, RESULT_SECONDS))
        for number, epoch in enumerate(epochs, 1):
            if (now := time.monotonic()) >= until:
                return
            predictions = await self._upload(
                number, "predictions", "predictions.parquet", epoch.predictions, epoch.predictions_sha256
            )
            matches = await self._upload(number, "evaluation", "matches.parquet", epoch.matches, epoch.matches_sha256)
            body = json.dumps(
                {
                    "job_id": self._id, "epoch": number, "attempt": 1, "task_type": "detection",
                    "metrics": {"metrics/mAP50-95(B)": number / 100}, "overall_loss": 1 / number,
                    "predictions_key": predictions, "matches_key": matches,
                }
            )  # fmt: skip
            body = f'{body[:-1]}, "evaluation": {epoch.evaluation}}}'
            path, data = f"{API}/validation/jobs/{self._id}/results", body.encode()
            send = lambda path=path, data=data: self._files.send("POST", path, data)  # noqa: E731
            await patiently(self._measured, "results", send)
            self._measured.results[self._id] = number
            await asyncio.sleep(max(0.0, now + RESULT_SECONDS - time.monotonic()))

    async def _upload(self, epoch: int, kind: str, name: str, data: bytes, sha256: str) -> str:
        told = {"kind": kind, "name": name, "sha256": sha256, "epoch": epoch, "content_type": PARQUET}
        path = f"{API}/training/jobs/{self._id}/files?{urlencode(told)}"
        octets = "application/octet-stream"
        artifact = await patiently(self._measured, "files", lambda: self._files.send("PUT", path, data, octets))
        return str(artifact["key"])


class Browser:
    """A person who looks at one job after the other; and a live page, which says how late it hears."""

    def __init__(self, jobs: list[int], port: int, token: str, measured: Measured) -> None:
        self._jobs, self._port, self._token, self._measured = jobs, port, token, measured

    async def look(self, until: float) -> None:
        """The pages of a job, one request after the other, two a second."""
        connection = Connection(self._port, self._token)
        for job in itertools.cycle(self._jobs):
            results = f"{API}/validation/jobs/{job}/results"
            pages = {
                "page: jobs": f"{API}/training/jobs?limit=50",
                "page: job": f"{API}/training/jobs/{job}",
                "page: metrics": f"{API}/training/jobs/{job}/metrics?max_points=2000",
                "page: results": results,
            }
            if self._measured.results[job]:
                epoch = self._measured.results[job]
                pages["page: result"] = f"{results}/{epoch}"
                pages["page: matrix"] = f"{results}/{epoch}/confusion-matrix?conf=0.3&iou=0.5"
                pages["page: images"] = f"{results}/{epoch}/images?limit=50"
            for what, path in pages.items():
                if time.monotonic() >= until:
                    return
                await patiently(self._measured, what, lambda path=path: connection.send("GET", path))
                await asyncio.sleep(0.25)

    async def listen(self, until: float) -> None:
        """From the moment a batch is sent until a live page has it."""
        job = self._jobs[0]
        kind = ""
        async for line in Connection(self._port, self._token).events(f"{API}/training/jobs/{job}/stream"):
            if time.monotonic() >= until:
                return
            if line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: ") and kind == "metrics":
                points = json.loads(line[6:])["points"]
                step = max((p["step"] for p in points if p["key"].startswith("train/")), default=0)
                if sent := self._measured.sent_at.get((job, step)):
                    self._measured.times["page: live"].append((time.perf_counter() - sent) * 1000)

"""Ray's HTTP interface, as far as jobs need it. Each method is one request.

Sources: the OpenAPI of Ray Jobs (``/api/jobs``) and of Ray's State API (``/api/v0/nodes``).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from snellen.errors import InvalidInput, LauncherUnavailable

TIMEOUT = httpx.Timeout(10.0, connect=3.0)
#: Nobody is asked again so soon who did not answer: each of many jobs would wait for the same silence.
SILENT_SECONDS = 10.0
#: The dashboard asks an agent of a node to take a job, which may have to start first.
SUBMIT_TIMEOUT = httpx.Timeout(60.0, connect=3.0)
#: What Ray answers to a request that would be refused again; others (no login, too many, its own faults) may pass.
WRONG = frozenset({400, 413, 422})
#: Nodes come and go slowly; the queue looks each second.
NODES_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Node:
    """A node that is alive. ``total`` are all resources by Ray's names; ``memory`` is in bytes."""

    id: str
    ip: str
    total: dict[str, float]


class RayApi:
    """One cluster's dashboard. Threads may share it."""

    def __init__(self, address: str, headers: Mapping[str, str]) -> None:
        self._address = address
        self._http = httpx.Client(base_url=address, headers=dict(headers), timeout=TIMEOUT, trust_env=False)
        self._lock = threading.Lock()
        self._nodes: tuple[float, list[Node]] = (-NODES_SECONDS, [])
        self._silent: tuple[float, str] | None = None

    def submit(self, body: Mapping[str, Any]) -> None:
        """Submit a job; one that has this ``submission_id`` already counts as this one, sent by an earlier try.

        Raises :class:`~snellen.errors.InvalidInput` for one that Ray will never take.
        """
        answer = self._request("POST", "/api/jobs/", json=dict(body), timeout=SUBMIT_TIMEOUT)
        if not answer.is_success and self.job(body["submission_id"]) is None:
            refused = self._refused("POST /api/jobs/", answer)
            raise InvalidInput(refused.detail) if answer.status_code in WRONG else refused

    def job(self, submission_id: str) -> dict[str, Any] | None:
        """What Ray knows of a job; None when it knows none of this id."""
        answer = self._request("GET", f"/api/jobs/{submission_id}")
        if answer.status_code == 404:
            return None
        return self._object(answer)

    def jobs(self) -> list[dict[str, Any]]:
        """All jobs that were submitted, also those that have ended."""
        answer = self._request("GET", "/api/jobs/")
        found = self._json(answer)
        return [each for each in found if each.get("submission_id")] if isinstance(found, list) else []

    def stop(self, submission_id: str) -> None:
        """Ask Ray to end a job and all that it started; one that it doesn't know or that has ended is no error."""
        answer = self._request("POST", f"/api/jobs/{submission_id}/stop")
        if not answer.is_success and answer.status_code != 404:
            job = self.job(submission_id)
            if job is not None and job["status"] in {"PENDING", "RUNNING"}:
                raise self._refused("stop", answer)

    def logs(self, submission_id: str) -> str:
        """What a job's entrypoint wrote; empty when Ray has it no more."""
        # The dashboard asks the job's node, whose silence says nothing of the dashboard.
        answer = self._send("GET", f"/api/jobs/{submission_id}/logs")
        if not answer.is_success:  # of a node that is gone
            return ""
        return str(self._object(answer).get("logs") or "")

    def nodes(self) -> list[Node]:
        """Those that are alive, as of the last two seconds."""
        with self._lock:
            if time.monotonic() - self._nodes[0] >= NODES_SECONDS:
                self._nodes = (time.monotonic(), self._read_nodes())
            return self._nodes[1]

    def close(self) -> None:
        """Close connections."""
        self._http.close()

    def _read_nodes(self) -> list[Node]:
        answer = self._object(self._request("GET", "/api/v0/nodes", params={"detail": "1", "limit": "10000"}))
        try:
            rows = answer["data"]["result"]["result"]
            return [
                Node(row["node_id"], row["node_ip"], {k: float(v) for k, v in (row["resources_total"] or {}).items()})
                for row in rows
                if row["state"] == "ALIVE"
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise LauncherUnavailable(
                f"{self._address}: /api/v0/nodes answers as no Ray does that is known here ({error!r}); "
                "expected Ray 2.40 or later"
            ) from error

    def _request(self, method: str, url: str, **more: Any) -> httpx.Response:
        silent = self._silent
        if silent is not None and time.monotonic() - silent[0] < SILENT_SECONDS:
            raise LauncherUnavailable(silent[1])
        try:
            answer = self._send(method, url, **more)
        except LauncherUnavailable as error:
            # One that refuses connections costs nothing to ask again.
            hangs = isinstance(error.__cause__, httpx.TimeoutException)
            self._silent = (time.monotonic(), error.detail) if hangs else None
            raise
        self._silent = None
        return answer

    def _send(self, method: str, url: str, **more: Any) -> httpx.Response:
        try:
            return self._http.request(method, url, **more)
        except httpx.HTTPError as error:
            raise LauncherUnavailable(
                f"Ray's dashboard at {self._address} can't be reached: {type(error).__name__}: {error}"
            ) from error

    def _json(self, answer: httpx.Response) -> Any:
        if not answer.is_success:
            raise self._refused(f"{answer.request.method} {answer.request.url.path}", answer)
        try:
            return answer.json()
        except ValueError as error:
            raise LauncherUnavailable(
                f"{self._address} answers without JSON; is it Ray's dashboard? {answer.text[:200]!r}"
            ) from error

    def _object(self, answer: httpx.Response) -> dict[str, Any]:
        found = self._json(answer)
        if not isinstance(found, dict):
            raise LauncherUnavailable(f"{self._address} answers with something else than Ray: {str(found)[:200]!r}")
        return found

    def _refused(self, what: str, answer: httpx.Response) -> LauncherUnavailable:
        # The last line of a traceback says what it is about.
        lines = [line for line in answer.text.strip().splitlines() if line.strip()]
        said = lines[-1][:500] if lines else "no text"
        return LauncherUnavailable(f"Ray's dashboard at {self._address} refused {what}: {answer.status_code} {said}")

"""The supervisor's side of the server's interface: events, uploads, datasets, validation results."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from snellen.errors import UploadMismatch
from snellen.sdk.callback import TIMEOUT_SECONDS, CallbackClient, CallbackFailed, answer_of, encode, raise_for

CHUNK = 1024 * 1024


class ServerClient:
    """One job's door to the server. Each method is one try and raises what the answer means; see
    :func:`~snellen.sdk.callback.raise_for`. Threads may share it."""

    def __init__(self, server: str, token: str, *, job_id: int, attempt: int) -> None:
        self.job_id = job_id
        self.attempt = attempt
        self._callback = CallbackClient(server, token, attempt=attempt)
        self._base = f"/api/v1/training/jobs/{job_id}"
        self._http = httpx.Client(
            base_url=self._callback.root,
            headers={"authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(TIMEOUT_SECONDS, write=300.0),
            trust_env=False,
        )
        self._token_host = httpx.URL(self._callback.root).host

    def post_events(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        """A numbered batch; ``{"accepted_through", "stop_requested"}``."""
        return self._post(f"{self._base}/events", {"attempt": self.attempt, "events": events})

    def post_result(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """One epoch's validation."""
        return self._callback.send_validation_sync({**body, "job_id": self.job_id, "attempt": self.attempt})

    def upload(
        self,
        path: Path,
        *,
        kind: str,
        name: str,
        content_type: str,
        epoch: int | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Store a file and publish it; the artifact. Bytes that the job already holds are not sent again."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = path.stat().st_size
        body = {
            "attempt": self.attempt,
            "kind": kind,
            "name": name,
            "size": size,
            "sha256": digest,
            "content_type": content_type,
            "epoch": epoch,
            "metadata": dict(metadata or {}),
        }
        answer = self._post(f"{self._base}/uploads", body)
        if answer["already"]:
            return dict(answer["artifact"])
        self._send(path, size, answer)
        artifact = self._post(f"{self._base}/uploads/{answer['upload_id']}/complete", {})
        if (artifact["size"], artifact["sha256"]) != (size, digest):
            raise UploadMismatch(f"{name}: the server published {artifact['size']} bytes, sent were {size}")
        return artifact

    def dataset(self) -> dict[str, Any]:
        """Where to read the job's snapshot."""
        return answer_of(self._get(f"{self._base}/dataset"))

    def read(self, url: str) -> bytes:
        """A table or a file of the snapshot."""
        return self._get(url).content

    def weights(self) -> dict[str, Any]:
        """The checkpoints that the job may begin with: ``{"resume": [newest first], "init": one or None}``."""
        return answer_of(self._get(f"{self._base}/weights"))

    def download(self, url: str, target: Path) -> tuple[int, str]:
        """Fetch a file; its size in bytes and its SHA-256."""
        digest, size = hashlib.sha256(), 0
        try:
            with self._http.stream("GET", url) as answer, target.open("wb") as file:
                if not answer.is_success:
                    answer.read()
                    raise_for(answer)
                for chunk in answer.iter_bytes(CHUNK):
                    file.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
        except httpx.HTTPError as error:
            raise CallbackFailed(f"GET {url}: {type(error).__name__}: {error}") from error
        return size, digest.hexdigest()

    def close(self) -> None:
        """Close connections."""
        self._http.close()

    def _get(self, url: str) -> httpx.Response:
        try:
            answer = self._http.get(url)
        except httpx.HTTPError as error:
            raise CallbackFailed(f"GET {url}: {type(error).__name__}: {error}") from error
        raise_for(answer)
        return answer

    def _post(self, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = self._http.post(url, content=encode(body), headers={"content-type": "application/json"})
        except httpx.HTTPError as error:
            raise CallbackFailed(f"POST {url}: {type(error).__name__}: {error}") from error
        return answer_of(answer)

    def _send(self, path: Path, size: int, where: Mapping[str, Any]) -> None:
        url = str(where["url"])
        headers = {**where["headers"], "content-length": str(size)}
        request = self._http.build_request("PUT", url, content=_chunks(path), headers=headers)
        if request.url.host != self._token_host:
            del request.headers["authorization"]  # a presigned URL of a store carries its own proof
        try:
            answer = self._http.send(request)
        except (httpx.HTTPError, RuntimeError) as error:
            raise CallbackFailed(f"PUT {url.split('?')[0]}: {type(error).__name__}: {error}") from error
        raise_for(answer)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk

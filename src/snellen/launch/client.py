"""The supervisor's side of the server's interface: events, uploads, datasets, validation results."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

import httpx

from snellen.errors import TooLarge, UploadMismatch, UploadNotFound
from snellen.sdk.callback import (
    REQUEST_ID,
    TIMEOUT_SECONDS,
    CallbackClient,
    CallbackFailed,
    answer_of,
    encode,
    new_request_id,
    raise_for,
    refusal,
)

CHUNK = 1024 * 1024
#: A file of so many bytes goes in one request, also where larger ones go straight to a bucket.
SMALL_BYTES = 1024 * 1024
OCTETS = "application/octet-stream"
#: The server reads and writes the whole file before it answers.
COMPLETE_SECONDS = 1800.0
#: A file that arrives with other bytes so many times in a row is given up: others wait behind it.
MOST_MISMATCHES = 5
log = logging.getLogger("snellen.supervise")


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
        self._mismatches: Counter[str] = Counter()
        self._origin = _origin(httpx.URL(self._callback.root))
        self._http.event_hooks = {"request": [self._number]}

    def post_events(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        """A numbered batch; ``{"accepted_through", "stop_requested"}``."""
        return self._post(f"{self._base}/events", {"attempt": self.attempt, "events": events})

    def post_result(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """One epoch's validation."""
        return self._callback.send_validation_sync({**body, "job_id": self.job_id, "attempt": self.attempt})

    def upload(
        self,
        opened: Callable[[], BufferedReader],
        *,
        kind: str,
        name: str,
        content_type: str,
        epoch: int | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Store a file and publish it; the artifact. Each call of `opened` opens the file anew.

        A small one goes in one request. Of others bytes that the job already holds are not sent again, nor are parts
        that arrived in an earlier try, whoever tried: the same supervisor before an outage or another one.
        """
        if not metadata and (stored := self._put_small(opened, kind, name, content_type, epoch)) is not None:
            return stored
        with opened() as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
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
        self._send_parts(opened, size, answer)
        artifact = self._complete(name, answer["upload_id"])
        if (artifact["size"], artifact["sha256"]) != (size, digest):
            raise UploadMismatch(f"{name}: the server published {artifact['size']} bytes, sent were {size}")
        return artifact

    def dataset(self) -> dict[str, Any]:
        """Where to read the job's snapshot."""
        return answer_of(self._get(f"{self._base}/dataset"))

    def read(self, url: str) -> bytes:
        """A table or a file of the snapshot."""
        return self._get(url).content

    def begin_next(self, token_hash: str) -> dict[str, Any]:
        """Another attempt in place of this one, whose token has that hash: ``{"attempt", "spec"}``."""
        return self._post(f"{self._base}/attempts", {"attempt": self.attempt, "token_sha256": token_hash})

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

    def _number(self, request: httpx.Request) -> None:
        """Our server logs a request under the number that we tell, and answers with it; a store is told nothing."""
        if _origin(request.url) == self._origin:
            request.headers[REQUEST_ID] = new_request_id(self.job_id, self.attempt)

    def _get(self, url: str) -> httpx.Response:
        answer = self._request("GET", url)
        raise_for(answer)
        return answer

    def _post(self, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
        headers = {"content-type": "application/json"}
        return answer_of(self._request("POST", url, content=encode(body), headers=headers))

    def _request(self, method: str, url: str, **more: Any) -> httpx.Response:
        try:
            return self._http.request(method, url, **more)
        except httpx.HTTPError as error:
            raise CallbackFailed(f"{method} {url}: {type(error).__name__}: {error}") from error

    def _send_parts(self, opened: Callable[[], BufferedReader], size: int, upload: Mapping[str, Any]) -> None:
        base = f"{self._base}/uploads/{upload['upload_id']}/parts"
        for number in sorted(set(range(1, upload["parts"] + 1)) - set(upload["received"])):
            start = (number - 1) * upload["part_size"]
            piece = Piece(opened, start, min(upload["part_size"], size - start))
            single = upload["parts"] == 1
            try:
                self._send(piece, upload if single else answer_of(self._get(f"{base}/{number}")))
            except StoreNotReached as error:
                log.warning("the store can't be reached directly, so files go through the server: %s", error)
                self._send(piece, answer_of(self._get(f"{base}/{number}?direct=false")))

    def _send(self, piece: Piece, where: Mapping[str, Any]) -> None:
        url = str(where["url"])
        headers = {**where["headers"], "content-length": str(piece.size)}
        request = self._http.build_request("PUT", url, content=piece.chunks(), headers=headers)
        told = url.split("?")[0]  # a presigned URL is a secret
        ours = _origin(request.url) == self._origin
        if not ours:
            del request.headers["authorization"]  # a presigned URL of a store carries its own proof
        try:
            answer = self._http.send(request)
        except (httpx.HTTPError, RuntimeError) as error:
            kind = CallbackFailed if ours else StoreNotReached
            raise kind(f"PUT {told}: {type(error).__name__}: {error}") from error
        if ours:
            raise_for(answer)
        elif not answer.is_success:
            raise StoreNotReached(f"PUT {told}: {answer.status_code} {answer.text[:200]}")

    def _put_small(
        self, opened: Callable[[], BufferedReader], kind: str, name: str, content_type: str, epoch: int | None
    ) -> dict[str, Any] | None:
        """Store a file in one request; None for one that is too large for that, here or there."""
        with opened() as file:
            data = file.read(SMALL_BYTES + 1)
        if len(data) > SMALL_BYTES:
            return None
        told = {"kind": kind, "name": name, "content_type": content_type, "epoch": epoch}
        told["sha256"] = hashlib.sha256(data).hexdigest()
        url = f"{self._base}/files"
        params = {key: value for key, value in told.items() if value is not None}
        answer = self._request("PUT", url, content=data, params=params, headers={"content-type": OCTETS})
        if answer.status_code == TooLarge.status:
            return None
        return self._published(name, f"PUT {url}", answer)

    def _complete(self, name: str, upload_id: str) -> dict[str, Any]:
        url = f"{self._base}/uploads/{upload_id}/complete"
        return self._published(name, f"POST {url}", self._request("POST", url, json={}, timeout=COMPLETE_SECONDS))

    def _published(self, name: str, what: str, answer: httpx.Response) -> dict[str, Any]:
        mended = not answer.is_success and refusal(answer)[0] in {UploadMismatch.code, UploadNotFound.code}
        self._mismatches[name] += mended
        if mended and self._mismatches[name] < MOST_MISMATCHES:
            # Bytes changed on the way, or the upload was collected: announced again, what is missing is sent.
            raise CallbackFailed(f"{what}: {answer.status_code} {answer.text[:300]}")
        artifact = answer_of(answer)
        self._mismatches.pop(name, None)
        return artifact


class StoreNotReached(Exception):
    """A presigned URL did not take a part: the server may."""


@dataclass(frozen=True, slots=True)
class Piece:
    """So many bytes of a file, from an offset."""

    opened: Callable[[], BufferedReader]
    start: int
    size: int

    def chunks(self) -> Iterator[bytes]:
        """The bytes, as many as there are."""
        left = self.size
        with self.opened() as file:
            file.seek(self.start)
            while left and (chunk := file.read(min(CHUNK, left))):
                left -= len(chunk)
                yield chunk


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port

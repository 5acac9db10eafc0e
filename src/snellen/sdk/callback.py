"""Sends validation results to the server: for scripts that speak HTTP themselves, and for the supervisor."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections.abc import Mapping
from typing import Any

import httpx
from tenacity import AsyncRetrying, RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from snellen.contract.plain import plain, whole_number
from snellen.errors import (
    AttemptSuperseded,
    Conflict,
    InvalidInput,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    SnellenError,
    TooLarge,
)

TRIES = 3
TIMEOUT_SECONDS = 30.0
API = "/api/v1"
REQUEST_ID = "x-request-id"
log = logging.getLogger("snellen.callback")


class CallbackFailed(SnellenError):
    """The server could not be reached, or answered with an error of its own, in all tries."""

    status, code = 503, "callback_failed"


class CallbackClient:
    """Posts to ``/validation/jobs/{id}/results`` with the job's token.

    `base_url` is the server's, with or without ``/api/v1``, and may end in ``/training`` or ``/validation``. Each call
    tries three times with exponential back-off and a timeout of 30 s, then raises :class:`CallbackFailed`; an answer
    that no retry can mend raises at once, as the error that the server named. NaN and infinities may be sent.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        attempt: int = 1,
        timeout: float = TIMEOUT_SECONDS,
        first_wait: float = 0.5,
    ) -> None:
        self.root = _root(base_url)
        self.training_url = f"{self.root}{API}/training"
        self.validation_url = f"{self.root}{API}/validation"
        self.attempt = attempt
        self._options: dict[str, Any] = {
            "headers": {"authorization": f"Bearer {token}", "content-type": "application/json"},
            "timeout": timeout,
            "trust_env": False,
        }
        self._first_wait = first_wait

    async def send_validation(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Send one epoch's validation; the body of ``POST /validation/jobs/{job_id}/results``."""
        url, body, headers, prefix = self._prepare(payload)
        retrying: dict[str, Any] = self._retrying(prefix)
        async with httpx.AsyncClient(**self._options) as client:
            async for attempt in AsyncRetrying(**retrying, sleep=asyncio.sleep):
                with attempt:
                    answer = await self._guard_async(client, url, body, headers)
                    return _done(answer, prefix)
        raise AssertionError("tenacity returns or raises")

    def send_validation_sync(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The same for code that doesn't await; also from within a running event loop, which it then blocks."""
        url, body, headers, prefix = self._prepare(payload)
        with httpx.Client(**self._options) as client:
            for attempt in Retrying(**self._retrying(prefix)):
                with attempt:
                    try:
                        answer = client.post(url, content=body, headers=headers)
                    except httpx.HTTPError as error:
                        raise CallbackFailed(_unreachable(url, error)) from error
                    return _done(answer, prefix)
        raise AssertionError("tenacity returns or raises")

    async def _guard_async(
        self, client: httpx.AsyncClient, url: str, body: bytes, headers: dict[str, str]
    ) -> httpx.Response:
        try:
            return await client.post(url, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise CallbackFailed(_unreachable(url, error)) from error

    def _prepare(self, payload: Mapping[str, Any]) -> tuple[str, bytes, dict[str, str], str]:
        for name in ("job_id", "epoch", "task_type"):
            if name not in payload:
                raise InvalidInput(f"a validation needs job_id, epoch and task_type; {name} is missing")
        try:
            job_id, epoch = whole_number(payload["job_id"]), whole_number(payload["epoch"])
        except ValueError as error:
            raise InvalidInput(f"job_id and epoch: {error}") from error
        if epoch < 1:
            raise InvalidInput(f"epoch: got {epoch}, expected 1 or more")
        prefix = f"[VALIDATION CALLBACK] job={job_id} attempt={self.attempt} epoch={epoch}"
        body = encode({**payload, "job_id": job_id, "epoch": epoch})
        headers = {REQUEST_ID: new_request_id(job_id, self.attempt)}
        return f"{self.validation_url}/jobs/{job_id}/results", body, headers, prefix

    def _retrying(self, prefix: str) -> dict[str, Any]:
        def tell(state: RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            log.warning("%s try %d of %d failed: %s", prefix, state.attempt_number, TRIES, error)

        return {
            "stop": stop_after_attempt(TRIES),
            "wait": wait_exponential(multiplier=self._first_wait, max=10),
            "retry": retry_if_exception(lambda error: isinstance(error, CallbackFailed)),
            "before_sleep": tell,
            "reraise": True,
        }


def encode(value: Any) -> bytes:
    """The JSON of `value`: NaN and infinities as strings, arrays and numpy numbers as lists and numbers."""
    return json.dumps(plain(value), ensure_ascii=False, allow_nan=False).encode()


def new_request_id(job_id: int, attempt: int) -> str:
    """The number of a request, under which the server's log has it too."""
    return f"job{job_id}-{attempt}-{uuid.uuid4().hex[:16]}"


def raise_for(answer: httpx.Response) -> None:
    """Raise what an answer means: :class:`CallbackFailed` where another try may help, else the server's error."""
    if answer.is_success:
        return
    code, detail = refusal(answer)
    text = f"{answer.request.method} {answer.request.url}: {answer.status_code} {detail}"
    if (number := answer.headers.get(REQUEST_ID)) is not None:
        text += f" (request {number})"
    if answer.status_code >= 500 or answer.status_code in {408, 425, 429}:
        raise CallbackFailed(text)
    if code == AttemptSuperseded.code:
        raise AttemptSuperseded(detail)
    known = {401: NotAuthenticated, 403: NotAllowed, 404: NotFound, 409: Conflict, 413: TooLarge}
    raise known.get(answer.status_code, InvalidInput)(text)


def refusal(answer: httpx.Response) -> tuple[str, str]:
    """The code and the detail of an answer that refuses; no code when it is not the server's own."""
    try:
        said = answer.json()
        return str(said["error"]), str(said["detail"])
    except (ValueError, KeyError, TypeError):
        return "", answer.text[:500]


def answer_of(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of a good answer; :class:`CallbackFailed` when something else answered in the server's place."""
    raise_for(answer)
    try:
        return dict(answer.json())
    except (ValueError, TypeError) as error:
        text = f"{answer.request.method} {answer.request.url}: {answer.status_code} without a JSON object"
        raise CallbackFailed(f"{text}; does something else answer there? {answer.text[:200]!r}") from error


def _done(answer: httpx.Response, prefix: str) -> dict[str, Any]:
    stored = answer_of(answer)
    log.info("%s stored", prefix)
    return stored


def _root(url: str) -> str:
    expected = (
        f"expected the server's address, http(s)://host:port, alone or with {API}, {API}/training, {API}/validation"
    )
    try:
        parts = httpx.URL(url.strip().rstrip("/"))
    except httpx.InvalidURL as error:
        raise InvalidInput(f"base_url: got {url!r} ({error}), {expected}") from error
    path = parts.path.rstrip("/").removesuffix("/training").removesuffix("/validation").removesuffix(API)
    if parts.scheme not in {"http", "https"} or not parts.host or path or parts.query or parts.fragment:
        raise InvalidInput(f"base_url: got {url!r}, {expected}")
    return f"{parts.scheme}://{parts.netloc.decode('ascii')}"


def _unreachable(url: str, error: httpx.HTTPError) -> str:
    return f"{url} can't be reached ({type(error).__name__}: {error})"

"""The callback client, against a real peer."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI, Request, Response

from snellen.errors import AttemptSuperseded, InvalidInput, NotAuthenticated, SnellenError, TooLarge
from snellen.sdk.callback import CallbackClient, CallbackFailed

BODY = {"job_id": 4, "epoch": 2, "task_type": "detection", "metrics": {"loss": float("nan")}}


@dataclass
class Peer:
    """Answers in turn with what is listed, then with 200."""

    url: str = ""
    answers: list[tuple[int, str]] = field(default_factory=list)
    got: list[tuple[str, str, bytes]] = field(default_factory=list)

    def client(self, **options: Any) -> CallbackClient:
        return CallbackClient(self.url, "token", **{"first_wait": 0.001, **options})


@pytest.fixture
def peer(served: Callable[[FastAPI], Any]) -> Iterator[Peer]:
    found = Peer()
    app = FastAPI()

    @app.api_route("/{path:path}", methods=["POST"])
    async def take(path: str, request: Request) -> Response:
        found.got.append((path, request.headers.get("authorization", ""), await request.body()))
        status, text = found.answers.pop(0) if found.answers else (200, '{"stored": true}')
        return Response(text, status)

    with served(app) as url:
        found.url = url
        yield found


@pytest.fixture
def nowhere() -> Iterator[str]:
    """A port of loopback that nobody listens on, nor anybody else can have meanwhile."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{probe.getsockname()[1]}"


def test_a_server_that_is_busy_twice_is_asked_three_times(peer: Peer) -> None:
    peer.answers = [(503, "busy"), (503, "busy")]
    assert peer.client().send_validation_sync(BODY) == {"stored": True}
    assert len(peer.got) == 3
    assert {path for path, *_ in peer.got} == {"api/v1/validation/jobs/4/results"}
    assert {token for _, token, _ in peer.got} == {"Bearer token"}


def test_after_three_tries_the_failure_is_told(peer: Peer) -> None:
    peer.answers = [(503, "busy")] * 5
    with pytest.raises(CallbackFailed, match="503 busy"):
        asyncio.run(peer.client().send_validation(BODY))
    assert len(peer.got) == 3


def test_a_server_that_is_away_is_a_failure_that_names_the_address(nowhere: str) -> None:
    client = CallbackClient(nowhere, "token", first_wait=0.001)
    with pytest.raises(CallbackFailed, match=nowhere):
        client.send_validation_sync(BODY)
    with pytest.raises(CallbackFailed, match=nowhere):
        asyncio.run(client.send_validation(BODY))


def test_it_works_inside_a_running_event_loop_awaited_and_not(peer: Peer) -> None:
    async def both() -> list[dict[str, Any]]:
        return [await peer.client().send_validation(BODY), peer.client().send_validation_sync(BODY)]

    assert asyncio.run(both()) == [{"stored": True}] * 2


def test_the_event_loop_goes_on_while_it_waits_for_the_next_try(peer: Peer) -> None:
    peer.answers = [(503, "busy")]
    turns = 0

    async def main() -> None:
        nonlocal turns
        task = asyncio.create_task(peer.client(first_wait=2.0).send_validation(BODY))
        while not task.done():
            await asyncio.sleep(0.005)
            turns += len(peer.got) == 1
        await task

    asyncio.run(main())
    assert turns > 10


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (401, "not_authenticated", NotAuthenticated),
        (409, "attempt_superseded", AttemptSuperseded),
        (413, "too_large", TooLarge),
        (422, "invalid_input", InvalidInput),
    ],
)
def test_what_no_retry_can_mend_is_raised_at_once(
    peer: Peer, status: int, code: str, error: type[SnellenError]
) -> None:
    peer.answers = [(status, json.dumps({"error": code, "detail": "because"}))]
    with pytest.raises(error, match="because"):
        peer.client().send_validation_sync(BODY)
    assert len(peer.got) == 1


def test_a_page_in_place_of_the_answer_is_a_failure(peer: Peer) -> None:
    peer.answers = [(200, "<html>log in</html>")] * 3
    with pytest.raises(CallbackFailed, match="without a JSON object"):
        peer.client().send_validation_sync(BODY)


def test_nan_numpy_and_odd_text_travel_as_json(peer: Peer) -> None:
    values = {"a": float("nan"), "b": np.float32(0.5), "c": np.array([[1, 2]]), "d": float("-inf")}
    peer.client().send_validation_sync(
        {**BODY, "epoch": np.int64(3), "metrics": values, "class_names": ["caf\udce9", "Ä"]}
    )
    sent = json.loads(peer.got[0][2])
    assert sent["epoch"] == 3
    assert sent["metrics"] == {"a": "NaN", "b": 0.5, "c": [[1, 2]], "d": "-Infinity"}
    assert sent["class_names"] == ["caf?", "Ä"]


@pytest.mark.parametrize("missing", ["job_id", "epoch", "task_type"])
def test_a_payload_without_what_is_needed_is_refused_here(missing: str) -> None:
    client = CallbackClient("http://127.0.0.1:1", "token")
    with pytest.raises(InvalidInput, match=f"{missing} is missing"):
        client.send_validation_sync({k: v for k, v in BODY.items() if k != missing})


@pytest.mark.parametrize("epoch", [0, -1, 1.5, "3", None, True])
def test_an_epoch_that_is_none_is_refused_here(epoch: Any) -> None:
    with pytest.raises(InvalidInput, match="epoch"):
        CallbackClient("http://127.0.0.1:1", "token").send_validation_sync({**BODY, "epoch": epoch})


@pytest.mark.parametrize(
    "tail", ["", "/", "/api/v1", "/api/v1/", "/api/v1/training", "/api/v1/validation/", "/training"]
)
def test_both_urls_follow_from_one_in_any_of_its_forms(tail: str) -> None:
    client = CallbackClient("http://host:8080" + tail, "token")
    assert client.training_url == "http://host:8080/api/v1/training"
    assert client.validation_url == "http://host:8080/api/v1/validation"


@pytest.mark.parametrize(
    "url",
    [
        "host:8080",
        "ftp://host",
        "http://",
        "http://host/api/v1/training/jobs/3",
        "http://host/app",
        "http://h/?a=1",
        "h://[",
    ],
)
def test_an_address_that_is_none_of_these_is_refused_with_what_was_expected(url: str) -> None:
    with pytest.raises(InvalidInput, match="expected the server's address"):
        CallbackClient(url, "token")


def test_log_lines_say_which_job_attempt_and_epoch(peer: Peer, caplog: pytest.LogCaptureFixture) -> None:
    peer.answers = [(503, "busy")]
    with caplog.at_level("INFO", logger="snellen.callback"):
        peer.client(attempt=3).send_validation_sync(BODY)
    assert all(r.message.startswith("[VALIDATION CALLBACK] job=4 attempt=3 epoch=2") for r in caplog.records)
    assert [r.levelname for r in caplog.records] == ["WARNING", "INFO"]

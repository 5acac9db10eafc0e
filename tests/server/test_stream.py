"""Live streams: everything after the last id, across a reconnect and a restart; nothing of a rolled-back change."""

from __future__ import annotations

import json
from typing import Any

import pytest

from snellen.server.db import Database, migrate
from snellen.server.jobs import service, stream
from snellen.server.jobs.live_api import _next, _open
from snellen.server.jobs.schemas import JobCreate
from snellen.server.live import Bus
from snellen.server.metrics import service as metrics
from snellen.server.state import State

pytestmark = pytest.mark.db


@pytest.fixture
def state(database_url: str) -> Any:
    database = Database(database_url)
    migrate(database)
    made = State.__new__(State)
    made.database, made.bus = database, Bus()
    made.stream_renderers = {"metrics": metrics.render_revision}
    yield made
    database.close()


@pytest.fixture
def job_id(state: State) -> int:
    with state.database.write() as session:
        job, _, _ = service.create_job(session, body=JobCreate(model="m", epochs=3, launcher="external"))
        return job.id


def parsed(messages: list[str]) -> list[tuple[int, str, Any]]:
    found = []
    for message in messages:
        fields = dict(line.split(": ", 1) for line in message.strip().split("\n"))
        found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


def record(state: State, job_id: int, step: int, value: float) -> None:
    with state.database.write() as session:
        metrics.record(session, job_id, [("loss", step, step, step, value)])


def test_a_new_stream_begins_with_the_job_as_it_is(state: State, job_id: int) -> None:
    first, position = _open(state, job_id, None)
    ((event_id, name, data),) = parsed(first)
    assert (event_id, name, data["id"]) == (position, "job", job_id)


def test_a_large_batch_comes_in_pieces_and_only_the_last_has_the_id(state: State, job_id: int) -> None:
    """Who loses the connection between two of them is told all of them again."""
    _, position = _open(state, job_id, None)
    count = 2 * metrics.POINTS_A_MESSAGE + 1
    with state.database.write() as session:
        metrics.record(session, job_id, [("k" * 300, step, None, step, 1 / 3 * step) for step in range(count)])
    messages, after = _next(state, job_id, position)
    told = [message for message in messages if "event: metrics" in message]
    assert [message.startswith("id: ") for message in told] == [False, False, True]
    steps = [point["step"] for message in told for point in json.loads(message.split("data: ", 1)[1])["points"]]
    assert steps == list(range(count))
    assert max(map(len, told)) < 1_000_000
    assert _next(state, job_id, position)[0] == messages
    assert _next(state, job_id, after) == ([], after)


def test_what_happened_meanwhile_follows_in_order_once(state: State, job_id: int) -> None:
    _, position = _open(state, job_id, None)
    record(state, job_id, 1, 2.0)
    with state.database.write() as session:
        service.add_log_lines(
            session, service.get_job(session, job_id), [{"time": 1, "level": "info", "text": "hello"}]
        )
    record(state, job_id, 2, float("nan"))
    messages, position = _next(state, job_id, position)
    found = parsed(messages)
    assert [name for _, name, _ in found] == ["metrics", "log", "metrics"]
    assert found[1][2]["lines"][0]["text"] == "hello"
    assert found[2][2]["points"][0]["value"] == "NaN"
    assert _next(state, job_id, position) == ([], position)


def test_a_reconnecting_client_misses_nothing(state: State, job_id: int) -> None:
    _, position = _open(state, job_id, None)
    for step in range(1, 6):
        record(state, job_id, step, float(step))
    messages, _ = _next(state, job_id, position)
    third = parsed(messages)[2][0]
    opened, position = _open(state, job_id, third)
    assert position == third
    assert opened[0].startswith(":")
    messages, _ = _next(state, job_id, position)
    assert [m[2]["points"][0]["step"] for m in parsed(messages)] == [4, 5]


def test_a_rolled_back_change_is_never_told(state: State, job_id: int) -> None:
    _, position = _open(state, job_id, None)

    def change_and_fail() -> None:
        with state.database.write() as session:
            metrics.record(session, job_id, [("loss", 1, 1, 1, 1.0)])
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        change_and_fail()
    assert _next(state, job_id, position)[0] == []


def test_a_client_too_far_behind_is_told_to_begin_anew(
    state: State, job_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "KEEP", 10)
    monkeypatch.setattr(stream, "PRUNE_EVERY", 5)
    _, position = _open(state, job_id, None)
    for step in range(40):
        record(state, job_id, step, 0.0)
    opened, position = _open(state, job_id, position)
    assert parsed(opened)[0][1] == "reset"
    opened, _ = _open(state, job_id, position + 1000)
    assert parsed(opened)[0][1] == "reset"


def test_touched_jobs_are_told_to_the_bus_after_the_commit(state: State, job_id: int) -> None:
    told: list[set[int]] = []
    state.database.on_commit = told.append
    record(state, job_id, 1, 1.0)
    assert told == [{job_id}]

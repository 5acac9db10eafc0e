"""The journal reaches the server: each event once, in its order, whatever happens between."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from snellen.contract.events import MOST_LINE_BYTES, Journal
from snellen.contract.folder import JobFolder
from snellen.errors import AttemptSuperseded
from snellen.launch.delivery import Delivery
from snellen.launch.follower import Follower
from snellen.launch.testing import spec_without_dataset

Eventually = Callable[..., Any]


def write_lines(folder: JobFolder, *texts: str) -> None:
    journal = Journal(folder.events)
    for text in texts:
        journal.append("log", level="info", lines=[text])
    journal.close()


def texts_of(batch: list[tuple[int, dict[str, Any], int]]) -> list[str]:
    return [event["lines"][0] for _, event, _ in batch]


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    found = JobFolder(tmp_path / "job")
    found.create(spec_without_dataset())
    return found


@pytest.fixture
def follower(folder: JobFolder) -> Follower:
    return Follower(folder.events, folder.root / "cursor.json")


def test_only_whole_lines_are_read(folder: JobFolder, follower: Follower) -> None:
    assert follower.read() == []
    write_lines(folder, "one")
    with folder.events.open("ab") as file:
        file.write(b'{"type": "log", "lines": ["tw')
    assert texts_of(follower.read()) == ["one"]
    with folder.events.open("ab") as file:
        file.write(b'o"]}\n')
    assert texts_of(follower.read()) == ["one", "two"]


def test_nothing_is_behind_until_it_is_committed_and_the_cursor_survives(folder: JobFolder, follower: Follower) -> None:
    write_lines(folder, "one", "two", "three")
    number, _, offset = follower.read()[1]
    follower.notes["best"] = 7
    follower.commit(number, offset)
    again = Follower(folder.events, folder.root / "cursor.json")
    assert texts_of(again.read()) == ["three"]
    assert again.notes == {"best": 7}
    assert not again.is_at_end()


def test_a_broken_cursor_begins_again_from_the_start(folder: JobFolder) -> None:
    write_lines(folder, "one")
    (folder.root / "cursor.json").write_text("{")
    assert texts_of(Follower(folder.events, folder.root / "cursor.json").read()) == ["one"]


def test_batches_are_bounded_by_number_and_bytes_but_never_empty(folder: JobFolder, follower: Follower) -> None:
    write_lines(folder, *["x" * 100] * 5)
    assert len(follower.read(most=2)) == 2
    assert len(follower.read(most_bytes=10)) == 1


def test_going_back_lands_behind_the_event_that_is_held(folder: JobFolder, follower: Follower) -> None:
    write_lines(folder, "one", "two", "three")
    number, _, offset = follower.read()[2]
    follower.commit(number, offset)
    follower.rewind(1)
    assert texts_of(follower.read()) == ["two", "three"]
    follower.rewind(0)
    assert texts_of(follower.read()) == ["one", "two", "three"]


@pytest.fixture
def deliver(
    platform: Any, folder: JobFolder, client_of: Callable[..., Any]
) -> Iterator[Callable[..., tuple[int, Delivery]]]:
    """Delivers the folder's journal to a new external job."""
    ending = threading.Event()
    threads: list[Delivery] = []

    def begin(job: tuple[int, str] | None = None) -> tuple[int, Delivery]:
        job_id, token = job or platform.external_job()
        thread = Delivery(folder, client_of(platform, job_id, token), ending)
        threads.append(thread)
        thread.start()
        return job_id, thread

    yield begin
    ending.set()
    for thread in threads:
        thread.join(10)


def log_of(platform: Any, job_id: int) -> list[str]:
    return [row["text"] for row in platform.get(f"/training/jobs/{job_id}/logs")["items"]]


def test_a_server_that_holds_less_than_the_cursor_says_gets_the_rest_again(
    platform: Any, folder: JobFolder, deliver: Any
) -> None:
    write_lines(folder, "one", "two", "three", "four")
    ahead = Follower(folder.events, folder.supervisor / "cursor-events.json")
    number, _, offset = ahead.read()[2]
    ahead.commit(number, offset)
    job_id, delivery = deliver()
    assert delivery.wait_delivered()
    assert log_of(platform, job_id) == ["one", "two", "three", "four"]


def test_an_event_that_the_server_refuses_is_replaced_so_that_the_others_arrive(
    platform: Any, folder: JobFolder, deliver: Any
) -> None:
    write_lines(folder, "before")
    with folder.events.open("a") as file:
        file.write(json.dumps({"type": "metrics", "time": "yesterday", "step": 1, "values": {"a": 1}}) + "\n")
        file.write(json.dumps({"type": "log", "lines": ["\ud800 odd"], "seq": 77}) + "\n")
        file.write("no event at all\n")
    write_lines(folder, "after")
    job_id, delivery = deliver()
    assert delivery.wait_delivered()
    first, refused, odd, told, last = log_of(platform, job_id)
    assert (first, odd, last) == ("before", "? odd", "after")
    assert "event 2 (metrics) was refused" in refused
    assert "no event at all" in told


def test_an_event_larger_than_the_server_takes_is_told_not_lost(
    platform: Any, folder: JobFolder, deliver: Any, eventually: Eventually
) -> None:
    write_lines(folder, "before", "x" * (MOST_LINE_BYTES - 80), "x" * MOST_LINE_BYTES, "after")
    job_id, delivery = deliver()
    assert delivery.wait_delivered()
    first, told, over, last = log_of(platform, job_id)
    assert (first, last) == ("before", "after")
    assert "event 2 (log) was refused" in told
    assert "is no event; expected at most" in over


def test_a_new_attempt_ends_the_delivery_of_the_old_one(
    platform: Any, folder: JobFolder, deliver: Any, eventually: Eventually
) -> None:
    write_lines(folder, "one")
    job_id, delivery = deliver()
    assert delivery.wait_delivered()
    platform.supersede(job_id)
    write_lines(folder, "two")
    eventually(lambda: not delivery.is_alive())
    assert isinstance(delivery.refused, AttemptSuperseded)
    assert not delivery.wait_delivered()
    assert log_of(platform, job_id) == ["one"]


def test_a_stop_request_comes_back_as_a_file(
    platform: Any, folder: JobFolder, deliver: Any, eventually: Eventually
) -> None:
    write_lines(folder, "one")
    job_id, delivery = deliver()
    assert delivery.wait_delivered()
    platform.post(f"/training/jobs/{job_id}/stop")
    eventually(folder.stop_file.exists)


def test_a_server_that_is_away_gets_everything_when_it_is_back(
    platform: Any, folder: JobFolder, deliver: Any, eventually: Eventually
) -> None:
    write_lines(folder, "one")
    job_id, delivery = deliver()
    assert delivery.wait_delivered()
    platform.stop()
    write_lines(folder, "two", "three")
    platform.start()
    assert delivery.wait_delivered()
    assert log_of(platform, job_id) == ["one", "two", "three"]

"""The journal: one line an event, whoever writes it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.disks import fill, small_disk

from snellen.contract import events
from snellen.contract.events import EventType, Journal, parse

WRITER = """
import sys
from pathlib import Path
from snellen.contract.events import Journal
journal = Journal(Path(sys.argv[1]))
for i in range(300):
    journal.append("log", level="info", lines=[sys.argv[2] * 2000 + str(i)])
"""


def test_two_processes_write_at_once_and_no_line_is_torn_or_lost(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name]) for name in "ab"]
    assert [w.wait(30) for w in writers] == [0, 0]
    texts = [json.loads(line)["lines"][0] for line in path.read_text().splitlines()]
    for name in "ab":
        assert [t for t in texts if t.startswith(name)] == [name * 2000 + str(i) for i in range(300)]
    assert len(texts) == 600


def test_an_event_carries_its_type_and_time(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "events.jsonl")
    journal.append(EventType.METRICS, step=1, values={"loss": "NaN"})
    journal.close()
    journal.append("state", state="completed")
    journal.close()
    first, second = map(json.loads, (tmp_path / "events.jsonl").read_text().splitlines())
    assert first["type"] == "metrics"
    assert first["time"] > 1_600_000_000_000
    assert second["state"] == "completed"


def test_a_journal_is_private_to_its_owner(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "events.jsonl")
    journal.append("log", lines=[])
    journal.close()
    assert (tmp_path / "events.jsonl").stat().st_mode & 0o077 == 0


def test_nan_that_was_not_encoded_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "events.jsonl")
    with pytest.raises(ValueError, match="not JSON compliant"):
        journal.append("metrics", values={"loss": float("nan")})
    journal.close()
    assert not (tmp_path / "events.jsonl").exists()


def test_a_lone_surrogate_costs_a_character_not_the_event(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "events.jsonl")
    journal.append("log", lines=["caf\udce9"])
    journal.close()
    assert json.loads((tmp_path / "events.jsonl").read_text(encoding="utf-8"))["lines"] == ["caf?"]


def test_what_has_no_room_on_a_full_disk_is_held_and_written_in_its_order(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", kilobytes=64) as disk:
        journal = Journal(disk / "events.jsonl")
        journal.append("log", lines=["0"])
        ballast = fill(disk)
        for number in range(1, 101):
            journal.append("log", lines=[str(number), "x" * 500])
        with pytest.raises(OSError, match=r"No space left|disk full"):
            journal.flush()
        ballast.unlink()
        journal.append("log", lines=["101"])
        journal.close()
        found = [parse(line) for line in (disk / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    kept = [event["lines"][0] for event in found if "no event" not in event["lines"][0]]
    assert kept == [str(number) for number in range(102)]
    assert len(found) - len(kept) <= 1


def test_no_more_is_held_than_memory_should(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_HELD_BYTES", 10_000)
    with small_disk(tmp_path / "disk", kilobytes=64) as disk:
        journal = Journal(disk / "events.jsonl")
        journal.append("log", lines=["0"])
        fill(disk)
        with pytest.raises(OSError, match=r"No space left|disk full"):
            any(journal.append("log", lines=["x" * 900]) for _ in range(100))


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_nothing_is_written_but_into_a_plain_file(tmp_path: Path, kind: str) -> None:
    path, other = tmp_path / "events.jsonl", tmp_path / "other"
    other.write_bytes(b"")
    if kind == "link":
        path.symlink_to(other)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    with pytest.raises(OSError, match=r"events\.jsonl"):
        Journal(path).append("log", lines=["x"])
    assert other.read_bytes() == b""


@pytest.mark.parametrize(
    "line", ["", "{", "[]", '{"type": 5}', '{"step": 1}', "null", "[" * 100_000, '{"type": "metrics", "st']
)
def test_a_line_that_is_no_event_becomes_a_warning_that_shows_it(line: str) -> None:
    event = parse(line)
    assert event["type"] == "log"
    assert event["level"] == "warning"
    assert line[:100] in event["lines"][0]


def test_an_event_without_a_time_gets_one() -> None:
    assert parse('{"type": "log"}')["time"] > 0
    assert parse('{"type": "log", "time": 5}')["time"] == 5

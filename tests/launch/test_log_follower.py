"""The trainer's output as lines of the job's log."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from snellen.contract.events import Journal
from snellen.launch.log_follower import BURST, MAX_LINE, READ_BYTES, LogFollower, clean


def followed(tmp_path: Path, *parts: bytes) -> list[str]:
    """What arrives when `parts` are written one after the other, looked at between."""
    journal = Journal(tmp_path / "events.jsonl")
    follower = LogFollower(tmp_path / "log.txt", journal)
    for part in parts:
        with (tmp_path / "log.txt").open("ab") as file:
            file.write(part)
        follower.step()
    ended = threading.Event()
    ended.set()
    follower.follow(ended)
    journal.close()
    path = tmp_path / "events.jsonl"
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    return [text for event in events for text in event["lines"]]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\x1b[34m\x1b[1mtrain: \x1b[0mScanning", "train: Scanning"),
        (b" 10%\r 50%\r100%\r", "100%"),
        (b"\x1b]8;;http://x\x07link\x1b]8;;\x07", "link"),
        (b"\x1b[K", ""),
        (b"caf\xe9", "caf\ufffd"),
        (b"x" * 5000, "x" * MAX_LINE),
    ],
)
def test_a_line_is_plain_text_in_its_last_state(raw: bytes, text: str) -> None:
    assert clean(raw) == text


def test_lines_and_characters_that_come_in_parts_are_put_together(tmp_path: Path) -> None:
    assert followed(tmp_path, b"one\ntw", b"o \xc3", b"\xa4\n\n", b"last") == ["one", "two ä", "last"]


def test_no_log_is_no_line(tmp_path: Path) -> None:
    assert followed(tmp_path) == []


def test_a_flood_is_bounded_and_said(tmp_path: Path) -> None:
    flood = b"".join(b"line %d\n" % i for i in range(20_000))
    lines = followed(tmp_path, flood, b"quiet again\n")
    assert lines[0] == "line 0"
    assert len(lines) < BURST + 200
    assert any("lines left out here" in line for line in lines)


def test_output_without_any_line_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    lines = followed(tmp_path, *[b"x" * READ_BYTES] * 3, b"\nend\n")
    assert lines[-1] == "end"
    assert max(map(len, lines)) <= MAX_LINE

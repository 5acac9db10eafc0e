"""Files of a trainer's: only plain ones really inside its folder are opened, whatever it does meanwhile."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from snellen.contract.events import MOST_LINE_BYTES, Journal
from snellen.contract.folder import JobFolder, write_whole
from snellen.contract.states import JobState
from snellen.errors import FileRefused
from snellen.launch.follower import Follower
from snellen.launch.inside import Inside
from snellen.launch.log_follower import LogFollower
from snellen.launch.testing import spec_without_dataset
from snellen.launch.trainer_process import ending_of


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    found = JobFolder(tmp_path / "job")
    found.create(spec_without_dataset())
    (tmp_path / "secret").write_text("secret")
    return found


def test_a_file_is_opened_by_its_path_in_the_folder_and_by_its_whole_path(folder: JobFolder) -> None:
    (folder.plots / "a.png").write_bytes(b"picture")
    inside = Inside(folder.root)
    for path in ("plots/a.png", "./plots//a.png", folder.plots / "a.png"):
        with inside.open(path) as file:
            assert file.read() == b"picture"


@pytest.mark.parametrize("path", ["", ".", "..", "../secret", "plots/../../secret", "/etc/passwd", "a\0b"])
def test_a_path_that_leads_out_of_the_folder_is_refused(folder: JobFolder, path: str) -> None:
    with pytest.raises(FileRefused, match="outside the job's folder"):
        Inside(folder.root).open(path)


def test_a_link_is_refused_wherever_in_the_path_it_is(folder: JobFolder, tmp_path: Path) -> None:
    (folder.plots / "link.png").symlink_to(tmp_path / "secret")
    (folder.plots / "within.png").symlink_to(folder.spec_file)
    (folder.plots / "up").symlink_to(tmp_path)
    for path in ("plots/link.png", "plots/within.png", "plots/up/secret"):
        with pytest.raises(FileRefused, match="link"):
            Inside(folder.root).open(path)


def test_a_pipe_a_folder_and_a_socket_are_refused_at_once(folder: JobFolder) -> None:
    import socket

    os.mkfifo(folder.plots / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(folder.plots / "socket"))
        for name in ("pipe", "socket"):
            with pytest.raises(FileRefused, match="no plain file"):
                Inside(folder.root).open(f"plots/{name}")
    with pytest.raises(FileRefused, match="a folder"):
        Inside(folder.root).open("plots")


def test_another_users_file_is_refused_where_trainers_have_a_user_of_their_own(folder: JobFolder) -> None:
    (folder.plots / "a.png").write_bytes(b"picture")
    with Inside(folder.root, owner=os.geteuid()).open("plots/a.png") as file:
        assert file.read() == b"picture"
    with pytest.raises(FileRefused, match="belongs to user"):
        Inside(folder.root, owner=os.geteuid() + 1).open("plots/a.png")


def test_a_file_that_is_larger_than_expected_is_not_read(folder: JobFolder) -> None:
    (folder.root / "large").write_bytes(b"x" * 100)
    assert len(Inside(folder.root).read("large", most=100)) == 100
    with pytest.raises(FileRefused, match="more than 99 bytes"):
        Inside(folder.root).read("large", most=99)


def test_removing_follows_no_link(folder: JobFolder, tmp_path: Path) -> None:
    (folder.plots / "up").symlink_to(tmp_path)
    (folder.plots / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(FileRefused):
        Inside(folder.root).remove("plots/up/secret")
    Inside(folder.root).remove("plots/link")
    assert (tmp_path / "secret").read_text() == "secret"


def test_a_folder_that_becomes_a_link_again_and_again_never_leads_out(folder: JobFolder, tmp_path: Path) -> None:
    """The place is swapped as fast as it goes while it is opened ten thousand times, and until it was met as a link."""
    outside, real, place = tmp_path / "outside", folder.root / "real", folder.root / "place"
    for each, text in ((outside, "secret"), (real, "ours")):
        each.mkdir()
        (each / "file").write_text(text)
    over = threading.Event()

    def swap() -> None:
        while not over.is_set():
            place.symlink_to(outside)
            place.unlink()
            real.rename(place)
            place.rename(real)

    swapping = threading.Thread(target=swap)
    swapping.start()
    found, inside, interval = set(), Inside(folder.root), sys.getswitchinterval()
    try:
        sys.setswitchinterval(1e-6)  # the threads meet at every step
        until, opened = time.monotonic() + 60, 0
        while opened < 10_000 or (FileRefused not in found and time.monotonic() < until):
            opened += 1
            try:
                found.add(inside.read("place/file", most=10))
            except (FileRefused, OSError) as error:
                found.add(type(error))
    finally:
        sys.setswitchinterval(interval)
        over.set()
        swapping.join()
    assert b"secret" not in found
    assert FileRefused in found


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "deep", "huge", "wrong types"])
def test_a_word_of_how_it_ended_that_is_none_is_not_followed(folder: JobFolder, tmp_path: Path, kind: str) -> None:
    good = json.dumps({"state": "completed", "reason": None, "detail": None})
    (tmp_path / "elsewhere").write_text(good)
    if kind == "link":
        folder.outcome.symlink_to(tmp_path / "elsewhere")
    elif kind == "pipe":
        os.mkfifo(folder.outcome)
    elif kind == "folder":
        folder.outcome.mkdir()
    else:
        texts = {"deep": "[" * 100_000, "huge": good + " " * 2**21, "wrong types": '{"state": ["completed"]}'}
        folder.outcome.write_text(texts[kind])
    assert ending_of(folder, 0).state is JobState.FAILED


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_journal_or_log_that_was_replaced_says_nothing_and_holds_nobody_up(
    folder: JobFolder, tmp_path: Path, kind: str
) -> None:
    (tmp_path / "elsewhere").write_text('{"type":"log","lines":["secret"]}\n')
    for path in (folder.events, folder.log):
        if kind == "link":
            path.symlink_to(tmp_path / "elsewhere")
        elif kind == "pipe":
            os.mkfifo(path)
        else:
            path.mkdir()
    assert Follower(folder.events, folder.supervisor / "cursor").read() == []
    assert not LogFollower(folder.log, Journal(tmp_path / "told")).step(last=True)
    assert not (tmp_path / "told").exists()


def test_a_line_without_end_is_read_over_in_little_memory_and_keeps_its_number(folder: JobFolder) -> None:
    follower = Follower(folder.events, folder.supervisor / "cursor")
    with folder.events.open("ab") as file:
        file.write(b'{"type":"log","lines":["before"]}\n')
        file.truncate(file.tell() + 8 * MOST_LINE_BYTES)
        assert [number for number, _, _ in follower.read()] == [1]
        assert len(follower.read()) == 1
    with folder.events.open("ab") as file:
        file.write(b'\n{"type":"log","lines":["after"]}\n')
    found = [(number, event["lines"][0]) for number, event, _ in follower.read(most_bytes=2**40)]
    assert [number for number, _ in found] == [1, 2, 3]
    assert f"a line of {8 * MOST_LINE_BYTES + 1} bytes is no event" in found[1][1]
    assert (found[0][1], found[2][1]) == ("before", "after")


def test_a_file_is_written_whole_beside_whatever_lies_in_its_way(folder: JobFolder, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("untouched")
    folder.stop_file.symlink_to(tmp_path / "elsewhere")
    write_whole(folder.stop_file, "now\n")
    assert (folder.stop_file.read_text(), folder.stop_file.is_symlink()) == ("now\n", False)
    assert (tmp_path / "elsewhere").read_text() == "untouched"

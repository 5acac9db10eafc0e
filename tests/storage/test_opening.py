"""What can't be opened is refused at once; what doesn't answer is told in time and in words."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from snellen.errors import StartRefused, StoreUnavailable
from snellen.storage import open_store

KEYS = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "aws_region": "us-east-1"}


@pytest.mark.parametrize("url", ["ftp://host/x", "s3//typo://x"])
def test_an_unknown_kind_of_store_is_refused(url: str) -> None:
    with pytest.raises(StartRefused, match="expected a folder or"):
        open_store(url)


def test_unknown_options_are_refused() -> None:
    with pytest.raises(StartRefused, match="options"):
        open_store("s3://bucket", {"aws_favourite_colour": "blue"})


def test_a_folder_is_opened_by_path_and_by_url(tmp_path: Path) -> None:
    open_store(str(tmp_path)).put_bytes("k", b"x")
    assert open_store(f"file://{tmp_path}").get_bytes("k") == b"x"


def test_a_folder_that_is_not_there_is_refused_unless_it_is_to_be_made(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="can't be used"):
        open_store(str(tmp_path / "new"))
    assert open_store(str(tmp_path / "new"), create=True).folder == tmp_path / "new"


def test_a_store_in_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartRefused, match="can't be used"):
        open_store(str(tmp_path / "file"), create=True)


@pytest.mark.parametrize("option", ["aws_endpoint", "AWS_ENDPOINT_URL", "endpoint"])
def test_a_server_that_is_not_there_is_told_within_seconds(option: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{probe.getsockname()[1]}"  # bound, and nobody listens
        store = open_store("s3://bucket", {**KEYS, option: endpoint})
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="HTTP error"):
            store.exists("k")
    assert time.monotonic() - began < 20

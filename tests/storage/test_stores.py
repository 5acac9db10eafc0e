"""Every kind of store keeps the same promises: a folder, and a real S3 server."""

from __future__ import annotations

import urllib.request
import uuid
from pathlib import Path
from typing import Any

import pytest

from snellen.errors import InvalidInput, StartRefused, StoreUnavailable
from snellen.storage import Store, open_store
from snellen.storage.testing import StoreSuite


class TestFolder(StoreSuite):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return open_store(str(tmp_path / "store"), create=True)


class TestS3(StoreSuite):
    @pytest.fixture
    def store(self, s3: Any) -> Store:
        return open_store(f"s3://snellen/{uuid.uuid4().hex}", s3.options())

    def test_content_types_survive(self, store: Store) -> None:
        store.put_bytes("plot.png", b"x", "image/png")
        url = store.presign("GET", "plot.png", 60)
        assert url is not None
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
            assert answer.headers["content-type"] == "image/png"

    def test_wrong_keys_are_told_as_such(self, s3: Any) -> None:
        store = open_store("s3://snellen/x", s3.options(aws_secret_access_key="wrong"))
        with pytest.raises(StoreUnavailable, match="credentials"):
            store.put_bytes("a", b"x")


def test_a_folder_is_not_left_through_a_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    store = open_store(str(tmp_path / "store"), create=True)
    (tmp_path / "store" / "link").symlink_to(outside)
    assert list(store.list()) == []
    with pytest.raises(InvalidInput, match="link"):
        store.get_bytes("link/secret")


def test_a_file_that_is_not_there_leaves_nothing(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store"), create=True)
    with pytest.raises(InvalidInput, match="no such file"):
        store.put_file("k", tmp_path / "missing")
    assert not store.exists("k")
    assert list(store.list()) == []


@pytest.mark.parametrize("url", ["ftp://host/x", "s3//typo://x"])
def test_an_unknown_kind_of_store_is_refused(url: str) -> None:
    with pytest.raises(StartRefused, match="expected a folder or"):
        open_store(url)


def test_unknown_options_are_refused() -> None:
    with pytest.raises(StartRefused, match="options"):
        open_store("s3://bucket", {"aws_favourite_colour": "blue"})


def test_a_store_in_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartRefused, match="can't be used"):
        open_store(str(tmp_path / "file"), create=True)


def test_a_bucket_that_is_not_there_is_told(s3: Any) -> None:
    store = open_store("s3://no-such-bucket", s3.options())
    with pytest.raises(StoreUnavailable, match="bucket"):
        store.put_bytes("a", b"x")

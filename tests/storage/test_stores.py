"""Every kind of store keeps the same promises: a folder, and a real S3 server."""

from __future__ import annotations

import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import pytest

from snellen.errors import InvalidInput, StoreUnavailable
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
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310
            assert answer.headers["content-type"] == "image/png"

    def test_a_signed_url_takes_a_file_and_nothing_else(self, store: Store) -> None:
        url = store.presign("PUT", "sent.png", 60)
        assert url is not None
        headers = {"content-type": "image/png"}
        with urllib.request.urlopen(urllib.request.Request(url, b"sent", headers, method="PUT"), timeout=60):  # noqa: S310
            pass
        assert store.get_bytes("sent.png") == b"sent"
        for wrong in (url.replace("sent.png", "other.png"), url[:-1] + ("0" if url[-1] != "0" else "1")):
            request = urllib.request.Request(wrong, b"x", headers, method="PUT")  # noqa: S310
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request, timeout=60)  # noqa: S310
            refused.value.close()
        assert list(store.list()) == ["sent.png"]

    @pytest.mark.parametrize("wrong", [{"aws_secret_access_key": "wrong"}, {"aws_access_key_id": "nobody"}])
    def test_wrong_keys_are_told_as_such(self, s3: Any, wrong: dict[str, str]) -> None:
        store = open_store("s3://snellen/x", s3.options(**wrong))
        for action in (lambda: store.put_bytes("a", b"x"), lambda: store.get_bytes("a"), lambda: list(store.list())):
            with pytest.raises(StoreUnavailable, match="credentials"):
                action()


class TestOtherS3(StoreSuite):
    """A second server with other keys, as the two stores of a platform are."""

    @pytest.fixture
    def store(self, other_s3: Any) -> Store:
        return open_store(f"s3://snellen/{uuid.uuid4().hex}", other_s3.options())

    def test_the_keys_of_one_server_open_nothing_of_the_other(self, s3: Any, other_s3: Any) -> None:
        theirs = {key: s3.options()[key] for key in ("aws_access_key_id", "aws_secret_access_key")}
        with pytest.raises(StoreUnavailable, match="credentials"):
            open_store("s3://snellen", other_s3.options(**theirs)).put_bytes("a", b"x")


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


def test_a_bucket_that_is_not_there_is_told(s3: Any) -> None:
    store = open_store("s3://no-such-bucket", s3.options())
    with pytest.raises(StoreUnavailable, match="bucket"):
        store.put_bytes("a", b"x")

"""The conformance suite of stores: inherit it, give a ``store`` fixture, and every promise is tested."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from snellen.errors import InvalidInput, ObjectMissing
from snellen.storage.store import Store

LARGE = 20_000_000


class StoreSuite:
    """Subclasses override the ``store`` fixture with an empty store of their kind."""

    @pytest.fixture
    def store(self) -> Store:
        """An empty store."""
        raise NotImplementedError("override the fixture `store`")

    def test_bytes_come_back_as_they_went(self, store: Store) -> None:
        store.put_bytes("a/b/c.bin", b"\x00\xff", "application/x-test")
        assert store.get_bytes("a/b/c.bin") == b"\x00\xff"
        assert store.size("a/b/c.bin") == 2

    def test_an_empty_object_is_an_object(self, store: Store) -> None:
        store.put_bytes("empty", b"")
        assert store.exists("empty")
        assert store.get_bytes("empty") == b""
        assert b"".join(store.stream("empty")) == b""

    def test_what_is_not_there_is_told(self, store: Store, tmp_path: Path) -> None:
        assert not store.exists("nothing")
        for action in (store.get_bytes, store.size, store.stream):
            with pytest.raises(ObjectMissing, match="nothing"):
                action("nothing")
        with pytest.raises(ObjectMissing):
            store.download("nothing", tmp_path / "target")
        assert not [p for p in tmp_path.iterdir() if "target" in p.name]

    def test_a_second_put_replaces(self, store: Store) -> None:
        store.put_bytes("k", b"one")
        store.put_bytes("k", b"three")
        assert store.get_bytes("k") == b"three"

    def test_a_copy_outlives_what_it_was_made_of(self, store: Store) -> None:
        """Also when the original is replaced or deleted."""
        store.put_bytes("copied/from", b"first")
        store.copy("copied/from", "copied/to")
        store.put_bytes("copied/from", b"second")
        assert store.get_bytes("copied/to") == b"first"
        store.delete("copied/from")
        assert store.get_bytes("copied/to") == b"first"
        with pytest.raises(ObjectMissing):
            store.copy("copied/nothing", "copied/elsewhere")

    def test_a_large_file_survives_the_way_there_and_back(self, store: Store, tmp_path: Path) -> None:
        source, target = tmp_path / "source", tmp_path / "target"
        source.write_bytes(hashlib.sha256(b"seed").digest() * (LARGE // 32))
        store.put_file("large.bin", source)
        assert store.size("large.bin") == source.stat().st_size
        store.download("large.bin", target)
        assert target.read_bytes() == source.read_bytes()
        assert sum(map(len, store.stream("large.bin"))) == source.stat().st_size

    def test_what_comes_in_chunks_is_one_object(self, store: Store) -> None:
        chunk = hashlib.sha256(b"seed").digest() * 32768
        store.put_chunks("chunks.bin", (chunk for _ in range(20)))
        assert store.size("chunks.bin") == 20 * len(chunk)
        assert store.get_bytes("chunks.bin") == chunk * 20
        store.put_chunks("again.bin", (part for _ in range(2) for part in store.stream("chunks.bin")))
        assert store.get_bytes("again.bin") == chunk * 40

    def test_chunks_that_break_off_leave_no_object(self, store: Store) -> None:
        def broken() -> Iterator[bytes]:
            yield bytes(6_000_000)
            raise InvalidInput("the source is gone")

        with pytest.raises(InvalidInput, match="the source is gone"):
            store.put_chunks("broken.bin", broken())
        assert not store.exists("broken.bin")
        assert list(store.list()) == []

    def test_what_is_under_a_prefix_is_measured_and_removed(self, store: Store) -> None:
        store.put_bytes("u/1/a", b"x")
        store.put_bytes("u/1/b", b"")
        store.put_bytes("u/10/a", b"xyz")
        assert store.sizes("u/1/") == {"u/1/a": 1, "u/1/b": 0}
        store.delete_under("u/1/")
        store.delete_under("u/1/")
        assert store.sizes("u/1/") == {}
        assert list(store.list()) == ["u/10/a"]

    def test_a_range_is_that_range(self, store: Store) -> None:
        store.put_bytes("r", bytes(range(200)))
        assert b"".join(store.stream("r", 10, 20)) == bytes(range(10, 20))
        assert b"".join(store.stream("r", 190)) == bytes(range(190, 200))

    def test_a_range_at_or_behind_the_end_is_what_there_is(self, store: Store) -> None:
        store.put_bytes("r", bytes(range(200)))
        assert b"".join(store.stream("r", 150, 900)) == bytes(range(150, 200))
        assert b"".join(store.stream("r", 200)) == b""
        assert b"".join(store.stream("r", 20, 10)) == b""
        with pytest.raises(InvalidInput, match="range"):
            store.stream("r", -1)

    def test_a_large_range_comes_in_pieces(self, store: Store) -> None:
        data = hashlib.sha256(b"seed").digest() * (LARGE // 32)
        store.put_bytes("large.bin", data)
        pieces = list(store.stream("large.bin", 5))
        assert b"".join(pieces) == data[5:]
        assert max(map(len, pieces)) < LARGE / 2

    def test_a_reader_sees_a_whole_object_whatever_is_written_meanwhile(self, store: Store) -> None:
        versions = [bytes([n]) * 3_000_000 for n in range(8)]
        store.put_bytes("busy", versions[0])
        with ThreadPoolExecutor(4) as pool:
            writes = [pool.submit(store.put_bytes, "busy", data) for data in versions]
            seen = [store.get_bytes("busy") for _ in range(8)]
            for write in writes:
                write.result()
        assert {(len(data), len(set(data))) for data in [*seen, store.get_bytes("busy")]} == {(3_000_000, 1)}
        assert list(store.list()) == ["busy"]

    @pytest.mark.parametrize("key", ["with space", "사진/ü.png", "a%20b", "q?x&y=z", "a+b", "a~b#c", "'\"<>|:*"])
    def test_an_odd_key_is_a_key(self, store: Store, key: str) -> None:
        store.put_bytes(key, key.encode())
        assert store.get_bytes(key) == key.encode()
        assert list(store.list()) == [key]
        store.delete(key)
        assert not store.exists(key)

    def test_keys_are_listed_by_folder(self, store: Store) -> None:
        for key in ("p/a", "p/b/c", "pq/d", "e"):
            store.put_bytes(key, b"x")
        assert sorted(store.list("p/")) == ["p/a", "p/b/c"]
        assert sorted(store.list()) == ["e", "p/a", "p/b/c", "pq/d"]

    def test_deleting_is_for_good_and_twice_is_no_error(self, store: Store) -> None:
        store.put_bytes("gone", b"x")
        store.delete("gone", "never was")
        store.delete("gone")
        assert not store.exists("gone")

    @pytest.mark.parametrize(
        "key",
        ["", "../x", "a/../../x", "/etc/passwd", "a//b", "a/", "a\\b", "a\x00b", "a\nb", ".", "a/.", "a/..", "a#1",
         "\ud800", "a" * 300, "a/" * 600 + "a"],
    )  # fmt: skip
    def test_no_key_leaves_the_store(self, store: Store, key: str) -> None:
        with pytest.raises(InvalidInput, match="store key"):
            store.put_bytes(key, b"x")
        with pytest.raises(InvalidInput):
            store.get_bytes(key)

    def test_many_threads_may_share_a_store(self, store: Store) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: store.put_bytes(f"t/{n}", str(n).encode()), range(64)))
            found = list(pool.map(lambda n: store.get_bytes(f"t/{n}"), range(64)))
        assert found == [str(n).encode() for n in range(64)]

    def test_a_signed_url_is_given_where_the_store_can(self, store: Store) -> None:
        store.put_bytes("signed", b"x", "image/png")
        url = store.presign("GET", "signed", 60)
        assert (url is None) == (store.folder is not None)

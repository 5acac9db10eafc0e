"""Thumbnails: made once, kept within bounds, and a damaged file is told of."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from snellen.server.datasets.frames import SnapshotFrames
from snellen.server.datasets.pictures import Pictures
from snellen.server.settings import Settings
from snellen.storage import Store, open_store
from snellen.storage.object_keys import file_key


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"), create=True)


def put(store: Store, name: str, side: int = 400) -> str:
    file = io.BytesIO()
    Image.effect_noise((side, side), 90).save(file, "JPEG")
    sha256 = name * 64
    store.put_bytes(file_key(sha256), file.getvalue())
    return sha256


def test_a_thumbnail_is_made_once_however_many_ask(store: Store, tmp_path: Path) -> None:
    pictures = Pictures(store, SnapshotFrames(store), tmp_path / "cache")
    sha256 = put(store, "a", 1500)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: pictures.thumbnail(sha256, 300), range(32)))
    assert len(found) == 1
    assert pictures._made == 1
    assert [path.suffix for path in (tmp_path / "cache").rglob("*") if path.is_file()] == [".webp"]
    store.delete(file_key(sha256))
    assert pictures.thumbnail(sha256, 300) in found


def test_the_cache_stays_within_its_bound_and_keeps_what_was_seen_last(store: Store, tmp_path: Path) -> None:
    import os

    pictures = Pictures(store, SnapshotFrames(store), tmp_path / "cache")
    hashes = [put(store, name) for name in "0123456789"]
    sizes = {sha256: len(pictures.thumbnail(sha256, 160)) for sha256 in hashes}
    for age, sha256 in enumerate(reversed(hashes)):
        path = next((tmp_path / "cache").rglob(f"{sha256}.webp"))
        os.utime(path, (path.stat().st_mtime - 100_000 * (age + 1),) * 2)
    pictures.thumbnail(hashes[0], 160)  # the oldest is looked at again
    bounded = Pictures(store, SnapshotFrames(store), tmp_path / "cache", cache_bytes=sum(sizes.values()) // 2)
    bounded.trim()
    left = {path.stem for path in (tmp_path / "cache").rglob("*.webp")}
    assert sum(sizes[sha256] for sha256 in left) <= sum(sizes.values()) // 2
    assert hashes[0] in left
    assert hashes[1] not in left
    assert hashes[9] in left


def test_a_damaged_file_and_a_kind_that_no_browser_shows(
    api: TestClient, settings: Settings, dataset: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    for split, suffix in (("train", "tif"), ("val", "png")):
        for kind in ("images", "labels"):
            (tmp_path / "d" / kind / split).mkdir(parents=True)
        Image.new("RGB", (40, 20), (0, 200, len(split))).save(tmp_path / f"d/images/{split}/a.{suffix}")
        (tmp_path / f"d/labels/{split}/a.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    (tmp_path / "d/data.yaml").write_text("train: images/train\nval: images/val\nnames: [cat]\n")
    base = f"/api/v1/datasets/{dataset(tmp_path / 'd')['dataset_id']}/images"
    tiff = api.get(f"{base}/0").json()
    shown = api.get(tiff["url"])
    assert (tiff["content_type"], shown.headers["content-type"]) == ("image/tiff", "image/webp")
    assert Image.open(io.BytesIO(shown.content)).size == (40, 20)
    png = api.get(f"{base}/1").json()
    (settings.data_dir / "external" / file_key(png["sha256"])).write_bytes(b"\x89PNG\r\n\x1a\n damaged")
    answer = api.get(f"{base}/1/file?size=160")
    assert (answer.status_code, answer.json()["error"]) == (422, "image_unreadable")
    (settings.data_dir / "external" / file_key(png["sha256"])).unlink()
    assert api.get(f"{base}/1/file?size=160").json()["error"] == "object_missing"

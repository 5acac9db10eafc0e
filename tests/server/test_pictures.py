"""Thumbnails: made once, kept within bounds, and a damaged file is told of."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from snellen.server.datasets.frames import SnapshotFrames
from snellen.server.datasets.pictures import Picture, Pictures
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


def save_dataset(folder: Path, pictures: dict[str, Image.Image], **options: Any) -> Path:
    """Each picture by its name, in both splits; each with one box."""
    for split in ("train", "val"):
        for kind in ("images", "labels"):
            (folder / kind / split).mkdir(parents=True)
        for name, picture in pictures.items():
            picture.save(folder / f"images/{split}/{name}", **options)
            (folder / f"labels/{split}/{name}").with_suffix(".txt").write_text("0 0.5 0.5 0.2 0.2\n")
    (folder / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [cat]\n")
    return folder


def test_the_viewer_gets_what_browsers_show_upright_and_not_too_dark(
    api: TestClient, dataset: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """Twelve of sixteen bits are stretched, an orientation that not every browser knows is carried out."""
    turned = Image.Exif()
    turned[0x0112] = 6
    colour = Image.new("RGB", (40, 20), (10, 200, 30))
    deep = Image.fromarray(np.tile(np.linspace(0, 4095, 40).astype(np.uint16), (20, 1)))
    pictures = {"deep.png": deep, "plain.jpg": colour, "plain.png": colour.copy(), "turned.webp": colour}
    folder = save_dataset(tmp_path / "d", pictures)
    colour.save(folder / "images/train/turned.webp", exif=turned)
    colour.save(folder / "images/train/plain.jpg", exif=turned)
    base = f"/api/v1/datasets/{dataset(folder)['dataset_id']}/images"
    sizes = {}
    for row in api.get(f"{base}?split=train").json()["items"]:
        detail = api.get(f"{base}/{row['image_id']}").json()
        shown = api.get(detail["url"])
        name = detail["path"].rpartition("/")[2]
        stored = (folder / detail["path"]).read_bytes()
        assert api.get(f"{base}/{row['image_id']}/file").content == stored
        assert (shown.content == stored) == name.startswith("plain"), name
        sizes[name] = (detail["width"], detail["height"])
        if not name.startswith("plain"):
            found = Image.open(io.BytesIO(shown.content))
            assert (shown.headers["content-type"], found.size) == ("image/webp", sizes[name])
            if name == "deep.png":
                assert np.asarray(found.convert("L")).max() > 230
    assert sizes == {"deep.png": (40, 20), "plain.jpg": (20, 40), "plain.png": (40, 20), "turned.webp": (20, 40)}


def test_sides_that_no_browser_shows_are_shrunk() -> None:
    picture = Picture("0" * 64, "image/jpeg", 20_000, 100, 6)
    assert not picture.is_shown
    assert picture._replace(width=16_000).is_shown


def test_thumbnails_in_the_making_leave_the_rest_of_the_server_alone(
    anonymous: TestClient,
    api: TestClient,
    dataset: Callable[..., dict[str, Any]],
    tmp_path: Path,
    eventually: Callable[..., Any],
) -> None:
    """More requests for thumbnails than there are threads, while none can be made: everything else is answered."""
    folder = save_dataset(tmp_path / "d", {f"{n}.png": Image.new("RGB", (8, 8), (n, 0, 0)) for n in range(25)})
    base = f"/api/v1/datasets/{dataset(folder)['dataset_id']}/images"
    pictures: Pictures = api.app.state.snellen.parts["pictures"]  # type: ignore[attr-defined]
    client = anonymous  # its requests share one event loop, as a server's do
    client.headers.update(api.headers)
    with ThreadPoolExecutor(50) as pool:
        with pictures._lock:  # held, no picture gets further
            waiting = [pool.submit(client.get, f"{base}/{n}/file?size=160") for n in range(50)]
            eventually(lambda: pictures.turns.statistics().tasks_waiting >= 50 - pictures.turns.total_tokens)
            assert client.get(base).status_code == 200
            assert not any(each.done() for each in waiting)
        assert {each.result().status_code for each in waiting} == {200}


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

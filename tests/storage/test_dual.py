"""Dual storage is one interface whatever is behind; keys are those that the design pins."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from PIL import Image

from snellen.errors import ObjectMissing, UploadMismatch
from snellen.formats import read_folder, save_snapshot
from snellen.storage import DualStorage
from snellen.storage.object_keys import file_key


@pytest.fixture
def dual(tmp_path: Path) -> DualStorage:
    return DualStorage.from_urls(str(tmp_path / "external"), str(tmp_path / "internal"))


def test_uploads_have_the_pinned_keys_and_say_what_was_stored(dual: DualStorage, tmp_path: Path) -> None:
    file = tmp_path / "some file.png"
    file.write_bytes(b"bytes")
    digest = hashlib.sha256(b"bytes").hexdigest()
    plot = dual.upload_plot(7, file, epoch=12)
    assert (plot.key, plot.size, plot.sha256) == ("job7/validation/epoch-000012/some_file.png", 5, digest)
    predictions = dual.upload_predictions(7, file, epoch=12)
    assert predictions.key == f"job7/predictions/epoch-000012-{digest[:12]}.parquet"
    checkpoint = dual.upload_checkpoint(7, file.rename(tmp_path / "w.pt"), epoch=3, name="best")
    assert checkpoint.key == f"job7/checkpoints/best-epoch-000003-{digest[:12]}.pt"
    for stored in (plot, predictions, checkpoint):
        assert dual.internal.get_bytes(stored.key) == b"bytes"


def test_another_plot_of_the_same_name_takes_nothing_away(dual: DualStorage, tmp_path: Path) -> None:
    file = tmp_path / "curve.png"
    file.write_bytes(b"one")
    first = dual.upload_plot(7, file, epoch=1)
    assert dual.upload_plot(7, file, epoch=1) == first
    file.write_bytes(b"two")
    second = dual.upload_plot(7, file, epoch=1)
    assert second.key == f"job7/validation/epoch-000001/curve-{second.sha256[:12]}.png"
    assert dual.internal.get_bytes(first.key) == b"one"


def test_a_snapshot_comes_down_whole_and_checked(dual: DualStorage, tmp_path: Path) -> None:
    for split in ("train", "val"):
        (tmp_path / "d/images" / split).mkdir(parents=True)
        (tmp_path / "d/labels" / split).mkdir(parents=True)
        Image.new("L", (8, 8), len(split)).save(tmp_path / f"d/images/{split}/a.png")
    (tmp_path / "d/data.yaml").write_text("train: images/train\nval: images/val\nnames: [a]\n")
    content = read_folder(tmp_path / "d").content
    info = save_snapshot(content, dual.external)
    steps: list[tuple[int, int]] = []
    dual.download_dataset(info.hash, tmp_path / "down", progress=lambda done, total: steps.append((done, total)))
    assert steps == [(1, 2), (2, 2)]
    names = {p.name for p in (tmp_path / "down" / "files").iterdir()}
    assert names == {i.sha256 for i in content.images}
    half = tmp_path / "down/files" / content.images[0].sha256
    whole = half.read_bytes()
    half.write_bytes(whole[:5])
    dual.download_dataset(info.hash, tmp_path / "down")
    assert half.read_bytes() == whole
    spoiled = content.images[0].sha256
    dual.external.put_bytes(file_key(spoiled), b"other bytes")
    with pytest.raises(UploadMismatch, match=spoiled):
        dual.download_dataset(info.hash, tmp_path / "again")
    with pytest.raises(ObjectMissing):
        dual.download_dataset("0" * 64, tmp_path / "never")

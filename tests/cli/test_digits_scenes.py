"""What the scenes of digits promise: boxes that fit, no sample in both splits, and nobody's folder overwritten."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from snellen.cli import digits
from snellen.cli.digits import write_digits
from snellen.errors import ExtraMissing, InvalidInput
from snellen.formats import read_folder


def test_boxes_fit_the_strokes_and_do_not_overlap(tmp_path: Path) -> None:
    write_digits(tmp_path / "d", train=20, val=1)
    content = read_folder(tmp_path / "d").content
    for image, boxes in zip(content.images, content.objects, strict=True):
        assert 2 <= len(boxes) <= 6
        picture = np.asarray(Image.open(image.source), dtype=float)
        paper = np.median(picture)
        for box in boxes:
            x0, y0, x1, y1 = (round(v) for v in (box.x, box.y, box.x + box.w, box.y + box.h))
            ink = np.abs(picture[y0:y1, x0:x1] - paper) > 40
            assert ink.any(axis=0).mean() > 0.7
            assert ink.any(axis=1).mean() > 0.7
            for other in boxes:
                apart = (
                    other.x >= box.x + box.w or box.x >= other.x + other.w
                    or other.y >= box.y + box.h or box.y >= other.y + other.h
                )  # fmt: skip
                assert other is box or apart


def test_no_sample_is_in_both_splits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sample is replaced by its number, which tells what the scenes of each split were given."""
    images, labels = digits._load()
    number = np.arange(len(labels))
    drawn: list[set[int]] = []
    real = digits._scene

    def spy(chosen: np.ndarray, *rest: object) -> object:
        drawn.append({int(n) for n in chosen[:, 0, 0]})
        return real(chosen * 0 + 16, *rest)

    monkeypatch.setattr(digits, "_load", lambda: (number[:, None, None] + images * 0, labels))
    monkeypatch.setattr(digits, "_scene", spy)
    write_digits(tmp_path / "d", train=200, val=100)
    train, val = set().union(*drawn[:200]), set().union(*drawn[200:])
    assert train
    assert val
    assert not train & val


def test_what_it_wrote_is_replaced_and_a_folder_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    write_digits(tmp_path / "d", train=2, val=1)
    write_digits(tmp_path / "d", train=1, val=1)
    assert len(list((tmp_path / "d/images/train").iterdir())) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["d"]
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InvalidInput, match="name another folder"):
        write_digits(tmp_path, train=1, val=1)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_size_that_holds_no_digit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="at least 64"):
        write_digits(tmp_path / "d", size=48)
    write_digits(tmp_path / "d", train=1, val=1, size=64)


def test_without_scikit_learn_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ExtraMissing, match=r"pip install 'snellen\[demo\]'"):
        write_digits(tmp_path / "d", train=1, val=1)
    assert not (tmp_path / "d").exists()

"""Scenes of real handwritten digits from scikit-learn's ``load_digits``: the demo's dataset, the same every time."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from snellen.errors import ExtraMissing, InvalidInput

DIGITS_A_SCENE = (2, 6)
LEAST_PIXELS, MOST_PIXELS = 26, 48
LEAST_SIZE = 64
MARK = "# Digits, drawn by Snellen\n"
#: Digits from this place on are for validation, so no stroke is in both splits.
VALIDATION_FROM = 1300


def write_digits(folder: Path, *, train: int = 400, val: int = 100, size: int = 160, seed: int = 0) -> None:
    """Write a detection dataset in Ultralytics YOLO format: 10 classes, PNG scenes of `size` x `size` px.

    The same arguments give the same bytes. What an earlier call wrote is replaced; a folder that holds anything else
    is left alone, with :class:`~snellen.errors.InvalidInput`. Raises :class:`~snellen.errors.ExtraMissing` without
    scikit-learn.
    """
    import numpy as np

    if size < LEAST_SIZE:
        raise InvalidInput(f"size: got {size} px, expected at least {LEAST_SIZE}")
    if folder.exists() and not _is_ours(folder):
        raise InvalidInput(f"{folder} is there already and isn't a dataset of digits; name another folder")
    digits, labels = _load()
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    generator = np.random.default_rng(seed)
    for split, count, first, end in (
        ("train", train, 0, VALIDATION_FROM),
        ("val", val, VALIDATION_FROM, len(labels)),
    ):
        (part / "images" / split).mkdir(parents=True)
        (part / "labels" / split).mkdir(parents=True)
        for number in range(count):
            chosen = generator.integers(first, end, generator.integers(*DIGITS_A_SCENE, endpoint=True))
            scene, boxes = _scene(digits[chosen], labels[chosen], size, generator)
            scene.save(part / "images" / split / f"{number:05d}.png", optimize=False)
            text = "".join(f"{c} {' '.join(f'{v:.6f}' for v in box)}\n" for c, box in boxes)
            (part / "labels" / split / f"{number:05d}.txt").write_text(text, encoding="utf-8")
    names = "".join(f"  {digit}: '{digit}'\n" for digit in range(10))
    text = f"{MARK}train: images/train\nval: images/val\nnames:\n{names}"
    (part / "data.yaml").write_text(text, encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    part.replace(folder)


def _is_ours(folder: Path) -> bool:
    try:
        return (folder / "data.yaml").read_text(encoding="utf-8").startswith(MARK)
    except (OSError, UnicodeDecodeError):
        return folder.is_dir() and not any(folder.iterdir())


def _load() -> tuple[Any, Any]:
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ExtraMissing("the demo's digits come from scikit-learn: pip install 'snellen[demo]'") from error
    found = load_digits()
    return found.images, found.target


def _scene(digits: Any, labels: Any, size: int, generator: Any) -> tuple[Any, list[tuple[int, tuple[float, ...]]]]:
    """A picture and ``(class, (cx, cy, w, h) normalised)`` of each digit that found room."""
    import numpy as np
    from PIL import Image

    dark = bool(generator.random() < 0.5)
    paper = generator.uniform(15, 60) if dark else generator.uniform(195, 240)
    ink = generator.uniform(190, 250) if dark else generator.uniform(5, 60)
    coarse = Image.fromarray(generator.normal(paper, 10, (8, 8)).clip(0, 255).astype(np.uint8))
    canvas = np.asarray(coarse.resize((size, size), Image.Resampling.BICUBIC), dtype=np.float64)
    canvas = canvas + generator.normal(0, 4, (size, size))
    placed: list[tuple[int, int, int]] = []
    boxes = []
    for digit, label in zip(digits, labels, strict=True):
        side = int(generator.integers(LEAST_PIXELS, MOST_PIXELS, endpoint=True))
        spot = _free_spot(placed, side, size, generator)
        if spot is None:
            continue
        left, top = spot
        placed.append((left, top, side))
        small = Image.fromarray((digit * (255 / 16)).astype(np.uint8))
        alpha = np.asarray(small.resize((side, side), Image.Resampling.BICUBIC), dtype=np.float64) / 255
        region = canvas[top : top + side, left : left + side]
        canvas[top : top + side, left : left + side] = region * (1 - alpha) + ink * alpha
        rows, columns = np.nonzero(alpha > 0.25)
        x0, x1 = left + columns.min(), left + columns.max() + 1
        y0, y1 = top + rows.min(), top + rows.max() + 1
        box = ((x0 + x1) / 2 / size, (y0 + y1) / 2 / size, (x1 - x0) / size, (y1 - y0) / size)
        boxes.append((int(label), tuple(float(v) for v in box)))
    return Image.fromarray(canvas.clip(0, 255).astype(np.uint8)), boxes


def _free_spot(placed: list[tuple[int, int, int]], side: int, size: int, generator: Any) -> tuple[int, int] | None:
    for _ in range(30):
        left, top = (int(v) for v in generator.integers(0, size - side, 2))
        if all(left + side <= x or x + s <= left or top + side <= y or y + s <= top for x, y, s in placed):
            return left, top
    return None

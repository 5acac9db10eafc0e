"""Scenes of real handwritten digits from scikit-learn's ``load_digits``: the demo's dataset, the same every time."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snellen.contract.tasks import Task
from snellen.errors import ExtraMissing, InvalidInput

DIGITS_A_SCENE = (2, 6)
LEAST_PIXELS, MOST_PIXELS = 26, 48
LEAST_SIZE = 64
#: One digit nearly fills its picture; parts of the picture's side.
LABEL_SIDES = (0.7, 0.95)
MARK = "# Digits, drawn by Snellen\n"
#: The file with the mark where there is no data.yaml.
OURS = ".digits"
#: The keypoints of a digit.
EDGES = ("top", "bottom", "left", "right")
#: Digits from this place on are for validation, so no stroke is in both splits.
VALIDATION_FROM = 1300


@dataclass(frozen=True, slots=True)
class _Digit:
    """A digit in a scene: its class, where its square begins, and which pixels of the square have ink."""

    label: int
    left: int
    top: int
    ink: Any

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom edge of the ink in px."""
        rows, columns = self.ink.nonzero()
        return (
            self.left + int(columns.min()),
            self.top + int(rows.min()),
            self.left + int(columns.max()) + 1,
            self.top + int(rows.max()) + 1,
        )


def write_digits(
    folder: Path,
    *,
    task: Task = Task.DETECTION,
    train: int = 400,
    val: int = 100,
    size: int = 160,
    seed: int = 0,
) -> None:
    """Write a dataset in Ultralytics' format: 10 classes, PNG scenes of `size` x `size` px.

    Detection has boxes, segmentation the outlines of the ink, pose where each digit reaches farthest to the top,
    bottom, left and right; classification has one digit in each picture, in a folder for each class. The same arguments
    give the same bytes. What an earlier call wrote is replaced; a folder that holds anything else is left alone, with
    :class:`~snellen.errors.InvalidInput`. Raises :class:`~snellen.errors.ExtraMissing` without scikit-learn.
    """
    import numpy as np

    if size < LEAST_SIZE:
        raise InvalidInput(f"size: got {size} px, expected at least {LEAST_SIZE}")
    if folder.exists() and not _is_ours(folder):
        raise InvalidInput(f"{folder} is there already and isn't a dataset of digits; name another folder")
    digits, labels = _load()
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    generator = np.random.default_rng(seed)
    for split, count, first, end in (
        ("train", train, 0, VALIDATION_FROM),
        ("val", val, VALIDATION_FROM, len(labels)),
    ):
        for number in range(count):
            several = generator.integers(*DIGITS_A_SCENE, endpoint=True) if task is not Task.CLASSIFICATION else 1
            chosen = generator.integers(first, end, several)
            sides = LABEL_SIDES if task is Task.CLASSIFICATION else (LEAST_PIXELS / size, MOST_PIXELS / size)
            scene, found = _scene(digits[chosen], labels[chosen], size, sides, generator)
            name = f"{number:05d}"
            if task is Task.CLASSIFICATION:
                _save(scene, part / split / str(found[0].label) / f"{name}.png")
                continue
            _save(scene, part / "images" / split / f"{name}.png")
            text = "".join(f"{each.label} {_line(each, task, size)}\n" for each in found)
            path = part / "labels" / split / f"{name}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if task is Task.CLASSIFICATION:
        (part / OURS).write_text(MARK, encoding="utf-8")
    else:
        (part / "data.yaml").write_text(_data_yaml(task), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    part.replace(folder)


def _save(scene: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scene.save(path, optimize=False)


def _data_yaml(task: Task) -> str:
    names = "".join(f"  {digit}: '{digit}'\n" for digit in range(10))
    text = f"{MARK}train: images/train\nval: images/val\nnames:\n{names}"
    if task is Task.POSE:
        points = "".join(f"    - {name}\n" for name in EDGES)
        text += f"kpt_shape: [4, 3]\nflip_idx: [0, 1, 3, 2]\nkpt_names:\n  0:\n{points}"
    return text


def _line(digit: _Digit, task: Task, size: int) -> str:
    """The label of a digit, without its class, in parts of the picture."""
    x0, y0, x1, y1 = digit.box
    values = [(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0]
    if task is Task.SEGMENTATION:
        values = _outline(digit)
    words = [f"{value / size:.6f}" for value in values]
    if task is Task.POSE:
        words += [f"{x / size:.6f} {y / size:.6f} 2" for x, y in _edges(digit)]
    return " ".join(words)


def _outline(digit: _Digit) -> list[float]:
    """The outlines of the ink as one polygon."""
    import numpy as np
    from hotcoco import mask

    from snellen.formats.masks import join_rings, text_of, trace_mask

    height, width = digit.ink.shape
    rle = text_of(mask.encode(np.asfortranarray(digit.ink.astype(np.uint8))))
    outline = join_rings(trace_mask(rle, height=height, width=width))
    return [value + (digit.left, digit.top)[i % 2] for i, value in enumerate(outline)]


def _edges(digit: _Digit) -> list[tuple[float, float]]:
    """The middle of the ink's uppermost, lowest, leftmost and rightmost pixels."""
    rows, columns = digit.ink.nonzero()
    found = []
    for values, edge in ((rows, rows.min()), (rows, rows.max()), (columns, columns.min()), (columns, columns.max())):
        there = values == edge
        found.append((digit.left + float(columns[there].mean()) + 0.5, digit.top + float(rows[there].mean()) + 0.5))
    return found


def _is_ours(folder: Path) -> bool:
    for name in ("data.yaml", OURS):
        try:
            return (folder / name).read_text(encoding="utf-8").startswith(MARK)
        except (OSError, UnicodeDecodeError):
            continue
    return folder.is_dir() and not any(folder.iterdir())


def _load() -> tuple[Any, Any]:
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ExtraMissing("the demo's digits come from scikit-learn: pip install 'snellen[demo]'") from error
    found = load_digits()
    return found.images, found.target


def _scene(digits: Any, labels: Any, size: int, sides: tuple[float, float], generator: Any) -> tuple[Any, list[_Digit]]:
    """A picture, and each digit that found room; their sides are parts of the picture's."""
    import numpy as np
    from PIL import Image

    dark = bool(generator.random() < 0.5)
    paper = generator.uniform(15, 60) if dark else generator.uniform(195, 240)
    ink = generator.uniform(190, 250) if dark else generator.uniform(5, 60)
    coarse = Image.fromarray(generator.normal(paper, 10, (8, 8)).clip(0, 255).astype(np.uint8))
    canvas = np.asarray(coarse.resize((size, size), Image.Resampling.BICUBIC), dtype=np.float64)
    canvas = canvas + generator.normal(0, 4, (size, size))
    placed: list[tuple[int, int, int]] = []
    found = []
    for digit, label in zip(digits, labels, strict=True):
        side = int(generator.integers(round(sides[0] * size), round(sides[1] * size), endpoint=True))
        spot = _free_spot(placed, side, size, generator)
        if spot is None:
            continue
        left, top = spot
        placed.append((left, top, side))
        small = Image.fromarray((digit * (255 / 16)).astype(np.uint8))
        alpha = np.asarray(small.resize((side, side), Image.Resampling.BICUBIC), dtype=np.float64) / 255
        region = canvas[top : top + side, left : left + side]
        canvas[top : top + side, left : left + side] = region * (1 - alpha) + ink * alpha
        found.append(_Digit(int(label), left, top, alpha > 0.25))
    return Image.fromarray(canvas.clip(0, 255).astype(np.uint8)), found


def _free_spot(placed: list[tuple[int, int, int]], side: int, size: int, generator: Any) -> tuple[int, int] | None:
    for _ in range(30):
        left, top = (int(v) for v in generator.integers(0, size - side, 2))
        if all(left + side <= x or x + s <= left or top + side <= y or y + s <= top for x, y, s in placed):
            return left, top
    return None

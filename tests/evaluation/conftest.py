"""Random predictions and truth that look like a detector's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest


@dataclass(frozen=True)
class Data:
    """Frames as the evaluation takes them; images 0 to `images` - 1 were evaluated."""

    predictions: pl.DataFrame
    objects: pl.DataFrame
    images: int
    classes: int

    @property
    def image_ids(self) -> list[int]:
        return list(range(self.images))

    @property
    def names(self) -> list[str]:
        return [f"class {i}" for i in range(self.classes)]


def make_data(
    seed: int,
    *,
    images: int = 30,
    objects: int = 120,
    predictions: int = 600,
    classes: int = 5,
    crowds: float = 0.0,
) -> Data:
    """Most predictions lie near an object, some anywhere; some scores are equal; images are in no order."""
    r = np.random.default_rng(seed)
    size = np.exp(r.normal(3.8, 1.0, (2, objects))).clip(4, 400)
    truth = np.concatenate([r.random((2, objects)) * 200, size])
    image, kind = np.sort(r.integers(0, images, objects)), r.integers(0, classes, objects)
    near = predictions * 2 // 3 if objects else 0
    source = r.integers(0, max(objects, 1), near)
    moved = truth[:, source] * 1.0
    moved[:2] += r.normal(0, 0.15, (2, near)) * moved[2:]
    moved[2:] *= np.exp(r.normal(0, 0.2, (2, near)))
    far = np.concatenate([r.random((2, predictions - near)) * 200, r.random((2, predictions - near)) * 90])
    boxes = np.concatenate([moved, far], axis=1)
    same = r.random(near) < 0.7
    anything = r.integers(0, classes, predictions)
    guess = np.concatenate([np.where(same, kind[source], anything[:near]), anything[near:]])
    where = np.concatenate([image[source], r.integers(0, images, predictions - near)])
    order = r.permutation(predictions)
    score = np.round(r.beta(0.7, 1.3, predictions), 2).clip(0.01, 1).astype(np.float32)
    sides = ("x", "y", "w", "h")
    return Data(
        pl.DataFrame(
            {"image_id": where[order], "class_id": guess[order].astype(np.int32), "score": score}
            | dict(zip(sides, boxes[:, order], strict=True))
        ),
        pl.DataFrame(
            {"object_id": np.arange(objects), "image_id": image, "class_id": kind}
            | dict(zip(sides, truth, strict=True))
            | {"area": truth[2] * truth[3], "iscrowd": r.random(objects) < crowds}
        ),
        images,
        classes,
    )


@pytest.fixture(scope="session")
def data() -> Callable[..., Data]:
    """:func:`make_data`."""
    return make_data

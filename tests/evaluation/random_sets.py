"""Random predictions and truth of every task, of many shapes; the same seed and shape give the same set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
SIDES = ("x", "y", "w", "h")

#: What :func:`boxes`, :func:`masks` and :func:`poses` take; each shape is one way in which data can be odd.
SHAPES: Final[dict[str, dict[str, Any]]] = {
    "a detector's": {},
    "crowds": {"crowds": 0.3},
    "most images empty": {"images": 40, "objects": 12, "predictions": 30},
    "no predictions": {"predictions": 0},
    "no truth": {"objects": 0, "predictions": 40},
    "nothing": {"objects": 0, "predictions": 0, "images": 2},
    "equal scores": {"scores": 3},
    "all scores equal": {"scores": 1, "objects": 20, "predictions": 60},
    "one class": {"classes": 1},
    "a thousand classes": {"classes": 1000, "images": 4, "crowds": 0.1},
    "boxes of no area": {"flat": 0.3, "crowds": 0.1},
    "300 on one object": {"images": 1, "objects": 1, "predictions": 300, "classes": 2, "far": 0.05},
}


@dataclass(frozen=True)
class Set:
    """Frames as the evaluation takes them. `images` has ``image_id, width, height`` of all evaluated images."""

    predictions: pl.DataFrame
    objects: pl.DataFrame
    images: pl.DataFrame
    names: list[str]

    @property
    def classes(self) -> int:
        return len(self.names)

    @property
    def image_ids(self) -> list[int]:
        return self.images["image_id"].to_list()

    @property
    def sizes(self) -> dict[int, tuple[int, int]]:
        """Height and width of each image."""
        return {image: (h, w) for image, w, h in self.images.select("image_id", "width", "height").iter_rows()}


@dataclass(frozen=True)
class _Scene:
    """A set of boxes and, for each prediction, the place of the object that it was made from, -1 for none."""

    set: Set
    source: Ints
    random: np.random.Generator


def boxes(seed: int, **shape: Any) -> Set:
    """Truth and predictions with boxes; most predictions lie near an object, most with its class."""
    return _scene(seed, **shape).set


def masks(seed: int, **shape: Any) -> Set:
    """:func:`boxes` with ``rle``: ellipses with a bite taken out, cut off at the image's edge; areas are the masks'."""
    from pycocotools import mask

    scene = _scene(seed, **shape)
    d, r = scene.set, scene.random
    sizes = d.sizes
    columns: list[list[str]] = []
    areas: list[float] = []
    for frame in (d.objects, d.predictions):
        rows = []
        for image, *box in frame.select("image_id", *SIDES).iter_rows():
            drawn = mask.encode(np.asfortranarray(_ellipse(r, box, sizes[image])))
            rows.append(drawn["counts"].decode())
            if frame is d.objects:
                areas.append(float(mask.area(drawn)))
        columns.append(rows)
    truth, found = (pl.Series("rle", rows, dtype=pl.String) for rows in columns)
    area = pl.Series("area", areas, dtype=pl.Float64)
    return Set(d.predictions.with_columns(found), d.objects.with_columns(truth, area), d.images, d.names)


def poses(seed: int, count: int, *, unlabelled: float = 0.15, **shape: Any) -> Set:
    """:func:`boxes` with `count` keypoints: ``[x, y, v]`` in the truth, ``[x, y, score]`` in predictions.

    About the share `unlabelled` of the objects has no labelled keypoint, others miss some; with 0 all have all.
    """
    scene = _scene(seed, **shape)
    d, r = scene.set, scene.random
    n, m = d.objects.height, d.predictions.height
    box = d.objects.select(SIDES).to_numpy().reshape(n, 1, 4)
    truth = box[..., :2] + r.random((n, count, 2)) * box[..., 2:]
    seen = r.choice(3, (n, count), p=(0.3 * (unlabelled > 0), 0.2, 0.8 - 0.3 * (unlabelled > 0)))
    seen *= r.random((n, 1)) >= unlabelled
    truth *= seen[..., None] > 0
    own = d.predictions.select(SIDES).to_numpy().reshape(m, 1, 4)
    found = own[..., :2] + r.random((m, count, 2)) * own[..., 2:]
    near = scene.source >= 0
    spread = np.exp(r.normal(-3, 1, (int(near.sum()), 1, 1))) * own[near][..., 2:]
    found[near] = truth[scene.source[near]] + r.normal(0, 1, (int(near.sum()), count, 2)) * spread
    score = r.random((m, count, 1))
    kind = pl.List(pl.List(pl.Float32))
    return Set(
        d.predictions.with_columns(pl.Series("keypoints", np.concatenate([found, score], 2).tolist(), dtype=kind)),
        d.objects.with_columns(
            pl.Series("keypoints", np.concatenate([truth, seen[..., None]], 2).tolist(), dtype=kind)
        ),
        d.images,
        d.names,
    )


def labels(seed: int, *, images: int = 120, classes: int = 6, used: int | None = None, scores: int = 1000) -> Set:
    """A classifier's top 5 (fewer with fewer classes) of each image, and one object for each: the whole image.

    Only the first `used` classes are ever true; rank 1 is right about half the time.
    """
    r = np.random.default_rng(seed)
    true = r.integers(0, used or classes, images)
    ranks = min(5, classes)
    logits = r.normal(0, 1, (images, classes))
    logits[np.arange(images), true] += 1.0
    order = np.argsort(-logits, axis=1, kind="stable")[:, :ranks]
    score = -np.sort(-(r.integers(0, scores, (images, ranks)) + 0.5) / scores / 1.001, axis=1)
    ids = np.arange(images) * 3 + 1
    size = r.integers(20, 60, (2, images))
    return Set(
        pl.DataFrame(
            {
                "image_id": np.repeat(ids, ranks),
                "rank": np.tile(np.arange(1, ranks + 1, dtype=np.uint8), images),
                "class_id": order.ravel().astype(np.int32),
                "score": score.ravel().astype(np.float32),
            }
        ),
        pl.DataFrame({"object_id": np.arange(images), "image_id": ids, "class_id": true}).with_columns(
            pl.lit(0.0).alias("x"),
            pl.lit(0.0).alias("y"),
            pl.Series("w", size[0].astype(float)),
            pl.Series("h", size[1].astype(float)),
            pl.Series("area", size.prod(axis=0).astype(float)),
            pl.lit(False).alias("iscrowd"),
        ),
        pl.DataFrame({"image_id": ids, "width": size[0], "height": size[1]}),
        [f"class {i}" for i in range(classes)],
    )


def _scene(
    seed: int,
    *,
    images: int = 12,
    objects: int = 60,
    predictions: int = 200,
    classes: int = 5,
    crowds: float = 0.0,
    scores: int = 0,
    flat: float = 0.0,
    far: float = 0.3,
) -> _Scene:
    r = np.random.default_rng(seed)
    ids = np.arange(images) * 2 + 3
    width, height = r.integers(90, 181, (2, images))
    image, kind = r.integers(0, images, objects), r.integers(0, classes, objects)
    size = np.exp(r.normal(3.5, 0.9, (2, objects))).clip(3, 170) * (r.random((2, objects)) >= flat / 2)
    truth = np.concatenate([r.random((2, objects)) * [width[image], height[image]] * 0.8, size])

    source = np.where(r.random(predictions) < far, -1, r.integers(0, max(objects, 1), predictions))
    source[:] = source if objects else -1
    near = source >= 0
    where = r.integers(0, images, predictions)
    where[near] = image[source[near]]
    guess = r.integers(0, classes, predictions)
    right = near & (r.random(predictions) < 0.7)
    guess[right] = kind[source[right]]
    found = np.concatenate([r.random((2, predictions)) * 100, r.random((2, predictions)) * 60])
    found[:, near] = truth[:, source[near]]
    spread = np.exp(r.normal(-2, 1, int(near.sum())))
    found[:2, near] += r.normal(0, 1, (2, int(near.sum()))) * spread * found[2:, near]
    found[2:, near] *= np.exp(r.normal(0, 1, (2, int(near.sum()))) * spread)
    found[2:] *= r.random((2, predictions)) >= flat / 2

    # Scores are all different unless asked otherwise.
    score = (r.permutation(predictions) + 1.0) / (predictions + 1)
    if scores:
        score = (r.integers(0, scores, predictions) + 1.0) / (scores + 1)
    area = truth[2] * truth[3] * r.uniform(0.4, 1.0, objects)
    return _Scene(
        Set(
            pl.DataFrame(
                {"image_id": ids[where], "class_id": guess.astype(np.int32), "score": score.astype(np.float32)}
                | dict(zip(SIDES, found, strict=True))
            ),
            pl.DataFrame(
                {"object_id": np.arange(objects), "image_id": ids[image], "class_id": kind}
                | dict(zip(SIDES, truth, strict=True))
                | {"area": area, "iscrowd": r.random(objects) < crowds}
            ),
            pl.DataFrame({"image_id": ids, "width": width, "height": height}),
            [f"class {i}" for i in range(classes)],
        ),
        source,
        r,
    )


def _ellipse(r: np.random.Generator, box: list[float], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    x, y, w, h = box
    down, across = np.mgrid[: size[0], : size[1]] + 0.5
    inside = (2 * (across - x) - w) ** 2 * h**2 + (2 * (down - y) - h) ** 2 * w**2 < w**2 * h**2
    bite = r.random(2) * [size[1], size[0]]
    inside &= (across - bite[0]) ** 2 + (down - bite[1]) ** 2 > 100
    drawn: npt.NDArray[np.uint8] = inside.astype(np.uint8)
    return drawn

"""What a snapshot looks like in numbers, from its tables alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

POSITION_BINS = 32
SIZE_BINS = 24
#: The smallest relative side with a bin of its own; what is smaller is in it too.
SMALLEST_SIDE = 0.005
COUNT_EDGES = (0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)
#: COCO's limits of area, px².
SMALL, LARGE = 32**2, 96**2
MOST_SIZES = 100


@dataclass(frozen=True, slots=True)
class ClassStatistics:
    """A class: its objects, and the images that have any."""

    class_id: int
    name: str
    objects: int
    images: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """``counts[i]`` lie from ``edges[i]`` up to, not including, ``edges[i + 1]``; the last has no upper end."""

    edges: list[float]
    counts: list[int]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """``counts[row][column]``; ``edges`` (bins + 1) are those of both sides, relative to the image."""

    bins: int
    edges: list[float]
    counts: list[list[int]]


@dataclass(frozen=True, slots=True)
class ImageSize:
    """So many images are of this width and height, in px."""

    width: int
    height: int
    images: int


@dataclass(frozen=True, slots=True)
class Areas:
    """Objects by COCO's limits: below 32², up to 96², and from there, in px²."""

    small: int
    medium: int
    large: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """``background`` counts images without objects. The last three are None where there are no boxes."""

    images: int
    objects: int
    background: int
    classes: list[ClassStatistics]
    objects_per_image: Histogram
    image_sizes: list[ImageSize]
    box_sizes: HeatMap | None
    positions: HeatMap | None
    areas: Areas | None


def statistics(
    images: pl.DataFrame,
    objects: pl.DataFrame,
    class_names: list[str],
    *,
    boxes: bool = True,
    split: str | None = None,
    class_id: int | None = None,
) -> Statistics:
    """Of the images of a split, and the objects of a class; of all without them.

    Rows of ``box_sizes`` are relative heights and columns relative widths, in steps of equal ratio; rows of
    ``positions`` are relative y and columns relative x of the boxes' centres. `boxes` False leaves them out, as for
    classification.
    """
    import polars as pl

    if split is not None:
        images = images.filter(pl.col("split") == split)
    if split is not None or class_id is not None:
        wanted = objects if class_id is None else objects.filter(pl.col("class_id") == class_id)
        objects = wanted.join(images.select("image_id"), on="image_id", how="semi")
    per_image = objects.group_by("image_id").agg(pl.len().alias("n"))
    counted = images.select("image_id").join(per_image, on="image_id", how="left")["n"].fill_null(0)
    placed = objects.join(images.select("image_id", "width", "height"), on="image_id") if boxes else None
    sizes = images.group_by("width", "height").agg(pl.len().alias("images"))
    return Statistics(
        images=images.height,
        objects=objects.height,
        background=int((counted == 0).sum()),
        classes=_classes(objects, class_names, class_id),
        objects_per_image=_per_image(counted),
        image_sizes=[
            ImageSize(*row)
            for row in sizes.sort("images", "width", "height", descending=[True, False, False]).head(MOST_SIZES).rows()
        ],
        box_sizes=None if placed is None else _box_sizes(placed),
        positions=None if placed is None else _positions(placed),
        areas=None if placed is None else _areas(placed),
    )


def _classes(objects: pl.DataFrame, names: list[str], class_id: int | None) -> list[ClassStatistics]:
    import polars as pl

    found = objects.group_by("class_id").agg(pl.len().alias("objects"), pl.col("image_id").n_unique().alias("images"))
    by_id = {row[0]: row[1:] for row in found.rows()}
    wanted = range(len(names)) if class_id is None else (class_id,)
    return [ClassStatistics(each, names[each], *by_id.get(each, (0, 0))) for each in wanted]


def _per_image(counted: pl.Series) -> Histogram:
    import numpy as np

    numbers = counted.to_numpy()
    reached = sum(edge <= numbers.max(initial=0) for edge in COUNT_EDGES)
    edges = COUNT_EDGES[: max(reached, 1) + 1]  # one more, so that the last that holds any has an end
    counts, _ = np.histogram(numbers, [*edges, np.inf])
    return Histogram([float(edge) for edge in edges], [int(count) for count in counts])


def _box_sizes(placed: pl.DataFrame) -> HeatMap:
    import numpy as np

    edges = np.geomspace(SMALLEST_SIDE, 1, SIZE_BINS + 1)
    sides = [
        np.clip(placed[side].to_numpy() / placed[whole].to_numpy(), SMALLEST_SIDE, 1)
        for side, whole in (("h", "height"), ("w", "width"))
    ]
    return _heat_map(sides[0], sides[1], edges, SIZE_BINS)


def _positions(placed: pl.DataFrame) -> HeatMap:
    import numpy as np

    centres = [
        np.clip((placed[at].to_numpy() + placed[side].to_numpy() / 2) / placed[whole].to_numpy(), 0, 1)
        for at, side, whole in (("y", "h", "height"), ("x", "w", "width"))
    ]
    return _heat_map(centres[0], centres[1], np.linspace(0, 1, POSITION_BINS + 1), POSITION_BINS)


def _heat_map(rows: Floats, columns: Floats, edges: Floats, bins: int) -> HeatMap:
    import numpy as np

    counts, _, _ = np.histogram2d(rows, columns, bins=[edges, edges])
    return HeatMap(bins, [float(edge) for edge in edges], counts.astype(int).tolist())


def _areas(placed: pl.DataFrame) -> Areas:
    area = placed["area"]
    small, large = int((area < SMALL).sum()), int((area >= LARGE).sum())
    return Areas(small, placed.height - small - large, large)

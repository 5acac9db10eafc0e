"""Masks: what pycocotools makes of them, and outlines that fill to the very same pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageChops, ImageDraw
from pycocotools import mask as reference

from snellen.formats.masks import canonical, join_rings, measure_rle, polygons_to_rle, runs_of, trace_mask

pixels = arrays.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20)), elements=st.integers(0, 1))
often = settings(max_examples=300, deadline=None)


def encoded(mask: np.ndarray) -> str:
    return str(reference.encode(np.asfortranarray(mask))["counts"].decode())


@given(pixels)
@often
def test_runs_area_and_box_are_those_of_pycocotools(mask: np.ndarray) -> None:
    height, width = mask.shape
    rle = encoded(mask)
    runs = runs_of(rle, height=height, width=width)
    assert canonical(runs, height, width) == rle
    given_again = reference.frPyObjects({"size": [height, width], "counts": runs}, height, width)
    assert given_again["counts"].decode() == rle
    area, box = measure_rle(rle, height=height, width=width)
    assert area == mask.sum()
    assert list(box) == reference.toBbox(given_again).tolist()


@given(pixels)
@often
def test_outlines_joined_to_one_polygon_fill_to_the_same_mask(mask: np.ndarray) -> None:
    height, width = mask.shape
    rle = encoded(mask)
    rings = trace_mask(rle, height=height, width=width)
    assert bool(rings) == bool(mask.any())
    if rings:
        joined = join_rings(rings)
        assert polygons_to_rle([joined], height=height, width=width) == rle
        assert reference.frPyObjects([joined], height, width)[0]["counts"].decode() == rle


@given(pixels)
@often
def test_outlines_run_along_the_edges_of_pixels(mask: np.ndarray) -> None:
    """Filled even-odd by other means: each ring turns what is inside it over."""
    height, width = mask.shape
    total = Image.new("1", (width * 3, height * 3))
    for ring in trace_mask(encoded(mask), height=height, width=width):
        one = Image.new("1", total.size)
        points = [(3 * x, 3 * y) for x, y in zip(ring[::2], ring[1::2], strict=True)]
        ImageDraw.Draw(one).polygon(points, fill=1)
        total = ImageChops.logical_xor(total, one)
    centres = np.asarray(total)[1::3, 1::3]
    assert (centres == mask.astype(bool)).all()


@given(
    polygons=st.lists(
        st.lists(st.floats(-10, 40), min_size=6, max_size=12).filter(lambda p: len(p) % 2 == 0), min_size=1
    ),
)
@often
def test_polygons_are_filled_as_by_pycocotools(polygons: list[list[float]]) -> None:
    expected = reference.merge(reference.frPyObjects(polygons, 30, 25))["counts"].decode()
    assert polygons_to_rle(polygons, height=30, width=25) == expected


@given(runs=st.lists(st.integers(0, 9), min_size=1, max_size=20))
@often
def test_the_same_mask_has_the_same_text_however_its_runs_are_cut(runs: list[int]) -> None:
    height, width = max(sum(runs), 1), 1
    runs = runs if sum(runs) else [1]
    flat = np.concatenate([np.full(run, at % 2, np.uint8) for at, run in enumerate(runs)])
    assert canonical(runs, height, width) == encoded(flat.reshape(height, 1))


@pytest.mark.parametrize("rle", ["", "nonsense", "~", "0", ";23000", "é", "\x00"])
def test_text_that_is_no_mask_of_this_size_is_refused(rle: str) -> None:
    with pytest.raises(ValueError, match="its counts"):
        runs_of(rle, height=5, width=6)


def test_a_large_picture_costs_what_its_mask_does() -> None:
    """20,000 px a side would be 400 MB if it were unpacked."""
    import tracemalloc

    side = 20_000
    rle = polygons_to_rle([[100, 100, 200, 100, 200, 300, 100, 300]], height=side, width=side)
    tracemalloc.start()
    assert trace_mask(rle, height=side, width=side) == [[100, 100, 200, 100, 200, 300, 100, 300]]
    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()

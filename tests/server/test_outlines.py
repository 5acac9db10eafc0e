"""Masks of an answer: exact while there is room, and never more than there is room for."""

from __future__ import annotations

import json

import numpy as np
from PIL import Image, ImageDraw

from snellen.formats.masks import polygons_to_rle, text_of, trace_mask
from snellen.server.outlines import MOST_NUMBERS, drawn_outlines

WIDTH, HEIGHT = 1600, 1200


def ragged(seed: int) -> str:
    """A disk whose edge is as ragged as noise makes it."""
    from hotcoco import mask

    shake = np.random.default_rng(seed)
    x, y = shake.uniform(300, 1300), shake.uniform(300, 900)
    far = np.hypot(*np.ogrid[-y : HEIGHT - y, -x : WIDTH - x])
    pixels = far + shake.normal(0, 4, far.shape) < 200
    return text_of(mask.encode(np.asfortranarray(pixels.astype(np.uint8))))


def filled(rings: list[list[int]]) -> np.ndarray:
    total = np.zeros((HEIGHT, WIDTH), dtype=bool)
    for ring in rings:
        one = Image.new("1", (WIDTH, HEIGHT))
        ImageDraw.Draw(one).polygon(list(zip(ring[::2], ring[1::2], strict=True)), fill=1)
        total ^= np.asarray(one)
    return total


def test_few_masks_are_exact_and_one_without_a_mask_stays_without() -> None:
    rle = polygons_to_rle([[10, 10, 60, 12, 40, 80]], height=100, width=100)
    whole, none = drawn_outlines([rle, None], height=100, width=100)
    assert whole == trace_mask(rle, height=100, width=100)
    assert none is None
    assert {type(side) for ring in whole or [] for side in ring} == {int}


def test_many_ragged_masks_have_room_and_still_look_as_they_are() -> None:
    rles = [ragged(seed) for seed in range(14)]
    exact = [trace_mask(rle, height=HEIGHT, width=WIDTH) for rle in rles]
    assert sum(len(ring) for rings in exact for ring in rings) > 2 * MOST_NUMBERS, "else all had room"
    found = drawn_outlines(rles, height=HEIGHT, width=WIDTH)
    assert sum(len(ring) for rings in found for ring in rings or []) <= MOST_NUMBERS
    assert len(json.dumps(found, separators=(",", ":"))) < 800_000
    for before, after in zip(exact, found, strict=True):
        disk, drawn = filled([[int(side) for side in ring] for ring in before]), filled(after or [])
        assert (disk & drawn).sum() / (disk | drawn).sum() > 0.9


def test_there_is_an_end_even_where_nothing_has_room() -> None:
    assert drawn_outlines([ragged(1)], height=HEIGHT, width=WIDTH, most=4) == [[]]

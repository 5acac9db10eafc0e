"""Splits that are made: by a seed, stratified, and the same for the same content."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snellen.errors import DatasetInvalid
from snellen.formats import Annotation, ImageRecord
from snellen.formats.files import split_of
from snellen.formats.keypoint_names import mirrored
from snellen.formats.options import ReadOptions
from snellen.formats.splits import Pair, divide


def image(n: int, content: int | None = None) -> ImageRecord:
    sha256 = hashlib.sha256(str(n if content is None else content).encode()).hexdigest()
    return ImageRecord(f"{n}.png", "", 10, 10, sha256, 1, "image/png", 1, "")


def pairs(classes: list[set[int]]) -> list[Pair]:
    return [(image(n), [Annotation.box(each, 0, 0, 1, 1) for each in sorted(of)]) for n, of in enumerate(classes)]


fractions = st.sampled_from([{"train": 0.8, "val": 0.2}, {"train": 0.7, "val": 0.2, "test": 0.1}])


@given(
    classes=st.lists(st.sets(st.integers(0, 3), max_size=3), min_size=3, max_size=60),
    parts=fractions,
    seed=st.integers(0, 9),
    shuffled=st.randoms(),
)
@settings(max_examples=200, deadline=None)
def test_every_image_gets_one_split_in_about_the_shares_asked_for(
    classes: list[set[int]], parts: dict[str, float], seed: int, shuffled: object
) -> None:
    given_pairs = pairs(classes)
    found = divide(given_pairs, parts, seed)
    chosen = {record.path: record.split for record, _ in found}
    assert chosen.keys() == {record.path for record, _ in given_pairs}
    counts = Counter(chosen.values())
    assert set(counts) == set(parts)
    for name, part in parts.items():
        assert abs(counts[name] - part * len(classes)) <= 2
    again = list(given_pairs)
    shuffled.shuffle(again)  # type: ignore[attr-defined]
    assert {record.path: record.split for record, _ in divide(again, parts, seed)} == chosen


def test_each_class_has_its_share_in_each_split() -> None:
    classes = [{0} for _ in range(100)] + [{1} for _ in range(20)] + [{0, 2} for _ in range(10)]
    found = divide(pairs(classes), {"train": 0.8, "val": 0.2}, 0)
    in_val = Counter(each.class_id for record, objects in found if record.split == "val" for each in objects)
    assert abs(in_val[1] - 4) <= 1
    assert abs(in_val[2] - 2) <= 1
    assert abs(in_val[0] - 22) <= 2


def test_files_of_the_same_bytes_stay_together() -> None:
    found = divide([(image(n, content=n // 5), []) for n in range(100)], {"train": 0.5, "val": 0.5}, 3)
    splits: dict[str, set[str]] = {}
    for record, _ in found:
        splits.setdefault(record.sha256, set()).add(record.split)
    assert all(len(each) == 1 for each in splits.values())
    assert {split for each in splits.values() for split in each} == {"train", "val"}


def test_another_seed_divides_otherwise() -> None:
    given_pairs = pairs([{n % 3} for n in range(50)])
    one, two = (divide(given_pairs, {"train": 0.5, "val": 0.5}, seed) for seed in (0, 1))
    assert one != two


@pytest.mark.parametrize(
    "wrong",
    [{"train": 0.8}, {"train": 0.8, "val": 0.3}, {"train": 1.0, "val": 0.0}, {"train": 0.5, "dev": 0.5}, {}],
)
def test_fractions_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(DatasetInvalid, match="expected fractions of train, val and test that sum to 1"):
        ReadOptions(split=wrong)


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train2017", "train"),
        ("instances_val2017", "val"),
        ("Valid", "val"),
        ("test-dev", ""),
        ("testing", "test"),
        ("train_val", ""),
        ("constrained", ""),
        ("images", ""),
    ],
)
def test_a_name_says_its_split_by_a_word(name: str, split: str) -> None:
    assert split_of(name) == split


@pytest.mark.parametrize(
    ("names", "flip"),
    [
        (["nose", "left_eye", "right_eye"], [0, 2, 1]),
        (["snout", "leftear", "rightear", "tailbase"], [0, 2, 1, 3]),
        (["L Shoulder", "R Shoulder"], [1, 0]),
        (["shoulder-right", "shoulder-left"], [1, 0]),
        (["a", "b"], None),
        (["left_eye", "nose"], None),
    ],
)
def test_what_a_mirror_does_to_keypoints_is_known_from_their_names(names: list[str], flip: list[int] | None) -> None:
    assert mirrored(names) == flip

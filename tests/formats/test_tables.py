"""Lists, statistics and comparisons of snapshots, against the same worked out in plain Python."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snellen.contract.tasks import Task
from snellen.formats import Annotation, DatasetContent, ImageRecord, Problem, Snapshot
from snellen.formats.compare import compare
from snellen.formats.content import image_frame, object_frame
from snellen.formats.listing import image_table, list_images
from snellen.formats.problems import problem_frame
from snellen.formats.snapshot import describe
from snellen.formats.statistics import POSITION_BINS, SIZE_BINS, statistics

CLASSES = ["cat", "dog", "cat toy"]
side = st.integers(1, 500)


@st.composite
def contents(draw: st.DrawFn) -> DatasetContent:
    names = draw(st.lists(st.sampled_from([f"{c}/{n}.png" for c in "Abc" for n in range(4)]), min_size=1, unique=True))
    found = []
    for name in names:
        width, height = draw(side), draw(side)
        image = ImageRecord(
            name, draw(st.sampled_from(["train", "val"])), width, height, draw(st.sampled_from(["0" * 64, "1" * 64])),
            10, "image/png", 1, "",
        )  # fmt: skip
        one = st.builds(
            Annotation.box,
            st.integers(0, 2),
            st.floats(0, 0.5).map(lambda part, width=width: part * width),
            st.floats(0, 0.5).map(lambda part, height=height: part * height),
            st.floats(0.01, 0.5).map(lambda part, width=width: part * width),
            st.floats(0.01, 0.5).map(lambda part, height=height: part * height),
        )
        found.append((image, draw(st.lists(one, max_size=4))))
    return DatasetContent.of(Task.DETECTION, CLASSES, found)


def snapshot_of(content: DatasetContent) -> Snapshot:
    return Snapshot(describe(content), image_frame(content.images), object_frame(content.objects))


@given(
    content=contents(),
    split=st.sampled_from([None, "train"]),
    class_id=st.sampled_from([None, 0, 2]),
    problem=st.sampled_from([None, "any", "odd"]),
    empty=st.sampled_from([None, True, False]),
    search=st.sampled_from([None, "a/", "3.P"]),
    sort=st.sampled_from(["path", "objects", "size"]),
    limit=st.integers(1, 4),
)
@settings(max_examples=150, deadline=None)
def test_pages_hold_what_passes_every_filter_once_and_in_order(content: DatasetContent, **wanted: Any) -> None:
    found = [Problem("warning", code, "x", content.images[0].path) for code in ("odd", "rare")]
    ids = {image.path: at for at, image in enumerate(content.images)}
    table = image_table(image_frame(content.images), object_frame(content.objects), problem_frame(found, ids))
    limit, rows, start = wanted.pop("limit"), [], 0
    while True:
        page = list_images(table, limit=limit, start=start, **wanted)
        rows += page.rows["path"].to_list()
        if page.following is None:
            break
        start = page.following
    expected = []
    for at, (image, objects) in enumerate(zip(content.images, content.objects, strict=True)):
        classes = {each.class_id for each in objects}
        if (
            wanted["split"] in (None, image.split)
            and (wanted["class_id"] is None or wanted["class_id"] in classes)
            and (wanted["problem"] is None or at == 0)
            and wanted["empty"] in (None, not objects)
            and (wanted["search"] or "").lower() in image.path.lower()
        ):
            key = {"path": 0, "objects": -len(objects), "size": -image.width * image.height}[wanted["sort"]]
            expected.append((key, at, image.path))
    assert rows == [path for _, _, path in sorted(expected)]
    assert page.total == len(expected)


@given(content=contents(), split=st.sampled_from([None, "val"]), class_id=st.sampled_from([None, 1]))
@settings(max_examples=100, deadline=None)
def test_statistics_count_what_there_is(content: DatasetContent, split: str | None, class_id: int | None) -> None:
    snapshot = snapshot_of(content)
    found = statistics(snapshot.images, snapshot.objects, CLASSES, split=split, class_id=class_id)
    chosen = [
        (image, [each for each in objects if class_id in (None, each.class_id)])
        for image, objects in zip(content.images, content.objects, strict=True)
        if split in (None, image.split)
    ]
    boxes = [(image, each) for image, objects in chosen for each in objects]
    assert (found.images, found.objects) == (len(chosen), len(boxes))
    assert found.background == sum(not objects for _, objects in chosen)
    for each in found.classes:
        assert each.objects == sum(box.class_id == each.class_id for _, box in boxes)
        assert each.images == sum(any(box.class_id == each.class_id for box in objects) for _, objects in chosen)
    edges = [*found.objects_per_image.edges, math.inf]
    assert found.objects_per_image.counts[-1] == 0  # so that the last bin with any has an end
    assert found.objects_per_image.counts == [
        sum(low <= len(objects) < high for _, objects in chosen) for low, high in pairwise(edges)
    ]
    assert Counter((s.width, s.height, s.images) for s in found.image_sizes) == Counter(
        (*size, count) for size, count in Counter((image.width, image.height) for image, _ in chosen).items()
    )
    assert found.positions is not None
    assert found.box_sizes is not None
    assert found.areas is not None
    places: Counter[tuple[int, int]] = Counter()
    for image, box in boxes:
        column, row = (box.x + box.w / 2) / image.width, (box.y + box.h / 2) / image.height
        places[
            min(int(row * POSITION_BINS), POSITION_BINS - 1), min(int(column * POSITION_BINS), POSITION_BINS - 1)
        ] += 1
    counted = {
        (row, column): count
        for row, line in enumerate(found.positions.counts)
        for column, count in enumerate(line)
        if count
    }
    assert sum(abs(counted.get(at, 0) - places[at]) for at in {*counted, *places}) <= 2  # the edge of a bin, rounded
    assert sum(map(sum, found.box_sizes.counts)) == len(boxes)
    assert len(found.box_sizes.edges) == SIZE_BINS + 1
    assert found.areas.small == sum(box.area < 1024 for _, box in boxes)
    assert found.areas.large == sum(box.area >= 9216 for _, box in boxes)


@pytest.mark.parametrize("search", ["CAFÉ", "cafe\N{COMBINING ACUTE ACCENT}", "ünï", "画像", "straße"])
def test_names_are_found_however_their_letters_are_written(search: str) -> None:
    import unicodedata

    for form in ("NFC", "NFD"):
        path = unicodedata.normalize(form, "Café/ÜNÏ 画像 Straße.png")
        image = ImageRecord(path, "train", 9, 9, "0" * 64, 1, "image/png", 1, "")
        snapshot = snapshot_of(DatasetContent.of(Task.DETECTION, ["cat"], [(image, [])]))
        table = image_table(snapshot.images, snapshot.objects, None)
        assert list_images(table, search=search).total == 1


def test_box_sizes_have_rows_of_height_and_columns_of_width() -> None:
    image = ImageRecord("a.png", "train", 100, 100, "0" * 64, 1, "image/png", 1, "")
    content = DatasetContent.of(Task.DETECTION, ["cat"], [(image, [Annotation.box(0, 0, 0, 100, 0.1)])])
    snapshot = snapshot_of(content)
    found = statistics(snapshot.images, snapshot.objects, ["cat"])
    assert found.box_sizes is not None
    assert found.box_sizes.counts[0][SIZE_BINS - 1] == 1


@given(base=contents(), head=contents())
@settings(max_examples=150, deadline=None)
def test_a_comparison_finds_every_difference_and_no_other(base: DatasetContent, head: DatasetContent) -> None:
    found = compare(snapshot_of(base), snapshot_of(head))
    left, right = ({i.path: (i, Counter(o)) for i, o in zip(c.images, c.objects, strict=True)} for c in (base, head))
    nothing: Counter[Annotation] = Counter()
    rows = {row["path"]: row for row in found.table.iter_rows(named=True)}
    for path in {*left, *right}:
        before, after = left.get(path), right.get(path)
        old, new = (before[1] if before else nothing), (after[1] if after else nothing)
        if before and after and old == new and before[0][1] == after[0][1] and before[0].sha256 == after[0].sha256:
            assert path not in rows
            continue
        row = rows.pop(path)
        assert row["change"] == ("added" if not before else "removed" if not after else "changed")
        assert (row["objects_added"], row["objects_removed"]) == ((new - old).total(), (old - new).total())
        if before and after:
            assert (row["file"], row["split"]) == (
                before[0].sha256 != after[0].sha256,
                before[0].split != after[0].split,
            )
    assert not rows
    assert found.images.added == len(right.keys() - left.keys())
    assert found.images.changed + found.images.unchanged == len(left.keys() & right.keys())


def test_classes_are_compared_by_name_and_keypoints_by_place() -> None:
    image = ImageRecord("a.png", "train", 100, 100, "0" * 64, 1, "image/png", 1, "")
    points = ((1.0, 2.0, 2), (0.0, 0.0, 0))
    one = Annotation(0, 1, 2, 3, 4, 12, keypoints=points)
    base = DatasetContent.of(Task.POSE, ["cat", "dog"], [(image, [one, one._replace(class_id=1)])])
    head = DatasetContent.of(
        Task.POSE, ["dog", "cow"], [(image, [one, one._replace(keypoints=(points[1], points[0]))])]
    )
    found = compare(snapshot_of(base), snapshot_of(head))
    assert (found.classes.added, found.classes.removed, found.classes.renumbered) == (["cow"], ["cat"], True)
    assert (found.objects.added, found.objects.removed) == (1, 1)  # a dog stayed as it was


def test_the_tables_survive_parquet(tmp_path: Path) -> None:
    image = ImageRecord("a.png", "train", 100, 100, "0" * 64, 1, "image/png", 1, "")
    objects = object_frame([[Annotation(0, 1, 2, 3, 4, 12, True, "abc", ((1.5, 2.0, 2),))]])
    for frame in (objects, image_frame([image]), object_frame([[]]), image_frame([])):
        frame.write_parquet(tmp_path / "x")
        assert pl.read_parquet(tmp_path / "x").equals(frame)

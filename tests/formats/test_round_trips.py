"""What is exported and imported again is the same snapshot: every format, every task."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hotcoco import mask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.stores import fetch_from

from snellen.contract.tasks import Task
from snellen.formats import Annotation, DatasetContent, Keypoints, load_snapshot, read_folder, save_snapshot
from snellen.formats.content import quantise
from snellen.formats.export import export_files, write_files
from snellen.formats.images import read_image
from snellen.formats.keypoint_names import mirrored
from snellen.formats.masks import measure_rle, text_of
from snellen.storage import Store, open_store

SIZES = ((64, 48), (37, 91), (20, 20))
CLASSES = ["cat", "개", "a dog: big"]
often = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pictures")
    paths = [folder / f"{n}.png" for n in range(len(SIZES))]
    for n, path in enumerate(paths):
        Image.new("RGB", SIZES[n], (n * 50, 0, 0)).save(path)
    return paths


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_store(str(tmp_path_factory.mktemp("store")))


@st.composite
def boxes(draw: st.DrawFn, width: int, height: int) -> tuple[float, float, float, float]:
    w, h = (max(1e-3, draw(st.floats(1e-3, 1)) * side) for side in (width, height))
    x, y = draw(st.floats(0, 1)) * (width - w), draw(st.floats(0, 1)) * (height - h)
    return quantise(x), quantise(y), quantise(w), quantise(h)


@st.composite
def masks(draw: st.DrawFn, width: int, height: int) -> str:
    """Anything: parts, holes, pixels that touch at their corners."""
    seed, share = draw(st.integers(0, 2**32 - 1)), draw(st.sampled_from([0.02, 0.3, 0.6, 1.0]))
    rng = np.random.default_rng(seed)
    scale = draw(st.sampled_from([1, 4]))
    coarse = rng.random((-(-height // scale), -(-width // scale))) < share
    pixels = np.kron(coarse, np.ones((scale, scale)))[:height, :width].astype(np.uint8)
    pixels[rng.integers(height), rng.integers(width)] = 1
    return text_of(mask.encode(np.asfortranarray(pixels)))


@st.composite
def annotations(draw: st.DrawFn, task: Task, width: int, height: int, keypoints: int, coco: bool) -> Annotation:
    class_id = draw(st.integers(0, len(CLASSES) - 1))
    box = draw(boxes(width, height))
    area = draw(st.floats(0.5, 1e5)) if coco else box[2] * box[3]
    crowd = coco and draw(st.booleans())
    if task is Task.SEGMENTATION:
        rle = draw(masks(width, height))
        if not coco:
            area, box = measure_rle(rle, height=height, width=width)
        return Annotation(class_id, *box, area, crowd, rle)
    points = None
    if task is Task.POSE:
        one = st.tuples(st.floats(0, width), st.floats(0, height), st.sampled_from([0, 1, 2]))
        drawn = draw(st.lists(one, min_size=keypoints, max_size=keypoints))
        points = tuple((quantise(x), quantise(y), v) if v else (0.0, 0.0, 0) for x, y, v in drawn)
    return Annotation(class_id, *box, area, crowd, None, points)


@st.composite
def keypoint_kinds(draw: st.DrawFn) -> Keypoints:
    names = draw(st.sampled_from([("nose",), ("left_eye", "right_eye", "nose"), ("a", "b", "c")]))
    flip = draw(st.sampled_from([mirrored(names), draw(st.permutations(range(len(names))))]))
    index = st.integers(0, len(names) - 1)
    skeleton = draw(st.none() | st.lists(st.tuples(index, index), min_size=1, max_size=3).map(tuple))
    sigma = st.floats(0.01, 0.5)
    sigmas = draw(st.none() | st.lists(sigma, min_size=len(names), max_size=len(names)).map(tuple))
    return Keypoints(names, None if flip is None else tuple(flip), skeleton, sigmas)


@st.composite
def contents(draw: st.DrawFn, task: Task, format: str) -> Callable[[list[Path]], DatasetContent]:
    keypoints = draw(keypoint_kinds()) if task is Task.POSE else None
    count = 0 if keypoints is None else len(keypoints.names)
    splits = ["train", "val", draw(st.sampled_from(["train", "val", "test"]))]
    folders = draw(st.sampled_from([["", "", ""], ["a/", "b/", "c/"], ["Ä/", "x y/", "x y/"]]))
    if task is Task.CLASSIFICATION:
        labels = [
            [Annotation.box(draw(st.integers(0, len(CLASSES) - 1)), 0.0, 0.0, float(w), float(h))] for w, h in SIZES
        ]
    else:
        labels = [
            draw(st.lists(annotations(task, *size, count, format == "coco"), max_size=4, unique=True)) for size in SIZES
        ]

    def make(pictures: list[Path]) -> DatasetContent:
        found = [
            (read_image(str(path), path=f"{folder}{path.name}", split=split)[0], objects)
            for path, folder, split, objects in zip(pictures, folders, splits, labels, strict=True)
        ]
        return DatasetContent.of(task, sorted(CLASSES), found, keypoints)

    return make


def reimported(content: DatasetContent, store: Store, format: str, folder: Path) -> tuple[str, str]:
    first = save_snapshot(content, store)
    shutil.rmtree(folder, ignore_errors=True)
    write_files(
        export_files(load_snapshot(store, first.hash), format),
        folder,
        fetch_from(store),
    )
    again = read_folder(folder, format="imagefolder" if content.task is Task.CLASSIFICATION else format)
    return first.hash, save_snapshot(again.content, store).hash


@pytest.mark.parametrize("task", [Task.DETECTION, Task.SEGMENTATION, Task.POSE, Task.CLASSIFICATION])
@given(data=st.data())
@often
def test_yolo(task: Task, data: st.DataObject, pictures: list[Path], store: Store, tmp_path: Path) -> None:
    content = data.draw(contents(task, "yolo"))(pictures)
    if task is Task.SEGMENTATION and not any(content.objects):
        return  # nothing says what it is
    first, second = reimported(content, store, "yolo", tmp_path / "out")
    assert first == second


@pytest.mark.parametrize("task", [Task.DETECTION, Task.SEGMENTATION, Task.POSE])
@given(data=st.data())
@often
def test_coco(task: Task, data: st.DataObject, pictures: list[Path], store: Store, tmp_path: Path) -> None:
    content = data.draw(contents(task, "coco"))(pictures)
    if task is not Task.DETECTION and not any(content.objects):
        return  # nothing says what it is
    first, second = reimported(content, store, "coco", tmp_path / "out")
    assert first == second

"""A folder per class: with splits, without, and what isn't one."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from snellen.contract.tasks import Task
from snellen.errors import DatasetInvalid
from snellen.formats import read_folder


def fill(folder: Path, counts: dict[str, int]) -> Path:
    for at, (place, count) in enumerate(counts.items()):
        (folder / place).mkdir(parents=True)
        for n in range(count):
            Image.new("RGB", (10, 8), (at * 20, n, 7)).save(folder / place / f"{n}.png")
    return folder


def test_the_class_is_the_folder_and_the_object_the_whole_image(tmp_path: Path) -> None:
    reading = read_folder(fill(tmp_path, {"train/강아지": 2, "train/cat": 3, "valid/강아지": 1, "valid/cat": 1}))
    assert reading.content.task is Task.CLASSIFICATION
    assert reading.content.class_names == ["cat", "강아지"]
    assert reading.report.images == {"train": 5, "val": 2}
    assert reading.report.objects == {"cat": 4, "강아지": 3}
    assert tuple(reading.content.objects[0][0][:6]) == (0, 0, 0, 10, 8, 80)


def test_without_splits_each_class_is_divided(tmp_path: Path) -> None:
    reading = read_folder(fill(tmp_path / "pets", {"cat": 20, "dog": 10}))
    assert reading.report.images == {"train": 24, "val": 6}
    val = [image.path.split("/")[0] for image in reading.content.images if image.split == "val"]
    assert (val.count("cat"), val.count("dog")) == (4, 2)


def test_train_alone_gives_some_to_val(tmp_path: Path) -> None:
    reading = read_folder(fill(tmp_path, {"train/cat": 10, "train/dog": 10, "test/cat": 1}))
    assert reading.report.images == {"train": 16, "val": 4, "test": 1}
    assert {warning.code for warning in reading.warnings} == {"split_missing"}


def test_a_class_that_a_split_lacks_is_told(tmp_path: Path) -> None:
    reading = read_folder(fill(tmp_path, {"train/cat": 2, "train/dog": 2, "val/cat": 1}))
    assert [warning.code for warning in reading.warnings] == ["class_missing"]


def test_an_archives_single_folder_is_entered(tmp_path: Path) -> None:
    fill(tmp_path / "outer/pets", {"train/cat": 2, "val/cat": 1})
    (tmp_path / "__MACOSX").mkdir()
    assert read_folder(tmp_path).report.images == {"train": 2, "val": 1}


def test_a_stray_file_beside_the_folder_of_an_archive_hides_nothing(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outer = tmp_path_factory.mktemp("outer")
    folder.rename(outer / "data")
    (outer / "big.bin").write_bytes(b"x")
    assert read_folder(outer).report.format == "yolo"


@pytest.mark.parametrize("task", ["detection", "segmentation", "pose"])
def test_it_is_for_classification_alone(tmp_path: Path, task: str) -> None:
    with pytest.raises(DatasetInvalid, match="for classification"):
        read_folder(fill(tmp_path, {"train/cat": 2, "val/cat": 1}), task=task)


def test_images_and_labels_are_no_classes(tmp_path: Path) -> None:
    fill(tmp_path, {"images": 2, "labels": 0})
    with pytest.raises(DatasetInvalid, match=r"expected a data\.yaml .* it holds images, labels"):
        read_folder(tmp_path)


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetInvalid, match="it is empty"):
        read_folder(tmp_path)

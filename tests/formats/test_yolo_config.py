"""``data.yaml`` and lists of images: every way of writing them, and every way of getting them wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from snellen.errors import DatasetInvalid
from snellen.formats import read_folder


def problems(folder: Path) -> list[dict[str, Any]]:
    with pytest.raises(DatasetInvalid) as refused:
        read_folder(folder)
    return refused.value.problems


@pytest.mark.parametrize(
    ("config", "code", "line"),
    [
        ("train: images/train\nval: images/nowhere\nnames: [cat, dog]\n", "missing", 2),
        ("train: images/train\nval: ../elsewhere\nnames: [cat, dog]\n", "outside", 2),
        ("train: images/train\nval: /etc\nnames: [cat, dog]\n", "outside", 2),
        ("path: /nowhere\ntrain: a\nval: b\nnames: [cat, dog]\n", "path", 1),
        ("val: images/val\nnames: [cat, dog]\n", "split_missing", None),
        ("train: images/train\nval: images/val\n", "names", None),
        ("train: images/train\nval: images/val\nnames: {0: cat, 2: dog}\n", "names", 3),
        ("train: images/train\nval: images/val\nnc: 3\nnames: [cat, dog]\n", "nc", 3),
        ("train: images/train\nval: images/val\nkpt_shape: [4, 5]\nnames: [cat, dog]\n", "kpt_shape", 3),
        (
            "train: images/train\nval: images/val\nkpt_shape: [2, 3]\nkpt_oks_sigmas: [0.1, 0]\nnames: [cat, dog]\n",
            "sigmas",
            4,
        ),
        (
            "train: images/train\nval: images/val\nkpt_shape: [2, 3]\nflip_idx: [0, 0]\nnames: [cat, dog]\n",
            "flip_idx",
            4,
        ),
        ("train: images/train\nval: images/val\nnames: [[cat], dog]\n", "names", 3),
        ("train: images/train\nval: images/val\nnames: [cat, '']\n", "names", 3),
        ('train: images/train\nval: images/val\nnames: [cat, "\\ud800"]\n', "names", 3),
        ("train: images/train\nval: 5\nnames: [cat, dog]\n", "missing", 2),
        ("train: images/train\nval: images/val/a.png\nnames: [cat, dog]\n", "missing", 2),
        ('train: images/train\nval: "images\\0val"\nnames: [cat, dog]\n', "missing", 2),
        ("train: images/train\nval: images/" + "v" * 5000 + "\nnames: [cat, dog]\n", "missing", 2),
        ("train: [\n", "yaml", 2),
        ("[" * 20_000, "yaml", None),
        ("just text", "yaml", 1),
    ],
)
def test_what_is_wrong_with_the_configuration_is_named_with_its_line(
    folder: Path, config: str, code: str, line: int | None
) -> None:
    (folder / "data.yaml").write_text(config)
    found = problems(folder)
    assert (code, "data.yaml", line) in {(p["code"], p["file"], p["line"]) for p in found}


def test_an_empty_validation_split_is_an_error(folder: Path) -> None:
    (folder / "images/val/a.png").unlink()
    (found,) = problems(folder)
    assert (found["code"], found["line"]) == ("split_empty", 2)


def test_a_listed_image_that_is_missing_is_named_with_its_line(folder: Path) -> None:
    (folder / "val.txt").write_text("./images/val/a.png\n./images/val/gone.png\n")
    (folder / "data.yaml").write_text("train: images/train\nval: val.txt\nnames: [cat, dog]\n")
    (found,) = problems(folder)
    assert (found["code"], found["file"], found["line"]) == ("image_missing", "val.txt", 2)


@pytest.mark.parametrize(
    "config",
    [
        "train: images/train\nval: images/val\nnames:\n  0: cat\n  1: dog\n",
        "path: .\ntrain: [images/train]\nval: images/val/\nnames: [cat, dog]\n",
        "path: ../datasets/gone\ntrain: images/train\nval: images/val\nnames: [cat, dog]\n",
        "train: train.txt\nval: images/val\nnc: 2\nnames: [cat, dog]\ndownload: https://example.org/x.zip\n",
        "path: {folder}\ntrain: images/train\nval: images/val\nnames: [cat, dog]\n",
        "path: images\ntrain: train\nvalidation: val\nnames: {{'0': cat, '1': dog}}\nnc: '2'\n",
        "train: ../images/train\nval: ../images/val\nnames: [cat, dog]\n",
        "\ufefftrain: images/train\r\nval: images/val\r\nnames: [cat, dog]\r\n",
    ],
)
def test_the_ways_of_writing_a_configuration_mean_the_same(folder: Path, config: str) -> None:
    before = read_folder(folder).content
    (folder / "train.txt").write_text("./images/train/a.png\n")
    (folder / "data.yaml").write_bytes(config.format(folder=folder).encode())
    after = read_folder(folder).content
    assert (after.class_names, after.objects) == (before.class_names, before.objects)
    assert [i.path for i in after.images] == [i.path for i in before.images]


def test_a_configuration_in_another_encoding_is_told(folder: Path) -> None:
    (folder / "data.yaml").write_bytes("train: a\nval: b\nnames: [été]\n".encode("latin-1"))
    (found,) = problems(folder)
    assert (found["code"], found["file"]) == ("yaml", "data.yaml")


def test_a_list_in_another_encoding_is_told(folder: Path) -> None:
    (folder / "val.txt").write_text("./images/val/a.png\n", encoding="utf-16")
    (folder / "data.yaml").write_text("train: images/train\nval: val.txt\nnames: [cat, dog]\n")
    (found,) = problems(folder)
    assert (found["code"], found["file"]) == ("list_unreadable", "val.txt")


def test_a_listed_image_outside_the_dataset_is_named_with_its_line(folder: Path) -> None:
    outside = folder.parent / f"{folder.name}-outside.png"
    Image.new("L", (9, 9)).save(outside)
    (folder / "val.txt").write_text(f"\n{outside}\n")
    (folder / "data.yaml").write_text("train: images/train\nval: val.txt\nnames: [cat, dog]\n")
    (found,) = problems(folder)
    assert (found["code"], found["file"], found["line"]) == ("outside", "val.txt", 2)


def test_a_folder_that_is_a_link_out_of_the_dataset_is_refused(folder: Path) -> None:
    outside = folder.parent / f"{folder.name}-outside"
    (folder / "images/val").rename(outside)
    (folder / "images/val").symlink_to(outside)
    assert "outside" in {p["code"] for p in problems(folder)}


def test_what_was_trained_on_can_not_validate(folder: Path) -> None:
    (folder / "data.yaml").write_text("train: images\nval: images/val\nnames: [cat, dog]\n")
    (found,) = problems(folder)
    assert (found["code"], found["line"]) == ("split_overlap", 2)
    assert "images/val/a.png" in found["message"]


def test_a_test_split_that_is_the_validation_split_gives_way(folder: Path) -> None:
    (folder / "data.yaml").write_text("train: images/train\nval: images/val\ntest: images/val\nnames: [cat, dog]\n")
    reading = read_folder(folder)
    assert reading.report.images == {"train": 1, "val": 1}
    assert [w.code for w in reading.warnings] == ["split_overlap"]


def test_an_empty_test_split_is_only_odd(folder: Path) -> None:
    (folder / "images/test").mkdir()
    (folder / "data.yaml").write_text("train: images/train\nval: images/val\ntest: images/test\nnames: [cat, dog]\n")
    assert [w.code for w in read_folder(folder).warnings] == ["split_empty"]


def test_classes_of_one_name_are_odd(folder: Path) -> None:
    (folder / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [cat, cat]\n")
    assert [w.code for w in read_folder(folder).warnings] == ["names_repeated"]


def test_a_configuration_may_have_another_name(folder: Path) -> None:
    (folder / "data.yaml").rename(folder / "cats.yml")
    (folder / "other.yaml").write_text("a: b\n")
    assert read_folder(folder).content.class_names == ["cat", "dog"]


def test_nothing_in_a_configuration_is_run(folder: Path) -> None:
    flag = folder / "ran"
    (folder / "data.yaml").write_text(f'names: !!python/object/apply:os.system ["touch {flag}"]\n')
    (found,) = problems(folder)
    assert found["code"] == "yaml"
    assert not flag.exists()

"""Reading Ultralytics YOLO folders: what is right is read exactly, what is wrong is named with file and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from snellen.errors import DatasetInvalid
from snellen.formats import read_folder
from snellen.formats.content import Box

CONFIG = "train: images/train\nval: images/val\nnames: [cat, dog]\n"


def picture(path: Path, size: tuple[int, int] = (100, 50), colour: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (colour, 0, 0)).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One image a split, one box each."""
    for n, split in enumerate(("train", "val")):
        picture(tmp_path / f"images/{split}/a.png", colour=n * 90)
        label = tmp_path / f"labels/{split}/a.txt"
        label.parent.mkdir(parents=True)
        label.write_text("1 0.5 0.5 0.2 0.4\n")
    (tmp_path / "data.yaml").write_text(CONFIG)
    return tmp_path


def problems(folder: Path) -> list[dict[str, Any]]:
    with pytest.raises(DatasetInvalid) as refused:
        read_folder(folder)
    return refused.value.problems


def test_boxes_are_pixels_from_the_top_left(folder: Path) -> None:
    content = read_folder(folder).content
    assert [i.path for i in content.images] == ["images/train/a.png", "images/val/a.png"]
    assert [i.split for i in content.images] == ["train", "val"]
    assert content.objects[0] == [Box(1, 40.0, 15.0, 20.0, 20.0)]
    assert content.class_names == ["cat", "dog"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("2 0.5 0.5 0.2 0.2", "class_unknown"),
        ("-1 0.5 0.5 0.2 0.2", "class_unknown"),
        ("0.5 0.5 0.5 0.2 0.2", "class_unknown"),
        ("0 1.5 0.5 0.2 0.2", "box_range"),
        ("0 0.5 0.5 20 20", "box_range"),
        ("0 0.5 0.5 -0.2 0.2", "box_range"),
        ("0 0.5 0.5 0.2", "label_fields"),
        ("0 0.1 0.1 0.2 0.1 0.2 0.2", "label_fields"),
        ("0 nan 0.5 0.2 0.2", "label_number"),
        ("0 x 0.5 0.2 0.2", "label_number"),
    ],
)
def test_a_wrong_label_is_named_with_file_and_line(folder: Path, line: str, code: str) -> None:
    (folder / "labels/val/a.txt").write_text(f"0 0.5 0.5 0.1 0.1\n\n{line}\n")
    (found,) = problems(folder)
    assert (found["code"], found["file"], found["line"]) == (code, "labels/val/a.txt", 3)


def test_all_errors_are_told_at_once(folder: Path) -> None:
    (folder / "labels/val/a.txt").write_text("9 0.5 0.5 0.1 0.1\n" * 150)
    (folder / "images/train/a.png").write_bytes(b"no image")
    assert len(problems(folder)) == 151


def truncated(path: Path) -> None:
    Image.effect_noise((200, 200), 90).convert("RGB").save(path.with_suffix(".jpg"), quality=95)
    data = path.with_suffix(".jpg").read_bytes()
    path.unlink()
    path.with_suffix(".jpg").write_bytes(data[: len(data) // 2])


@pytest.mark.parametrize("spoil", [lambda p: p.write_bytes(b""), lambda p: p.write_text("<svg/>"), truncated])
def test_an_image_that_does_not_decode_is_an_error(folder: Path, spoil: Callable[[Path], object]) -> None:
    spoil(folder / "images/val/a.png")
    (found,) = problems(folder)
    assert found["code"] == "image_unreadable"
    assert found["file"].startswith("images/val/a.")


@pytest.mark.parametrize(
    ("config", "code", "line"),
    [
        ("train: images/train\nval: images/nowhere\nnames: [cat, dog]\n", "missing", 2),
        ("train: images/train\nval: ../elsewhere\nnames: [cat, dog]\n", "outside", 2),
        ("train: images/train\nval: /etc\nnames: [cat, dog]\n", "outside", 2),
        ("path: /nowhere\ntrain: a\nval: b\nnames: [cat, dog]\n", "path", 1),
        ("train: images/train\nnames: [cat, dog]\n", "split_missing", None),
        ("train: images/train\nval: images/val\n", "names", None),
        ("train: images/train\nval: images/val\nnames: {0: cat, 2: dog}\n", "names", 3),
        ("train: images/train\nval: images/val\nnc: 3\nnames: [cat, dog]\n", "nc", 3),
        ("train: images/train\nval: images/val\nkpt_shape: [4, 3]\nnames: [cat, dog]\n", "task", 3),
        ("train: [\n", "yaml", 2),
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
    (folder / "data.yaml").write_text(CONFIG.replace("val: images/val", "val: val.txt"))
    (found,) = problems(folder)
    assert (found["code"], found["file"], found["line"]) == ("image_missing", "val.txt", 2)


@pytest.mark.parametrize(
    "config",
    [
        "train: images/train\nval: images/val\nnames:\n  0: cat\n  1: dog\n",
        "path: .\ntrain: [images/train]\nval: images/val/\nnames: [cat, dog]\n",
        "path: ../datasets/gone\ntrain: images/train\nval: images/val\nnames: [cat, dog]\n",
        "train: train.txt\nval: images/val\nnc: 2\nnames: [cat, dog]\ndownload: https://example.org/x.zip\n",
    ],
)
def test_the_ways_of_writing_a_configuration_mean_the_same(folder: Path, config: str) -> None:
    before = read_folder(folder).content
    (folder / "train.txt").write_text("./images/train/a.png\n")
    (folder / "data.yaml").write_text(config)
    after = read_folder(folder).content
    assert (after.class_names, after.objects) == (before.class_names, before.objects)
    assert [i.path for i in after.images] == [i.path for i in before.images]


def test_windows_line_ends_a_byte_order_mark_and_other_alphabets_are_fine(folder: Path) -> None:
    picture(folder / "images/val/사진 하나.png", colour=7)
    label = folder / "labels/val/사진 하나.txt"
    label.write_bytes(b"\xef\xbb\xbf0 0.5 0.5 0.2 0.4\r\n1 0.5 0.5 0.1 0.1\r\n")
    content = read_folder(folder).content
    assert len(content.objects[[i.path for i in content.images].index("images/val/사진 하나.png")]) == 2


def test_what_is_odd_is_a_warning(folder: Path) -> None:
    (folder / "labels/val/a.txt").write_text(
        "0 0.5 0.5 0.1 0.1\n0 0.5 0.5 0.1 0.1\n0 0.5 0.5 0 0.1\n0 0.95 0.5 0.2 0.1\n"
    )
    (folder / "labels/val/ghost.txt").write_text("")
    picture(folder / "images/val/b.png", colour=0)
    reading = read_folder(folder)
    found = {(w.code, w.file, w.line) for w in reading.warnings}
    assert found == {
        ("box_repeated", "labels/val/a.txt", 2),
        ("box_empty", "labels/val/a.txt", 3),
        ("box_clipped", "labels/val/a.txt", 4),
        ("label_without_image", "labels/val/ghost.txt", None),
        ("image_unlabelled", "images/val/b.png", None),
        ("image_repeated", "images/val/b.png", None),
    }
    assert any("leaks from train to val" in w.message for w in reading.warnings)
    assert [b.w for b in reading.content.objects[1]] == [10.0, 15.0]


def test_exif_rotation_turns_width_and_height(folder: Path) -> None:
    image = Image.new("RGB", (80, 40))
    exif = image.getexif()
    exif[0x0112] = 8
    image.save(folder / "images/val/turned.jpg", exif=exif)
    found = next(i for i in read_folder(folder).content.images if i.path.endswith("turned.jpg"))
    assert (found.width, found.height, found.orientation) == (40, 80, 8)


def test_sixteen_bit_grey_and_palette_images_are_read(folder: Path) -> None:
    Image.new("I;16", (10, 10)).save(folder / "images/val/deep.png")
    Image.new("P", (10, 10)).save(folder / "images/val/palette.png")
    Image.new("CMYK", (10, 10)).save(folder / "images/val/ink.jpg")
    assert len(read_folder(folder).content.images) == 5


def test_a_folder_without_a_configuration_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(DatasetInvalid, match=r"data\.yaml"):
        read_folder(tmp_path)

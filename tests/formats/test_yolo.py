"""Reading Ultralytics YOLO folders: what is right is read exactly, what is wrong is named with file and line."""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.stores import fetch_from

from snellen.errors import DatasetInvalid
from snellen.formats import DatasetReport, SplitReport, load_snapshot, read_folder, save_snapshot
from snellen.formats.content import Annotation
from snellen.formats.export_yolo import export_yolo
from snellen.formats.snapshot import content_hash
from snellen.storage import open_store


def picture(path: Path, size: tuple[int, int] = (100, 50), colour: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (colour, 0, 0)).save(path)


def problems(folder: Path) -> list[dict[str, Any]]:
    with pytest.raises(DatasetInvalid) as refused:
        read_folder(folder)
    return refused.value.problems


def test_boxes_are_pixels_from_the_top_left(folder: Path) -> None:
    content = read_folder(folder).content
    assert [i.path for i in content.images] == ["images/train/a.png", "images/val/a.png"]
    assert [i.split for i in content.images] == ["train", "val"]
    assert content.objects[0] == [Annotation.box(1, 40.0, 15.0, 20.0, 20.0)]
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
        ("0 0.1 0.1 0.2 0.1 0.2 0.2", "label_mixed"),
        ("0 nan 0.5 0.2 0.2", "label_number"),
        ("0 x 0.5 0.2 0.2", "label_number"),
    ],
)
def test_a_wrong_label_is_named_with_file_and_line(folder: Path, line: str, code: str) -> None:
    (folder / "labels/val/a.txt").write_text(f"0 0.5 0.5 0.1 0.1\n\n{line}\n")
    (found,) = problems(folder)
    assert (found["code"], found["file"], found["line"]) == (code, "labels/val/a.txt", 3)


def test_all_errors_are_told_at_once_and_counted(folder: Path) -> None:
    (folder / "labels/val/a.txt").write_text("9 0.5 0.5 0.1 0.1\n" * 150)
    (folder / "images/train/a.png").write_bytes(b"no image")
    with pytest.raises(DatasetInvalid, match=r"^images/train/a\.png: is no picture.*\(151 errors in all\)$") as refused:
        read_folder(folder)
    assert len(refused.value.problems) == 151


def test_a_hopeless_dataset_does_not_fill_the_memory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snellen.formats.problems.KEPT", 20)
    (folder / "labels/val/a.txt").write_text("9 0.5 0.5 0.1 0.1\n" * 150)
    with pytest.raises(DatasetInvalid, match=r"150 errors in all") as refused:
        read_folder(folder)
    assert len(refused.value.problems) == 20


def test_boxes_among_polygons_are_named_unless_the_task_is_said(folder: Path) -> None:
    (folder / "labels/val/a.txt").write_text("0 0.1 0.1 0.2 0.1 0.2 0.2\n0 0.5 0.1 0.6 0.1 0.6 0.2\n")
    (found,) = problems(folder)
    assert (found["code"], found["file"], found["line"]) == ("label_mixed", "labels/train/a.txt", 1)
    boxes = read_folder(folder, task="detection").content.objects
    assert [len(objects) for objects in boxes] == [1, 2]
    with pytest.raises(DatasetInvalid, match="segmentation needs a polygon for each object"):
        read_folder(folder, task="segmentation")


def test_a_split_without_a_folder_of_labels_is_an_error(folder: Path) -> None:
    shutil.rmtree(folder / "labels/val")
    (found,) = problems(folder)
    assert (found["code"], found["file"]) == ("labels_missing", "labels/val")


def test_a_folder_named_images_above_the_dataset_does_not_matter(tmp_path: Path) -> None:
    folder = tmp_path / "images" / "mine"
    for n, split in enumerate(("train", "val")):
        picture(folder / split / "a.png", colour=n * 90)
        (folder / split / "a.txt").write_text("1 0.5 0.5 0.2 0.4\n")
    (folder / "data.yaml").write_text("train: train\nval: val\nnames: [cat, dog]\n")
    assert [len(boxes) for boxes in read_folder(folder).content.objects] == [1, 1]


@pytest.mark.parametrize("content", ['{"images/val/a.png": "../../x"}', '{"images/val/a.png": 3}', "[", "[]"])
def test_a_path_map_that_is_none_is_not_used(folder: Path, content: str) -> None:
    (folder / "path_map.json").write_text(content)
    reading = read_folder(folder)
    assert [i.path for i in reading.content.images] == ["images/train/a.png", "images/val/a.png"]
    assert [w.code for w in reading.warnings] == ["path_map"]


def test_a_path_map_can_not_give_two_images_one_path(folder: Path) -> None:
    (folder / "path_map.json").write_text('{"images/val/a.png": "images/train/a.png"}')
    (found,) = problems(folder)
    assert found["code"] == "path_repeated"


def test_a_name_that_is_no_utf_8_is_told(folder: Path) -> None:
    bad = os.fsencode(str(folder / "images/val")) + b"/\xff.png"
    os.rename(os.fsencode(str(folder / "images/val/a.png")), bad)
    (found,) = problems(folder)
    assert (found["code"], found["file"]) == ("image_name", "images/val/?.png")


def test_the_report_counts_what_was_found(folder: Path) -> None:
    picture(folder / "images/val/b.png", (300, 20), colour=5)
    (folder / "images/val/film.gif").write_bytes(b"GIF89a")
    (folder / "labels/val/a.txt").write_text("0 0.5 0.5 0.1 0.1\n1 0.2 0.2 0.1 0.1\n")
    reading = read_folder(folder)
    assert reading.report == DatasetReport(
        format="yolo",
        images={"train": 1, "val": 2},
        background=1,
        objects={"cat": 1, "dog": 2},
        sizes={"width": (100, 300), "height": (20, 50)},
        problems={"image_unlabelled": 1, "file_ignored": 1},
        split=SplitReport(given=True),
    )


def test_progress_counts_every_image(folder: Path) -> None:
    steps: list[tuple[int, int]] = []
    read_folder(folder, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(1, 2), (2, 2)]


def test_a_picture_that_claims_to_be_enormous_is_refused_unread(folder: Path) -> None:
    data = bytearray((folder / "images/val/a.png").read_bytes())
    data[16:24] = (60_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    (folder / "images/val/a.png").write_bytes(data)
    (found,) = problems(folder)
    assert found["code"] == "image_unreadable"
    assert "pixels" in found["message"]


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
        ("image_leaked", "images/val/b.png", None),
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


def test_an_empty_label_file_is_background_and_nothing_odd(folder: Path) -> None:
    for text in ("", "\n\n", "\ufeff"):
        (folder / "labels/val/a.txt").write_text(text, encoding="utf-8")
        reading = read_folder(folder)
        assert (reading.report.background, reading.warnings) == (1, [])


def test_two_files_that_differ_by_case_are_two_images_and_survive_an_export(folder: Path, tmp_path: Path) -> None:
    picture(folder / "images/val/A.png", colour=33)
    (folder / "labels/val/A.txt").write_text("0 0.25 0.5 0.2 0.4\n")
    reading = read_folder(folder)
    assert [(warning.code, warning.file) for warning in reading.warnings] == [("path_case", "images/val/a.png")]
    store = open_store(str(tmp_path / "store"), create=True)
    info = save_snapshot(reading.content, store)
    export_yolo(
        load_snapshot(store, info.hash),
        tmp_path / "out",
        fetch_from(store),
    )
    names = [path.name.lower() for path in (tmp_path / "out/images/val").iterdir()]
    assert len(set(names)) == 2  # also where a file system knows no case
    assert content_hash(read_folder(tmp_path / "out").content) == info.hash


def test_keypoints_with_two_numbers_are_visible_unless_at_the_origin(folder: Path) -> None:
    config = (
        "train: images/train\nval: images/val\nnames: [cat, dog]\nkpt_shape: [3, 2]\nkpt_names: [nose, left, right]\n"
    )
    (folder / "data.yaml").write_text(config)
    for split in ("train", "val"):
        (folder / f"labels/{split}/a.txt").write_text("1 0.5 0.5 0.2 0.4 0.5 0.5 0 0 -0.1 0.2\n")
    content = read_folder(folder).content
    assert content.objects[0][0].keypoints == ((50, 25, 2), (0, 0, 0), (0, 0, 0))
    assert content.keypoints is not None
    assert content.keypoints.flip_idx == (0, 2, 1)


def test_a_keypoint_outside_its_image_is_not_labelled_and_told(folder: Path) -> None:
    (folder / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [cat, dog]\nkpt_shape: [1, 3]\n")
    for split in ("train", "val"):
        (folder / f"labels/{split}/a.txt").write_text("1 0.5 0.5 0.2 0.4 1.2 0.5 2\n")
    reading = read_folder(folder)
    assert {warning.code for warning in reading.warnings} == {"keypoint_outside"}
    assert reading.content.objects[0][0].keypoints == ((0, 0, 0),)

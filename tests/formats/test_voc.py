"""Reading Pascal VOC: boxes as edges, the challenge's own files by its own rule, mistakes with file and line."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.stores import fetch_from

from snellen.errors import DatasetInvalid
from snellen.formats import load_snapshot, read_folder, save_snapshot
from snellen.formats.export import export_files, write_files
from snellen.formats.snapshot import content_hash
from snellen.storage import open_store


def box(name: str = "cat", edges: tuple[Any, ...] = (10, 5, 30, 25), more: str = "") -> str:
    sides = "".join(
        f"<{side}>{value}</{side}>" for side, value in zip(("xmin", "ymin", "xmax", "ymax"), edges, strict=True)
    )
    part = "<part><name>ear</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part>"
    return f"<object>\n<name>{name}</name>{more}<bndbox>{sides}</bndbox>{part}</object>\n"


def xml(objects: str, *, size: tuple[int, int] = (40, 30), head: str = "", name: str = "a.png") -> str:
    sizes = f"<size><width>{size[0]}</width><height>{size[1]}</height><depth>3</depth></size>"
    return f"<annotation>\n{head}<filename>{name}</filename>{sizes}\n{objects}</annotation>"


@pytest.fixture
def voc(tmp_path: Path) -> Path:
    """Two pictures with an XML file each, in the challenge's folders."""
    for place in ("Annotations", "JPEGImages", "ImageSets/Main"):
        (tmp_path / place).mkdir(parents=True)
    for n, name in enumerate(("a", "b")):
        Image.new("RGB", (40, 30), (n * 90, 0, 0)).save(tmp_path / f"JPEGImages/{name}.png")
        (tmp_path / f"Annotations/{name}.xml").write_text(xml(box() + box("dog", (0, 0, 4, 4))))
    (tmp_path / "ImageSets/Main/train.txt").write_text("a\n")
    (tmp_path / "ImageSets/Main/val.txt").write_text("b\r\n")
    return tmp_path


def problems(folder: Path) -> list[dict[str, Any]]:
    with pytest.raises(DatasetInvalid) as refused:
        read_folder(folder)
    return refused.value.problems


def test_edges_are_boxes_and_names_are_classes_in_order(voc: Path) -> None:
    reading = read_folder(voc)
    assert reading.report.format == "voc"
    assert reading.report.images == {"train": 1, "val": 1}
    assert reading.report.objects == {"cat": 2, "dog": 2}
    assert [tuple(each[:5]) for each in reading.content.objects[0]] == [(0, 10, 5, 20, 20), (1, 0, 0, 4, 4)]
    assert reading.warnings == []


def test_in_the_challenges_own_files_pixels_count_from_one(voc: Path) -> None:
    head = "<source><database>The VOC2007 Database</database><annotation>PASCAL VOC2007</annotation></source>"
    (voc / "Annotations/a.xml").write_text(xml(box(edges=(1, 1, 40, 30)), head=head))
    assert tuple(read_folder(voc).content.objects[0][0][1:5]) == (0, 0, 40, 30)


@pytest.mark.parametrize("format", ["yolo", "coco"])
def test_an_import_survives_a_detour_over_other_formats(voc: Path, tmp_path: Path, format: str) -> None:
    store = open_store(str(tmp_path / "store"), create=True)
    info = save_snapshot(read_folder(voc).content, store)
    write_files(
        export_files(load_snapshot(store, info.hash), format),
        tmp_path / "out",
        fetch_from(store),
    )
    assert content_hash(read_folder(tmp_path / "out").content) == info.hash


@pytest.mark.parametrize(
    ("objects", "code", "line"),
    [
        (box(edges=(30, 5, 10, 25)), "box_range", 3),
        (box(edges=("x", 5, 10, 25)), "box_range", 3),
        (box(edges=("nan", 5, 10, 25)), "box_range", 3),
        (box() + box(name=" "), "class_unknown", 5),
        ("<object>", "xml", 3),
    ],
)
def test_what_is_wrong_is_named_with_its_line(voc: Path, objects: str, code: str, line: int) -> None:
    (voc / "Annotations/a.xml").write_text(xml(objects))
    (found,) = problems(voc)
    assert (found["code"], found["file"], found["line"]) == (code, "Annotations/a.xml", line)


def test_entities_are_not_read(voc: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]>'
    (voc / "Annotations/a.xml").write_text(bomb + xml(box(name="&b;")))
    (found,) = problems(voc)
    assert found["code"] == "xml"
    assert "entities" in found["message"]


def test_what_is_odd_is_a_warning(voc: Path) -> None:
    odd = box(edges=(30, 20, 60, 25)) + box() + box() + box(edges=(5, 5, 5, 9), more="<difficult>1</difficult>")
    (voc / "Annotations/a.xml").write_text(xml(odd, size=(400, 300)))
    (voc / "Annotations/ghost.xml").write_text(xml(box(), name="ghost.png"))
    found = sorted(warning.code for warning in read_folder(voc).warnings)
    assert found == ["box_clipped", "box_empty", "box_repeated", "difficult", "image_size", "label_without_image"]


def test_without_lists_a_folder_says_the_split(voc: Path) -> None:
    shutil.rmtree(voc / "ImageSets")
    for name, split in (("a", "train"), ("b", "valid")):
        (voc / split).mkdir()
        for place, suffix in (("JPEGImages", "png"), ("Annotations", "xml")):
            (voc / place / f"{name}.{suffix}").rename(voc / split / f"{name}.{suffix}")
    assert read_folder(voc).report.images == {"train": 1, "val": 1}


def test_a_picture_without_xml_is_background_and_one_in_no_list_is_left_out(voc: Path) -> None:
    for n, name in enumerate(("c", "d")):
        Image.new("RGB", (40, 30), (0, 99, n)).save(voc / f"JPEGImages/{name}.png")
    (voc / "Annotations/d.xml").write_text(xml(box(), name="d.png"))
    (voc / "ImageSets/Main/train.txt").write_text("a\nc\n")
    reading = read_folder(voc)
    assert reading.report.background == 1
    assert sorted(warning.code for warning in reading.warnings) == ["image_unlabelled", "image_unlisted"]


def test_two_pictures_of_one_name_are_not_guessed(voc: Path) -> None:
    for place in ("x", "y"):
        (voc / place).mkdir()
        shutil.copy(voc / "JPEGImages/a.png", voc / place / "a.png")
    (voc / "JPEGImages/a.png").unlink()
    assert [problem["code"] for problem in problems(voc)] == ["image_ambiguous"]

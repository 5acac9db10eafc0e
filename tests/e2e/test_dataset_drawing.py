"""What is annotated is drawn over the picture: masks, keypoints, classes; pictures as they are to be seen."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
ImportZip = Callable[[Path, str], dict[str, Any]]


def write_coco(path: Path, drawn: Any, category: dict[str, Any], annotation: dict[str, Any]) -> Path:
    """One image a split, each with this one annotation."""
    with zipfile.ZipFile(path, "w") as archive:
        for split in ("train", "val"):
            archive.writestr(f"images/{split}/{split}.png", drawn.picture(split, []))
            image = {"id": 1, "file_name": f"{split}.png", "width": drawn.width, "height": drawn.height}
            content = {
                "images": [image],
                "annotations": [{"id": 1, "image_id": 1, "category_id": 3, "iscrowd": 0, **annotation}],
                "categories": [{"id": 3, **category}],
            }
            archive.writestr(f"annotations/instances_{split}.json", json.dumps(content))
    return path


def open_first_image(open_page: OpenPage, done: dict[str, Any]) -> Locator:
    page = open_page(f"/datasets/{done['dataset_id']}")
    page.get_by_test_id("dataset-image").first.click()
    view = page.get_by_test_id("dataset-image-view")
    expect(view.get_by_test_id("picture-frame")).to_be_visible()
    return view


def test_a_mask_is_drawn_with_its_outline_and_a_crowd_is_marked(
    open_page: OpenPage, import_zip: ImportZip, drawn: Any, tmp_path: Path
) -> None:
    ring = [40, 30, 140, 30, 140, 110, 40, 110]
    annotation = {"bbox": [40, 30, 100, 80], "segmentation": [ring], "area": 8000}
    done = import_zip(write_coco(tmp_path / "masks.zip", drawn, {"name": "plate"}, annotation), "masks")
    view = open_first_image(open_page, done)
    mask = view.get_by_test_id("object-mask")
    box = mask.evaluate("(path) => { const b = path.getBBox(); return [b.x, b.y, b.width, b.height]; }")
    assert box == [40, 30, 100, 80]
    assert mask.evaluate("(path) => getComputedStyle(path).fillRule") == "evenodd"
    view.get_by_test_id("toggle-masks").uncheck()
    expect(mask).to_have_count(0)
    expect(view.get_by_test_id("object-box")).to_have_count(1)


def test_keypoints_have_their_skeleton_and_hidden_ones_look_otherwise(
    open_page: OpenPage, import_zip: ImportZip, drawn: Any, tmp_path: Path
) -> None:
    category = {"name": "arm", "keypoints": ["shoulder", "elbow", "hand"], "skeleton": [[1, 2], [2, 3]]}
    annotation = {"bbox": [20, 20, 100, 60], "area": 6000, "keypoints": [30, 30, 2, 60, 50, 1, 0, 0, 0]}
    annotation["num_keypoints"] = 2
    done = import_zip(write_coco(tmp_path / "arms.zip", drawn, category, annotation), "arms")
    view = open_first_image(open_page, done)
    expect(view.get_by_test_id("object-skeleton")).to_have_attribute("d", "M30 30L60 50")
    expect(view.get_by_test_id("object-keypoints")).to_have_attribute("d", "M30 30h0M60 50h0")
    expect(view).to_contain_text("hidden")
    view.get_by_test_id("toggle-keypoints").uncheck()
    expect(view.get_by_test_id("object-keypoints")).to_have_count(0)


def test_a_classified_image_says_its_class_and_has_no_box(
    open_page: OpenPage, import_zip: ImportZip, drawn: Any, tmp_path: Path
) -> None:
    archive = tmp_path / "classes.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for split in ("train", "val"):
            for name in ("apple", "pear"):
                opened.writestr(f"{split}/{name}/1.png", drawn.picture(split + name, []))
    done = import_zip(archive, "classes")
    view = open_first_image(open_page, done)
    expect(view.get_by_test_id("image-class")).to_contain_text("apple")
    expect(view.get_by_test_id("object-shape")).to_have_count(0)


def test_a_turned_photograph_stands_upright_under_its_box(
    open_page: OpenPage, import_zip: ImportZip, drawn: Any, tmp_path: Path
) -> None:
    """Stored lying, with an EXIF orientation; labels are of the upright picture."""
    from PIL import Image

    lying = Image.new("RGB", (60, 30), "white")
    exif = Image.Exif()
    exif[0x0112] = 6
    archive = tmp_path / "turned.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("data.yaml", "train: images/train\nval: images/val\nnames: [mark]\n")
        for split, shade in (("train", 10), ("val", 90)):
            lying.putpixel((0, 0), (shade, 0, 0))
            out = BytesIO()
            lying.save(out, "JPEG", exif=exif)
            opened.writestr(f"images/{split}/1.jpg", out.getvalue())
            opened.writestr(f"labels/{split}/1.txt", "0 0.5 0.25 0.4 0.1")
    view = open_first_image(open_page, import_zip(archive, "turned"))
    picture = view.get_by_role("img", name=re.compile("object$"))
    expect(picture).to_be_visible()
    view.page.wait_for_function("() => [...document.images].every((image) => image.naturalWidth > 0)")
    assert picture.evaluate("(image) => [image.naturalWidth, image.naturalHeight]") == [30, 60]
    expect(view).to_contain_text("30 × 60 px")
    box = view.get_by_test_id("object-box")
    place = box.evaluate("(rect) => [rect.x, rect.y, rect.width, rect.height].map((side) => side.baseVal.value)")
    assert place == pytest.approx([9, 12, 12, 6], abs=0.01)


def test_a_picture_that_is_gone_is_explained_in_the_servers_words(
    open_page: OpenPage, import_zip: ImportZip, site: Any, drawn: Any, tmp_path: Path
) -> None:
    done = import_zip(drawn.write_zip(tmp_path / "gone.zip", {"train/g1": [], "val/g2": []}), "gone")
    sha256 = site.client.get(f"/datasets/{done['dataset_id']}/images/0")["sha256"]
    for path in (site.data_dir / "external").rglob(f"*{sha256}*"):
        path.unlink()
    page = open_page(f"/datasets/{done['dataset_id']}/images/0")
    explained = page.get_by_test_id("picture-frame").get_by_role("alert")
    expect(explained).to_contain_text("can't be shown")
    expect(explained).to_contain_text(sha256[:8])

"""Jobs of all four tasks: what a trainer predicts is evaluated beside it, and everything about it can be asked."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.packages import put_metadata

from snellen.contract.tasks import Task

Eventually = Callable[..., Any]
Results = Callable[..., Any]
#: By task: a label of class {c} at a place {x} of a picture of 80 x 60, and what data.yaml says besides.
LABELS = {
    Task.DETECTION: ("{c} {x} 0.5 0.2 0.4\n", ""),
    Task.SEGMENTATION: ("{c} {x} 0.2 {right} 0.2 {right} 0.6 {x} 0.7\n", ""),
    Task.POSE: ("{c} {x} 0.5 0.2 0.4 {x} 0.4 2 {right} 0.5 1 {x} 0.6 0\n", "kpt_shape: [3, 3]\nkpt_names: [a, b, c]\n"),
}


@pytest.fixture(autouse=True)
def oracle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trainer, installed beside the puppet."""
    site = tmp_path / "oracle-site"
    put_metadata(site, "oracle", {"oracle": "oracle:Oracle"})
    shutil.copy(Path(__file__).with_name("oracle.py"), site)
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()


def write_dataset(folder: Path, task: Task) -> None:
    """Three pictures of train and three of val; in each an object of each class, for classification one label."""
    for split in ("train", "val"):
        for n in range(3):
            kinds = [n % 2] if task is Task.CLASSIFICATION else [0, 1]
            parent = folder / split / f"kind{kinds[0]}" if len(kinds) == 1 else folder / "images" / split
            parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (80, 60), (n * 60, len(split) * 20, 90)).save(parent / f"{n}.png")
            if task is not Task.CLASSIFICATION:
                labels = folder / "labels" / split
                labels.mkdir(parents=True, exist_ok=True)
                places = [(kind, 0.2 + 0.5 * kind) for kind in kinds]
                text = "".join(LABELS[task][0].format(c=c, x=x, right=x + 0.08) for c, x in places)
                (labels / f"{n}.txt").write_text(text)
    if task is not Task.CLASSIFICATION:
        more = LABELS[task][1]
        (folder / "data.yaml").write_text(f"train: images/train\nval: images/val\nnames: [kind0, kind1]\n{more}")


@pytest.fixture
def run(platform: Any, tmp_path: Path, eventually: Eventually) -> Callable[..., tuple[Any, str]]:
    """Import a dataset of a task, run the trainer on it, and give the result's row and its address."""

    def make(task: Task, spoil: str = "") -> tuple[Any, str]:
        folder = tmp_path / f"{task}"
        write_dataset(folder, task)
        begun = platform.post("/datasets", {"name": str(task), "source": str(folder)})
        done = eventually(lambda: (f := platform.get(f"/datasets/imports/{begun['id']}"))["state"] != "running" and f)
        assert done["state"] == "completed", done
        body = {"model": "none", "epochs": 1, "trainer": "oracle", "dataset": done["dataset_id"], "task": str(task)}
        job_id = platform.post("/training/jobs", {**body, "hyperparameters": {"spoil": spoil}})["id"]
        ended = eventually(lambda: (j := platform.job(job_id))["state"] in {"completed", "failed"} and j)
        assert ended["state"] == "completed", ended
        place = f"/validation/jobs/{job_id}/results"
        return platform.get(place)["items"][0], f"{place}/1"

    return make


@pytest.fixture(autouse=True)
def seen_by_the_trainers_process(platform: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path of both trainers; the platform has set it for its own."""
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'oracle-site'}:{tmp_path / 'site'}")


def cells(platform: Any, place: str, **query: Any) -> dict[tuple[int, int], int]:
    return {(t, p): n for t, p, n in platform.get(f"{place}/confusion-matrix", **query)["cells"]}


def test_masks_are_evaluated_and_shown(platform: Any, run: Callable[..., Any]) -> None:
    row, place = run(Task.SEGMENTATION)
    # One of three objects of class 0 is taken for class 1, whose three are found: its AP falls by one false positive.
    computed = row["computed"]
    assert (row["evaluated"], row["task_type"]) == (True, "segmentation")
    assert row["primary_metric_value"] == computed["mAP50-95"]
    assert computed["mAP50"] == computed["mAP50-box"] == computed["mAP75"] == computed["mAP50-95"]
    assert (computed["precision"], computed["recall"]) == (5 / 6, 5 / 6)
    assert cells(platform, place) == {(1, 1): 3, (0, 0): 2, (0, 1): 1}
    detail = platform.get(place)
    assert (detail["similarity"], detail["thresholds"]) == ("mask IoU", {"score": 0.25, "iou": 0.5})
    assert [r["truths"] for r in detail["per_class"]] == [3, 3]
    overlap = platform.get(f"{place}/overlap")
    assert [r["iou"] for r in overlap["per_class"]] == pytest.approx([2 / 3, 3 / 4])
    assert computed["mIoU"] == pytest.approx(overlap["iou"]) == pytest.approx((2 / 3 + 3 / 4) / 2)
    assert computed["Dice"] == pytest.approx((4 / 5 + 6 / 7) / 2)
    # Below its score of 0.8 the wrong one counts, above it is gone.
    assert platform.get(f"{place}/overlap", conf=0.85)["per_class"][1]["iou"] == 1.0
    page = platform.get(f"{place}/images", true=0, pred=1)
    assert (page["total_pairs"], page["total_images"]) == (1, 1)
    # One class is found and has a foreign mask beside its own, the other has none.
    assert page["items"][0]["semantic_iou"] == pytest.approx((0 + 1 / 2) / 2)
    image = platform.get(f"{place}/images/{page['items'][0]['image_id']}")
    assert [t["outcome"] for t in image["truths"]] == ["fn", "tp"]
    assert image["truths"][0]["outlines"] == image["predictions"][-1]["outlines"] != []
    assert {p["outcome"] for p in image["predictions"]} == {"tp", "fp"}
    assert image["dice"] == pytest.approx((0 + 2 / 3) / 2)


def test_errors_calibration_and_the_best_score_lead_to_their_images(platform: Any, run: Callable[..., Any]) -> None:
    _, place = run(Task.DETECTION)
    errors = platform.get(f"{place}/errors")
    assert errors["counts"] == {"Cls": 1, "Loc": 0, "Both": 0, "Dupe": 0, "Bkg": 0, "Miss": 0}
    assert errors["delta_ap"]["Cls"] == pytest.approx(1 - errors["ap"])
    page = platform.get(f"{place}/images", error="Cls")
    assert (page["total_pairs"], len(page["items"]), len(page["items"][0]["highlights"])) == (1, 1, 2)
    assert platform.get(f"{place}/images", error="Cls", **{"class": 1})["total_images"] == 1
    assert platform.get(f"{place}/images", error="Cls", **{"class": 0})["total_images"] == 0
    assert platform.get(f"{place}/images", error="Miss")["total_images"] == 0
    calibration = platform.get(f"{place}/calibration")
    assert [(b["from"], b["count"], b["precision"]) for b in calibration["bins"] if b["count"]] == [
        (pytest.approx(0.8), 1, 0.0),
        (pytest.approx(0.9), 5, 1.0),
    ]
    assert calibration["ece"] == pytest.approx((0.8 + 5 * 0.1) / 6, abs=1e-6)
    points = platform.get(f"{place}/operating-points", beta=2)
    assert points["overall"]["score"] == pytest.approx(0.9)
    assert points["overall"]["f"] == pytest.approx(5 * 5 / (4 * 6 + 5))
    assert [p["recall"] for p in points["per_class"]] == [pytest.approx(2 / 3), 1.0]


def test_poses_are_evaluated_and_shown(platform: Any, run: Callable[..., Any]) -> None:
    row, place = run(Task.POSE)
    computed = row["computed"]
    # The third keypoint is labelled nowhere; the wrong class takes nothing from the keypoints.
    assert computed["PCK"] == 1.0
    assert computed["mAP50-95"] < computed["AR20"] < 1
    found = platform.get(f"{place}/keypoints", fraction=0.05)
    numbers = [(k["name"], k["labelled"], k["correct"]) for k in found["keypoints"]]
    assert numbers == [("a", 6, 6), ("b", 6, 6), ("c", 0, 0)]
    assert found["sigmas"] == pytest.approx([1 / 3] * 3)
    assert platform.get(place)["similarity"] == "OKS"
    page = platform.get(f"{place}/images", outcome="fn")
    image = platform.get(f"{place}/images/{page['items'][0]['image_id']}")
    assert image["keypoints"] == {"names": ["a", "b", "c"], "skeleton": []}
    assert [point[2] for point in image["truths"][0]["keypoints"]] == [2, 1, 0]
    assert len(image["predictions"][0]["keypoints"]) == 3


def test_labels_are_evaluated_and_shown(platform: Any, run: Callable[..., Any]) -> None:
    row, place = run(Task.CLASSIFICATION)
    assert {name: row["computed"][name] for name in ("top1", "top5")} == {"top1": 2 / 3, "top5": 1.0}
    assert cells(platform, place) == {(0, 0): 1, (0, 1): 1, (1, 1): 1}
    assert cells(platform, place, conf=0.85) == {(0, 0): 1, (0, 2): 1, (1, 1): 1}
    page = platform.get(f"{place}/images")
    worst = page["items"][0]
    assert (worst["true"], worst["pred"], worst["score"]) == ("kind0", "kind1", pytest.approx(0.8))
    assert worst["error_score"] == pytest.approx(1 + 0.8 - 0.2, abs=1e-6)
    image = platform.get(f"{place}/images/{worst['image_id']}")
    assert [(one["class_name"], round(one["score"], 3)) for one in image["top5"]] == [("kind1", 0.8), ("kind0", 0.2)]
    assert [t["class_name"] for t in image["truths"]] == ["kind0"]
    assert platform.get(place)["similarity"] is None


@pytest.mark.parametrize(
    ("task", "spoil", "named"),
    [
        (Task.DETECTION, "unknown image", "row 0: image is 'images/val/nobody.png'"),
        (
            Task.SEGMENTATION,
            "wrong size",
            "row 0: rle is '0'; expected the counts of a COCO RLE at the size",
        ),
        (Task.POSE, "wrong size", "row 0: keypoints is [[16.0, 24.0"),
        (Task.CLASSIFICATION, "unknown class", "row 0: class_id is 7; expected 0 to 1"),
        (Task.CLASSIFICATION, "nan score", "row 0: score is nan"),
        (Task.POSE, "other task", "the prediction set is of classification, expected one of pose"),
        (Task.DETECTION, "cut off", "no whole Parquet file"),
    ],
)
def test_a_set_that_cannot_be_evaluated_leaves_the_metrics_and_says_why(
    run: Callable[..., Any], task: Task, spoil: str, named: str
) -> None:
    row, _ = run(task, spoil)
    assert (row["evaluated"], row["metrics"]) == (False, {"val/score": 0.5})
    assert named in row["evaluation_error"]

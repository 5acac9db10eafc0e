"""The example without any SDK as a job of the real server: stopped, gone on with, and in the matrix and its images."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

PROGRAM = Path(__file__).parents[2] / "examples" / "no_sdk" / "train.pl"
#: The first attempt is asked to stop from the beginning, and so ends with epoch 1.
STOPPED_ONCE = 'test -n "$SNELLEN_RESUME_FROM" || touch "$SNELLEN_JOB_FOLDER/stop"; exec "$0"'
#: Of two classes: usually class 0 is here and class 1 there; once class 0 is elsewhere.
USUAL, ELSEWHERE = "0 0.25 0.25 0.25 0.25\n1 0.75 0.75 0.5 0.25\n", "0 0.75 0.25 0.25 0.25\n1 0.75 0.75 0.5 0.25\n"


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """PNG and JPEG in a layout that isn't that of the job's folder, so that images have other names there."""
    folder = tmp_path / "scenes"
    for split, count in (("train", 6), ("valid", 3)):
        for part in ("images", "labels"):
            (folder / split / part).mkdir(parents=True)
        for n in range(count):
            picture = Image.new("RGB", (80, 48), (n * 40, len(split) * 30, 90))
            picture.save(folder / split / "images" / f"scene {n}.{'jpg' if n % 2 else 'png'}")
            text = ELSEWHERE if (split, n) == ("valid", 1) else USUAL
            (folder / split / "labels" / f"scene {n}.txt").write_text(text)
    (folder / "data.yaml").write_text("train: train/images\nval: valid/images\nnames: [ball, cat]\n")
    return folder


def test_a_job_without_sdk_is_in_the_matrix_and_its_images(
    platform: Any, scenes: Path, eventually: Callable[..., Any]
) -> None:
    try:
        subprocess.run(["perl", "-MJSON::PP", "-MCompress::Zlib", "-e", "1"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("perl is not installed with its modules: apt-get install perl")
    begun = platform.post("/datasets", {"name": "scenes", "source": str(scenes)})
    done = eventually(lambda: (f := platform.get(f"/datasets/imports/{begun['id']}"))["state"] != "running" and f)
    assert done["state"] == "completed", done
    job_id = platform.post(
        "/training/jobs",
        {
            "trainer": "script", "model": "where", "task": "detection", "epochs": 3, "dataset": done["dataset_id"],
            "hyperparameters": {"command": ["sh", "-c", STOPPED_ONCE, str(PROGRAM)], "rate": 0.2},
        },
    )["id"]  # fmt: skip

    def ended(*states: str) -> Any:
        return eventually(lambda: (j := platform.job(job_id))["state"] in {"failed", *states} and j)

    assert (stopped := ended("stopped"))["state"] == "stopped", stopped
    assert [row["epoch"] for row in platform.get(f"/validation/jobs/{job_id}/results")["items"]] == [1]
    platform.post(f"/training/jobs/{job_id}/resume")
    assert (completed := ended("completed"))["state"] == "completed", completed
    results = platform.get(f"/validation/jobs/{job_id}/results")
    assert [row["epoch"] for row in results["items"]] == [1, 2, 3]
    last = max(results["items"], key=lambda row: row["epoch"])
    assert (last["evaluated"], last["evaluation_error"]) == (True, None)
    assert last["metrics"]["val/loss"] == pytest.approx(0.25 / 3, rel=0.05)
    # Class 1 is always found, class 0 in two of three places.
    place = f"/validation/jobs/{job_id}/results/3"
    cells = {(t, p): n for t, p, n in platform.get(f"{place}/confusion-matrix", conf=0.9)["cells"]}
    assert cells == {(0, 0): 2, (1, 1): 3, (0, 2): 1, (2, 0): 1}
    page = platform.get(f"{place}/images", true=0, pred=2, conf=0.9)
    assert (page["total_pairs"], page["total_images"]) == (1, 1)
    image = platform.get(f"{place}/images/{page['items'][0]['image_id']}", conf=0.9)
    assert image["path"] == "valid/images/scene 1.jpg"
    assert sorted(each["outcome"] for each in image["predictions"]) == ["fp", "tp"]
    # What it wrote besides: curves, a picture an epoch, checkpoints, its log.
    series = {s["key"]: s["points"] for s in platform.get(f"/training/jobs/{job_id}/metrics")["series"]}
    assert [point[0] for point in series["train/loss"]] == [1, 2, 3]
    kept = {a["name"]: a for a in platform.get(f"/training/jobs/{job_id}/artifacts")["items"]}
    assert kept["last.json"]["epoch"] == 3
    assert kept["best-primary.json"]["epoch"] == results["best_epoch"] == 3
    assert {"where.png"} <= set(kept)
    log = platform.get(f"/training/jobs/{job_id}/logs")
    assert "epoch 3: loss" in str(log)
    assert "warning" not in {line.get("level") for line in log.get("items", [])}

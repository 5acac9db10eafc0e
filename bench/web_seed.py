"""What the pages of ``web.py`` show, brought in as anybody would: imports, events in batches, prediction sets.

The numbers are random and the pictures few: thousands of images share a few hundred files. The rows are all there.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import polars as pl

from evaluation import detector_like

CHARTS, POINTS = 60, 10_000
PICTURES, SIDE = 400, 640
BATCH_EVENTS = 500
JOBS = 100


class Site:
    """A server, asked as a person and, with a job's token, as its trainer."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self._http = httpx.Client(base_url=f"{url}/api/v1", timeout=600, trust_env=False)

    def ask(self, method: str, path: str, *, token: str | None = None, **options: Any) -> Any:
        headers = {"authorization": f"Bearer {token or self.token}"}
        answer = self._http.request(method, path, headers=headers, **options)
        if not answer.is_success:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json()

    def cookie(self) -> dict[str, Any]:
        """A session, as a browser keeps it."""
        answer = httpx.post(f"{self.url}/api/v1/auth/login", json={"token": self.token}, trust_env=False)
        name, value = next(iter(answer.cookies.items()))
        return {"name": name, "value": value, "url": self.url, "httpOnly": True}

    def job(self, **fields: Any) -> dict[str, Any]:
        body = {"model": "own.pt", "epochs": 100, "launcher": "external", **fields}
        return dict(self.ask("POST", "/training/jobs", json=body))

    def events(self, job: dict[str, Any], events: list[dict[str, Any]]) -> None:
        for start in range(0, len(events), BATCH_EVENTS):
            batch = events[start : start + BATCH_EVENTS]
            path, body = f"/training/jobs/{job['id']}/events", {"attempt": 1, "events": batch}
            self.ask("POST", path, token=job["job_token"], json=body)

    def imported(self, folder: Path, name: str) -> int:
        begun = self.ask("POST", "/datasets", json={"name": name, "source": str(folder)})
        while (found := self.ask("GET", f"/datasets/imports/{begun['id']}"))["state"] == "running":
            time.sleep(0.2)
        assert found["state"] == "completed", found
        return int(found["dataset_id"])

    def predicted(self, job: dict[str, Any], data: bytes, epoch: int = 1) -> None:
        """A prediction set, which the server evaluates."""
        told = {
            "kind": "predictions",
            "name": "predictions.parquet",
            "sha256": hashlib.sha256(data).hexdigest(),
            "epoch": epoch,
            "content_type": "application/vnd.apache.parquet",
        }
        path = f"/training/jobs/{job['id']}/files"
        key = self.ask("PUT", path, token=job["job_token"], params=told, content=data)["key"]
        body = {"job_id": job["id"], "epoch": epoch, "task_type": "detection", "predictions_key": key}
        self.ask("POST", f"/validation/jobs/{job['id']}/results", token=job["job_token"], json=body)
        row = self.ask("GET", f"/validation/jobs/{job['id']}/results")["items"][0]
        assert row["evaluated"], row


def series() -> list[tuple[str, np.ndarray]]:
    """60 keys of 10,000 values, as noisy as losses are; 20 of training, 20 of validation, 20 of the machine."""
    random, x = np.random.default_rng(0), np.linspace(0, 1, POINTS)
    names = [f"{group}{n:02d}" for group in ("train/loss_", "metrics/m", "system/gpu_") for n in range(CHARTS // 3)]
    return [
        (name, np.exp(-x * random.uniform(1, 6)) + random.normal(0, 0.03, POINTS) + random.uniform(0, 1))
        for name in names
    ]


def charts_job(site: Site) -> dict[str, Any]:
    """A finished job whose page has 60 charts of 10,000 points."""
    job = site.job(name="charts")
    columns = series()
    names, values = [name for name, _ in columns], np.round(np.stack([column for _, column in columns]), 6).T.tolist()
    begun = int(time.time() * 1000) - POINTS * 1000
    events: list[dict[str, Any]] = [
        {
            "seq": step + 1, "type": "metrics", "time": begun + step * 1000, "step": step + 1,
            "epoch": step // 100 + 1, "values": dict(zip(names, row, strict=True)),
        }
        for step, row in enumerate(values)
    ]  # fmt: skip
    site.events(job, [*events, _end(POINTS + 1)])
    return job


def _end(seq: int) -> dict[str, Any]:
    return {"seq": seq, "type": "state", "time": int(time.time() * 1000), "state": "completed"}


def many_jobs(site: Site) -> None:
    """Finished jobs with a few epochs each, for a list of some length."""
    for number in range(JOBS):
        job = site.job(name=f"yolo sweep {number:03d}", epochs=30)
        for epoch in (1, 2):
            metrics = {"metrics/mAP50-95(B)": 0.2 + 0.1 * epoch + 0.05 * math.sin(number)}
            body = {"job_id": job["id"], "epoch": epoch, "task_type": "detection", "metrics": metrics}
            site.ask("POST", f"/validation/jobs/{job['id']}/results", token=job["job_token"], json=body)
        site.events(job, [_end(1)])


def judged_job(site: Site, folder: Path, name: str, *, images: int, objects: int, predictions: int) -> dict[str, Any]:
    """A finished detection job of 80 classes on a dataset of so many images, validated at one epoch."""
    found, truth = detector_like(images, objects, predictions, 80)
    write_coco(folder / name, images, truth)
    dataset = site.imported(folder / name, name)
    first = site.ask("GET", f"/datasets/{dataset}/images", params={"split": "val", "limit": 1})["items"][0]
    assert first["path"].endswith("/000000.jpg"), first
    ids = range(first["image_id"], first["image_id"] + images)
    job = site.job(name=name, dataset=dataset, epochs=1)
    site.predicted(job, prediction_set(found.with_columns(pl.col("image_id") + first["image_id"]), ids))
    site.events(job, [_end(1)])
    return job


def prediction_set(found: pl.DataFrame, images: Sequence[int]) -> bytes:
    from snellen.formats.predictions import write_predictions

    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "predictions.parquet")
        write_predictions(path, found, image_ids=images, class_count=80)
        return path.read_bytes()


def write_coco(folder: Path, images: int, truth: pl.DataFrame) -> None:
    """A COCO dataset of so many images of ``val``, hard links to few files."""
    pictures = write_pictures(folder.parent / "pictures")
    # A dataset needs something to train with. Ids follow the names, so this image is number 0.
    (folder / "images" / "train").mkdir(parents=True)
    os.link(pictures[0], folder / "images" / "train" / "0.jpg")
    place = folder / "images" / "val"
    place.mkdir()
    rows = []
    for n in range(images):
        os.link(pictures[n % len(pictures)], place / f"{n:06d}.jpg")
        rows.append({"id": n, "file_name": f"{n:06d}.jpg", "width": SIDE, "height": SIDE})
    objects = [
        {"id": i, "image_id": image, "category_id": kind, "bbox": [x, y, w, h], "area": w * h, "iscrowd": int(crowd)}
        for i, (image, kind, x, y, w, h, crowd) in enumerate(
            truth.select("image_id", "class_id", "x", "y", "w", "h", "iscrowd").iter_rows()
        )
    ]
    classes = [{"id": n, "name": f"class {n:02d}"} for n in range(80)]
    (folder / "annotations").mkdir()
    trained = [{"id": 0, "file_name": "0.jpg", "width": SIDE, "height": SIDE}]
    for split, of, has in (("train", trained, []), ("val", rows, objects)):
        found = {"images": of, "annotations": has, "categories": classes}
        (folder / "annotations" / f"instances_{split}.json").write_text(json.dumps(found))


def write_pictures(folder: Path) -> list[Path]:
    """A few hundred smooth random JPEGs."""
    from PIL import Image

    paths = [folder / f"{n:03d}.jpg" for n in range(PICTURES)]
    if not folder.exists():
        folder.mkdir(parents=True)
        random = np.random.default_rng(1)
        for path in paths:
            small = Image.fromarray(random.integers(0, 255, (24, 24, 3), dtype=np.uint8))
            small.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(path, quality=80)
    return paths

"""``python -m snellen.trainers.script.mean_object``: a script that learns where the objects of each class usually are.

For all four tasks and in no time, to try out the trainer ``script`` and for its conformance check. It does all that is
asked of a training: progress, metrics and predictions of each epoch, checkpoints with the state of its optimizer, stop,
resume, weights of another job. Hyperparameters: ``rate`` (0.1), ``momentum`` (0.5), ``pause`` (seconds an image, 0).
"""

from __future__ import annotations

import json
import threading
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from snellen.contract.tasks import Task
from snellen.errors import CheckpointBroken, InvalidInput
from snellen.sdk import JobContext, open_job

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODEL = "mean-object"
#: The rate falls by this with each epoch.
DECAY = 0.9


def main() -> None:
    """Train the job of this process."""
    ctx = open_job()
    if ctx.job.model != MODEL:
        raise InvalidInput(f"model: this script trains {MODEL!r}, got {ctx.job.model!r}")
    if ctx.job.dataset is None:
        raise InvalidInput("dataset: this script needs one; choose one when you create the job")
    MeanObject(ctx, classes=len(ctx.job.dataset.class_names)).train()


class Scenes:
    """The images of a split: paths in ``dataset/``, sizes in px, and of each its objects.

    Objects are rows of class_id, box (centre and size) and keypoints (x, y each), in parts of the image.
    """

    def __init__(self, folder: Path, split: str) -> None:
        here = {there: path for path, there in json.loads((folder / "path_map.json").read_text("utf-8")).items()}
        images = pl.read_parquet(folder / "images.parquet").filter(pl.col("split") == split)
        objects = pl.read_parquet(folder / "objects.parquet").filter(~pl.col("iscrowd"))
        by_image = objects.partition_by("image_id", as_dict=True)
        self.paths = [here[path] for path in images["path"]]
        self.sizes = images.select("width", "height").to_numpy().astype(float)
        self.objects = [
            _rows(by_image.get((number,)), size) for number, size in zip(images["image_id"], self.sizes, strict=True)
        ]
        if not self.paths:
            raise InvalidInput(f"dataset: no images of the split {split}")


def _rows(found: pl.DataFrame | None, size: NDArray[np.float64]) -> NDArray[np.float64]:
    if found is None:
        return np.zeros((0, 0))
    width, height = size
    columns = [found["class_id"].to_numpy().astype(float)]
    if found["x"].null_count() == 0:
        x, y, w, h = (found[side].to_numpy() for side in "xywh")
        columns += [(x + w / 2) / width, (y + h / 2) / height, w / width, h / height]
    if found["keypoints"].null_count() == 0:
        points = np.array(found["keypoints"].to_list(), dtype=float)[:, :, :2] / size
        columns += list(points.reshape(len(points), -1).T)
    return np.stack(columns, axis=1)


class MeanObject:
    """The model: of each class the mean object, and the share of images in which it is."""

    def __init__(self, ctx: JobContext, *, classes: int) -> None:
        self._ctx = ctx
        self._rate = float(ctx.params.get("rate", 0.1))
        self._momentum = float(ctx.params.get("momentum", 0.5))
        self._pause = float(ctx.params.get("pause", 0.0))
        self._train, self._val = Scenes(ctx.dataset_dir, "train"), Scenes(ctx.dataset_dir, "val")
        numbers = max(rows.shape[1] for rows in self._train.objects) - 1
        if numbers < 0:
            raise InvalidInput("dataset: no objects in the images of the split train")
        self._epoch = 0
        #: A row a class: its mean object, and last its share.
        self._state = np.full((classes, numbers + 1), 0.5)
        self._speed = np.zeros_like(self._state)
        if ctx.resume_from is not None:
            self._load(ctx.resume_from, whole=True)
        elif ctx.init_from is not None:
            self._load(ctx.init_from, whole=False)

    def train(self) -> None:
        """Train from the epoch after the last to the job's end, or until somebody stops it."""
        ctx, pause = self._ctx, threading.Event()
        for epoch in range(self._epoch + 1, ctx.job.epochs + 1):
            rate, losses = self._rate * DECAY ** (epoch - 1), []
            for number, rows in enumerate(self._train.objects, 1):
                losses.append(self._step(rows, rate))
                ctx.progress(epoch, number / len(self._train.objects))
                if self._pause:
                    pause.wait(self._pause)
                if ctx.should_stop_now():
                    return
            self._epoch = epoch
            ctx.log_metrics({"train/loss": np.mean(losses), "lr": rate}, epoch=epoch)
            self._validate(epoch)
            self._save()
            if ctx.should_stop():
                return

    def _step(self, rows: NDArray[np.float64], rate: float) -> float:
        """One image: towards its objects; the mean square of how far they were."""
        slope = np.zeros_like(self._state)
        there = np.zeros(len(self._state))
        for row in rows:
            kind = int(row[0])
            slope[kind, :-1] += row[1:] - self._state[kind, :-1]
            there[kind] = 1.0
        slope[:, -1] = there - self._state[:, -1]
        self._speed = self._momentum * self._speed + rate * slope
        self._state = self._state + self._speed
        return float(np.mean(slope**2))

    def _validate(self, epoch: int) -> None:
        share = np.clip(self._state[:, -1], 0.001, 1.0)
        losses = [abs(np.isin(range(len(share)), rows[:, :1]) - share).mean() for rows in self._val.objects]
        columns: dict[str, list[Any]] = {"image": [], "class_id": [], "score": []}
        for path, size in zip(self._val.paths, self._val.sizes, strict=True):
            for kind, state in enumerate(self._state):
                predicted = {"image": path, "class_id": kind, "score": share[kind]}
                for name, value in (predicted | _object(self._ctx.job.task, state[:-1], size)).items():
                    columns.setdefault(name, []).append(value)
        self._ctx.log_validation(
            epoch, metrics={"val/loss": np.mean(losses)}, predictions=columns, images=self._val.paths
        )

    def _save(self) -> None:
        path = self._ctx.folder.work / "last.npz"
        np.savez(path, epoch=self._epoch, state=self._state, speed=self._speed)
        self._ctx.save_checkpoint(path, epoch=self._epoch)

    def _load(self, path: Path, *, whole: bool) -> None:
        """A checkpoint to go on from, or only what it has learned."""
        try:
            with np.load(path, allow_pickle=False) as found:
                epoch, state, speed = int(found["epoch"]), found["state"], found["speed"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise CheckpointBroken(f"the checkpoint {path.name} can't be read ({error}); it is cut short") from error
        if state.shape != self._state.shape:
            raise CheckpointBroken(
                f"the checkpoint {path.name} is of {len(state)} classes and {state.shape[1] - 1} numbers an object, "
                f"expected {len(self._state)} and {self._state.shape[1] - 1} for this dataset and task"
            )
        self._state = state
        if whole:
            self._epoch, self._speed = epoch, speed


def _object(task: Task, mean: NDArray[np.float64], size: NDArray[np.float64]) -> dict[str, Any]:
    """The columns of a task's prediction, in pixels."""
    if task is Task.CLASSIFICATION:
        return {}
    width, height = (float(side) for side in size)
    w, h = (float(side) for side in np.clip(mean[2:4], 0.01, 1.0) * size)
    x, y = float(mean[0]) * width - w / 2, float(mean[1]) * height - h / 2
    found: dict[str, Any] = {"x": x, "y": y, "w": w, "h": h}
    if task is Task.SEGMENTATION:
        from snellen.formats.masks import polygons_to_rle

        corners = [x, y, x + w, y, x + w, y + h, x, y + h]
        found["rle"] = polygons_to_rle([corners], height=int(height), width=int(width))
    if task is Task.POSE:
        found["keypoints"] = [[float(px), float(py), 1.0] for px, py in mean[4:].reshape(-1, 2) * size]
    return found


if __name__ == "__main__":
    main()

"""Ten pictures of discs and squares: a dataset of any task that a model has seen in a second."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snellen.contract.spec import DatasetRef
from snellen.contract.tasks import Task
from snellen.formats import Annotation, DatasetContent, ImageRecord, Keypoints, Snapshot
from snellen.formats.content import image_frame, object_frame
from snellen.formats.export_yolo import export_yolo
from snellen.formats.snapshot import describe

CLASS_NAMES = ["disc", "square"]
#: The middles of the edges. Mirrored, left becomes right.
EDGES = Keypoints(("top", "right", "bottom", "left"), flip_idx=(0, 3, 2, 1), skeleton=((0, 2), (1, 3)))
TRAIN, VAL = 8, 2
#: Width and height in px; no trainer may think that pictures are square.
SIZES = ((64, 48), (48, 64))
#: Also a name that is no plain word.
LAST_NAME = "größe 2.png"


@dataclass(frozen=True, slots=True)
class ShapeDataset:
    """A snapshot of the pictures, and where its files lie by their hash."""

    snapshot: Snapshot
    files: dict[str, Path]

    @property
    def ref(self) -> DatasetRef:
        """What ``job.json`` says of it."""
        return DatasetRef(1, "shapes", self.snapshot.info.hash, tuple(self.snapshot.info.class_names))

    def export(self, target: Path) -> None:
        """Fill a job's ``dataset/`` as a supervisor does."""

        def fetch(wanted: list[tuple[str, Path]]) -> None:
            for sha256, place in wanted:
                shutil.copyfile(self.files[sha256], place)

        export_yolo(self.snapshot, target, fetch)


def draw_shapes(folder: Path, task: Task) -> ShapeDataset:
    """Draw eight pictures to learn from and two to validate on into `folder`; the same bytes each time."""
    import numpy as np

    generator = np.random.default_rng(7)
    found = []
    for number in range(TRAIN + VAL):
        split = "train" if number < TRAIN else "val"
        width, height = SIZES[number % 2]
        pixels = generator.integers(30, 70, (height, width, 3), dtype=np.uint8)
        if task is Task.CLASSIFICATION:
            class_id = number // 2 % 2 if split == "train" else number % 2
            _draw(pixels, class_id, (width / 2, height / 2), float(generator.uniform(13, 20)))
            objects = [Annotation.box(class_id, 0.0, 0.0, float(width), float(height))]
            place = f"{split}/{CLASS_NAMES[class_id]}"
        else:
            # One picture to learn from shows nothing.
            objects = [] if number == TRAIN - 1 else _two(pixels, generator, task)
            place = f"images/{split}"
        name = LAST_NAME if number == TRAIN + VAL - 1 else f"{number}.png"
        found.append((_save(pixels, folder, f"{place}/{name}", split), objects))
    content = DatasetContent.of(task, CLASS_NAMES, found, EDGES if task is Task.POSE else None)
    snapshot = Snapshot(describe(content), image_frame(content.images), object_frame(content.objects))
    return ShapeDataset(snapshot, {image.sha256: Path(image.source) for image in content.images})


def _two(pixels: Any, generator: Any, task: Task) -> list[Annotation]:
    """A disc in one half of the picture and a square in the other."""
    height, width = pixels.shape[:2]
    step = (width / 4, 0.0) if width > height else (0.0, height / 4)
    turn = 1 if generator.random() < 0.5 else -1
    objects = []
    for class_id, side in ((0, turn), (1, -turn)):
        middle = (width / 2 + side * step[0], height / 2 + side * step[1])
        ink = _draw(pixels, class_id, middle, float(generator.uniform(6, 10)))
        objects.append(_annotation(class_id, ink, task))
    return objects


def _draw(pixels: Any, class_id: int, middle: tuple[float, float], radius: float) -> Any:
    """Ink on the picture; the mask of it."""
    import numpy as np

    rows, columns = np.indices(pixels.shape[:2])
    across, down = columns + 0.5 - middle[0], rows + 0.5 - middle[1]
    away = np.hypot(across, down) if class_id == 0 else np.maximum(abs(across), abs(down))
    ink = away <= radius
    pixels[ink] = (230, 180, 60) if class_id == 0 else (70, 190, 240)
    return ink


def _annotation(class_id: int, ink: Any, task: Task) -> Annotation:
    import numpy as np
    from hotcoco import mask

    from snellen.formats.masks import text_of

    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    x, y = float(columns[0]), float(rows[0])
    w, h = float(columns[-1] + 1 - columns[0]), float(rows[-1] + 1 - rows[0])
    found = Annotation.box(class_id, x, y, w, h)
    if task is Task.SEGMENTATION:
        rle = text_of(mask.encode(np.asfortranarray(ink.astype(np.uint8))))
        found = found._replace(area=float(ink.sum()), rle=rle)
    if task is Task.POSE:
        points = ((x + w / 2, y, 2), (x + w, y + h / 2, 2), (x + w / 2, y + h, 2), (x, y + h / 2, 2))
        found = found._replace(keypoints=points)
    return found


def _save(pixels: Any, folder: Path, path: str, split: str) -> ImageRecord:
    from PIL import Image

    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(target)
    data = target.read_bytes()
    height, width = pixels.shape[:2]
    digest = hashlib.sha256(data).hexdigest()
    return ImageRecord(path, split, width, height, digest, len(data), "image/png", 1, str(target))

"""What a model gave for each image, as the columns of a prediction set; shapes and ranges are checked by image."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snellen.contract.spec import JobSpec
from snellen.contract.tasks import TOP, Task
from snellen.errors import PredictionsInvalid
from snellen.formats.predictions import MAX_PER_IMAGE, MIN_SCORE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BOX_FORMATS = ("xyxy", "xywh", "cxcywh")
#: A mask that comes as probabilities is where they are above this.
MASK_FROM = 0.5
#: A softmax in half precision may be so much above 1.
ROUNDING = 1e-3


def columns_of(
    spec: JobSpec,
    dataset: Path,
    images: Sequence[Path | str],
    *,
    predictions: Sequence[Mapping[str, Any]] | None,
    probabilities: Any,
    box_format: str | None,
    first_label: int,
    min_score: float | None,
) -> tuple[list[str], dict[str, Any]]:
    """The names of `images` as the dataset has them, and the columns of :func:`~snellen.formats.predictions.write_raw`.

    Raises :class:`~snellen.errors.PredictionsInvalid`, which names the image, the field, what was got and what was
    expected.
    """
    names = _names(images, dataset)
    classes = None if spec.dataset is None else len(spec.dataset.class_names)
    if spec.task is Task.CLASSIFICATION:
        if probabilities is None or predictions is not None:
            raise PredictionsInvalid("a classifier's predictions are its probabilities, an array [images, classes]")
        return names, _labels(names, probabilities, classes)
    if predictions is None or probabilities is not None:
        raise PredictionsInvalid(f"for {spec.task}, predictions are expected: of each image boxes, scores, labels, …")
    if isinstance(predictions, Mapping):
        raise PredictionsInvalid("predictions: got one mapping, expected a list with one for each image")
    if box_format not in (None, *BOX_FORMATS):
        raise PredictionsInvalid(f"box_format: got {box_format!r}, expected one of: {', '.join(BOX_FORMATS)}")
    if len(predictions) != len(names):
        raise PredictionsInvalid(f"got predictions of {len(predictions)} images, expected one for each of {len(names)}")
    reading = _Reading(spec.task, classes, box_format, first_label, max(MIN_SCORE, min_score or 0.0))
    sizes = _sizes(str(dataset)) if spec.task is Task.SEGMENTATION else {}
    found = []
    for name, each in zip(names, predictions, strict=True):
        try:
            found.append(reading.rows(each, sizes.get(name)))
        except PredictionsInvalid as error:
            raise PredictionsInvalid(f"image {name!r}: {error.detail}") from error
    return names, _joined(names, found, spec.task)


class _Reading:
    """How the objects of an image are read."""

    def __init__(
        self, task: Task, classes: int | None, box_format: str | None, first_label: int, min_score: float
    ) -> None:
        self._task = task
        self._classes = classes
        self._box_format = box_format
        self._first_label = first_label
        self._min_score = min_score
        self._points: int | None = None

    def rows(self, each: Mapping[str, Any], size: tuple[int, int] | None) -> dict[str, Any]:
        """The columns of one image, by falling score; `size` is its height and width where they are known."""
        import numpy as np

        if not isinstance(each, Mapping):
            raise PredictionsInvalid(f"got a {type(each).__name__}, expected a mapping with boxes, scores, labels")
        scores = _parts(_array(each, "scores", (None,)), "scores")
        count = len(scores)
        # What the set would leave out isn't turned into masks first.
        kept = np.argsort(-scores, kind="stable")[:MAX_PER_IMAGE]
        kept = kept[scores[kept] >= self._min_score]
        rows: dict[str, Any] = {"class_id": self._class_ids(each, count)[kept], "score": scores[kept]}
        boxes = self._boxes(each, count, kept)
        if self._task is Task.SEGMENTATION:
            rows["rle"], around = _masks(each, count, kept, size)
            boxes = around if boxes is None else boxes
        if self._task is Task.POSE:
            points = _array(each, "keypoints", (count, self._points, 3))[kept]
            self._points = points.shape[1] if count else self._points
            if not np.isfinite(points).all():
                raise PredictionsInvalid("keypoints: not all are finite numbers")
            points[:, :, 2] = _parts(points[:, :, 2], "keypoints: their scores, the third number")
            rows["keypoints"] = points
            if boxes is None:
                low, high = points[:, :, :2].min(1, initial=np.inf), points[:, :, :2].max(1, initial=-np.inf)
                boxes = np.concatenate([low, high - low], axis=1)
        if boxes is None:
            raise PredictionsInvalid("boxes: not there; expected an array [n, 4] in pixels of the original image")
        return rows | dict(zip("xywh", boxes.T, strict=True))

    def _class_ids(self, each: Mapping[str, Any], count: int) -> NDArray[np.int64]:
        import numpy as np

        labels = _array(each, "labels", (count,))
        ids: NDArray[np.int64] = labels.astype(np.int64) - self._first_label
        wrong = (ids < 0) | (labels != np.floor(labels))
        if self._classes is not None:
            wrong |= ids >= self._classes
        if wrong.any():
            last = "" if self._classes is None else f" to {self._first_label + self._classes - 1}"
            raise PredictionsInvalid(
                f"labels: got {labels[wrong][0]:g}, expected {self._first_label}{last or ' or more'} "
                f"(the first class is {self._first_label}; first_label says otherwise)"
            )
        return ids

    def _boxes(self, each: Mapping[str, Any], count: int, kept: NDArray[np.intp]) -> NDArray[np.float64] | None:
        """``x, y, w, h``; None where there are none."""
        import numpy as np

        if each.get("boxes") is None:
            return None
        if self._box_format is None:
            raise PredictionsInvalid(
                "box_format: not said; expected 'xyxy' (corners, as torchvision and Ultralytics give them), 'xywh' "
                "(top left corner and size, as in COCO) or 'cxcywh' (centre and size)"
            )
        boxes = _array(each, "boxes", (count, 4))[kept]
        if not np.isfinite(boxes).all():
            raise PredictionsInvalid("boxes: not all are finite numbers")
        first, second = boxes[:, :2], boxes[:, 2:]
        if self._box_format == "xyxy":
            second = second - first
        elif self._box_format == "cxcywh":
            first = first - second / 2
        if (second < 0).any():
            row = boxes[(second < 0).any(axis=1)][0].tolist()
            raise PredictionsInvalid(f"boxes: got {row} as {self._box_format}, which has a negative size")
        return np.concatenate([first, second], axis=1)


def _array(each: Mapping[str, Any], field: str, shape: tuple[int | None, ...]) -> NDArray[np.float64]:
    """A field as float64; None in `shape` is any length."""
    import numpy as np

    if each.get(field) is None:
        raise PredictionsInvalid(f"{field}: not there; got {', '.join(map(str, each)) or 'nothing'}")
    found = plain_array(each[field], field)
    if found.size == 0 and shape[0] in (0, None):
        return np.zeros([length or 0 for length in shape])
    if found.ndim != len(shape) or any(e not in (None, g) for e, g in zip(shape, found.shape, strict=True)):
        expected = ", ".join("n" if length is None else str(length) for length in shape)
        raise PredictionsInvalid(f"{field}: got an array {list(found.shape)}, expected [{expected}]")
    return found.astype(np.float64)


def _parts(values: NDArray[np.float64], what: str) -> NDArray[np.float64]:
    """Scores from 0 to 1; what lies outside by no more than rounding is brought inside."""
    import numpy as np

    outside = ~((values >= -ROUNDING) & (values <= 1 + ROUNDING))
    if outside.any():
        raise PredictionsInvalid(f"{what}: got {values[outside][0]:g}, expected 0 to 1")
    return np.clip(values, 0.0, 1.0)


def plain_array(value: Any, what: str) -> NDArray[Any]:
    """Anything with numbers as an array of numpy's: a tensor of any device and type, an array, lists."""
    import numpy as np

    if isinstance(value, list | tuple) and value and hasattr(value[0], "detach"):
        value = [plain_array(one, what) for one in value]
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        # numpy knows no bfloat16.
        value = value.float() if "bfloat16" in str(value.dtype) else value
    try:
        found = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise PredictionsInvalid(f"{what}: no array can be made of it ({error})") from error
    if found.dtype.kind not in "biuf":
        raise PredictionsInvalid(f"{what}: got an array of {found.dtype}, expected numbers")
    return found


def _masks(
    each: Mapping[str, Any], count: int, kept: NDArray[np.intp], size: tuple[int, int] | None
) -> tuple[list[str], NDArray[np.float64]]:
    """RLEs, and the boxes that just hold the masks."""
    import numpy as np
    from hotcoco import mask

    from snellen.formats.masks import measure_rle, text_of

    if each.get("masks") is None:
        raise PredictionsInvalid("masks: not there; expected an array [n, H, W] at the size of the original image")
    masks = plain_array(each["masks"], "masks")
    if masks.size == 0 and count == 0:
        return [], np.zeros((0, 4))
    masks = masks[:, 0] if masks.ndim == 4 and masks.shape[1] == 1 else masks
    if masks.ndim != 3 or len(masks) != count or (size is not None and masks.shape[1:] != size):
        wanted = f"[{count}, H, W]" if size is None else f"[{count}, {size[0]}, {size[1]}], the size of the image"
        raise PredictionsInvalid(f"masks: got an array {list(masks.shape)}, expected {wanted}")
    chosen = masks[kept] > (MASK_FROM if masks.dtype.kind == "f" else 0)
    rles = [text_of(mask.encode(np.asfortranarray(one, dtype=np.uint8))) for one in chosen]
    height, width = masks.shape[1:]
    boxes = [measure_rle(rle, height=height, width=width)[1] for rle in rles]
    return rles, np.array(boxes, dtype=np.float64).reshape(-1, 4)


def _labels(names: list[str], probabilities: Any, classes: int | None) -> dict[str, Any]:
    """The best five labels of each image."""
    import numpy as np

    found = plain_array(probabilities, "probabilities").astype(np.float64)
    if found.ndim != 2 or len(found) != len(names) or (classes is not None and found.shape[1] != classes):
        wanted = f"[{len(names)}, {'classes' if classes is None else classes}]: images, classes"
        raise PredictionsInvalid(f"probabilities: got an array {list(found.shape)}, expected {wanted}")
    outside = ~((found >= -ROUNDING) & (found <= 1 + ROUNDING))
    if outside.any():
        row, column = np.argwhere(outside)[0]
        hint = " (apply a softmax to logits)" if np.isfinite(found[row, column]) else ""
        raise PredictionsInvalid(
            f"image {names[row]!r}: probabilities: got {found[row, column]:g}, expected 0 to 1{hint}"
        )
    found = np.clip(found, 0.0, 1.0)
    best = np.argsort(-found, axis=1, kind="stable")[:, :TOP]
    return {
        "image": [name for name in names for _ in range(best.shape[1])],
        "rank": np.tile(np.arange(1, best.shape[1] + 1), len(names)),
        "class_id": best.ravel(),
        "score": np.take_along_axis(found, best, axis=1).ravel(),
    }


def _joined(names: list[str], found: list[dict[str, Any]], task: Task) -> dict[str, Any]:
    import numpy as np

    columns: dict[str, Any] = {"image": [name for name, rows in zip(names, found, strict=True) for _ in rows["score"]]}
    fields = ("class_id", "score", "x", "y", "w", "h")
    columns |= {field: np.concatenate([np.zeros(0), *(rows[field] for rows in found)]) for field in fields}
    columns["class_id"] = columns["class_id"].astype(np.int64)
    if task is Task.SEGMENTATION:
        columns["rle"] = [rle for rows in found for rle in rows["rle"]]
    if task is Task.POSE:
        poses = [rows["keypoints"] for rows in found if len(rows["score"])]
        # One array: polars takes twenty times as long for nested lists.
        columns["keypoints"] = np.concatenate(poses) if poses else []
    return columns


def _names(images: Sequence[Path | str], dataset: Path) -> list[str]:
    """Paths as the dataset names them, with ``/``; those of files in `dataset` may be absolute."""
    if isinstance(images, str | bytes):
        raise PredictionsInvalid(f"images: got the text {images!r}, expected a list of paths")
    names = []
    for image in images:
        path = Path(image)
        if path.is_absolute() and not path.is_relative_to(dataset):
            # Another way to the same place, through a link; the name of the file itself stays as it was given.
            path, real = path.parent.resolve() / path.name, dataset.resolve()
            names.append((path.relative_to(real) if path.is_relative_to(real) else path).as_posix())
            continue
        names.append((path.relative_to(dataset) if path.is_relative_to(dataset) else path).as_posix())
    if len(set(names)) < len(names):
        twice = next(name for at, name in enumerate(names) if name in names[:at])
        raise PredictionsInvalid(f"images: {twice!r} is there twice; expected each validation image once")
    known = _sizes(str(dataset))
    unknown = [name for name in names if name not in known] if known else []
    if unknown:
        raise PredictionsInvalid(
            f"images: {unknown[0]!r} is not in the dataset, nor are {len(unknown) - 1} others; expected paths in "
            f"dataset_dir, like {next(iter(known))!r}"
        )
    return names


@functools.lru_cache(maxsize=4)
def _sizes(dataset: str) -> dict[str, tuple[int, int]]:
    """Height and width of each image by its path in the dataset; empty for a dataset that Snellen doesn't hold."""
    from snellen.formats.path_map import PATH_MAP
    from snellen.formats.snapshot import IMAGES

    try:
        there = json.loads(Path(dataset, PATH_MAP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    import polars as pl

    table = pl.read_parquet(Path(dataset, IMAGES), columns=["path", "height", "width"])
    known = {path: (height, width) for path, height, width in table.iter_rows()}
    return {here: known[path] for here, path in there.items() if path in known}

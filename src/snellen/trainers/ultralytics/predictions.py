"""Collects what the validator predicts while it validates: no second inference, no wait on a disk."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from snellen.contract.tasks import TOP, Task

#: Predicted masks below this score are left out: they are many, and bringing each to its image's size is slow.
MASK_SCORE = 0.05
#: Pixels of masks brought to the size of their image together; bounds the memory.
MASK_PIXELS = 16_000_000


class Collector(ABC):
    """Wraps a validator's ``update_metrics``, which sees every prediction with its batch."""

    #: Predictions below it are not kept; None: the set's own limit.
    min_score: ClassVar[float | None] = None

    def __init__(self, validator: Any, dataset_dir: str) -> None:
        self._dataset_dir = os.path.abspath(dataset_dir)
        self._real_dir = os.path.realpath(dataset_dir)
        self._validator = validator
        self._parts: list[Any] = []
        self._images: list[str] = []
        self._update = validator.update_metrics
        validator.update_metrics = self._seen

    def clear(self) -> None:
        """Forget everything: a validation begins."""
        self._parts.clear()
        self._images.clear()

    def take(self) -> tuple[dict[str, Any], list[str]]:
        """The columns of a prediction set, and the paths of all images seen, relative to the dataset.

        Of an image that was seen twice (a sampler of several processes fills up with some) the first time counts.
        """
        import numpy as np

        seen, columns = list(self._images), self._columns()
        index, images = columns.pop("index"), seen
        self.clear()
        first = {image: at for at, image in reversed(list(enumerate(seen)))}
        if len(first) < len(seen):
            counts = np.array([first[image] == at for at, image in enumerate(seen)])[index]
            index = index[counts]
            columns = {
                name: [value for value, chosen in zip(values, counts, strict=True) if chosen]
                if isinstance(values, list)
                else values[counts]
                for name, values in columns.items()
            }
            images = list(dict.fromkeys(seen))
        names = np.asarray(seen, dtype=object)
        return {"image": names[index].tolist() if len(index) else [], **columns}, images

    @abstractmethod
    def _keep(self, preds: Any, batch: dict[str, Any]) -> None:
        """Keep what is predicted on a batch."""

    @abstractmethod
    def _columns(self) -> dict[str, Any]:
        """What was kept, by column; ``index`` is the place of the image among those seen."""

    def _seen(self, preds: Any, batch: dict[str, Any]) -> None:
        # Only a validation of the training counts; the closing one of the best weights is no epoch.
        if self._validator.training:
            self._keep(preds, batch)
        self._update(preds, batch)

    def _number(self, path: str) -> int:
        """The place of an image among those seen, which it now is."""
        self._images.append(self._name(path))
        return len(self._images) - 1

    def _name(self, path: str) -> str:
        # Not the real path of the image: a link in the dataset has a name of its own, whatever it leads to.
        path = os.path.abspath(path)
        base = self._dataset_dir if path.startswith(self._dataset_dir + os.sep) else self._real_dir
        return os.path.relpath(path, base).replace(os.sep, "/")


class BoxCollector(Collector):
    """Boxes after NMS, brought from pixels of the network's input to those of the original image.

    That is the framework's own function, on the device; they are copied once a batch.
    """

    def _keep(self, preds: list[dict[str, Any]], batch: dict[str, Any]) -> None:
        import torch

        rows = []
        for i, pred in enumerate(preds):
            number = self._number(batch["im_file"][i])
            pred, more = self._chosen(pred, i)
            if len(pred["cls"]) == 0:
                continue
            boxes = self._scaled(pred["bboxes"], batch, i)
            self._keep_more(pred, more, boxes, batch, i)
            lead = torch.full_like(pred["cls"], number)
            rows.append(torch.cat([torch.stack([lead, pred["cls"], pred["conf"]], 1), boxes], 1))
        if rows:
            self._parts.append(torch.cat(rows).double().cpu().numpy())

    def _columns(self) -> dict[str, Any]:
        import numpy as np

        whole = np.concatenate(self._parts) if self._parts else np.zeros((0, 7))
        return {
            "index": whole[:, 0].astype(np.int64),
            "class_id": whole[:, 1].astype(np.int32),
            "score": whole[:, 2].astype(np.float32),
            "x": whole[:, 3].astype(np.float64),
            "y": whole[:, 4].astype(np.float64),
            "w": (whole[:, 5] - whole[:, 3]).astype(np.float64),
            "h": (whole[:, 6] - whole[:, 4]).astype(np.float64),
        }

    def _chosen(self, pred: dict[str, Any], i: int) -> tuple[dict[str, Any], Any]:
        """The predictions of the batch's image `i` that are kept, and what else is known of them."""
        return pred, None

    def _keep_more(self, pred: dict[str, Any], more: Any, boxes: Any, batch: dict[str, Any], i: int) -> None:
        """Keep what the task has beside boxes; `boxes` are in pixels of the original image."""

    @staticmethod
    def _scaled(boxes: Any, batch: dict[str, Any], i: int) -> Any:
        from ultralytics.utils import ops

        shape = batch["img"].shape[2:]
        return ops.scale_boxes(shape, boxes.clone(), batch["ori_shape"][i], ratio_pad=batch["ratio_pad"][i])


class PoseCollector(BoxCollector):
    """Boxes with keypoints ``[x, y, score]`` in pixels of the original image; without a score of their own it is 1."""

    def __init__(self, validator: Any, dataset_dir: str) -> None:
        super().__init__(validator, dataset_dir)
        self._poses: list[Any] = []

    def clear(self) -> None:
        """Forget everything: a validation begins."""
        super().clear()
        self._poses.clear()

    def _keep_more(self, pred: dict[str, Any], more: Any, boxes: Any, batch: dict[str, Any], i: int) -> None:
        import torch
        from ultralytics.utils import ops

        shape = batch["img"].shape[2:]
        points = ops.scale_coords(
            shape, pred["keypoints"].clone().float(), batch["ori_shape"][i], ratio_pad=batch["ratio_pad"][i]
        )
        if points.shape[-1] == 2:
            points = torch.cat([points, torch.ones_like(points[..., :1])], -1)
        self._poses.append(points.cpu().numpy())

    def _columns(self) -> dict[str, Any]:
        import numpy as np

        poses: Any = np.concatenate(self._poses) if self._poses else []
        return {**super()._columns(), "keypoints": poses}


class MaskCollector(BoxCollector):
    """Boxes with masks of the size of the original image, of predictions that reach :data:`MASK_SCORE`.

    While it trains the framework makes masks of a quarter of the network's input. The prototypes and coefficients
    behind them are taken as they pass, and put together again at the image's size.
    """

    min_score = MASK_SCORE

    def __init__(self, validator: Any, dataset_dir: str) -> None:
        super().__init__(validator, dataset_dir)
        self._rles: list[str] = []
        #: Prototypes and coefficients of the images of the batch under way.
        self._behind: list[tuple[Any, Any]] = []
        self._init_metrics = validator.init_metrics
        validator.init_metrics = self._begin

    def clear(self) -> None:
        """Forget everything: a validation begins."""
        super().clear()
        self._rles.clear()
        self._behind.clear()

    def _begin(self, model: Any) -> None:
        self._init_metrics(model)
        process = self._validator.process

        def noted(protos: Any, coefficients: Any, *arguments: Any, **more: Any) -> Any:
            self._behind.append((protos, coefficients))
            return process(protos, coefficients, *arguments, **more)

        self._validator.process = noted

    def _seen(self, preds: Any, batch: dict[str, Any]) -> None:
        super()._seen(preds, batch)
        self._behind.clear()

    def _chosen(self, pred: dict[str, Any], i: int) -> tuple[dict[str, Any], Any]:
        enough = pred["conf"] >= MASK_SCORE
        protos, coefficients = self._behind[i]
        return {name: pred[name][enough] for name in ("cls", "conf", "bboxes")}, (protos, coefficients[enough])

    def _keep_more(self, pred: dict[str, Any], more: Any, boxes: Any, batch: dict[str, Any], i: int) -> None:
        import numpy as np
        from hotcoco import mask
        from torch.nn import functional
        from ultralytics.utils import ops

        protos, coefficients = more
        height, width = (int(side) for side in batch["ori_shape"][i])
        logits = (coefficients.float() @ protos.float().flatten(1)).view(1, -1, *protos.shape[1:])
        inputs = batch["img"].shape[2:]
        at_once = max(1, MASK_PIXELS // (height * width + inputs[0] * inputs[1]))
        for start in range(0, len(boxes), at_once):
            some = slice(start, start + at_once)
            # Validation pads its batches beyond what the image's shape says: only `ratio_pad` knows by how much.
            large = functional.interpolate(logits[:, some], size=inputs, mode="bilinear", align_corners=False)
            large = ops.scale_masks(large, (height, width), ratio_pad=batch["ratio_pad"][i])[0]
            masks = ops.crop_mask((large > 0).byte(), boxes[some])
            pixels = np.asfortranarray(masks.cpu().numpy().transpose(1, 2, 0))
            self._rles += [rle["counts"].decode() for rle in mask.encode(pixels)]

    def _columns(self) -> dict[str, Any]:
        return {**super()._columns(), "rle": list(self._rles)}


class LabelCollector(Collector):
    """The best five labels of each image. The dataset must tell ``im_file`` with its batches."""

    def _keep(self, preds: Any, batch: dict[str, Any]) -> None:
        import torch

        numbers = [self._number(path) for path in batch["im_file"]]
        scores, classes = preds.float().topk(min(TOP, preds.shape[1]), dim=1)
        index = torch.tensor(numbers).unsqueeze(1).expand_as(classes)
        self._parts.append(torch.stack([index.double(), classes.double().cpu(), scores.double().cpu()], -1).numpy())

    def _columns(self) -> dict[str, Any]:
        import numpy as np

        whole = np.concatenate(self._parts) if self._parts else np.zeros((0, 0, 3))
        ranks = np.broadcast_to(np.arange(1, whole.shape[1] + 1), whole.shape[:2])
        return {
            "index": whole[..., 0].ravel().astype(np.int64),
            "rank": ranks.ravel().astype(np.uint8),
            "class_id": whole[..., 1].ravel().astype(np.int32),
            "score": whole[..., 2].ravel().astype(np.float32),
        }


COLLECTORS: dict[Task, type[Collector]] = {
    Task.DETECTION: BoxCollector,
    Task.SEGMENTATION: MaskCollector,
    Task.POSE: PoseCollector,
    Task.CLASSIFICATION: LabelCollector,
}

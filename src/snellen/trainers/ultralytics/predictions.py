"""Collects what the validator predicts while it validates: no second inference, no wait on a disk."""

from __future__ import annotations

import os
from typing import Any


class BoxCollector:
    """Wraps a validator's ``update_metrics``, which sees every prediction after NMS with its batch.

    Boxes come in pixels of the network's input; they are brought back to those of the original image with the
    framework's own function, on the device, and copied once a batch.
    """

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
        """Columns ``image, class_id, score, x, y, w, h`` and the paths of all images seen, relative to the dataset."""
        import numpy as np

        whole = np.concatenate(self._parts) if self._parts else np.zeros((0, 7))
        images = list(self._images)
        self.clear()
        index = whole[:, 0].astype(np.int64)
        names = np.asarray(images, dtype=object)
        columns = {
            "image": names[index].tolist() if len(index) else [],
            "class_id": whole[:, 1].astype(np.int32),
            "score": whole[:, 2].astype(np.float32),
            "x": whole[:, 3].astype(np.float64),
            "y": whole[:, 4].astype(np.float64),
            "w": (whole[:, 5] - whole[:, 3]).astype(np.float64),
            "h": (whole[:, 6] - whole[:, 4]).astype(np.float64),
        }
        return columns, images

    def _seen(self, preds: list[dict[str, Any]], batch: dict[str, Any]) -> None:
        # Only a validation of the training counts; the closing one of the best weights is no epoch.
        if self._validator.training:
            self._keep(preds, batch)
        self._update(preds, batch)

    def _keep(self, preds: list[dict[str, Any]], batch: dict[str, Any]) -> None:
        import torch
        from ultralytics.utils import ops

        shape = batch["img"].shape[2:]
        rows = []
        for i, pred in enumerate(preds):
            number = len(self._images)
            self._images.append(self._name(batch["im_file"][i]))
            if len(pred["cls"]) == 0:
                continue
            boxes: Any = ops.scale_boxes(
                shape, pred["bboxes"].clone(), batch["ori_shape"][i], ratio_pad=batch["ratio_pad"][i]
            )
            lead = torch.full_like(pred["cls"], number)
            rows.append(torch.cat([torch.stack([lead, pred["cls"], pred["conf"]], 1), boxes], 1))
        if rows:
            self._parts.append(torch.cat(rows).double().cpu().numpy())

    def _name(self, path: str) -> str:
        # Not the real path of the image: a link in the dataset has a name of its own, whatever it leads to.
        path = os.path.abspath(path)
        base = self._dataset_dir if path.startswith(self._dataset_dir + os.sep) else self._real_dir
        return os.path.relpath(path, base).replace(os.sep, "/")

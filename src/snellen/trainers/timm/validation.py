"""A classifier on its validation images: losses, accuracies, and the best five labels of each image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from snellen.contract.tasks import TOP


@dataclass(frozen=True, slots=True)
class Validated:
    """``loss`` is the mean cross entropy; ``top1`` and ``top5`` are from 0 to 1.

    ``columns`` of a prediction set (``image, rank, class_id, score``), ``images`` the paths of all images.
    """

    loss: float
    top1: float
    top5: float
    columns: dict[str, Any]
    images: list[str]


@torch.no_grad()
def validate(
    model: nn.Module, loader: Any, device: torch.device, *, folder: str, after_batch: Callable[[float], None]
) -> Validated:
    """Judge a model on a loader that keeps the order of its dataset, whose files lie under `folder`.

    `after_batch` is called with the part that is done, from 0 to 1; what it raises ends the validation.
    """
    model.eval()
    names = [f"{folder}/{name}".replace("\\", "/") for name in loader.dataset.filenames()]
    total, right1, right5 = 0.0, 0, 0
    scores, classes = [], []
    for number, (images, labels) in enumerate(loader, start=1):
        labels = labels.to(device)
        logits = model(images.to(device)).float()
        total += float(nn.functional.cross_entropy(logits, labels, reduction="sum"))
        best, which = logits.softmax(dim=1).topk(min(TOP, logits.shape[1]), dim=1)
        hit = which == labels[:, None]
        right1, right5 = right1 + int(hit[:, 0].sum()), right5 + int(hit.sum())
        scores.append(best.cpu())
        classes.append(which.cpu())
        after_batch(number / len(loader))
    count, kept = len(names), min(TOP, scores[0].shape[1]) if scores else 0
    columns = {
        "image": [name for name in names for _ in range(kept)],
        "rank": list(range(1, kept + 1)) * count,
        "class_id": torch.cat(classes).flatten().int().numpy() if classes else [],
        "score": torch.cat(scores).flatten().numpy() if scores else [],
    }
    divisor = max(count, 1)
    return Validated(total / divisor, right1 / divisor, right5 / divisor, columns, names)

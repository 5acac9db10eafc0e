"""A classifier on its validation images: losses, accuracies, and the best five labels of each image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from snellen.contract.tasks import TOP
from snellen.trainers.timm.team import Team


@dataclass(frozen=True, slots=True)
class Validated:
    """``loss`` is the mean cross entropy; ``top1`` and ``top5`` are from 0 to 1.

    ``columns`` of a prediction set (``image, rank, class_id, score``), ``images`` the paths of all images: both empty
    but in the first of several processes.
    """

    loss: float
    top1: float
    top5: float
    columns: dict[str, Any]
    images: list[str]


@torch.no_grad()
def validate(
    model: nn.Module, loader: Any, team: Team, *, folder: str, after_batch: Callable[[float], None]
) -> Validated:
    """Judge a model on a loader that keeps the order of its dataset, whose files lie under `folder`.

    Of several processes each has the images ``rank, rank + world, …``. `after_batch` is called with the part that is
    done, from 0 to 1; what it raises ends the validation.
    """
    model.eval()
    total, right1, right5 = 0.0, 0, 0
    scores, classes = [], []
    for number, (images, labels) in enumerate(loader, start=1):
        labels = labels.to(team.device)
        logits = model(images.to(team.device)).float()
        total += float(nn.functional.cross_entropy(logits, labels, reduction="sum"))
        best, which = logits.softmax(dim=1).topk(min(TOP, logits.shape[1]), dim=1)
        hit = which == labels[:, None]
        right1, right5 = right1 + int(hit[:, 0].sum()), right5 + int(hit.sum())
        scores.append(best.cpu().numpy())
        classes.append(which.int().cpu().numpy())
        after_batch(number / len(loader))
    loss, top1, top5 = (each / max(len(loader.dataset), 1) for each in team.summed((total, right1, right5)))
    parts = team.gathered((np.concatenate(scores), np.concatenate(classes)) if scores else None)
    if not team.leads:
        return Validated(loss, top1, top5, {}, [])
    names = [f"{folder}/{name}".replace("\\", "/") for name in loader.dataset.filenames()]
    return Validated(loss, top1, top5, _columns(names, parts), names)


def _columns(names: list[str], parts: list[Any]) -> dict[str, Any]:
    """Of the parts of all processes, in the order of the images."""
    found = [(rank, part) for rank, part in enumerate(parts) if part is not None]
    kept = found[0][1][0].shape[1] if found else 0
    scores = np.empty((len(names), kept), dtype=np.float32)
    classes = np.empty((len(names), kept), dtype=np.int32)
    for rank, (theirs, which) in found:
        scores[rank :: len(parts)], classes[rank :: len(parts)] = theirs, which
    return {
        "image": [name for name in names for _ in range(kept)],
        "rank": list(range(1, kept + 1)) * len(names),
        "class_id": classes.ravel(),
        "score": scores.ravel(),
    }

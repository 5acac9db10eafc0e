"""The images of a job, as timm loads and augments them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from timm.data import Mixup, create_dataset, create_loader
from timm.loss import LabelSmoothingCrossEntropy, SoftTargetCrossEntropy
from torch import nn

from snellen.errors import InvalidInput


def load(
    root: Path,
    split: str,
    class_names: Sequence[str],
    params: Mapping[str, Any],
    config: Mapping[str, Any],
    device: torch.device,
) -> Any:
    """The loader of a split, whose images lie in folders by class; `config` is timm's of the model's input."""
    training = split == "train"
    classes = {name: i for i, name in enumerate(class_names)}
    if not any(path.is_file() for path in (root / split).glob("*/[!.]*")):
        raise InvalidInput(f"dataset: there are no images of {split}; expected folders by class in {split}/")
    dataset = create_dataset("", root=str(root / split), search_split=False, class_map=classes)
    augmented = {
        "hflip": params["hflip"],
        "vflip": params["vflip"],
        "color_jitter": params["color_jitter"],
        "auto_augment": params["auto_augment"],
        "scale": (params["scale_min"], 1.0),
        "re_prob": params["re_prob"],
    }
    return create_loader(
        dataset,
        input_size=config["input_size"],
        # timm drops a last batch that isn't full: of fewer images than one there would be none at all.
        batch_size=min(params["batch_size"], len(dataset)),
        is_training=training,
        interpolation=config["interpolation"],
        mean=config["mean"],
        std=config["std"],
        crop_pct=config["crop_pct"],
        num_workers=params["workers"],
        persistent_workers=params["workers"] > 0,
        use_prefetcher=False,
        device=device,
        **(augmented if training else {}),
    )


def mixing(params: Mapping[str, Any], classes: int) -> Mixup | None:
    """Mixup and CutMix, where the job has them."""
    if not (params["mixup"] or params["cutmix"]):
        return None
    return Mixup(
        mixup_alpha=params["mixup"],
        cutmix_alpha=params["cutmix"],
        label_smoothing=params["smoothing"],
        num_classes=classes,
    )


def criterion(params: Mapping[str, Any], *, mixed: bool) -> nn.Module:
    """The loss; of mixed images the labels are soft, and smoothed already."""
    if mixed:
        return SoftTargetCrossEntropy()
    smoothing = params["smoothing"]
    return LabelSmoothingCrossEntropy(smoothing) if smoothing else nn.CrossEntropyLoss()

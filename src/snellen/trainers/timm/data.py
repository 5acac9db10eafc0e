"""The images of a job, as timm loads and augments them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from timm.data import Mixup, create_dataset, create_loader
from timm.loss import LabelSmoothingCrossEntropy, SoftTargetCrossEntropy
from torch import nn
from torch.utils.data import DataLoader, DistributedSampler

from snellen.errors import InvalidInput
from snellen.trainers.timm.batches import each_batch
from snellen.trainers.timm.team import Team


def load(
    root: Path,
    split: str,
    class_names: Sequence[str],
    params: Mapping[str, Any],
    config: Mapping[str, Any],
    team: Team,
) -> Any:
    """The loader of a split, whose images lie in folders by class; `config` is timm's of the model's input.

    Of several processes each has its part: in training equally many images, in validation every image once.
    """
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
    # timm drops a last batch that isn't full: of fewer images than one there would be none at all.
    most = -(-len(dataset) // team.world)
    loader = create_loader(
        dataset,
        input_size=config["input_size"],
        batch_size=min(each_batch(params["batch_size"], team.world), most),
        is_training=training,
        interpolation=config["interpolation"],
        mean=config["mean"],
        std=config["std"],
        crop_pct=config["crop_pct"],
        num_workers=params["workers"],
        persistent_workers=params["workers"] > 0,
        use_prefetcher=False,
        device=team.device,
        **(augmented if training else {}),
    )
    return loader if team.alone else _part(loader, team, params)


def _part(loader: Any, team: Team, params: Mapping[str, Any]) -> Any:
    """The same loader for the images of one process."""
    dataset = loader.dataset
    sampler: Any = range(team.rank, len(dataset), team.world)
    if loader.drop_last:
        # What is left over is dropped as in one process; of fewer images than a batch some come twice instead.
        whole = len(dataset) >= params["batch_size"]
        sampler = DistributedSampler(dataset, team.world, team.rank, seed=params["seed"], drop_last=whole)
    return DataLoader(
        dataset,
        batch_size=loader.batch_size,
        sampler=sampler,
        num_workers=loader.num_workers,
        collate_fn=loader.collate_fn,
        drop_last=loader.drop_last,
        worker_init_fn=loader.worker_init_fn,
        persistent_workers=loader.persistent_workers,
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

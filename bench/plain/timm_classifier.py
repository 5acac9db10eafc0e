"""timm alone: ``timm_classifier.py SETTINGS``, a loop of its parts as its users write it, nothing reported but lines.

SETTINGS is JSON with ``data`` (folders of images by class in ``train/`` and ``val/``), ``model``, ``epochs``,
``batch_size``, ``img_size``, ``lr``, ``weight_decay``, ``workers``, ``seed`` and ``out``.
"""

import json
import sys
from pathlib import Path

import timm
import torch
from timm.data import create_dataset, create_loader, resolve_data_config
from timm.loss import LabelSmoothingCrossEntropy
from timm.optim import create_optimizer_v2
from timm.scheduler import create_scheduler_v2
from timm.utils import random_seed

given = json.loads(sys.argv[1])
random_seed(given["seed"])
data = Path(given["data"])
classes = sorted(place.name for place in (data / "train").iterdir() if place.is_dir())
model = timm.create_model(given["model"], num_classes=len(classes))
config = resolve_data_config({"img_size": given["img_size"]}, model=model)


def loader(split: str) -> object:
    """timm's loader, with the augmentation that a Snellen job has by default."""
    training = split == "train"
    more = {"hflip": 0.5, "vflip": 0.0, "color_jitter": 0.4, "scale": (0.08, 1.0)} if training else {}
    return create_loader(
        create_dataset("", root=str(data / split), search_split=False),
        input_size=config["input_size"],
        batch_size=given["batch_size"],
        is_training=training,
        interpolation=config["interpolation"],
        mean=config["mean"],
        std=config["std"],
        crop_pct=config["crop_pct"],
        num_workers=given["workers"],
        persistent_workers=given["workers"] > 0,
        use_prefetcher=False,
        device=torch.device("cpu"),
        **more,
    )


train, val = loader("train"), loader("val")
loss_of = LabelSmoothingCrossEntropy(0.1)
optimizer = create_optimizer_v2(model, opt="adamw", lr=given["lr"], weight_decay=given["weight_decay"], momentum=0.9)
schedule, _ = create_scheduler_v2(
    optimizer, sched="cosine", num_epochs=given["epochs"], warmup_epochs=0, min_lr=1e-6, updates_per_epoch=len(train)
)
for epoch in range(given["epochs"]):
    schedule.step(epoch)
    model.train()
    total = 0.0
    for images, labels in train:
        batch_loss = loss_of(model(images), labels)
        optimizer.zero_grad()
        batch_loss.backward()
        optimizer.step()
        total += float(batch_loss.detach()) * len(images)
    model.eval()
    right = seen = 0
    with torch.no_grad():
        for images, labels in val:
            right += int((model(images).argmax(1) == labels).sum())
            seen += len(labels)
    state = {"state_dict": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}
    torch.save(state, Path(given["out"]) / "last.pth")
    print(
        f"epoch {epoch + 1}: loss {total / max(1, len(train.dataset)):.4f}, top1 {right / max(seen, 1):.4f}", flush=True
    )

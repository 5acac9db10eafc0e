"""A person's own loop, ``own_script.py SETTINGS``: a small network in torch. In a Snellen job it reports by the SDK.

SETTINGS is JSON with ``data`` (folders of images by class in ``train/`` and ``val/``), ``epochs``, ``out`` and ``lr``.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

job = None
if "SNELLEN_JOB_FOLDER" in os.environ:
    from snellen.sdk import open_job

    job = open_job()

given = json.loads(sys.argv[1])
data = Path(given["data"]) if job is None else job.dataset_dir
out = Path(given["out"]) if job is None else job.folder.work
torch.manual_seed(1)
classes = sorted(place.name for place in (data / "train").iterdir() if place.is_dir())


def read(split: str) -> tuple[list[str], torch.Tensor, torch.Tensor]:
    """All images of a split as names, pixels [n, 1, H, W] from 0 to 1, and labels."""
    paths = sorted((data / split).glob("*/[!.]*"))
    pixels = np.stack([np.asarray(Image.open(path).convert("L"), dtype=np.float32) / 255 for path in paths])
    labels = torch.tensor([classes.index(path.parent.name) for path in paths])
    return [path.relative_to(data).as_posix() for path in paths], torch.from_numpy(pixels)[:, None], labels


_, images, labels = read("train")
names, val_images, val_labels = read("val")
model = nn.Sequential(
    nn.Conv2d(1, 32, 3, 1, 1), nn.ReLU(), nn.Conv2d(32, 64, 3, 2, 1), nn.ReLU(), nn.Conv2d(64, 64, 3, 1, 1), nn.ReLU(),
    nn.Conv2d(64, 128, 3, 2, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(512, len(classes)),
)  # fmt: skip
optimizer = torch.optim.AdamW(model.parameters(), lr=given["lr"])
for epoch in range(1, given["epochs"] + 1):
    model.train()
    losses = []
    batches = torch.randperm(len(images)).split(16)
    for number, batch in enumerate(batches, 1):
        loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
        if job is not None:
            job.progress(epoch, number / len(batches))
            job.log_metrics({"batch/loss": losses[-1]}, step=(epoch - 1) * len(batches) + number)
            if job.should_stop_now():
                raise SystemExit(0)
    model.eval()
    with torch.no_grad():
        scores = torch.cat([model(part).softmax(1) for part in val_images.split(64)])
    top1 = float((scores.argmax(1) == val_labels).float().mean())
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, out / "last.pt")
    print(f"epoch {epoch}: loss {np.mean(losses):.4f}, top1 {top1:.4f}", flush=True)
    if job is not None:
        metrics = {"train/loss": float(np.mean(losses)), "val/top1": top1}
        job.log_metrics(metrics, epoch=epoch)
        job.log_predictions(epoch, images=names, probabilities=scores, metrics=metrics)
        job.save_checkpoint(out / "last.pt", epoch=epoch)
        if job.should_stop():
            break

"""Instance segmentation in plain PyTorch, reported to Snellen through ``snellen.sdk``.

A small U-Net says the class of each pixel; what hangs together is an instance. Everything that has to do with Snellen
begins with ``ctx.``: it is what you would add to a training loop of your own. Start it as a job of the trainer
``script``, or by hand: ``SNELLEN_JOB_FOLDER=/path/to/a/job/folder python train.py``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from snellen.errors import CheckpointBroken, InvalidInput
from snellen.sdk import JobContext, open_job

#: Smaller patches and less certain ones are left out.
LEAST_PIXELS, LEAST_SCORE = 9, 0.05


def main() -> None:
    """Train the job of this process."""
    ctx = open_job()
    if ctx.job.task != "segmentation" or ctx.job.dataset is None:
        raise InvalidInput("train.py: this script needs the task segmentation and a dataset")
    size, batch = int(ctx.params.get("img_size", 128)), int(ctx.params.get("batch_size", 8))
    if size % 4:
        raise InvalidInput(f"img_size: got {size}, expected a multiple of 4")
    torch.manual_seed(int(ctx.params.get("seed", 0)))
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train, val = (Scenes(ctx.dataset_dir, split, size) for split in ("train", "val"))
    loader = DataLoader(train, batch, shuffle=True)

    model = UNet(classes=len(ctx.job.dataset.class_names), width=int(ctx.params.get("width", 16))).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=float(ctx.params.get("lr", 0.01)))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=ctx.job.epochs)
    parts = {"model": model, "optimizer": optimizer, "schedule": schedule}
    done = 0
    if ctx.resume_from is not None:
        done = load(ctx.resume_from, parts, device)
    elif ctx.init_from is not None:
        load(ctx.init_from, {"model": model}, device)

    for epoch in range(done + 1, ctx.job.epochs + 1):
        model.train()
        losses = []
        for number, (images, classes, _) in enumerate(loader, 1):
            loss = functional.cross_entropy(model(images.to(device)), classes.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            ctx.progress(epoch, number / len(loader))
            if ctx.should_stop_now():  # this epoch is dropped, the last checkpoint stays
                return
        ctx.log_metrics({"train/loss": np.mean(losses), "lr": schedule.get_last_lr()[0]}, epoch=epoch)
        schedule.step()
        validate(ctx, epoch, model, val, device)
        path = ctx.folder.work / "last.pt"
        torch.save({name: part.state_dict() for name, part in parts.items()} | {"epoch": epoch}, path)
        ctx.save_checkpoint(path, epoch=epoch)  # copied at once: the next epoch may write over it
        if ctx.should_stop():
            return


@torch.inference_mode()
def validate(ctx: JobContext, epoch: int, model: nn.Module, val: Scenes, device: torch.device) -> None:
    """The loss, and every instance that the model sees in every validation image."""
    model.eval()
    losses, found = [], []
    for image, classes, number in val:
        logits = model(image[None].to(device))
        losses.append(functional.cross_entropy(logits, classes[None].to(device)).item())
        # Masks are of the size of the image itself, whatever the model works with.
        width, height = Image.open(val.paths[number]).size
        likely = functional.interpolate(logits, (height, width), mode="bilinear").softmax(1)[0]
        seen = instances(likely.argmax(0))
        scores = [likely[class_id + 1][mask].mean() for class_id, mask in seen]
        found.append({"labels": [c for c, _ in seen], "masks": [mask for _, mask in seen], "scores": scores})
    metrics = {"val/loss": np.mean(losses)}
    ctx.log_predictions(epoch, images=val.paths, predictions=found, metrics=metrics, min_score=LEAST_SCORE)


def instances(classes: torch.Tensor) -> list[tuple[int, torch.Tensor]]:
    """Class and mask of each patch of pixels of one class; `classes` [H, W] has 0 where there is nothing."""
    patches = []
    for kind in classes.unique().tolist():
        if kind == 0:
            continue
        inside = (classes == kind).float()[None]
        numbers = torch.arange(1.0, inside.numel() + 1, device=inside.device).view_as(inside) * inside
        while True:  # each pixel takes the highest number around it, until every patch has one
            spread = functional.max_pool2d(numbers, 3, 1, 1) * inside
            if torch.equal(spread, numbers):
                break
            numbers = spread
        for number in numbers.unique().tolist():
            mask = numbers[0] == number
            if number > 0 and mask.sum() >= LEAST_PIXELS:
                patches.append((kind - 1, mask))
    return patches


def load(path: Path, parts: dict, device: torch.device) -> int:
    """Fill `parts` from a checkpoint; the epoch after which it was saved."""
    try:
        state = torch.load(path, map_location=device, weights_only=True)
        for name, part in parts.items():
            part.load_state_dict(state[name])
        return int(state["epoch"])
    except Exception as error:  # a file that is cut short, or of another model, raises anything
        said = f"{type(error).__name__}: {error}"
        raise CheckpointBroken(f"the checkpoint {path} is not whole or not of this model ({said})") from error


class Scenes(Dataset):
    """Images of a split at [3, size, size] from 0 to 1, and the class of each pixel: 0 is background."""

    def __init__(self, folder: Path, split: str, size: int) -> None:
        self.paths = sorted(path for path in (folder / "images" / split).iterdir() if path.is_file())
        self.labels = folder / "labels" / split
        self.size = size

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, number: int) -> tuple[torch.Tensor, torch.Tensor, int]:
        if number >= len(self):
            raise IndexError(number)
        path = self.paths[number]
        pixels = np.asarray(Image.open(path).convert("RGB").resize((self.size, self.size)), dtype=np.float32) / 255
        classes = Image.new("I", (self.size, self.size))
        draw = ImageDraw.Draw(classes)
        for line in (self.labels / f"{path.stem}.txt").read_text().splitlines():
            class_id, *outline = line.split()
            draw.polygon([float(part) * self.size for part in outline], fill=int(class_id) + 1)
        return torch.from_numpy(pixels).permute(2, 0, 1), torch.from_numpy(np.array(classes)).long(), number


class UNet(nn.Module):
    """Two steps down, two up; the side of the input is a multiple of 4."""

    def __init__(self, classes: int, width: int) -> None:
        super().__init__()
        self.first, self.second = block(3, width), block(width, 2 * width)
        self.bottom = block(2 * width, 4 * width)
        self.back, self.last = block(6 * width, 2 * width), block(3 * width, width)
        self.head = nn.Conv2d(width, classes + 1, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits [n, classes + 1, H, W]."""
        first = self.first(images)
        second = self.second(functional.max_pool2d(first, 2))
        bottom = self.bottom(functional.max_pool2d(second, 2))
        back = self.back(torch.cat([functional.interpolate(bottom, scale_factor=2), second], 1))
        return self.head(self.last(torch.cat([functional.interpolate(back, scale_factor=2), first], 1)))


def block(before: int, after: int) -> nn.Sequential:
    """Two convolutions that keep the size."""
    layers = []
    for channels in (before, after):
        layers += [nn.Conv2d(channels, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers)


if __name__ == "__main__":
    main()

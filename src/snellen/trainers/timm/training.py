"""One training with timm's parts. Imported only beside timm."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from typing import Any

import timm
import torch
from timm.data import Mixup, create_dataset, create_loader, resolve_data_config
from timm.loss import LabelSmoothingCrossEntropy, SoftTargetCrossEntropy
from timm.optim import create_optimizer_v2
from timm.scheduler import create_scheduler_v2
from timm.utils import ModelEmaV3, random_seed
from torch import nn

from snellen.errors import InvalidInput
from snellen.sdk import JobContext
from snellen.trainers.timm.validation import Validated, validate


class Training:
    """A model, its data and what changes while it learns."""

    def __init__(self, ctx: JobContext, params: dict[str, Any], class_names: Sequence[str]) -> None:
        random_seed(params["seed"])
        self._ctx = ctx
        self._params = params
        self._device = torch.device("cuda" if ctx.job.resources.gpus else "cpu")
        self._class_names = tuple(class_names)
        self._model = self._create().to(self._device)
        config = resolve_data_config({"img_size": params["img_size"]}, model=self._model)
        self._train, self._val = (self._loader(split, config) for split in ("train", "val"))
        self._mixup = self._mixing()
        self._loss = self._criterion()
        self._optimizer = create_optimizer_v2(
            self._model,
            opt=params["opt"],
            lr=params["lr"],
            weight_decay=params["weight_decay"],
            momentum=params["momentum"],
        )
        self._schedule = None
        if params["sched"] != "none":
            self._schedule, _ = create_scheduler_v2(
                self._optimizer,
                sched=params["sched"],
                num_epochs=ctx.job.epochs,
                warmup_epochs=params["warmup_epochs"],
                min_lr=params["min_lr"],
                updates_per_epoch=len(self._train),
            )
        self._amp = bool(params["amp"]) and self._device.type == "cuda"
        self._scaler = torch.amp.GradScaler(enabled=self._amp)
        self._ema = ModelEmaV3(self._model, decay=params["ema_decay"], use_warmup=True) if params["ema"] else None
        self._updates = 0
        self._best = -math.inf

    def run(self) -> None:
        """Every epoch: learn, validate, tell, keep the weights."""
        for epoch in range(1, self._ctx.job.epochs + 1):
            if self._schedule is not None:
                self._schedule.step(epoch - 1)
            rate = float(self._optimizer.param_groups[0]["lr"])
            loss = self._learn(epoch)
            self._ctx.progress(epoch, 0.9, "validate")
            found = validate(self._judged, self._val, self._device, folder="val")
            if self._schedule is not None and self._params["sched"] == "plateau":
                self._schedule.step(epoch, found.top1)
            metrics = {"val/loss": found.loss, "val/top1": found.top1, "val/top5": found.top5}
            self._ctx.log_metrics({"train/loss": loss, "lr": rate, **metrics}, epoch=epoch)
            self._ctx.log_validation(
                epoch, metrics=metrics, overall_loss=found.loss, predictions=found.columns, images=found.images
            )
            self._keep(epoch, found)
            self._ctx.progress(epoch, 1.0, "validate")
            if self._ctx.should_stop():
                return

    @property
    def _judged(self) -> nn.Module:
        return self._model if self._ema is None else self._ema.module

    def _learn(self, epoch: int) -> float:
        """One pass over the training images; the mean loss."""
        self._model.train()
        total, seen = 0.0, 0
        for number, (images, labels) in enumerate(self._train, start=1):
            images, labels = images.to(self._device), labels.to(self._device)
            if self._mixup is not None and len(images) % 2:
                images, labels = images[:-1], labels[:-1]  # it pairs images
            if not len(images):
                continue
            targets = labels
            if self._mixup is not None:
                images, targets = self._mixup(images, labels)
            with self._precision():
                loss = self._loss(self._model(images), targets)
            value = float(loss.detach())
            if not math.isfinite(value):
                raise ArithmeticError(
                    f"the loss became {value} in epoch {epoch}, batch {number}; the checkpoint of the epoch before is "
                    "kept: try a smaller lr, clip_grad, or amp off"
                )
            self._optimizer.zero_grad()
            self._scaler.scale(loss).backward()
            if self._params["clip_grad"] is not None:
                self._scaler.unscale_(self._optimizer)
                nn.utils.clip_grad_norm_(self._model.parameters(), self._params["clip_grad"])
            self._scaler.step(self._optimizer)
            self._scaler.update()
            self._updates += 1
            if self._ema is not None:
                self._ema.update(self._model, step=self._updates)
            total, seen = total + value * len(images), seen + len(images)
            self._ctx.progress(epoch, 0.9 * number / len(self._train))
        return total / max(seen, 1)

    def _keep(self, epoch: int, found: Validated) -> None:
        """A checkpoint with all that going on would need; the best by top-1 under a name of its own."""
        path = self._ctx.folder.work / "last.pth"
        state = {
            "arch": self._ctx.job.model,
            "class_names": list(self._class_names),
            "params": self._params,
            "epoch": epoch,
            "updates": self._updates,
            "state_dict": self._model.state_dict(),
            "state_dict_ema": None if self._ema is None else self._ema.module.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "scheduler": None if self._schedule is None else self._schedule.state_dict(),
            "scaler": self._scaler.state_dict(),
            "top1": found.top1,
        }
        torch.save(state, path)
        self._ctx.save_checkpoint(path, name="last", epoch=epoch, metadata={"val/top1": found.top1})
        if found.top1 > self._best:
            self._best = found.top1
            metadata = {"val/top1": found.top1, "chosen_by": "val/top1"}
            self._ctx.save_checkpoint(path, name="best", epoch=epoch, metadata=metadata)

    def _create(self) -> nn.Module:
        params, name = self._params, self._ctx.job.model
        # Transformers are built for one size of their input.
        sized = bool(getattr(timm.get_pretrained_cfg(name), "fixed_input_size", False))
        size = {"img_size": params["img_size"]} if sized and params["img_size"] is not None else {}
        options = {"num_classes": len(self._class_names), "drop_rate": params["drop"], **size}
        if params["drop_path"]:
            options["drop_path_rate"] = params["drop_path"]
        try:
            model: nn.Module = timm.create_model(name, pretrained=params["pretrained"], **options)
        except Exception as error:
            if not params["pretrained"]:
                raise
            reason = str(error).strip().splitlines()[:1] or [type(error).__name__]
            raise InvalidInput(
                f"pretrained: the weights of {name} are neither here nor to be had ({reason[0][:300]}); "
                "train from scratch, or put them into this machine's cache"
            ) from error
        return model

    def _loader(self, split: str, config: dict[str, Any]) -> Any:
        params, training = self._params, split == "train"
        classes = {name: i for i, name in enumerate(self._class_names)}
        if not any(path.is_file() for path in (self._ctx.dataset_dir / split).glob("*/[!.]*")):
            raise InvalidInput(f"dataset: there are no images of {split}; expected folders by class in {split}/")
        dataset = create_dataset("", root=str(self._ctx.dataset_dir / split), search_split=False, class_map=classes)
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
            batch_size=params["batch_size"],
            is_training=training,
            interpolation=config["interpolation"],
            mean=config["mean"],
            std=config["std"],
            crop_pct=config["crop_pct"],
            num_workers=params["workers"],
            persistent_workers=params["workers"] > 0,
            use_prefetcher=False,
            device=self._device,
            **(augmented if training else {}),
        )

    def _mixing(self) -> Mixup | None:
        params = self._params
        if not (params["mixup"] or params["cutmix"]):
            return None
        return Mixup(
            mixup_alpha=params["mixup"],
            cutmix_alpha=params["cutmix"],
            label_smoothing=params["smoothing"],
            num_classes=len(self._class_names),
        )

    def _criterion(self) -> nn.Module:
        if self._mixup is not None:
            return SoftTargetCrossEntropy()
        smoothing = self._params["smoothing"]
        return LabelSmoothingCrossEntropy(smoothing) if smoothing else nn.CrossEntropyLoss()

    def _precision(self) -> contextlib.AbstractContextManager[Any]:
        return torch.autocast(self._device.type) if self._amp else contextlib.nullcontext()

"""One training with timm's parts. Imported only beside timm."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch
from timm.data import resolve_data_config
from timm.optim import create_optimizer_v2
from timm.scheduler import create_scheduler_v2
from timm.utils import ModelEmaV3, random_seed
from torch import nn

from snellen.errors import CheckpointBroken, InvalidInput, reason_of
from snellen.sdk import JobContext
from snellen.trainers.timm import data, devices
from snellen.trainers.timm.checkpoints import finished, random_state, read_resume, restore_random
from snellen.trainers.timm.failures import diverged, is_no_memory, no_memory
from snellen.trainers.timm.models import begin_with, create
from snellen.trainers.timm.stopping import Best, StopNow
from snellen.trainers.timm.team import Team
from snellen.trainers.timm.validation import Validated, validate

#: The part of an epoch's progress that is learning; the rest is validation.
LEARNING = 0.9


def train(ctx: JobContext, params: Mapping[str, Any], class_names: Sequence[str], team: Team) -> None:
    """Begin, or go on where the job's checkpoint is, until its epochs are over or it ends before them."""
    size = params["img_size"]
    try:
        before = None
        if ctx.resume_from is not None:
            before = read_resume(ctx.resume_from, arch=ctx.job.model, class_names=class_names, params=params)
            ctx.note = finished(before, epochs=ctx.job.epochs, patience=params["patience"])
            if ctx.note is not None:
                return
        training = Training(ctx, params, class_names, team)
        size = training.img_size
        if before is not None:
            training.restore(before)
            del before  # its tensors are copied
        training.run()
    except StopNow:
        ctx.log("stopped at once: what the epoch under way had learned is dropped, the last checkpoint is kept")
    except Exception as error:
        told = no_memory(
            error, device=devices.described(team.device), batch_size=params["batch_size"], img_size=size,
            processes=team.world,
        )  # fmt: skip
        if told is None:
            raise
        raise told from error


class Training:
    """A model, its data and what changes while it learns."""

    def __init__(self, ctx: JobContext, params: Mapping[str, Any], class_names: Sequence[str], team: Team) -> None:
        random_seed(params["seed"])
        self._ctx = ctx
        self._params = params
        self._team = team
        self._class_names = tuple(class_names)
        self._model = team.prepared(self._create().to(team.device), sync_bn=params["sync_bn"])
        config = resolve_data_config({"img_size": params["img_size"]}, model=self._model)
        self.img_size = int(config["input_size"][-1])
        self._train, self._val = (
            data.load(ctx.dataset_dir, split, self._class_names, params, config, team) for split in ("train", "val")
        )
        self._mixup = data.mixing(params, len(self._class_names))
        self._loss = data.criterion(params, mixed=self._mixup is not None)
        self._optimizer = create_optimizer_v2(
            self._model,
            opt=params["opt"],
            lr=params["lr"],
            weight_decay=params["weight_decay"],
            momentum=params["momentum"],
        )
        #: The same weights, with which to learn.
        self._learning = team.learning(self._model, self._optimizer)
        self._schedule: Any = None
        if params["sched"] != "none":
            self._schedule, _ = create_scheduler_v2(
                self._optimizer,
                sched=params["sched"],
                num_epochs=ctx.job.epochs,
                warmup_epochs=params["warmup_epochs"],
                min_lr=params["min_lr"],
                updates_per_epoch=len(self._train),
            )
        self._amp = bool(params["amp"]) and team.device.type == "cuda"
        self._scaler = torch.amp.GradScaler(enabled=self._amp)
        self._ema = ModelEmaV3(self._model, decay=params["ema_decay"], use_warmup=True) if params["ema"] else None
        self._updates = 0
        self._done = 0
        self._best = Best()

    def restore(self, content: Mapping[str, Any]) -> None:
        """Be as the training that wrote a checkpoint was at the end of its epoch.

        Raises :class:`~snellen.errors.CheckpointBroken` for one whose parts don't fit.
        """
        try:
            self._model.load_state_dict(content["state_dict"])
            if self._ema is not None:
                self._ema.module.load_state_dict(content["state_dict_ema"])
            self._optimizer.load_state_dict(content["optimizer"])
            if self._schedule is not None:
                self._schedule.load_state_dict(content["scheduler"])
            if self._plateau is not None:
                self._plateau.load_state_dict(content["plateau"])
            if content["scaler"]:
                self._scaler.load_state_dict(content["scaler"])
            elif self._amp:
                self._ctx.log("mixed precision begins anew: the checkpoint is of a training without it")
            self._updates, self._done = int(content["updates"]), int(content["epoch"])
            self._best = Best(**content["best"])
            if self._team.alone:  # others begin anew with each epoch
                restore_random(content["random"])
        except (ValueError, RuntimeError, KeyError, TypeError, AttributeError, IndexError) as error:
            if is_no_memory(error):
                raise
            why = " ".join(reason_of(error).split())[:400]
            raise CheckpointBroken(
                f"resume_from: the checkpoint of epoch {content['epoch']} doesn't fit this job ({why}). Resume from "
                "another checkpoint, or start a new job that begins with its weights (init_from)"
            ) from error
        self._ctx.log(f"going on with epoch {self._done + 1} of {self._ctx.job.epochs}")
        theirs, ours = content.get("processes", 1), self._team.world
        if theirs != ours:
            self._ctx.log(
                f"the checkpoint is of a training in {theirs} processes, this one has {ours}: images come in another "
                "order, with other augmentations"
            )

    def run(self) -> None:
        """Every epoch: learn, validate, tell, keep the weights."""
        for epoch in range(self._done + 1, self._ctx.job.epochs + 1):
            # timm's plateau takes step 0 for a warmup even without one, and would stay at its tiny rate.
            if self._schedule is not None and (self._plateau is None or self._params["warmup_epochs"]):
                self._schedule.step(epoch - 1)
            rate = float(self._optimizer.param_groups[0]["lr"])
            loss = self._learn(epoch)
            found = self._validate(epoch)
            if self._plateau is not None:
                self._schedule.step(epoch, found.top1)
            best = self._best.take(found.top1, epoch)
            if self._team.leads:
                self._tell(epoch, found, {"train/loss": loss, "lr": rate})
                self._keep(epoch, found, best=best)
                self._ctx.progress(epoch, 1.0, "validate")
            self._done = epoch
            (stopped,) = self._team.agreed([self._ctx.should_stop()])
            if stopped:
                return
            early = self._best.stops_early(epoch, self._params["patience"])
            if early is not None and epoch < self._ctx.job.epochs:
                self._ctx.note = early
                return

    @property
    def _judged(self) -> nn.Module:
        return self._model if self._ema is None else self._ema.module

    @property
    def _plateau(self) -> Any:
        """PyTorch's schedule inside timm's, which leaves how long it has been waiting out of its own state."""
        return self._schedule.lr_scheduler if self._params["sched"] == "plateau" else None

    def _learn(self, epoch: int) -> float:
        """One pass over the training images; the mean loss."""
        self._team.begin_epoch(epoch, seed=self._params["seed"], loader=self._train)
        self._learning.train()
        total, seen = 0.0, 0
        for number, (images, labels) in enumerate(self._train, start=1):
            images, labels = images.to(self._team.device), labels.to(self._team.device)
            if self._mixup is not None and len(images) % 2:
                images, labels = images[:-1], labels[:-1]  # it pairs images
            if not len(images):
                raise InvalidInput("mixup, cutmix: they pair the images of a batch, and batches here have a single one")
            targets = labels
            if self._mixup is not None:
                images, targets = self._mixup(images, labels)
            with self._precision():
                loss = self._loss(self._learning(images), targets)
            value = float(loss.detach())
            if not math.isfinite(value):
                raise diverged(value, epoch, f"batch {number}", kept=self._done)
            self._optimizer.zero_grad()
            self._scaler.scale(loss).backward(create_graph=getattr(self._optimizer, "is_second_order", False))
            if self._params["clip_grad"] is not None:
                self._scaler.unscale_(self._optimizer)
                nn.utils.clip_grad_norm_(self._model.parameters(), self._params["clip_grad"])
            self._scaler.step(self._optimizer)
            self._scaler.update()
            self._updates += 1
            if self._ema is not None:
                self._ema.update(self._model, step=self._updates)
            total, seen = total + value * len(images), seen + len(images)
            self._after_batch(epoch, LEARNING * number / len(self._train), "train")
        total, images_seen = self._team.summed((total, seen))
        return total / max(images_seen, 1)

    def _validate(self, epoch: int) -> Validated:
        def after_batch(part: float) -> None:
            self._after_batch(epoch, LEARNING + (1 - LEARNING) * part * 0.99, "validate")

        self._team.level(self._model)
        if self._ema is not None:
            self._team.level(self._ema.module)
        found = validate(self._judged, self._val, self._team, folder="val", after_batch=after_batch)
        if not math.isfinite(found.loss):
            # Weights that are no numbers would be kept over good ones.
            raise diverged(found.loss, epoch, "in its validation", kept=self._done)
        return found

    def _after_batch(self, epoch: int, part: float, phase: str) -> None:
        self._ctx.progress(epoch, part, phase)
        if self._ctx.should_stop_now():
            raise StopNow

    def _tell(self, epoch: int, found: Validated, learned: Mapping[str, float]) -> None:
        metrics = {"val/loss": found.loss, "val/top1": found.top1, "val/top5": found.top5}
        self._ctx.log_metrics({**learned, **metrics}, epoch=epoch)
        self._ctx.log_validation(
            epoch, metrics=metrics, overall_loss=found.loss, predictions=found.columns, images=found.images
        )

    def _keep(self, epoch: int, found: Validated, *, best: bool) -> None:
        """A checkpoint with all that going on needs; the best by top-1 under a name of its own."""
        path = self._ctx.folder.work / "last.pth"
        state = {
            "arch": self._ctx.job.model,
            "class_names": list(self._class_names),
            "params": dict(self._params),
            "epoch": epoch,
            "updates": self._updates,
            "state_dict": self._model.state_dict(),
            "state_dict_ema": None if self._ema is None else self._ema.module.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "scheduler": None if self._schedule is None else self._schedule.state_dict(),
            "plateau": None if self._plateau is None else self._plateau.state_dict(),
            "scaler": self._scaler.state_dict(),
            "top1": found.top1,
            "best": asdict(self._best),
            "random": random_state(),
            "processes": self._team.world,
        }
        torch.save(state, path)
        metadata: dict[str, Any] = {
            "val/top1": found.top1,
            "best_epoch": self._best.epoch,
            "best/val/top1": self._best.value,
        }
        self._ctx.save_checkpoint(path, name="last", epoch=epoch, metadata=metadata)
        if best:
            metadata = {"val/top1": found.top1, "chosen_by": "val/top1"}
            self._ctx.save_checkpoint(path, name="best", epoch=epoch, metadata=metadata)

    def _create(self) -> nn.Module:
        ctx = self._ctx
        # Weights that come from a checkpoint needn't be fetched from elsewhere first.
        pretrained = self._params["pretrained"] and ctx.resume_from is None and ctx.init_from is None
        model = create(ctx.job.model, self._params, len(self._class_names), pretrained=pretrained)
        if ctx.init_from is not None and ctx.resume_from is None:
            for line in begin_with(model, ctx.init_from, arch=ctx.job.model, class_names=self._class_names):
                ctx.log(f"init_from: {line}")
        return model

    def _precision(self) -> contextlib.AbstractContextManager[Any]:
        return torch.autocast(self._team.device.type) if self._amp else contextlib.nullcontext()

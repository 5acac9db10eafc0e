"""The framework's trainers as a job needs them. Imported only beside the framework, also by the processes it starts."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from ultralytics.data.dataset import ClassificationDataset
from ultralytics.engine.trainer import BaseTrainer
from ultralytics.models import yolo
from ultralytics.nn.tasks import load_checkpoint
from ultralytics.utils import DEFAULT_CFG, RANK

from snellen.contract.tasks import Task
from snellen.errors import InvalidInput
from snellen.sdk import JobContext
from snellen.trainers.ultralytics import environment, ranks
from snellen.trainers.ultralytics.failures import Circumstances, explained
from snellen.trainers.ultralytics.hooks import Hooks, RankHooks
from snellen.trainers.ultralytics.stopping import StopNow, close_loaders

#: What a resumed training takes from its job; all else is as the checkpoint says, also what was found automatically.
OF_THE_ATTEMPT = (
    "data", "device", "epochs", "project", "name", "exist_ok", "save", "val", "plots", "workers", "cache",
)  # fmt: skip


class JobTrainer(BaseTrainer):
    """What all tasks share. In a process that the framework started the hooks are there from the beginning."""

    def __init__(self, cfg: Any = DEFAULT_CFG, overrides: Any = None, _callbacks: Any = None) -> None:
        environment.load()
        super().__init__(cfg, overrides, _callbacks)
        self.hooks: RankHooks | None = None
        if RANK != -1:
            self.attach(ranks.rank_context())

    def attach(self, ctx: JobContext) -> None:
        """Tell the job what happens here."""
        self.hooks = (Hooks if RANK in {-1, 0} else RankHooks)(ctx, rank=max(RANK, 0))
        for event, callback in self.hooks.callbacks().items():
            self.add_callback(event, callback)

    def train(self) -> None:
        """Train, and say of an error what it means; a process of several leaves word of its end."""
        if RANK == -1:
            return self._train()
        assert self.hooks is not None  # noqa: S101 (attached where RANK is set)
        error: BaseException | None = None
        try:
            self._train()
        except BaseException as raised:
            error = raised
            raise
        finally:
            ranks.tell_end(self.hooks.ctx, RANK, error)
            if isinstance(error, StopNow):
                # The others wait for this one in the middle of a step: their launcher ends them.
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(1)

    def _train(self) -> None:
        try:
            super().train()
        except StopNow:
            raise
        except Exception as error:
            meaning = explained(error, self.circumstances())
            if meaning is None:
                raise
            raise meaning from error
        finally:
            close_loaders(self)

    def circumstances(self) -> Circumstances:
        """What is done now."""
        epoch = getattr(self, "epoch", None)
        return Circumstances(
            device=str(self.device),
            batch=self.batch_size,
            imgsz=self.args.imgsz,
            epoch=None if epoch is None else epoch + 1,
            kept_epoch=None if self.hooks is None else self.hooks.kept_epoch,
            halved=getattr(self, "_oom_retries", 0),
        )

    def setup_model(self) -> Any:
        """The framework's; weights of another job that hardly fit into a YAML's architecture are refused."""
        ckpt = super().setup_model()
        weights = self.args.pretrained
        if isinstance(weights, str) and not self.resume:
            fit, of = fitting(self.model, weights)
            if self.hooks is not None and RANK in {-1, 0}:
                self.hooks.ctx.log(f"beginning with other weights: {fit} of {of} tensors fit into {self.args.model}")
            if fit < of / 2:
                raise InvalidInput(
                    f"init_from: only {fit} of {of} tensors of {self.args.model} are found in the weights; "
                    "leave the model out to take the architecture of the weights, or name one of its family and size"
                )
        return ckpt

    def check_resume(self, overrides: dict[str, Any]) -> None:
        """The checkpoint's settings, but the places, the device and the number of epochs of this attempt."""
        super().check_resume({})
        if not self.resume:
            return
        for key in OF_THE_ATTEMPT:
            # Under a time limit the number of epochs is the framework's estimate.
            if key in overrides and not (key == "epochs" and self.args.time):
                setattr(self.args, key, overrides[key])
        # Early versions take it out of the overrides, and then write into the folder of the attempt before.
        self.args.save_dir = str(Path(self.args.project) / self.args.name)

    def resume_training(self, ckpt: dict[str, Any] | None) -> None:
        """Go on; and have at hand what the epochs before left: curves, the last checkpoint, perhaps the best."""
        super().resume_training(ckpt)
        if ckpt is None or not self.resume:
            return
        metadata = {} if self.hooks is None else self.hooks.ctx.resume_metadata
        # Early versions keep nothing of patience in the checkpoint, and read nothing of it.
        patience = ckpt.get("stopper") or {}
        for name in ("best_epoch", "best_fitness"):
            found = patience.get(name, metadata.get(f"patience_{name}"))
            if found is not None:
                setattr(self.stopper, name, found)
        if RANK in {-1, 0}:
            self._bring(ckpt, best=metadata.get("best_epoch") == ckpt["epoch"] + 1)

    def _bring(self, ckpt: dict[str, Any], *, best: bool) -> None:
        shutil.copyfile(self.args.resume, self.last)
        self.best.unlink(missing_ok=True)
        if best:
            shutil.copyfile(self.args.resume, self.best)
        columns = ckpt.get("train_results") or {}
        rows = list(zip(*columns.values(), strict=False))[: ckpt["epoch"] + 1]
        if rows:
            lines = [",".join(columns), *(",".join(_number(value) for value in row) for row in rows)]
            Path(self.csv).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _handle_nan_recovery(self, epoch: int) -> bool:
        """The framework recovers in no first epoch; that of a resumed training has a checkpoint before it."""
        first, self.start_epoch = self.start_epoch, self.start_epoch - bool(self.resume)
        try:
            return bool(super()._handle_nan_recovery(epoch))
        finally:
            self.start_epoch = first


def _number(value: Any) -> str:
    return "" if value is None else f"{float(value):.6g}"


def fitting(model: Any, weights: str) -> tuple[int, int]:
    """How many tensors of a model are in a checkpoint, in the same shape, and how many it has."""
    theirs = load_checkpoint(weights)[0].state_dict()
    ours = model.state_dict()
    return sum(name in theirs and theirs[name].shape == value.shape for name, value in ours.items()), len(ours)


class NamedImages(ClassificationDataset):
    """Each sample says its file; validation is shuffled, so their order says nothing."""

    def __getitem__(self, i: int) -> dict[str, Any]:
        return {**super().__getitem__(i), "im_file": str(self.samples[i][0])}


class DetectionJob(JobTrainer, yolo.detect.DetectionTrainer):
    """Boxes."""


class SegmentationJob(JobTrainer, yolo.segment.SegmentationTrainer):
    """Boxes and masks."""


class PoseJob(JobTrainer, yolo.pose.PoseTrainer):
    """Boxes and keypoints."""


class ClassificationJob(JobTrainer, yolo.classify.ClassificationTrainer):
    """Labels; the batches say which images they are of."""

    def build_dataset(self, *arguments: Any, **more: Any) -> Any:
        """The framework's dataset, whose class learns to say the file."""
        dataset = super().build_dataset(*arguments, **more)
        dataset.__class__ = NamedImages
        return dataset


JOB_TRAINERS: dict[Task, type[JobTrainer]] = {
    Task.DETECTION: DetectionJob,
    Task.SEGMENTATION: SegmentationJob,
    Task.POSE: PoseJob,
    Task.CLASSIFICATION: ClassificationJob,
}

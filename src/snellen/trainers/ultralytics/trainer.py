"""The adapter of Ultralytics YOLO: detection, segmentation, pose, classification."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any, ClassVar

from snellen.contract.tasks import Task
from snellen.errors import InvalidInput
from snellen.sdk import JobContext, Trainer
from snellen.trainers.ultralytics import environment
from snellen.trainers.ultralytics.schema import build_schema, optimizers_in
from snellen.trainers.ultralytics.weights import find_model

#: Their word for each of our tasks.
TASKS = {
    Task.DETECTION: "detect",
    Task.SEGMENTATION: "segment",
    Task.POSE: "pose",
    Task.CLASSIFICATION: "classify",
}
SIZES = "nsmlx"
#: How the names of a task's models end.
SUFFIXES = {Task.DETECTION: "", Task.SEGMENTATION: "-seg", Task.POSE: "-pose", Task.CLASSIFICATION: "-cls"}


class UltralyticsTrainer(Trainer):
    """Trains YOLO models from a YAML (from scratch) or from weights."""

    name: ClassVar[str] = "ultralytics"
    tasks: ClassVar[Sequence[Task]] = tuple(TASKS)
    models: ClassVar[Sequence[str]] = tuple(
        f"{family}{size}{suffix}.yaml"
        for suffix in SUFFIXES.values()
        for family in ("yolo11", "yolo26", "yolov8")
        for size in SIZES
    )

    def version(self) -> str:
        """The framework's version."""
        return str(environment.look().__version__)

    def schema(self, task: Task) -> dict[str, Any]:
        """All hyperparameters of the installed version that training reads."""
        environment.look()
        from ultralytics import cfg
        from ultralytics.engine.trainer import BaseTrainer
        from ultralytics.utils import DEFAULT_CFG_DICT

        return build_schema(
            dict(DEFAULT_CFG_DICT),
            fractions=set(cfg.CFG_FRACTION_KEYS),
            floats=set(cfg.CFG_FLOAT_KEYS),
            ints=set(cfg.CFG_INT_KEYS),
            bools=set(cfg.CFG_BOOL_KEYS),
            optimizers=optimizers_in(BaseTrainer.build_optimizer.__code__.co_consts),
        )

    def run(self, ctx: JobContext) -> None:
        """Train; the framework's own folders are under the job's ``work/``."""
        from snellen.trainers.ultralytics.hooks import Hooks

        if ctx.job.task not in TASKS:
            raise InvalidInput(f"task {ctx.job.task}: this trainer does {', '.join(TASKS)}")
        if ctx.job.resources.gpus > 1:
            # The framework then trains in processes of its own, which the hooks don't reach.
            raise InvalidInput(
                f"gpus: got {ctx.job.resources.gpus}; this trainer does not train on several yet, ask for 1"
            )
        check_model(ctx.job.model, ctx.job.task)
        environment.isolate(ctx.folder.work / "ultralytics")
        environment.load()
        trainer = _trainer_class(ctx.job.task)(overrides=self.overrides(ctx))
        for event, callback in Hooks(ctx).callbacks().items():
            trainer.add_callback(event, callback)
        _check_classes(trainer, ctx)
        trainer.train()

    def overrides(self, ctx: JobContext) -> dict[str, Any]:
        """What the framework is told: the job's hyperparameters, and places inside the job's folder."""
        return {
            **ctx.params,
            "task": TASKS[ctx.job.task],
            "mode": "train",
            "model": find_model(ctx.job.model, ctx.folder.root),
            "data": str(ctx.dataset_dir if ctx.job.task is Task.CLASSIFICATION else ctx.dataset_dir / "data.yaml"),
            "epochs": ctx.job.epochs,
            "project": str(ctx.folder.work),
            "name": "run",
            "exist_ok": True,
            "save": True,
            "val": True,
            "plots": True,
            **({} if "device" in ctx.params else _device(ctx)),
        }


def check_model(model: str, task: Task) -> None:
    """Refuse a model whose name says that it is for another task, before the framework fails deep inside.

    Raises :class:`~snellen.errors.InvalidInput` naming one that fits. A name that says nothing passes.
    """
    stem, dot, ending = PurePosixPath(model).name.partition(".")
    known = re.fullmatch(r"(yolo(?:v?\d+)[a-z]*)(-seg|-pose|-cls|-obb)?", stem)
    if known is None or (known[2] or "") == SUFFIXES[task]:
        return
    raise InvalidInput(
        f"model: {model} is not for {task}; its name would end in {SUFFIXES[task] or 'the size alone'}: "
        f"{known[1]}{SUFFIXES[task]}{dot}{ending}"
    )


def _trainer_class(task: Task) -> Any:
    from ultralytics.models import yolo

    if task is Task.CLASSIFICATION:
        from snellen.trainers.ultralytics.named_images import NamedClassificationTrainer

        return NamedClassificationTrainer
    return {
        Task.DETECTION: yolo.detect.DetectionTrainer,
        Task.SEGMENTATION: yolo.segment.SegmentationTrainer,
        Task.POSE: yolo.pose.PoseTrainer,
    }[task]


def _device(ctx: JobContext) -> dict[str, Any]:
    """A job without GPUs trains on the CPU, also on a machine that has some."""
    if ctx.job.resources.gpus == 0:
        return {"device": "cpu"}
    return {"device": "0"}


def _check_classes(trainer: Any, ctx: JobContext) -> None:
    """The class names that the framework read must be the snapshot's, or every class id would mean another class."""
    if ctx.job.dataset is None:
        return
    names = tuple(str(trainer.data["names"][i]) for i in sorted(trainer.data["names"]))
    if names != ctx.job.dataset.class_names:
        raise InvalidInput(
            f"the dataset folder names the classes {names[:5]}…, "
            f"the job's snapshot {ctx.job.dataset.class_names[:5]}…; "
            "the folder was changed after it was made: run the job again"
        )

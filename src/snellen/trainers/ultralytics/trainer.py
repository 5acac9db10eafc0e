"""The adapter of Ultralytics YOLO: detection, segmentation, pose, classification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from snellen.contract.tasks import Task
from snellen.errors import InvalidInput
from snellen.sdk import JobContext, Trainer
from snellen.trainers.ultralytics import environment
from snellen.trainers.ultralytics.checks import (
    SUFFIXES,
    TASKS,
    check_class_names,
    check_data,
    check_gpus,
    check_model,
    check_several,
)
from snellen.trainers.ultralytics.schema import build_schema, helps_in, optimizers_in
from snellen.trainers.ultralytics.weights import begin_with, find_model

FAMILIES = ("yolo11", "yolo26", "yolov8")
SIZES = "nsmlx"


class UltralyticsTrainer(Trainer):
    """Trains YOLO models from a YAML (from scratch) or from weights."""

    name: ClassVar[str] = "ultralytics"
    tasks: ClassVar[Sequence[Task]] = tuple(TASKS)
    models: ClassVar[Sequence[str]] = tuple(
        f"{family}{size}{suffix}.yaml" for suffix in SUFFIXES.values() for family in FAMILIES for size in SIZES
    )
    #: The same with published weights.
    own_models: ClassVar[str] = rf"({'|'.join(FAMILIES)})[{SIZES}]({'|'.join(SUFFIXES.values())})\.pt"
    conformance_models: ClassVar[Mapping[Task, str]] = {task: f"yolo11n{end}.yaml" for task, end in SUFFIXES.items()}
    conformance_params: ClassVar[Mapping[str, Any]] = {
        "imgsz": 64,
        "batch": 4,
        "nbs": 4,
        "workers": 0,
        "deterministic": False,
    }

    def version(self) -> str:
        """The framework's version."""
        return str(environment.look().__version__)

    def schema(self, task: Task) -> dict[str, Any]:
        """All hyperparameters of the installed version that training reads."""
        environment.look()
        from ultralytics import cfg
        from ultralytics.engine.trainer import BaseTrainer
        from ultralytics.utils import DEFAULT_CFG_DICT, DEFAULT_CFG_PATH

        defaults = dict(DEFAULT_CFG_DICT)
        if task is Task.CLASSIFICATION:
            defaults["imgsz"] = 224  # the framework's own, which its table of defaults doesn't say
        return build_schema(
            defaults,
            fractions=set(cfg.CFG_FRACTION_KEYS),
            floats=set(cfg.CFG_FLOAT_KEYS),
            ints=set(cfg.CFG_INT_KEYS),
            bools=set(cfg.CFG_BOOL_KEYS),
            optimizers=optimizers_in(BaseTrainer.build_optimizer.__code__.co_consts),
            helps=helps_in(DEFAULT_CFG_PATH.read_text(encoding="utf-8")),
        )

    def run(self, ctx: JobContext) -> None:
        """Train; the framework's own folders are under the job's ``work/``."""
        if ctx.job.task not in TASKS:
            raise InvalidInput(f"task {ctx.job.task}: this trainer does {', '.join(TASKS)}")
        check_model(ctx.job.model, ctx.job.task)
        check_data(ctx.job, ctx.dataset_dir)
        environment.isolate(ctx.folder.work / "ultralytics")
        environment.load()
        check_gpus(ctx.job)
        check_several(ctx.job)
        overrides = self.overrides(ctx)
        if ctx.note is not None:
            return
        from snellen.trainers.ultralytics.job_trainers import JOB_TRAINERS
        from snellen.trainers.ultralytics.ranks import train_in_ranks
        from snellen.trainers.ultralytics.stopping import StopNow

        trainer = JOB_TRAINERS[ctx.job.task](overrides=overrides)
        check_class_names(trainer.data, ctx.job)
        if trainer.ddp:
            return train_in_ranks(trainer, ctx)
        trainer.attach(ctx)
        try:
            trainer.train()
        except StopNow:
            ctx.log("stopped at once: what the epoch under way had learned is dropped, the last checkpoint is kept")

    def overrides(self, ctx: JobContext) -> dict[str, Any]:
        """What the framework is told: the job's hyperparameters, and places inside the job's folder.

        Sets the note of a job that is resumed with nothing left to do.
        """
        told = {
            **ctx.params,
            "task": TASKS[ctx.job.task],
            "mode": "train",
            "data": str(ctx.dataset_dir if ctx.job.task is Task.CLASSIFICATION else ctx.dataset_dir / "data.yaml"),
            "epochs": ctx.job.epochs,
            "project": str(ctx.folder.work),
            "name": "run",
            "exist_ok": True,
            "save": True,
            "val": True,
            "plots": True,
            **({} if "device" in ctx.params else {"device": _device(ctx.job.resources.gpus)}),
        }
        if ctx.resume_from is not None:
            return told | self._resumed(ctx)
        if ctx.init_from is not None:
            return told | begin_with(ctx.init_from, ctx.job)
        return told | {"model": find_model(ctx.job, ctx.folder.root)}

    def _resumed(self, ctx: JobContext) -> dict[str, Any]:
        from snellen.trainers.ultralytics.checkpoints import resume_point

        assert ctx.resume_from is not None  # noqa: S101
        point = resume_point(ctx.resume_from, their_task=TASKS[ctx.job.task], epochs=ctx.job.epochs)
        ctx.note = point.finished
        return {"resume": str(ctx.resume_from), "model": str(ctx.resume_from)}


def _device(gpus: int) -> str:
    """A job without GPUs trains on the CPU, also on a machine that has some."""
    return ",".join(map(str, range(gpus))) or "cpu"

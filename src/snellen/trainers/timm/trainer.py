"""The adapter of timm: image classification with any of its models."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from snellen.contract.spec import JobSpec
from snellen.contract.tasks import Task
from snellen.errors import ExtraMissing, InvalidInput
from snellen.sdk import JobContext, Trainer
from snellen.sdk.group import Group
from snellen.trainers.timm.schema import build_schema, with_defaults

INSTALL = "timm is not installed for this Python: pip install 'snellen[timm]' (Apache-2.0)"


class TimmTrainer(Trainer):
    """Trains a classifier with timm's data, augmentation, optimizers, schedules and averages."""

    name: ClassVar[str] = "timm"
    tasks: ClassVar[Sequence[Task]] = (Task.CLASSIFICATION,)
    models: ClassVar[Sequence[str]] = (
        "resnet18",
        "resnet50",
        "efficientnet_b0",
        "mobilenetv3_small_100",
        "convnext_tiny",
        "vit_small_patch16_224",
        "test_resnet",
    )
    #: Names alone: it is asked for no file and no hub, see `run`.
    several_nodes: ClassVar[bool] = True
    own_models: ClassVar[str] = r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)?"
    conformance_models: ClassVar[Mapping[Task, str]] = {Task.CLASSIFICATION: "test_resnet"}
    conformance_params: ClassVar[Mapping[str, Any]] = {"img_size": 32, "batch_size": 4, "workers": 0}

    def version(self) -> str:
        """timm's version."""
        return str(_timm().__version__)

    def schema(self, task: Task) -> dict[str, Any]:
        """What may be said of a training; optimizers are those of the installed version."""
        _timm()
        from timm import optim

        listed: Any = optim
        return build_schema([str(name) for name in listed.list_optimizers()])

    def run(self, ctx: JobContext) -> None:
        """Train until the epochs are over or somebody stops the job."""
        if importlib.util.find_spec("timm") is None:
            raise ExtraMissing(INSTALL)
        if ctx.job.task is not Task.CLASSIFICATION:
            raise InvalidInput(f"task {ctx.job.task}: this trainer does classification")
        if ctx.job.dataset is None:
            raise InvalidInput("dataset: this trainer needs a dataset of the platform")
        params, group = with_defaults(dict(ctx.params), build_schema([])), Group.of_environment()
        if several(ctx.job, group):
            from snellen.trainers.timm.ranks import train_in_ranks

            return train_in_ranks(ctx, group, params["batch_size"])
        from snellen.trainers.timm.devices import check_gpus, device_of
        from snellen.trainers.timm.models import check_name
        from snellen.trainers.timm.team import Team
        from snellen.trainers.timm.training import train

        check_name(ctx.job.model)
        check_gpus(ctx.job)
        train(ctx, params, ctx.job.dataset.class_names, Team(device_of(ctx.job)))


def several(job: JobSpec, group: Group) -> bool:
    """Whether a job is trained in more than one process: of several GPUs, or on several nodes."""
    return group.nodes > 1 or job.resources.gpus > 1


def _timm() -> Any:
    try:
        import timm
    except ImportError as error:
        raise ExtraMissing(INSTALL) from error
    return timm

"""Looks at a job before the framework does, which would fail deep inside or say nothing."""

from __future__ import annotations

import os
import re
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any

from snellen.contract.spec import JobSpec
from snellen.contract.tasks import Task
from snellen.errors import ExtraMissing, InvalidInput

#: Their word for each of our tasks.
TASKS = {
    Task.DETECTION: "detect",
    Task.SEGMENTATION: "segment",
    Task.POSE: "pose",
    Task.CLASSIFICATION: "classify",
}
#: How the names of a task's models end.
SUFFIXES = {Task.DETECTION: "", Task.SEGMENTATION: "-seg", Task.POSE: "-pose", Task.CLASSIFICATION: "-cls"}
#: Earlier versions write the number of a GPU over ``CUDA_VISIBLE_DEVICES``.
KEEPS_VISIBLE_GPUS = "8.4.87"
#: Tasks of the framework that there is no evaluation for.
NOT_HERE = {"-obb": "oriented boxes (OBB)", "-sem": "semantic segmentation", "-depth": "depth"}


def check_model(model: str, task: Task) -> None:
    """Refuse a model whose name says that it is for another task.

    Raises :class:`~snellen.errors.InvalidInput` naming one that fits. A name that says nothing passes.
    """
    stem, dot, ending = PurePosixPath(model).name.partition(".")
    known = re.fullmatch(r"(yolo(?:v?\d+)[a-z]*)(-seg|-pose|-cls|-obb|-sem|-depth)?", stem)
    if known is None or (known[2] or "") == SUFFIXES[task]:
        return
    fits = f"{known[1]}{SUFFIXES[task]}{dot}{ending}"
    if known[2] in NOT_HERE:
        raise InvalidInput(
            f"model: {model} is for {NOT_HERE[known[2]]}, a task that does not exist here, and is not for {task}; "
            f"one that fits: {fits}"
        )
    raise InvalidInput(
        f"model: {model} is not for {task}; its name would end in {SUFFIXES[task] or 'the size alone'}: {fits}"
    )


def check_data(job: JobSpec, dataset: Path) -> None:
    """Refuse a dataset that lacks what the task learns from."""
    if job.task is not Task.POSE:
        return
    import yaml

    try:
        data = yaml.safe_load((dataset / "data.yaml").read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InvalidInput(f"the dataset's data.yaml can't be read ({error}); run the job again") from error
    if not isinstance(data, dict) or "kpt_shape" not in data:
        raise InvalidInput(
            "task pose: the dataset has no keypoints (its data.yaml has no kpt_shape); "
            "choose a dataset with keypoints, or train detection on this one"
        )


def check_class_names(data: dict[str, Any], job: JobSpec) -> None:
    """The class names that the framework read must be the snapshot's, or every class id would mean another class."""
    if job.dataset is None:
        return
    names = tuple(str(data["names"][i]) for i in sorted(data["names"]))
    if names != job.dataset.class_names:
        raise InvalidInput(
            f"the dataset folder names the classes {names[:5]}…, the job's snapshot {job.dataset.class_names[:5]}…; "
            "the folder was changed after it was made: run the job again"
        )


def check_gpus(job: JobSpec) -> None:
    """Refuse more GPUs than there are."""
    import torch
    import ultralytics

    wanted, found = job.resources.gpus, torch.cuda.device_count()
    given = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    if (
        wanted
        and given
        and _overwrites_visible_gpus(ultralytics.__version__)
        and given.replace(" ", "") != ",".join(map(str, range(found)))
    ):
        raise InvalidInput(
            f"gpus: this job was given the GPUs {given} (CUDA_VISIBLE_DEVICES), and Ultralytics "
            f"{ultralytics.__version__} would train on the first ones of the machine instead, whosever they are; "
            f"install {KEEPS_VISIBLE_GPUS} or later"
        )
    if "device" not in job.params:
        if wanted > found:
            raise InvalidInput(
                f"gpus: got {wanted}; PyTorch {torch.__version__} sees {found} on this machine; "
                f"ask for {found or '0 and train on the CPU'}, or install a PyTorch that sees them"
            )
        return
    device = str(job.params["device"])
    if not re.fullmatch(r"(cuda:)?\d+(,\d+)*", device):
        return
    by_the_driver = given.replace(" ", "").split(",")
    unknown = [n for n in re.findall(r"\d+", device) if int(n) >= found and n not in by_the_driver]
    if unknown:
        raise InvalidInput(
            f"device: got {device}; of GPUs this job has {wanted}, and PyTorch {torch.__version__} sees {found}; "
            "ask for as many gpus as device names, count them from 0, or leave device out"
        )


def _overwrites_visible_gpus(version: str) -> bool:
    numbers = [int(part) for part in re.findall(r"\d+", version)]
    return numbers < [int(part) for part in KEEPS_VISIBLE_GPUS.split(".")]


def check_several(job: JobSpec) -> None:
    """Refuse what can't be trained on several GPUs, and say what is missing for it."""
    count = gpu_count(job)
    if count < 2:
        return
    batch: Any = job.params.get("batch", 16)
    if batch < count or batch != int(batch):
        raise InvalidInput(
            f"batch: got {batch}; on {count} GPUs it is shared by all and can't be found automatically: "
            f"a whole number from {count} on, best a multiple of it"
        )
    if find_spec("cloudpickle") is None:
        raise ExtraMissing(
            "training on several GPUs needs cloudpickle, by which the framework hands the job to its processes: "
            "pip install 'cloudpickle>=3.1.1'"
        )


def gpu_count(job: JobSpec) -> int:
    """On how many GPUs a job trains: what its `device` lists, else its resources."""
    if "device" in job.params:
        return len(str(job.params["device"]).split(","))
    return job.resources.gpus

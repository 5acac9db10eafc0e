"""On what a training computes. Imported only beside timm."""

from __future__ import annotations

import torch

from snellen.contract.spec import JobSpec
from snellen.errors import InvalidInput


def check_gpus(job: JobSpec) -> None:
    """Refuse a job with more GPUs than PyTorch sees: nothing is trained on fewer, or on none, in silence."""
    wanted = job.resources.gpus
    if not wanted:
        return
    if not torch.cuda.is_available():
        raise InvalidInput(
            f"gpus: the job has {wanted}, but PyTorch sees none here "
            f"({torch.__version__}); install a build for the GPU and its driver, or train with 0"
        )
    seen = torch.cuda.device_count()
    if seen < wanted:
        raise InvalidInput(
            f"gpus: the job has {wanted}, but PyTorch sees {seen} here; train with {seen} at most, or look whether "
            "CUDA_VISIBLE_DEVICES hides some"
        )


def device_of(job: JobSpec, local_rank: int | None = None) -> torch.device:
    """The GPU of one of a node's processes, or the one of a process alone; the CPU for a job without GPUs."""
    if not job.resources.gpus:
        return torch.device("cpu")
    return torch.device("cuda") if local_rank is None else torch.device("cuda", local_rank)


def described(device: torch.device) -> str:
    """A device in words."""
    return f"the GPU ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else "this machine (CPU)"

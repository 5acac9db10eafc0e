"""``python cpu_ranks.py FOLDER``: a job on two processes of the CPU, since the framework forms groups of GPUs only.

All that is other than on GPUs is here: the devices, gloo for NCCL, DistributedDataParallel without device ids. The
framework's launcher imports the classes from here by name, as it does those of the product.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import distributed
from torch.nn import parallel
from ultralytics.engine import validator
from ultralytics.utils import DEFAULT_CFG, LOCAL_RANK, RANK

from snellen.contract.tasks import Task
from snellen.sdk.runner import run_folder
from snellen.trainers.ultralytics import job_trainers


class OnTwoProcesses:
    """Before a job's trainer in the order of classes."""

    def __init__(self, cfg: Any = DEFAULT_CFG, overrides: Any = None, _callbacks: Any = None) -> None:
        super().__init__(cfg, {**overrides, "plots": False}, _callbacks)
        self.world_size = 2
        self.ddp = LOCAL_RANK == -1

    def _setup_ddp(self) -> None:
        distributed.init_process_group("gloo", rank=RANK, world_size=self.world_size, timeout=timedelta(seconds=60))

    def _setup_train(self) -> None:
        of_gpus = parallel.DistributedDataParallel

        class OfProcesses(of_gpus):
            def __init__(self, model: Any, device_ids: Any, **more: Any) -> None:
                super().__init__(model, **more)

        parallel.DistributedDataParallel = OfProcesses
        try:
            super()._setup_train()
        finally:
            parallel.DistributedDataParallel = of_gpus

    def final_eval(self) -> None:
        of_gpus = validator.AutoBackend
        validator.AutoBackend = lambda device, **more: of_gpus(device=torch.device("cpu"), **more)
        validator.get_torch_device_backend = lambda _type: SimpleNamespace(current_device=lambda: 0)
        super().final_eval()


class Detection(OnTwoProcesses, job_trainers.DetectionJob):
    """Boxes; validation gives each process a run of images."""


class Classification(OnTwoProcesses, job_trainers.ClassificationJob):
    """Labels; validation gives images twice where they don't go evenly into processes."""


if __name__ == "__main__":
    import cpu_ranks

    torch.set_num_threads(1)
    job_trainers.JOB_TRAINERS[Task.DETECTION] = cpu_ranks.Detection
    job_trainers.JOB_TRAINERS[Task.CLASSIFICATION] = cpu_ranks.Classification
    sys.exit(run_folder(Path(sys.argv[1])))

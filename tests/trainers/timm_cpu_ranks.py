"""``python timm_cpu_ranks.py FOLDER``: a job of several GPUs on as many processes of the CPU.

Other than in the product is what decides on devices, and how a process is started that has to decide so too.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from snellen.sdk.runner import run_folder
from snellen.trainers.timm import devices, rank, ranks

if __name__ == "__main__":
    torch.set_num_threads(1)
    devices.check_gpus = lambda _job: None
    devices.device_of = lambda _job, _local_rank=None: torch.device("cpu")
    ranks.COMMAND = (sys.executable, "-u", __file__, "rank")
    if sys.argv[1] == "rank":
        sys.exit(rank.main(*sys.argv[2:]))
    sys.exit(run_folder(Path(sys.argv[1])))

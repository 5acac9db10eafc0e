"""One process of a training and what it has in common with the others. Imported only beside timm."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import torch
from timm.layers import convert_sync_batchnorm
from timm.utils import random_seed
from torch import distributed, nn

from snellen.errors import InvalidInput

#: So long a process waits for what another one does alone, as keeping a checkpoint.
PATIENCE = timedelta(minutes=60)


class Team:
    """A process that trains alone: it leads, and whatever is asked of all it answers itself."""

    rank = 0
    world = 1
    alone = True

    def __init__(self, device: torch.device) -> None:
        self.device = device

    @property
    def leads(self) -> bool:
        """Whether this is the process that tells and keeps what there is."""
        return self.rank == 0

    def prepared(self, model: nn.Module, *, sync_bn: bool) -> nn.Module:
        """The model before its optimizer is made."""
        return model

    def learning(self, model: nn.Module, optimizer: Any) -> nn.Module:
        """The model whose backward pass gives the gradients of all processes' images."""
        return model

    def begin_epoch(self, epoch: int, *, seed: int, loader: Any) -> None:
        """Before the first batch of training."""

    def level(self, model: nn.Module) -> None:
        """Give all processes the weights and statistics of the first."""

    def agreed(self, values: Sequence[float]) -> list[float]:
        """What the first process says."""
        return list(values)

    def summed(self, values: Sequence[float]) -> list[float]:
        """The sum over the processes, value by value."""
        return list(values)

    def gathered(self, part: Any) -> list[Any]:
        """The parts of all processes by rank, in the first; nothing in the others."""
        return [part]


class Ranks(Team):
    """One of several processes: gradients by NCCL between GPUs, else by gloo; all else by gloo."""

    alone = False

    def __init__(self, device: torch.device, *, rank: int, world: int, store: Any) -> None:
        super().__init__(device)
        self.rank, self.world = rank, world
        on_gpu = device.type == "cuda"
        if on_gpu:
            torch.cuda.set_device(device)
        more: dict[str, Any] = {} if on_gpu else {"timeout": PATIENCE}
        distributed.init_process_group("nccl" if on_gpu else "gloo", store=store, rank=rank, world_size=world, **more)
        self._control: Any = distributed.new_group(backend="gloo", timeout=PATIENCE) if on_gpu else None

    def leave(self) -> None:
        """When the training is over, in all processes, and nothing holds its model any more.

        The group's threads have to end before Python does, or they abort it; a model that learned with it holds it, in
        a circle of references.
        """
        gc.collect()
        distributed.destroy_process_group()

    def prepared(self, model: nn.Module, *, sync_bn: bool) -> nn.Module:
        if not sync_bn:
            return model
        if self.device.type != "cuda":
            raise InvalidInput("sync_bn: PyTorch has it between GPUs only, and this job trains on CPUs; leave it off")
        synchronized: nn.Module = convert_sync_batchnorm(model)
        return synchronized

    def learning(self, model: nn.Module, optimizer: Any) -> nn.Module:
        if getattr(optimizer, "is_second_order", False):
            # Each process would go by the curvature of its own images, and their weights drift apart.
            raise InvalidInput(
                f"opt: {type(optimizer).__name__} needs second derivatives, which PyTorch doesn't average over "
                "processes; take another optimizer, or train in one process"
            )
        devices = [self.device.index] if self.device.type == "cuda" else None
        return nn.parallel.DistributedDataParallel(model, device_ids=devices)

    def begin_epoch(self, epoch: int, *, seed: int, loader: Any) -> None:
        """Random numbers begin anew, others in each process; so an epoch is the same after a resume."""
        random_seed(int(np.random.SeedSequence([seed, epoch, self.rank]).generate_state(1)[0]))
        loader.sampler.set_epoch(epoch)

    def level(self, model: nn.Module) -> None:
        for value in model.state_dict().values():
            distributed.broadcast(value, 0)

    def agreed(self, values: Sequence[float]) -> list[float]:
        told = torch.tensor(list(values), dtype=torch.float64)
        distributed.broadcast(told, 0, group=self._control)
        return [float(value) for value in told]

    def summed(self, values: Sequence[float]) -> list[float]:
        told = torch.tensor(list(values), dtype=torch.float64)
        distributed.all_reduce(told, group=self._control)
        return [float(value) for value in told]

    def gathered(self, part: Any) -> list[Any]:
        parts: list[Any] | None = [None] * self.world if self.leads else None
        distributed.gather_object(part, parts, dst=0, group=self._control)
        return parts or []


def joined(device: torch.device, store: Any) -> Ranks:
    """This process among those that train together, as ``RANK`` and ``WORLD_SIZE`` say."""
    return Ranks(device, rank=int(os.environ["RANK"]), world=int(os.environ["WORLD_SIZE"]), store=store)

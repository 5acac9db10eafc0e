"""One process on each node, or several with torchrun, learn a line together; stopped, they leave together.

Their gradients are averaged by DistributedDataParallel over gloo. Rank 0 reports, and looks whether to stop.
"""

from __future__ import annotations

import gc
import os

import torch
from torch import distributed, nn

from snellen.sdk import JobContext, open_job


def main() -> None:
    """Train as long as the job says."""
    ctx = open_job()
    several = int(os.environ.get("WORLD_SIZE", "1")) > 1
    if several:  # RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT say the rest
        distributed.init_process_group("gloo")
    train(ctx, several=several)
    if several:
        gc.collect()  # the model holds the group, whose threads have to end before Python does
        distributed.destroy_process_group()


def train(ctx: JobContext, *, several: bool) -> None:
    """Epoch by epoch, until it is asked to stop."""
    first = not several or distributed.get_rank() == 0
    torch.manual_seed(0)
    model: nn.Module = nn.Linear(1, 1)
    model = nn.parallel.DistributedDataParallel(model) if several else model
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    torch.manual_seed(1 if first else 2 + distributed.get_rank())  # each learns from examples of its own
    for epoch in range(1, ctx.job.epochs + 1):
        x = torch.rand(64, 1)
        loss = nn.functional.mse_loss(model(x), 3 * x - 1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if first:
            ctx.log_metrics({"train/loss": loss.item()}, epoch=epoch)
        if stop_together(ctx) if several else ctx.should_stop():
            break


def stop_together(ctx: JobContext) -> bool:
    """Whether all leave now; every process calls it at the end of each epoch."""
    asked = torch.tensor([int(distributed.get_rank() == 0 and ctx.should_stop())])
    distributed.broadcast(asked, 0)  # with NCCL the tensor has to be on the GPU
    return bool(asked.item())


if __name__ == "__main__":
    main()

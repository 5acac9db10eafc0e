"""Training in several processes: the job's own process starts one for each GPU of its node and waits for their end.

On each node of several runs such a process; that of node 0 holds the store by which all learn how the training ended.
It imports PyTorch for that store, and not timm.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping

from snellen.sdk import JobContext
from snellen.sdk.group import Group
from snellen.trainers.ranks import RanksFailed
from snellen.trainers.timm import devices
from snellen.trainers.timm.batches import each_batch
from snellen.trainers.timm.interfaces import interface_to
from snellen.trainers.timm.meeting import Word
from snellen.trainers.timm.nodes import Nodes, meet

#: How a rank is started; the job's folder and the id of this process are added.
COMMAND = (sys.executable, "-u", "-m", "snellen.trainers.timm.rank")
LOOK_SECONDS = 0.1
#: A broken connection is told at once, and the killed process whose it was a moment later.
SETTLE_SECONDS = 1.0
#: Processes that leave together have so long, others between SIGTERM and SIGKILL.
LEAVE_SECONDS, GRACE_SECONDS = 60.0, 5.0


def train_in_ranks(ctx: JobContext, group: Group, batch_size: int) -> None:
    """Train in processes of their own, and say here what rank 0 said there.

    Raises :class:`~snellen.trainers.ranks.RanksFailed` with the reason of the process that failed first, on whichever
    node.
    """
    each = max(1, ctx.job.resources.gpus)
    meeting = meet(ctx, group)
    if meeting is None:
        return
    nodes = Nodes(meeting, group)
    try:
        with nodes.failing("the processes of the training could not be started"):
            each_batch(batch_size, group.nodes * each)
            devices.check_gpus(ctx.job)
            word = nodes.gather(ctx)
        word = word or _trained(ctx, group, each, nodes)
    finally:
        nodes.part()
    ctx.stopped, ctx.note = word.stopped, word.note
    if word.error is not None:
        raise RanksFailed(word.error, output=word.detail)


def _trained(ctx: JobContext, group: Group, each: int, nodes: Nodes) -> Word:
    """Start the ranks of this node, and see to it that none is left."""
    first = group.node_rank * each
    ranks: dict[int, subprocess.Popen[bytes]] = {}
    word = Word(0)
    try:
        with nodes.failing("the processes of the training could not be started"):
            for number in range(each):
                variables = _variables(group, nodes.meeting.port, number, each)
                command = [*COMMAND, str(ctx.folder.root), str(os.getpid())]
                ranks[first + number] = subprocess.Popen(command, env=os.environ | variables)
        word = followed(nodes, ranks)
        return word
    finally:
        end(list(ranks.values()), LEAVE_SECONDS if word.together else 0.0)


def followed(nodes: Nodes, ranks: Mapping[int, subprocess.Popen[bytes]]) -> Word:
    """Wait until somebody says how the training ended, a rank for itself or this process for one that can't."""
    meeting = nodes.meeting
    while True:
        dead = {rank: code for rank, process in ranks.items() if (code := process.poll())}
        word = nodes.told()
        if word is not None:
            break
        for rank, code in dead.items():
            with contextlib.suppress(RuntimeError):  # the store is gone, and node 0 with it
                meeting.tell(_silent(rank, code))
        if not dead:
            time.sleep(LOOK_SECONDS)
    if word.error is None or word.ours:
        return word
    with contextlib.suppress(RuntimeError):
        until = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < until:
            for rank, process in ranks.items():
                if process.poll() == -signal.SIGKILL:
                    meeting.tell_killed(_silent(rank, -signal.SIGKILL))
            time.sleep(LOOK_SECONDS)
        return meeting.killed() or word
    return word


def _silent(rank: int, code: int) -> Word:
    how = f"ended with exit status {code}"
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else "unknown"
        how = f"was killed by signal {-code} ({name})"
    perhaps = "the machine may have run out of memory" if code == -signal.SIGKILL else "its last lines are in the log"
    return Word(rank, error=f"rank {rank}: its process {how}; {perhaps}")


def _variables(group: Group, port: int, number: int, each: int) -> dict[str, str]:
    address = group.address or "127.0.0.1"
    told = {
        "MASTER_ADDR": address,
        "MASTER_PORT": str(port),
        "RANK": str(group.node_rank * each + number),
        "WORLD_SIZE": str(group.nodes * each),
        "LOCAL_RANK": str(number),
        "LOCAL_WORLD_SIZE": str(each),
    }
    if each > 1 and "OMP_NUM_THREADS" not in os.environ:
        told["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // each))
    interface = interface_to(address)
    if interface is not None and "GLOO_SOCKET_IFNAME" not in os.environ:
        # gloo would take the one of the machine's own name, which often means loopback.
        told["GLOO_SOCKET_IFNAME"] = interface
    return told


def end(processes: list[subprocess.Popen[bytes]], patience: float) -> None:
    """Leave them so many seconds to end by themselves; none is left after it."""
    for seconds, number in ((patience, signal.SIGTERM), (GRACE_SECONDS, signal.SIGKILL)):
        until = time.monotonic() + seconds
        while any(process.poll() is None for process in processes) and time.monotonic() < until:
            time.sleep(LOOK_SECONDS / 10)
        for process in processes:
            if process.poll() is None:
                process.send_signal(number)
    for process in processes:
        process.wait()

"""Training on several GPUs: the framework starts a process for each, by the name of the trainer's class.

The process that the platform started only waits. Rank 0 of the others tells the job's events; each writes what it
predicted as a part of the epoch's prediction set, and rank 0 puts the parts together.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snellen.contract.folder import JobFolder, write_whole
from snellen.errors import SnellenError, reason_of
from snellen.formats.predictions import read_raw, write_raw
from snellen.sdk import JobContext, open_job
from snellen.sdk.job import JOB_FOLDER
from snellen.sdk.reporting import traceback_of
from snellen.trainers.ranks import RanksFailed, die_with, die_with_parent
from snellen.trainers.ultralytics.stopping import StopNow

if TYPE_CHECKING:
    import polars as pl

#: In the environment of the framework's processes: the process that the platform started.
TRAINER_PID = "SNELLEN_TRAINER_PID"


def train_in_ranks(trainer: Any, ctx: JobContext) -> None:
    """Train in processes of the framework's own, and say here what rank 0 said there.

    Raises :class:`~snellen.trainers.ranks.RanksFailed` with the reason of the process that failed.
    """
    os.environ[JOB_FOLDER] = str(ctx.folder.root)
    os.environ[TRAINER_PID] = str(os.getpid())
    for left in _said(ctx.folder):
        left.unlink()
    if ctx.should_stop_now():
        return
    failed = None
    try:
        trainer.train()
    except subprocess.CalledProcessError as error:
        failed = error
    said = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in _said(ctx.folder)}
    first = said.get("rank-0", {})
    ctx.stopped = bool(first.get("stopped"))
    ctx.note = first.get("note")
    if failed is None or ctx.stopped:
        return
    failures = {name: words for name, words in said.items() if words.get("error")}
    raise RanksFailed(
        "; ".join(f"{name}: {words['error']}" for name, words in failures.items())
        or f"a process of the training ended without a word (exit status {failed.returncode} of their launcher); "
        "its last lines are in the log",
        output="\n\n".join(f"{name}:\n{words['detail']}" for name, words in failures.items()),
    ) from failed


def rank_context() -> JobContext:
    """The job, in a process that the framework started."""
    # The launcher puts its processes into sessions of their own, and outlives the job's process itself: a killed job
    # would leave them behind, on GPUs that others are given.
    die_with_parent()
    if pid := os.environ.get(TRAINER_PID):
        die_with(int(pid))
    return open_job()


def tell_end(ctx: JobContext, rank: int, error: BaseException | None) -> None:
    """Leave word of how this process ended, for the job's own process."""
    failed = error is not None and not isinstance(error, StopNow)
    words = {
        "stopped": ctx.stopped and not failed,
        "note": ctx.note,
        "error": reason_of(error) if failed and error is not None else None,
        "detail": traceback_of(error) if failed and error is not None else None,
    }
    with contextlib.suppress(OSError):
        write_whole(ctx.folder.work / f"rank-{rank}.json", json.dumps(words))


def write_part(ctx: JobContext, epoch: int, rank: int, columns: Any, images: Sequence[str], min_score: float) -> None:
    """Keep what this process predicted, for rank 0; what goes wrong is told and stops no training."""
    path = _part(ctx, epoch, rank)
    try:
        path.parent.mkdir(exist_ok=True)
        write_raw(path, columns, images=images, task=ctx.job.task, min_score=min_score)
    except Exception as error:
        ctx.log(f"epoch {epoch}: rank {rank} could not keep its predictions: {reason_of(error)}", level="warning")


def merge_parts(ctx: JobContext, epoch: int, ranks: int) -> tuple[pl.DataFrame | None, list[str]]:
    """The predictions of all processes, each image once, and the images; the parts are removed.

    The sampler gives an image twice where images don't go evenly into processes. A part that is missing is told.
    """
    import polars as pl

    frames: list[pl.DataFrame] = []
    images: dict[str, None] = {}
    for rank in range(ranks):
        path = _part(ctx, epoch, rank)
        try:
            part = read_raw(path)
        except (SnellenError, OSError) as error:
            ctx.log(f"epoch {epoch}: the predictions of rank {rank} are missing: {reason_of(error)}", level="warning")
            continue
        new = [image for image in part.images if image not in images]
        frames.append(part.frame.filter(pl.col("image").is_in(new)))
        images.update(dict.fromkeys(new))
        path.unlink(missing_ok=True)
    return (pl.concat(frames) if frames else None), list(images)


def _part(ctx: JobContext, epoch: int, rank: int) -> Path:
    return ctx.folder.work / "parts" / f"epoch-{epoch:06d}-rank-{rank}.parquet"


def _said(folder: JobFolder) -> list[Path]:
    return sorted(folder.work.glob("rank-*.json"))

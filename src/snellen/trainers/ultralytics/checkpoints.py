"""Reads the framework's checkpoints before it does, to refuse by name what it would silently begin anew."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snellen.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """A checkpoint to go on from: how many epochs are done, of how many, and why none is left, if so."""

    epoch: int
    epochs: int
    finished: str | None


def resume_point(path: Path, *, their_task: str, epochs: int) -> ResumePoint:
    """What a resume from `path` would go on from.

    `epochs` is the job's total; with the framework's time limit the checkpoint's own estimate counts. Raises
    :class:`~snellen.errors.InvalidInput` for a file that is none of the framework's checkpoints, for one of another
    task, and for one without optimizer, averaged weights or epoch: the framework itself would begin anew from those.
    """
    content = read_checkpoint(path, "resume_from")
    epoch: Any = content.get("epoch")
    missing = [name for name in ("optimizer", "ema") if content.get(name) is None]
    if not isinstance(epoch, int) or epoch < 0:
        missing.append("epoch")
    if missing:
        raise InvalidInput(
            f"resume_from: {path.name} has no {' and no '.join(missing)}: it is a final checkpoint, stripped by the "
            "framework, from which a training can't go on. Resume from a checkpoint that was saved at an epoch, or "
            "start a new job that begins with these weights (init_from)"
        )
    _check_task(content, path, their_task, "resume_from")
    args = content.get("train_args") or {}
    total = int(args.get("epochs", epochs)) if args.get("time") else epochs
    return ResumePoint(int(epoch) + 1, total, _why_finished(content, int(epoch) + 1, total))


def check_weights(path: Path, *, their_task: str, field: str) -> None:
    """Refuse a file that holds no model, or one of another task; `field` is named in the error."""
    _check_task(read_checkpoint(path, field), path, their_task, field)


def read_checkpoint(path: Path, field: str) -> dict[str, Any]:
    """The content of a checkpoint, on the CPU; :class:`~snellen.errors.InvalidInput` says why it is none."""
    from ultralytics.nn.tasks import torch_safe_load

    if not path.is_file():
        raise InvalidInput(f"{field}: there is no file {path}")
    try:
        content: Any = torch_safe_load(str(path))[0]
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        raise InvalidInput(
            f"{field}: {path.name} can't be read as a checkpoint ({type(error).__name__}: {reason}); "
            "was it cut off? Take another one"
        ) from error
    if not isinstance(content, dict) or not ("ema" in content or "model" in content):
        raise InvalidInput(f"{field}: {path.name} is no checkpoint of Ultralytics (no model in it); give a .pt of its")
    return content


def _check_task(content: dict[str, Any], path: Path, their_task: str, field: str) -> None:
    from ultralytics.nn.tasks import guess_model_task

    model = content.get("ema") or content.get("model")
    found = getattr(model, "task", None) or guess_model_task(model)
    if found and found != their_task:
        raise InvalidInput(
            f"{field}: the model in {path.name} is for the framework's task {found}, the job's is {their_task}; "
            f"give weights of a {their_task} model, or a .yaml of one as the model and these weights as init_from"
        )


def _why_finished(content: dict[str, Any], epoch: int, epochs: int) -> str | None:
    if epoch >= epochs:
        return f"nothing left to train: the checkpoint is of epoch {epoch} of {epochs}"
    patience = (content.get("train_args") or {}).get("patience") or 0
    best = (content.get("stopper") or {}).get("best_epoch", epoch)
    if patience and epoch - best >= patience:
        return (
            f"nothing left to train: it had stopped early at epoch {epoch}: "
            f"no better fitness for {patience} epochs (best at epoch {best})"
        )
    return None

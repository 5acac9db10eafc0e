"""Checkpoints: what a training needs to go on as if it had never been away, and what is refused by name."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from snellen.errors import CheckpointBroken, reason_of
from snellen.trainers.timm.stopping import Best

#: What each checkpoint of this trainer holds; beside these `state_dict_ema` and `plateau`, where the job has them.
NEEDED = (
    "arch", "class_names", "params", "epoch", "updates", "state_dict", "optimizer", "scheduler", "scaler", "best",
    "random",
)  # fmt: skip
#: What the optimizer's and the schedule's states are of; the job must say the same.
SAME_PARAMS = ("opt", "sched", "ema")
_ELSE = "Resume from another checkpoint of this job, or start a new job that begins with these weights (init_from)"


def read_checkpoint(path: Path, field: str) -> dict[str, Any]:
    """The content of a checkpoint, on the CPU, without running code of it.

    `field` is named in the error, :class:`~snellen.errors.CheckpointBroken`, which says why the file is none.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise CheckpointBroken(f"{field}: the checkpoint {path} is not there; take another one") from error
    except MemoryError:
        raise
    except Exception as error:
        first = (reason_of(error).splitlines() or [""])[0][:200]
        raise CheckpointBroken(
            f"{field}: the checkpoint {path.name} can't be read ({first}); was it cut off? Take another one"
        ) from error
    if not isinstance(content, dict):
        raise CheckpointBroken(
            f"{field}: {path.name} is no checkpoint of timm: it holds a {type(content).__name__}, expected a table "
            "with the model's weights; take another one"
        )
    return content


def read_resume(path: Path, *, arch: str, class_names: Sequence[str], params: Mapping[str, Any]) -> dict[str, Any]:
    """A checkpoint to go on from, found to be of this job and whole.

    Raises :class:`~snellen.errors.CheckpointBroken` for one that can't be read, that lacks what going on needs, or that
    is of another model, other classes or another optimizer: nothing is begun anew in its place.
    """
    content = read_checkpoint(path, "resume_from")
    needed = [*NEEDED, *(["state_dict_ema"] if params["ema"] else [])]
    needed += ["plateau"] if params["sched"] == "plateau" else []
    optional = {"scheduler"} if params["sched"] == "none" else set()
    missing = [name for name in needed if name not in content or (content[name] is None and name not in optional)]
    if missing:
        raise CheckpointBroken(
            f"resume_from: the checkpoint {path.name} has no {' and no '.join(missing)}; a training can't "
            f"go on from it where it was. {_ELSE}"
        )
    epoch = content["epoch"]
    if not isinstance(epoch, int) or epoch < 1:
        raise CheckpointBroken(
            f"resume_from: the checkpoint {path.name} says that it is of epoch {epoch!r}, expected 1 or more. {_ELSE}"
        )
    pairs = [("arch", content["arch"], arch), ("class_names", content["class_names"], list(class_names))]
    pairs += [(name, content["params"].get(name), params[name]) for name in SAME_PARAMS]
    for name, found, wanted in pairs:
        if found != wanted:
            raise CheckpointBroken(
                f"resume_from: the checkpoint {path.name} is of a training with {name} {_short(found)}, the job's is "
                f"{_short(wanted)}. {_ELSE}"
            )
    return content


def finished(content: Mapping[str, Any], *, epochs: int, patience: int | None) -> str | None:
    """Why there is nothing left to train after a checkpoint; None if there is."""
    epoch = int(content["epoch"])
    if epoch >= epochs:
        return f"nothing left to train: the checkpoint is of epoch {epoch} of {epochs}"
    early = Best(**content["best"]).stops_early(epoch, patience)
    return early and f"nothing left to train: it had {early}"


def random_state() -> dict[str, Any]:
    """Where the generators of random numbers are, in types that :func:`torch.load` reads without running code."""
    name, keys, *rest = tuple(np.random.get_state(legacy=True))
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state() if torch.cuda.is_initialized() else None,
        "numpy": [name, np.asarray(keys).tolist(), *rest],
        "python": random.getstate(),
    }


def restore_random(state: Mapping[str, Any]) -> None:
    """Go on with the random numbers of another process; a GPU's only where there is one now, too."""
    torch.set_rng_state(state["torch"])
    if state["cuda"] is not None and torch.cuda.is_initialized():
        torch.cuda.set_rng_state(state["cuda"])
    name, keys, *rest = state["numpy"]
    np.random.set_state((name, np.array(keys, dtype=np.uint32), *rest))
    version, numbers, gauss = state["python"]
    random.setstate((version, tuple(numbers), gauss))


def _short(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 200 else f"{text[:200]}…"

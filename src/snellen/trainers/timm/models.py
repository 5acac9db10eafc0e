"""Makes the model of a job: fresh, with published weights, or with those of another job."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import timm
import torch
from timm.models import clean_state_dict
from torch import nn

from snellen.errors import CheckpointBroken, InvalidInput
from snellen.trainers.timm.checkpoints import read_checkpoint


def check_name(name: str) -> None:
    """Refuse a model that the installed version doesn't have, with those that are near."""
    if timm.is_model(name):
        return
    near = difflib.get_close_matches(name, timm.list_models(), n=5, cutoff=0.5)
    raise InvalidInput(
        f"model: timm {timm.__version__} has no {name!r}"
        + (f"; did you mean {', '.join(near)}?" if near else "; see timm.list_models()")
    )


def create(name: str, params: Mapping[str, Any], classes: int, *, pretrained: bool) -> nn.Module:
    """A model of timm with a head of so many classes."""
    # Transformers are built for one size of their input.
    sized = bool(getattr(timm.get_pretrained_cfg(name), "fixed_input_size", False))
    size = {"img_size": params["img_size"]} if sized and params["img_size"] is not None else {}
    options = {"num_classes": classes, "drop_rate": params["drop"], **size}
    if params["drop_path"]:
        options["drop_path_rate"] = params["drop_path"]
    try:
        model: nn.Module = timm.create_model(name, pretrained=pretrained, **options)
    except Exception as error:
        if not pretrained:
            raise
        reason = str(error).strip().splitlines()[:1] or [type(error).__name__]
        raise InvalidInput(
            f"pretrained: the weights of {name} are neither here nor to be had ({reason[0][:300]}); "
            "train from scratch, or put them into this machine's cache"
        ) from error
    return model


def begin_with(model: nn.Module, path: Path, *, arch: str, class_names: Sequence[str]) -> list[str]:
    """Load the weights of another job, averaged ones where it has them; what the job's log should say of it.

    A head of another number of classes stays as it is. All else must fit, or
    :class:`~snellen.errors.CheckpointBroken` says what doesn't.
    """
    content = read_checkpoint(path, "init_from")
    theirs = content.get("arch")
    if isinstance(theirs, str) and theirs.split(".")[0] != arch.split(".")[0]:
        raise CheckpointBroken(
            f"init_from: the checkpoint {path.name} is of the model {theirs}, the job's is {arch}; "
            f"train {theirs}, or begin with a checkpoint of {arch}"
        )
    state = _weights(content, path)
    heads = _other_heads(model, state)
    left_out = {key for key in state if _under(key, heads)}
    try:
        found = model.load_state_dict({k: v for k, v in state.items() if k not in left_out}, strict=False)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise _unfit(path, arch, content, str(error)) from error
    missing = [key for key in found.missing_keys if not _under(key, heads)]
    if missing or found.unexpected_keys:
        listed = ", ".join([*missing, *found.unexpected_keys][:5])
        raise _unfit(path, arch, content, f"missing or not of this model: {listed}")
    return _told(path, content, heads, list(class_names))


def _weights(content: dict[str, Any], path: Path) -> dict[str, Any]:
    state = content.get("state_dict_ema") or content.get("state_dict") or content
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise CheckpointBroken(
            f"init_from: the checkpoint {path.name} holds no weights (no state_dict in it); take another one"
        )
    cleaned: dict[str, Any] = clean_state_dict(state)
    return cleaned


def _other_heads(model: nn.Module, state: Mapping[str, Any]) -> list[str]:
    """The model's classifiers, of which the weights have another number of classes."""
    names: Any = getattr(model, "pretrained_cfg", {}).get("classifier") or ()
    own = model.state_dict()
    return [
        name
        for name in ([names] if isinstance(names, str) else names)
        if any(_under(key, [name]) and key in own and own[key].shape != state[key].shape for key in state)
    ]


def _told(path: Path, content: Mapping[str, Any], heads: Sequence[str], class_names: list[str]) -> list[str]:
    epoch, theirs = content.get("epoch"), content.get("class_names")
    told = [f"begins with the weights of {path.name}" + (f", of epoch {epoch} of another job" if epoch else "")]
    if heads:
        count = f"{len(theirs)} classes" if isinstance(theirs, list) else "another number of classes"
        told.append(
            f"the head ({', '.join(heads)}) is left out and begins anew: the weights are for {count}, "
            f"this job has {len(class_names)}"
        )
    elif isinstance(theirs, list) and theirs != class_names:
        told.append("the classes have other names or another order than those of the weights; the head is loaded as is")
    return told


def _unfit(path: Path, arch: str, content: Mapping[str, Any], why: str) -> CheckpointBroken:
    size = (content.get("params") or {}).get("img_size")
    hint = "" if size is None else f"; it was trained with img_size={size}, on which some models' weights depend"
    lines = [line.strip() for line in why.splitlines() if line.strip()]
    return CheckpointBroken(
        f"init_from: the checkpoint {path.name} doesn't fit {arch}: {' '.join(lines[:3])[:500]}{hint}; "
        "take the model and the size of its job"
    )


def _under(key: str, names: Sequence[str]) -> bool:
    return any(key == name or key.startswith(f"{name}.") for name in names)

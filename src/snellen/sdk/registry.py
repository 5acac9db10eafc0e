"""Trainers are found through entry points, ours through the same door as anybody's."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from snellen.errors import DuplicateName, ExtraMissing, TrainerUnknown
from snellen.sdk.trainer import Trainer

GROUP = "snellen.trainers"


def available_trainers() -> dict[str, EntryPoint]:
    """Entry points by name, none loaded; :class:`~snellen.errors.DuplicateName` when two have one name."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        other = found.setdefault(point.name, point)
        if other.value != point.value:
            raise DuplicateName(
                f"two trainers are registered as {point.name!r}: {other.value} and {point.value}; uninstall one"
            )
    return dict(sorted(found.items()))


def load_trainer(name: str) -> Trainer:
    """The trainer of that name.

    Raises :class:`~snellen.errors.TrainerUnknown`, which names those there are, or
    :class:`~snellen.errors.ExtraMissing`, which says what to install when the trainer's module can't be imported.
    """
    available = available_trainers()
    if name not in available:
        known = ", ".join(available) or "none; install one that registers in the entry points of snellen.trainers"
        raise TrainerUnknown(f"trainer: got {name!r}, expected one of: {known}")
    trainer = _load(available[name])()
    if not isinstance(trainer, Trainer):
        raise TrainerUnknown(f"trainer {name!r}: {available[name].value} is no snellen.sdk.Trainer")
    return trainer


def _load(point: EntryPoint) -> Any:
    try:
        return point.load()
    except ImportError as error:
        package = point.dist.name if point.dist is not None else point.module.split(".")[0]
        wanted = f"{package}[{','.join(point.extras or [point.name])}]" if package == "snellen" else package
        raise ExtraMissing(
            f"trainer {point.name!r}: {point.value} can't be imported ({type(error).__name__}: {error}); "
            f"install what it needs into this Python: pip install '{wanted}'"
        ) from error
    except AttributeError as error:
        raise TrainerUnknown(f"trainer {point.name!r}: {point.value} does not exist ({error})") from error

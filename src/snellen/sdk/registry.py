"""Trainers are found through entry points, ours through the same door as anybody's."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from snellen.errors import DuplicateName, TrainerUnknown
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
    """The trainer of that name; :class:`~snellen.errors.TrainerUnknown` names those there are."""
    available = available_trainers()
    if name not in available:
        known = ", ".join(available) or "none; install one that registers in the entry points of snellen.trainers"
        raise TrainerUnknown(f"trainer: got {name!r}, expected one of: {known}")
    trainer = available[name].load()()
    if not isinstance(trainer, Trainer):
        raise TrainerUnknown(f"trainer {name!r}: {available[name].value} is no snellen.sdk.Trainer")
    return trainer

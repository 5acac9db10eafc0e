"""How a check ends that does not pass."""

from __future__ import annotations


class NotConforming(AssertionError):
    """A promise that the trainer breaks: what was expected, what was found."""


class NotChecked(Exception):
    """The check does not apply to this trainer; the message says why."""


def expect(holds: bool, otherwise: str) -> None:
    """Raise :class:`NotConforming` unless it `holds`."""
    if not holds:
        raise NotConforming(otherwise)

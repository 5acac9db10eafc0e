"""How a dataset is to be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from snellen.contract.tasks import Task
from snellen.errors import DatasetInvalid
from snellen.formats.keep import Keeper

Progress = Callable[[int, int], None]
FRACTIONS: Mapping[str, float] = {"train": 0.8, "val": 0.2}


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """``task`` None: as the dataset tells; ``split`` None: as given, else :data:`FRACTIONS`, made with ``seed``.

    ``decode`` decodes every image wholly instead of checking its structure; ``workers`` None: one process a core. With
    a ``keeper`` the files are stored as they are read; ``kept`` then lists those that had not been there.
    """

    task: Task | None = None
    split: Mapping[str, float] | None = None
    seed: int = 0
    decode: bool = False
    workers: int | None = None
    progress: Progress | None = None
    keeper: Keeper | None = None
    kept: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Refuse fractions that are none."""
        given = self.split
        if given is None:
            return
        known = set(given) <= {"train", "val", "test"} and all(0 <= part <= 1 for part in given.values())
        if not known or abs(sum(given.values()) - 1) > 1e-6 or not given.get("train") or not given.get("val"):
            raise DatasetInvalid(f"split: got {dict(given)}, expected fractions of train, val and test that sum to 1")

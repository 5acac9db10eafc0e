"""What a launcher is: it starts supervisors, and finds them again."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from snellen.contract.folder import JobFolder

#: How a launcher finds a supervisor again: JSON that the server keeps.
Handle = dict[str, Any]
#: In a handle: those of the supervisors before, whose trainer this one has taken over.
EARLIER = "earlier"


class Launcher(ABC):
    """Starts a job's supervisor somewhere. Registered as an entry point in ``snellen.launchers``."""

    name: ClassVar[str]

    @abstractmethod
    def start(
        self,
        folder: JobFolder,
        *,
        server_url: str,
        token: str,
        trainer_python: Path,
        data_dir: Path,
        dataset_cache_bytes: int,
        gpus: Sequence[str] = (),
        take_over: bool = False,
        trainer_user: str | None = None,
    ) -> Handle:
        """Start the supervisor of a prepared job folder, or with `take_over` another one where it was killed, which
        goes on with the trainer if that still runs. The token must not show in arguments or environment.

        A machine's cache of datasets holds at most `dataset_cache_bytes`, besides what running jobs use. `gpus` are
        those of :meth:`gpus` that the job may use; where there are any, it sees no other. With a `trainer_user` the
        trainer is that user's process, and nothing but its folder may be open to it.
        """

    @abstractmethod
    def alive(self, handle: Handle) -> bool:
        """Whether that very supervisor still runs; a process that merely has its pid does not count."""

    @abstractmethod
    def kill(self, handle: Handle) -> None:
        """End the supervisor and everything that it started, at once. What has ended already is no error."""

    def find(self, folder: JobFolder) -> Handle | None:
        """The supervisor that a folder has, where it runs and nobody kept its handle."""
        return None

    def gpus(self) -> Sequence[str]:
        """The GPUs that jobs share, by names that stay; none where the launcher doesn't hand them out."""
        return ()

    def default_slots(self) -> int:
        """How many jobs may run at once unless the settings say otherwise."""
        return 1


def remove_dataset(folder: JobFolder) -> None:
    """Remove a job's ``dataset/``, also a half-made one: who ends a job does it, or ended jobs would fill the disk.

    Links keep the bytes of files that the machine's cache gave up, and copies are their own.
    """
    for place in (folder.dataset, folder.dataset_part):
        shutil.rmtree(place, ignore_errors=True)

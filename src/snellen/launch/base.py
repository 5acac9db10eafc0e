"""What a launcher is: it starts supervisors, and finds them again."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from snellen.contract.folder import JobFolder
from snellen.contract.spec import Resources
from snellen.contract.states import JobState
from snellen.errors import InvalidInput

#: How a launcher finds a supervisor again: JSON that the server keeps.
Handle = dict[str, Any]
#: In a handle: those of the supervisors before, whose trainer this one has taken over.
EARLIER = "earlier"
#: So many slots has a launcher without a limit of its own: room alone decides.
NO_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a supervisor in whose place none can be put.

    ``state`` is what its job becomes: lost, failed, or queued where it never began and may begin again.
    """

    state: JobState
    reason: str
    detail: str | None = None


class Launcher(ABC):
    """Starts a job's supervisor somewhere. Registered as an entry point in ``snellen.launchers``."""

    #: Its kind, as the entry point names it; the settings may have several launchers of one kind.
    name: ClassVar[str]
    #: Whether supervisors run beyond this machine. Those are given a code in place of the token, with which each
    #: enrols once, and any server of the database may look after them.
    remote: ClassVar[bool] = False

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        """With the options that the settings give; :class:`~snellen.errors.InvalidInput` lists those that are wrong."""
        if options:
            raise InvalidInput(f"{', '.join(sorted(options))}: a launcher of kind {self.name!r} has no options")

    @property
    def far(self) -> bool:
        """Whether its supervisors run on other machines, as far as its options tell."""
        return False

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
        goes on with the trainer if that still runs. The token must not show in arguments or environment; a `remote`
        launcher is given the supervisor's code for it.

        A machine's cache of datasets holds at most `dataset_cache_bytes`, besides what running jobs use. `gpus` are
        those of :meth:`gpus` that the job may use; where there are any, it sees no other. With a `trainer_user` the
        trainer is that user's process, and nothing but its folder may be open to it.
        """

    @abstractmethod
    def alive(self, handle: Handle) -> bool:
        """Whether that very supervisor still runs, or waits to; a process that merely has its pid does not count.

        Raises :class:`~snellen.errors.LauncherUnavailable` where that can't be told now.
        """

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

    def check(self, wanted: Resources) -> None:
        """:class:`~snellen.errors.InvalidInput` for what a job can never be given here, whatever is free."""
        for what, given in (
            ("memory", wanted.memory),
            ("accelerator_type", wanted.accelerator_type),
            ("custom", wanted.custom),
            ("nodes", wanted.nodes if wanted.nodes != 1 else None),
            ("min_nodes", wanted.min_nodes),
        ):
            if given:
                raise InvalidInput(
                    f"resources.{what}: got {given!r}, but launcher {self.name!r} runs jobs on one machine and "
                    "reserves only its GPUs; leave it out, or name a launcher of a cluster"
                )

    def waits_for(self, wanted: Resources, running: Sequence[tuple[Handle | None, Resources]]) -> str | None:
        """Why a job that wants this can't begin beside those that run here; None when it can.

        Raises :class:`~snellen.errors.LauncherUnavailable` where that can't be told now.
        """
        return None

    def fate(self, handle: Handle, *, heard: bool) -> Fate | None:
        """Of a supervisor that isn't alive: None where another one may take over, else what its job becomes.

        `heard` says whether the server ever heard of it.
        """
        return None

    def on_node(self) -> dict[str, Any]:
        """What a `remote` launcher's supervisors are told of their nodes when they enrol."""
        return {}

    def close(self) -> None:  # noqa: B027 - most have none
        """Give up connections; what runs goes on."""

    def log_of(self, handle: Handle) -> str:
        """The end of what the supervisor itself wrote, for who looks why it doesn't run; empty where there is none."""
        return ""


def remove_dataset(folder: JobFolder) -> None:
    """Remove a job's ``dataset/``, also a half-made one: who ends a job does it, or ended jobs would fill the disk.

    Links keep the bytes of files that the machine's cache gave up, and copies are their own.
    """
    for place in (folder.dataset, folder.dataset_part):
        shutil.rmtree(place, ignore_errors=True)

"""Launchers by name, and supervisors started through them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from typing import Any

from snellen.contract.folder import JobFolder
from snellen.errors import DuplicateName, InvalidInput
from snellen.launch.base import Launcher
from snellen.server.jobs import service
from snellen.server.settings import Settings

GROUP = "snellen.launchers"


class Launchers:
    """Those that are installed."""

    def __init__(self, settings: Settings, server_url: Callable[[], str]) -> None:
        self._settings = settings
        self._server_url = server_url
        self._known: dict[str, Launcher] = {}

    def get(self, name: str) -> Launcher:
        """The launcher of that name; ``InvalidInput`` names those there are."""
        if name not in self._known:
            found = [e for e in entry_points(group=GROUP) if e.name == name]
            if not found:
                names = ", ".join(sorted({e.name for e in entry_points(group=GROUP)} | {service.EXTERNAL}))
                raise InvalidInput(f"launcher: got {name!r}, expected one of: {names}")
            if len(found) > 1:
                raise DuplicateName(f"two launchers are registered as {name!r}: {', '.join(e.value for e in found)}")
            self._known[name] = found[0].load()()
        return self._known[name]

    def find(self, name: str, folder: JobFolder) -> dict[str, Any] | None:
        """The supervisor that runs in a folder, if any does."""
        try:
            return self.get(name).find(folder)
        except InvalidInput:  # it was uninstalled
            return None

    def is_alive(self, name: str, handle: dict[str, Any]) -> bool:
        """Whether a supervisor runs, as far as one can tell."""
        try:
            return self.get(name).alive(handle)
        except InvalidInput:
            return False

    def supervise(
        self,
        name: str,
        folder: JobFolder,
        trainer: str,
        token: str,
        gpus: Sequence[str],
        *,
        take_over: bool = False,
    ) -> dict[str, Any]:
        """Start a supervisor for a prepared folder; its handle."""
        return self.get(name).start(
            folder,
            server_url=self._server_url(),
            token=token,
            trainer_python=self._settings.trainer_pythons.get(trainer, self._settings.trainer_python),
            data_dir=self._settings.data_dir,
            dataset_cache_bytes=self._settings.dataset_cache_bytes,
            gpus=gpus,
            take_over=take_over,
            trainer_user=self._settings.trainer_user,
        )

    def slots(self) -> int:
        """How many jobs run at once on this machine."""
        return self._settings.slots or self.get("local").default_slots()

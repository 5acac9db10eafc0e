"""The launchers of the settings, and supervisors started through them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

from snellen.contract.folder import JobFolder
from snellen.errors import DuplicateName, InvalidInput, LauncherUnavailable, StartRefused
from snellen.launch.base import Launcher
from snellen.server.jobs import service
from snellen.server.settings import KIND, LOOPBACK, Settings

GROUP = "snellen.launchers"
#: The place of what a launcher runs beyond this machine begins with it.
BEYOND = "launcher:"


@dataclass(frozen=True, slots=True)
class Place:
    """Where jobs run: this machine, or one cluster. One server at a time looks after it; ``name`` is in its lease."""

    name: str
    launchers: tuple[str, ...]


class Launchers:
    """Those that the settings name, in their order; the first is the default."""

    def __init__(self, settings: Settings, server_url: Callable[[], str]) -> None:
        self._settings = settings
        self._server_url = server_url
        self._known = {name: _make(name, options) for name, options in settings.launchers.items()}

    def names(self) -> list[str]:
        """The default first."""
        return list(self._known)

    def get(self, name: str) -> Launcher:
        """The launcher of that name; ``InvalidInput`` names those there are."""
        if name not in self._known:
            names = ", ".join([*self._known, service.EXTERNAL])
            raise InvalidInput(f"launcher: got {name!r}, expected one of: {names} (SNELLEN_LAUNCHERS says which)")
        return self._known[name]

    def places(self, machine: str) -> list[Place]:
        """This machine with its launchers, and each cluster."""
        here = tuple(name for name, launcher in self._known.items() if not launcher.remote)
        beyond = [name for name, launcher in self._known.items() if launcher.remote]
        return [Place(machine, here), *(Place(f"{BEYOND}{name}", (name,)) for name in beyond)]

    def find(self, name: str, folder: JobFolder) -> dict[str, Any] | None:
        """The supervisor that runs in a folder, if any does."""
        try:
            return self.get(name).find(folder)
        except InvalidInput:  # it was taken out of the settings
            return None

    def is_alive(self, name: str, handle: dict[str, Any]) -> bool:
        """Whether a supervisor runs, as far as one can tell."""
        try:
            return self.get(name).alive(handle)
        except InvalidInput:
            return False
        except LauncherUnavailable:
            return True

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

    def told(self, name: str) -> dict[str, Any]:
        """What a supervisor beyond this machine is told when it enrols."""
        return {"cache_bytes": self._settings.dataset_cache_bytes, **self.get(name).on_node()}

    def close(self) -> None:
        """Give up their connections."""
        for launcher in self._known.values():
            launcher.close()

    def slots(self, name: str) -> int:
        """How many jobs a launcher runs at once."""
        launcher = self.get(name)
        return (0 if launcher.remote else self._settings.slots) or launcher.default_slots()


def check_launchers(settings: Settings) -> None:
    """:class:`~snellen.errors.StartRefused` for launchers that can't be used; all that is wrong, at once."""
    wrong = []
    for name, options in settings.launchers.items():
        try:
            launcher = _make(name, options)
        except InvalidInput as error:
            wrong.append(f"launchers.{name}: {error.detail}")
            continue
        launcher.close()
        if launcher.far and settings.public_url is None and settings.host in LOOPBACK:
            wrong.append(
                f"launchers.{name}: its jobs run on other machines, which can't reach this server at {settings.host}; "
                "set SNELLEN_PUBLIC_URL to an address that they reach"
            )
        shared = launcher.remote and launcher.on_node().get("trainer_user") is None
        if shared and settings.auth == "users" and not settings.allow_shared_user:
            wrong.append(
                f"launchers.{name}: auth is 'users' and trainers run there as the user that Ray runs as, who can run "
                "code on the whole cluster; set its trainer_user to another user of the nodes, or "
                "SNELLEN_ALLOW_SHARED_USER=true if all who may run code may read everything"
            )
    if wrong:
        raise StartRefused("launchers are wrong:\n  " + "\n  ".join(wrong))


def _make(name: str, options: dict[str, Any]) -> Launcher:
    kind = str(options.get(KIND, name))
    found = [e for e in entry_points(group=GROUP) if e.name == kind]
    if not found:
        kinds = ", ".join(sorted({e.name for e in entry_points(group=GROUP)}))
        raise InvalidInput(f"got the kind {kind!r}, expected one of: {kinds}")
    if len(found) > 1:
        raise DuplicateName(f"two launchers are registered as {kind!r}: {', '.join(e.value for e in found)}")
    made: Launcher = found[0].load()({key: value for key, value in options.items() if key != KIND})
    return made

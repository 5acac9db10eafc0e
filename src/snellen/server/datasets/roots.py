"""From where on the server's machine, and in its external store, people may take files."""

from __future__ import annotations

import os
from pathlib import Path

from snellen.errors import NotAllowed
from snellen.server.auth.people import Person
from snellen.server.settings import Settings

EXTERNAL = "external:"
GRANTS = (
    "an administrator of the server imports from anywhere, or adds the folder to SNELLEN_IMPORT_ROOTS; or upload it"
)


class Roots:
    """The folders and prefixes of ``import_roots``. With one user, and for administrators of it, all are open."""

    def __init__(self, settings: Settings) -> None:
        self._open = settings.auth == "single"
        self._prefixes = [
            each.removeprefix(EXTERNAL).strip("/") for each in settings.import_roots if each.startswith(EXTERNAL)
        ]
        self._folders = [
            Path(each).expanduser().resolve() for each in settings.import_roots if not each.startswith(EXTERNAL)
        ]

    def bounds(self, person: Person) -> bool:
        """Whether somebody is kept to the roots."""
        return not self._open and not person.administers

    def check(self, person: Person, path: str) -> None:
        """:class:`~snellen.errors.NotAllowed` for a path on this machine that somebody may not read."""
        if self.bounds(person):
            self.real(path)

    def check_external(self, person: Person, key: str) -> None:
        """The same for a place in the external store, which holds everybody's."""
        if self.bounds(person) and not any(_under(key, prefix) for prefix in self._prefixes):
            raise NotAllowed(f"{key[:200]!r} is under no place of the external store that is open to you; {GRANTS}")

    def real(self, path: str) -> Path:
        """The path without symbolic links, if it is a root's or below one."""
        given = Path(path)
        if not given.is_absolute() or ".." in given.parts:
            raise NotAllowed(
                f"{path[:200]!r} is no absolute path without '..', the only ones that are open to you; {GRANTS}"
            )
        try:
            real = given.resolve()
        except (OSError, RuntimeError) as error:
            raise NotAllowed(f"{path[:200]!r} can't be looked at; {GRANTS}") from error
        if not any(real.is_relative_to(root) for root in self._folders):
            raise NotAllowed(f"{path[:200]!r} is in no folder that is open to you; {GRANTS}")
        return real

    def check_links(self, folder: Path) -> None:
        """:class:`~snellen.errors.NotAllowed` for a symbolic link in a folder that leads out of every root."""
        for place, folders, files in os.walk(folder):
            for name in (*folders, *files):
                path = Path(place, name)
                if path.is_symlink():
                    self.real(str(path))


def _under(key: str, prefix: str) -> bool:
    return ".." not in key.split("/") and (key == prefix or key.startswith(prefix + "/"))

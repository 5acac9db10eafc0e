"""Who is asking, and what they may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from snellen.errors import NotAllowed


class Role(StrEnum):
    """What a member is in a project; each may do what those before it may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"


class Permission(StrEnum):
    """What a request needs in the project of the thing that it names; a token's scopes have the same names."""

    READ = "read"
    WRITE = "write"
    RUN_CODE = "run_code"
    ADMIN = "admin"


ALL = frozenset(Permission)
#: Which role is needed; RUN_CODE is apart from the roles.
_NEEDED = {
    Permission.READ: frozenset(Role),
    Permission.WRITE: frozenset({Role.EDITOR, Role.ADMIN}),
    Permission.ADMIN: frozenset({Role.ADMIN}),
}
_IMPLIED = {
    Permission.READ: frozenset[Permission](),
    Permission.WRITE: frozenset({Permission.READ}),
    Permission.RUN_CODE: frozenset({Permission.READ, Permission.WRITE}),
    Permission.ADMIN: frozenset({Permission.READ, Permission.WRITE}),
}


def with_implied(scopes: Iterable[Permission]) -> frozenset[Permission]:
    """Scopes and what they cannot do without."""
    given = frozenset(scopes)
    return given.union(*(_IMPLIED[scope] for scope in given))


class Via(StrEnum):
    """How somebody proved who they are."""

    TOKEN = "token"  # noqa: S105 - the name of a way
    SESSION = "session"


class Member(NamedTuple):
    """A role in a project, and whether own code may be run there."""

    role: Role
    run_code: bool


@dataclass(frozen=True, slots=True)
class Person:
    """Who is asking: a user, or the operator, who holds the token in the server's data directory (``id`` is None).

    ``is_admin`` is the administrator of the whole server, in so far as what they showed lets them be. ``only`` are the
    projects that a token is limited to.
    """

    name: str
    id: int | None = None
    is_admin: bool = False
    scopes: frozenset[Permission] = ALL
    memberships: Mapping[int, Member] = field(default_factory=dict)
    only: frozenset[int] | None = None
    via: Via = Via.TOKEN
    #: Of the token or the session that was shown.
    via_id: int | None = None
    #: The token's name, for the audit log.
    via_name: str | None = None

    @property
    def key(self) -> str:
        """Names the person for good: what they made is kept under it."""
        return "operator" if self.id is None else f"user:{self.id}"

    def member_of(self, project_id: int) -> Member | None:
        """The role in a project; an administrator of the server has the highest in all."""
        if self.only is not None and project_id not in self.only:
            return None
        return Member(Role.ADMIN, True) if self.is_admin else self.memberships.get(project_id)

    def sees(self, project_id: int) -> bool:
        """Whether what is in a project is there for them at all."""
        return Permission.READ in self.scopes and self.member_of(project_id) is not None

    def may(self, permission: Permission, project_id: int) -> bool:
        """Whether they may do something in a project."""
        member = self.member_of(project_id)
        if member is None or permission not in self.scopes:
            return False
        return member.run_code if permission is Permission.RUN_CODE else member.role in _NEEDED[permission]

    def check(self, permission: Permission, project_id: int, what: str) -> None:
        """:class:`~snellen.errors.NotAllowed` that says what is missing and who can give it; for who sees the thing."""
        if self.may(permission, project_id):
            return
        member = self.member_of(project_id)
        if member is not None and permission not in self.scopes and self._could(permission, member):
            raise NotAllowed(
                f"{what}: this token lacks the scope {permission}; make one that has it (`snellen tokens create`)"
            )
        if permission is Permission.RUN_CODE:
            raise NotAllowed(
                f"{what}: needs the permission run_code, because it runs code of your choice on the server's machines; "
                "an administrator of the project can grant it (Project, Members)"
            )
        needed = Role.EDITOR if permission is Permission.WRITE else Role.ADMIN
        role = f"you are {member.role} of this project" if member else "you are no member of this project"
        raise NotAllowed(f"{what}: {role}, needed is {needed}; an administrator of the project can grant it")

    @property
    def administers(self) -> bool:
        """Whether they may manage users and projects of the whole server with what they showed."""
        return self.is_admin and Permission.ADMIN in self.scopes and self.only is None

    def check_administers(self, what: str) -> None:
        """:class:`~snellen.errors.NotAllowed` unless they administer the server."""
        if not self.administers:
            reason = (
                "this token lacks the scope admin, or is limited to projects"
                if self.is_admin
                else ("this is for administrators of the server")
            )
            raise NotAllowed(f"{what}: {reason}; whoever holds the server's own token is one, and can make you one")

    def visible(self) -> frozenset[int] | None:
        """The projects whose things they see; None for all."""
        if Permission.READ not in self.scopes:
            return frozenset()
        if self.is_admin:
            return self.only
        members = frozenset(self.memberships)
        return members if self.only is None else members & self.only

    @staticmethod
    def _could(permission: Permission, member: Member) -> bool:
        return member.run_code if permission is Permission.RUN_CODE else member.role in _NEEDED[permission]


#: Who holds the token in the server's data directory; what the server does by itself, it does as them.
OPERATOR = Person(name="admin", is_admin=True)

"""Users and tokens as they come and go over HTTP."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from snellen.server.auth.people import Permission


def _user_name(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9._@+-]{1,64}", name) or name.isdigit():
        raise ValueError("expected 1 to 64 of a-z, 0-9 and . _ @ + -, not digits alone: those are ids")
    return name


UserName = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=64), AfterValidator(_user_name)
]
DisplayName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")]
Password = Annotated[str, Field(min_length=10, max_length=1000)]


class UserCreate(BaseModel):
    """A new user; without a password there is a link with which they set one."""

    model_config = ConfigDict(extra="forbid")

    name: UserName
    display_name: DisplayName | None = None
    email: Email | None = None
    password: Password | None = None
    is_admin: bool = False


class UserChange(BaseModel):
    """What of a user is to be another; what is left out stays. Disabling ends their sessions and tokens at once."""

    model_config = ConfigDict(extra="forbid")

    display_name: DisplayName | None = None
    email: Email | None = None
    is_admin: bool | None = None
    disabled: bool | None = None

    @model_validator(mode="after")
    def _flags(self) -> UserChange:
        for name in ("is_admin", "disabled"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name}: got null, expected true or false")
        return self


class UserOut(BaseModel):
    """A user. ``email`` and ``has_password`` are for administrators of the server alone."""

    id: int
    name: str
    display_name: str | None
    email: str | None
    is_admin: bool
    disabled: bool
    has_password: bool | None
    created_at: int


class UserPage(BaseModel):
    """Users in the order of their making."""

    items: list[UserOut]
    next_cursor: str | None


class TokenCreate(BaseModel):
    """A new token: what it may do, in which projects (ids; all without), and for how long."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    scopes: Annotated[list[Permission], Field(min_length=1, max_length=10)]
    projects: Annotated[list[Annotated[int, Field(ge=1, lt=2**31)]], Field(min_length=1, max_length=1000)] | None = None
    expires_in_days: Annotated[int, Field(ge=1)] | None = None


class TokenOut(BaseModel):
    """A token, which only its owner ever saw whole; ``owner`` is null for the server's operator."""

    id: int
    name: str
    prefix: str
    owner: str | None
    scopes: list[Permission]
    projects: list[int] | None
    created_at: int
    expires_at: int | None
    last_used_at: int | None


class TokenCreated(TokenOut):
    """A new token; ``token`` is shown this once."""

    token: str


class TokenList(BaseModel):
    """Tokens, newest first."""

    items: list[TokenOut]

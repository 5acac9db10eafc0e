"""What goes in and out at a login."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Secret = Annotated[str, Field(min_length=1, max_length=1000)]


class Login(BaseModel):
    """A token, or name and password, in exchange for a session."""

    model_config = ConfigDict(extra="forbid")

    token: Secret | None = None
    name: Secret | None = None
    password: Secret | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Login:
        by_password = self.name is not None and self.password is not None and self.token is None
        by_token = self.token is not None and self.name is None and self.password is None
        if not by_password and not by_token:
            raise ValueError("expected `token` alone, or `name` and `password`")
        return self


class ProviderButton(BaseModel):
    """The single sign-on, as a link of the login page."""

    name: str
    start_url: str


class Methods(BaseModel):
    """How one can log in here."""

    mode: Literal["single", "users"]
    password: bool
    token: bool
    oidc: ProviderButton | None


class Link(BaseModel):
    """A link that is good once."""

    url: str
    expires_at: int


class PasswordSetup(BaseModel):
    """The code of a link that an administrator made, and the password to be."""

    model_config = ConfigDict(extra="forbid")

    code: Secret
    password: Secret


class PasswordChange(BaseModel):
    """The password of now and the one to be."""

    model_config = ConfigDict(extra="forbid")

    current: Secret
    new: Secret


class SessionOut(BaseModel):
    """A browser that is logged in; ``current`` is the one that asks."""

    id: int
    current: bool
    #: ``password``, ``sso``, ``token`` or ``link``.
    opened_by: str
    created_at: int
    seen_at: int
    expires_at: int
    address: str | None
    agent: str | None


class SessionList(BaseModel):
    """Sessions, the last used first."""

    items: list[SessionOut]

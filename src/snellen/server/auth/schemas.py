"""Bodies of the login."""

from __future__ import annotations

from pydantic import BaseModel


class Login(BaseModel):
    """A token in exchange for a session."""

    token: str

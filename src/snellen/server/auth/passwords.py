"""Passwords, as argon2 hashes."""

from __future__ import annotations

from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from snellen.errors import InvalidInput

SHORTEST, LONGEST = 10, 1000


def hash_password(password: str) -> str:
    """The hash to keep; :class:`~snellen.errors.InvalidInput` for a password that is too short. Takes a while."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput(f"password: got {len(password)} characters, expected {SHORTEST} to {LONGEST}")
    return _hasher().hash(password)


def is_password(password: str, kept: str | None) -> bool:
    """Whether a password is the one whose hash is kept; takes as long where there is none to compare with."""
    right = _hasher().verify(password, kept or _nobodys())
    return right and kept is not None


@cache
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(),))


@cache
def _nobodys() -> str:
    return _hasher().hash("a password that opens nothing")

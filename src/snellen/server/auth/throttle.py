"""Slows down who guesses passwords: by account, by address, and by both together.

A try counts as failed until it has succeeded, so that many at once can't all slip through before the first is
counted. Sessions and tokens that are open already are not concerned: guessing locks nobody out of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from snellen.errors import TooManyAttempts
from snellen.server.auth.login_tables import LoginFailures

#: Failures are forgotten after so long without another.
FORGOTTEN_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures are free; each further one doubles the pause, from a second to the longest."""

    free: int
    longest_seconds: int

    def pause_ms(self, failures: int) -> int:
        """The pause after so many failures in a row."""
        over = failures - self.free
        return 0 if over <= 0 else min(2 ** min(over - 1, 20), self.longest_seconds) * 1000


#: One address guessing at one account is stopped soonest. An account under attack from many addresses opens for a try
#: once a minute, so that its owner gets in; an office behind one address has more tries than one person.
LIMITS: Mapping[str, Limit] = {"pair": Limit(5, 900), "account": Limit(20, 60), "address": Limit(30, 900)}


def keys_of(*, account: str, address: str | None) -> dict[str, str]:
    """The counters that a try touches. Hashes: what is typed into the field of a name may be a password."""
    place = _network_of(address or "unknown")
    who = account.strip().casefold()
    named = {"pair": f"{who}\0{place}", "account": who, "address": place}
    return {kind: f"{kind}:{hashlib.sha256(text.encode(errors='replace')).hexdigest()}" for kind, text in named.items()}


def begin(session: Session, keys: Mapping[str, str], *, now: int) -> None:
    """Count a try, or :class:`~snellen.errors.TooManyAttempts` while there is a pause.

    In a transaction of its own, which ends before the password is looked at.
    """
    old = select(LoginFailures.key).where(LoginFailures.last_at < now - FORGOTTEN_MS).with_for_update(skip_locked=True)
    session.execute(delete(LoginFailures).where(LoginFailures.key.in_(old)))
    rows = {kind: _locked(session, key, now) for kind, key in sorted(keys.items())}
    wait = max(row.blocked_until for row in rows.values()) - now
    if wait > 0:
        seconds = -(-wait // 1000)
        raise TooManyAttempts(
            f"too many logins went wrong; wait {seconds} s and try again, or ask an administrator for a new link",
            retry_after=seconds,
        )
    for kind, row in rows.items():
        row.count += 1
        row.last_at = now
        row.blocked_until = now + LIMITS[kind].pause_ms(row.count)
    session.flush()


def succeeded(session: Session, keys: Mapping[str, str]) -> None:
    """The try was right: the account's counters begin anew, the address's only loses this one try.

    Otherwise an attacker with an account of their own could wash the address clean.
    """
    session.execute(delete(LoginFailures).where(LoginFailures.key.in_([keys["pair"], keys["account"]])))
    address = update(LoginFailures).where(LoginFailures.key == keys["address"], LoginFailures.count > 0)
    session.execute(address.values(count=LoginFailures.count - 1, blocked_until=0))


def _locked(session: Session, key: str, now: int) -> LoginFailures:
    """The counter of a key, made if need be; on PostgreSQL others wait for it."""
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    values = {"key": key, "count": 0, "last_at": now, "blocked_until": 0}
    session.execute(dialect.insert(LoginFailures).values(values).on_conflict_do_nothing())
    return session.scalars(select(LoginFailures).where(LoginFailures.key == key).with_for_update()).one()


def _network_of(address: str) -> str:
    """An IPv6 client has 2**64 addresses: they count as one."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network(f"{found}/64", strict=False)) if isinstance(found, IPv6Address) else str(found)

"""Whether a store is the one that the database was used with: of several servers, or after a restore, one may be wrong.

A marker object in the store holds a random id, which the database knows.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from snellen.errors import ObjectMissing, StartRefused, StoreUnavailable
from snellen.server.cluster.tables import StoreMark
from snellen.server.db import START_LOCK, Database
from snellen.storage import Store

MARKER = "snellen-store.json"
log = logging.getLogger("snellen.stores")


def check_stores(database: Database, stores: Mapping[str, Store]) -> None:
    """Mark stores at their first use; :class:`~snellen.errors.StartRefused` for one that is not this database's.

    A store that does not answer is looked at when the server starts the next time.
    """
    fresh: set[str] = set()
    for name, store in stores.items():
        try:
            with database.write() as session:
                _check(session, name, store, fresh)
        except StoreUnavailable as error:
            log.warning("the %s store does not answer, so it is not known whether it is the right one: %s", name, error)


def adopt_stores(database: Database, stores: Mapping[str, Store]) -> None:
    """Take stores for this database's, whatever they were before: it has just been restored into them."""
    for name, store in stores.items():
        found = mark_of(store)
        if found:
            with database.write() as session:
                session.merge(StoreMark(name=name, mark=found, url=store.url))


def _check(session: Session, name: str, store: Store, fresh: set[str]) -> None:
    if session.get_bind().dialect.name != "sqlite":  # two servers may start for the first time at once
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": START_LOCK})
    row, found = session.get(StoreMark, name), mark_of(store)
    if row is not None and row.mark == found:
        return
    if row is not None:
        what = "has no marker" if found is None else "belongs to another database"
        raise StartRefused(
            f"the {name} store {store.url} {what}: this database was used with the one at {row.url}. Set "
            f"SNELLEN_{name.upper()}_STORE to that one, with the same endpoint; or, if this is a copy of it, "
            f"put {json.dumps({'id': row.mark})} into its object {MARKER}"
        )
    if found is None:
        found = secrets.token_hex(16)
        store.put_bytes(MARKER, json.dumps({"id": found}).encode(), "application/json")
        fresh.add(found)
    elif found not in fresh:
        raise StartRefused(
            f"the {name} store {store.url} belongs to another database, whose jobs and datasets it holds; set "
            f"SNELLEN_{name.upper()}_STORE to a place of its own, or SNELLEN_DATABASE_URL to that database; if nothing "
            f"of it is needed any more, empty the store (its object {MARKER} too)"
        )
    session.add(StoreMark(name=name, mark=found, url=store.url))


def mark_of(store: Store) -> str | None:
    """The id in the marker of a store; None where there is none, nothing where it can't be read."""
    try:
        return str(json.loads(store.get_bytes(MARKER))["id"])
    except ObjectMissing:
        return None
    except (ValueError, KeyError, TypeError):
        return ""

"""Of several servers one does a piece of work, and one that was overtaken applies nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from snellen.errors import LeaseLost
from snellen.server.cluster import leases
from snellen.server.cluster.leases import Leases
from snellen.server.cluster.tables import Lease
from snellen.server.db import Database, migrate

pytestmark = pytest.mark.db
LONG = 3600.0


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    migrate(made)
    yield made
    made.close()


def pass_time(database: Database) -> None:
    """What was taken for `LONG` ends now."""
    with database.write() as session:
        session.execute(update(Lease).values(expires_at=Lease.expires_at - int(LONG * 1000)))


def test_a_lease_has_one_holder_until_it_ends(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = Leases(database, "one"), Leases(database, "two")
    first = one.take("work", seconds=LONG)
    assert first is not None
    assert two.take("work", seconds=LONG) is None
    pass_time(database)
    second = two.take("work", seconds=LONG)
    assert second is not None
    assert (second.new, second.token) == (True, first.token + 1)
    later = time.monotonic() + LONG
    monkeypatch.setattr(leases, "time", SimpleNamespace(monotonic=lambda: later))
    assert one.take("work", seconds=LONG) is None


def test_who_gives_a_lease_back_is_followed_at_once(database: Database) -> None:
    one, two = Leases(database, "one"), Leases(database, "two")
    assert one.take("work") is not None
    one.release("work")
    assert two.take("work", seconds=LONG) is not None
    one.release("work")  # not its own any more
    assert Leases(database, "three").take("work") is None


def test_what_a_holder_that_was_overtaken_found_is_not_applied(database: Database) -> None:
    one, two = Leases(database, "one"), Leases(database, "two")
    stale = one.take("work")
    assert stale is not None
    with database.write() as session:
        one.check(session, stale)
    one.release("work")
    assert two.take("work") is not None
    with database.write() as session, pytest.raises(LeaseLost, match="another server"):
        one.check(session, stale)


def test_a_server_that_was_started_again_goes_on_at_once_and_its_earlier_process_does_not(database: Database) -> None:
    earlier, again = Leases(database, "one"), Leases(database, "one")
    stale = earlier.take("work")
    fresh = again.take("work")
    assert stale is not None
    assert fresh is not None
    assert fresh.new
    with database.write() as session:
        again.check(session, fresh)
    with database.write() as session, pytest.raises(LeaseLost):
        earlier.check(session, stale)


def test_of_many_that_ask_at_once_one_gets_it(database: Database) -> None:
    asking = [Leases(database, f"server-{n}") for n in range(16)]
    with ThreadPoolExecutor(16) as pool:
        taken = list(pool.map(lambda each: each.take("work", seconds=LONG), asking))
    assert sum(held is not None for held in taken) == 1


def test_a_turn_comes_once_in_its_time(database: Database) -> None:
    one, two = Leases(database, "one"), Leases(database, "two")
    assert one.turn("sweep", every_seconds=LONG)
    assert not two.turn("sweep", every_seconds=LONG)
    pass_time(database)
    assert two.turn("sweep", every_seconds=LONG)

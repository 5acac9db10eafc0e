"""Guessing passwords is slowed down, from one address and from many, and locks no owner out."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from snellen.errors import TooManyAttempts
from snellen.server.auth import throttle
from snellen.server.auth.login_tables import LoginFailures
from snellen.server.db import Database, migrate

pytestmark = pytest.mark.db

T0 = 1_000_000_000_000


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    migrate(made)
    yield made
    made.close()


def attempt(database: Database, account: str, address: str, now: int, *, right: bool = False) -> int:
    """Tries once; the seconds to wait, 0 if the password would have been looked at."""
    keys = throttle.keys_of(account=account, address=address)
    try:
        with database.write() as session:
            throttle.begin(session, keys, now=now)
    except TooManyAttempts as error:
        return error.retry_after or -1
    if right:
        with database.write() as session:
            throttle.succeeded(session, keys)
    return 0


def test_the_sixth_failure_from_one_place_begins_pauses_that_double(database: Database) -> None:
    now, waits = T0, []
    for _ in range(20):
        while wait := attempt(database, "ada", "6.6.6.6", now):
            waits.append(wait)
            now += wait * 1000
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]


def test_a_try_in_a_pause_is_not_looked_at_and_does_not_prolong_it(database: Database) -> None:
    for _ in range(6):
        attempt(database, "ada", "6.6.6.6", T0)
    assert attempt(database, "ada", "6.6.6.6", T0 + 400, right=True) == 1
    assert attempt(database, "ada", "6.6.6.6", T0 + 1000, right=True) == 0
    assert attempt(database, "ada", "6.6.6.6", T0 + 1001) == 0, "a success begins anew"


def test_an_account_under_attack_from_everywhere_opens_for_its_owner_within_a_minute(database: Database) -> None:
    now = T0
    for i in range(40):
        now += attempt(database, "ada", f"6.6.{i}.6", now) * 1000
    for i in range(40):
        attempt(database, "ada", f"6.7.{i}.6", now)
    wait = attempt(database, "ada", "10.0.0.1", now)
    assert 0 < wait <= 60
    assert attempt(database, "ada", "10.0.0.1", now + wait * 1000, right=True) == 0
    assert attempt(database, "bob", "10.0.0.1", now) == 0, "another account"


def test_one_address_that_tries_many_accounts_is_stopped_and_own_logins_do_not_wash_it_clean(
    database: Database,
) -> None:
    now, looked_at = T0, 0
    for i in range(60):
        looked_at += attempt(database, f"user{i}", "6.6.6.6", now) == 0
        attempt(database, "eve", "6.6.6.6", now, right=True)
    assert looked_at == 31
    assert attempt(database, "ada", "10.0.0.1", now) == 0


def test_the_addresses_of_one_ipv6_network_count_as_one(database: Database) -> None:
    for i in range(6):
        attempt(database, "ada", f"2001:db8:1:2:{i}::1", T0)
    assert attempt(database, "ada", "2001:db8:1:2:ffff::1", T0) == 1
    assert attempt(database, "ada", "2001:db8:1:3::1", T0) == 0


def test_failures_are_forgotten_after_a_day(database: Database) -> None:
    for _ in range(6):
        attempt(database, "ada", "6.6.6.6", T0)
    attempt(database, "bob", "10.0.0.1", T0 + throttle.FORGOTTEN_MS + 1)
    with database.read() as session:
        assert session.query(LoginFailures).count() == 3


def test_many_tries_at_once_do_not_slip_through(database: Database) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: attempt(database, "ada", "6.6.6.6", T0), range(64)))
    assert answers.count(0) == 6


def test_what_was_typed_as_a_name_is_not_kept(database: Database) -> None:
    attempt(database, "correct horse battery", "6.6.6.6", T0)
    with database.read() as session:
        rows: list[Any] = session.query(LoginFailures).all()
    assert all("horse" not in row.key and "6.6.6" not in row.key for row in rows)

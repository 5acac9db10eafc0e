"""What passes is told as an outage, which is a 503; what doesn't is not."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from snellen.errors import DatabaseUnavailable
from snellen.server import engines
from snellen.server.db import Database, migrate
from snellen.server.jobs import service
from snellen.server.jobs.schemas import JobCreate
from snellen.server.projects.tables import Project


@pytest.fixture
def database(bare_postgresql: str) -> Iterator[Database]:
    made = Database(bare_postgresql, connections=4)
    migrate(made)
    yield made
    made.close()


def job(database: Database) -> int:
    with database.write() as session:
        return service.create_job(session, body=JobCreate(model="m", epochs=1, launcher="external"))[0].id


def test_of_two_transactions_that_wait_for_each_other_one_is_told_to_come_again(database: Database) -> None:
    jobs = [job(database), job(database)]
    both_hold_one = threading.Barrier(2)
    ends: list[BaseException | None] = []

    def work(order: list[int]) -> None:
        try:
            with database.write() as session:
                session.execute(text("SET LOCAL log_min_messages = fatal"))  # any deadlock that is logged fails the run
                service.get_job(session, order[0], lock=True)
                both_hold_one.wait()
                service.get_job(session, order[1], lock=True)
            ends.append(None)
        except BaseException as error:
            ends.append(error)

    threads = [threading.Thread(target=work, args=(order,)) for order in (jobs, jobs[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, map(type, ends))) == sorted(map(str, (type(None), DatabaseUnavailable)))


def test_a_connection_that_the_server_ended_is_replaced(database: Database) -> None:
    def cut_off() -> None:
        with database.read() as session, database.read() as other:
            pid = session.scalar(text("SELECT pg_backend_pid()"))
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            session.scalar(text("SELECT 1"))

    with pytest.raises(DatabaseUnavailable):
        cut_off()
    with database.read() as session:
        assert session.scalar(text("SELECT 1")) == 1


def test_no_connection_left_is_an_outage(bare_postgresql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "POOL_SECONDS", 0.2)
    database = Database(bare_postgresql, connections=1)
    with database.read() as session:
        session.scalar(text("SELECT 1"))
        with pytest.raises(DatabaseUnavailable), database.read() as other:
            other.scalar(text("SELECT 1"))
    database.close()


def test_a_file_that_another_process_locks_is_an_outage(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    migrate(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=10")
    holder = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable, match="locked"), database.write() as session:
        session.scalar(text("SELECT 1"))
    holder.close()
    database.close()


def test_a_value_that_is_there_twice_is_no_outage(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        session.add_all([Project(name="a", created_at=1), Project(name="a", created_at=1)])

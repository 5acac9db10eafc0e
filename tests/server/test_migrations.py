"""The migrations make the schema that the tables describe, and can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from snellen.server.db import Database, alembic_config, migrate, migrating
from snellen.server.jobs.log_service import read_log
from snellen.server.jobs.schemas import JobCreate
from snellen.server.jobs.service import add_log_lines, create_job, get_job, log_line
from snellen.server.tables import metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty one."""
    postgresql = request.param == "postgresql"
    url = request.getfixturevalue("bare_postgresql") if postgresql else f"sqlite:///{tmp_path / 'a.db'}"
    made = Database(url)
    yield made
    made.close()


def test_the_migrated_schema_is_that_of_the_tables(database: Database) -> None:
    migrate(database)
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrations_go_down_and_up_again(database: Database) -> None:
    migrate(database)
    with migrating(database) as connection:
        command.downgrade(alembic_config(connection), "base")
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version", "sqlite_sequence"}
    migrate(database)
    migrate(database)
    assert "jobs" in inspect(database.engine).get_table_names()


def test_a_step_down_and_up_keeps_the_rows(database: Database) -> None:
    migrate(database)
    with database.write() as session:
        job, _, _ = create_job(
            session, body=JobCreate(model="m", epochs=3, launcher="external", hyperparameters={"a": 1})
        )
        add_log_lines(session, job, [log_line("kept")])
        job_id = job.id
    for _ in range(2):
        with migrating(database) as connection:
            command.downgrade(alembic_config(connection), "-1")
    migrate(database)
    with database.read() as session:
        job = get_job(session, job_id)
        assert (job.model, job.params, job.log_lines, job.attempt) == ("m", {"a": 1}, 1, 1)
        assert [row.text for row in read_log(session, job_id, after=None, limit=10)[0]] == ["kept"]

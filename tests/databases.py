"""Real databases: an SQLite file, and a PostgreSQL server from a wheel, a database of its own for each test."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from tests.postgres_server import start_postgresql

from snellen.server.db import Database, migrate

TEMPLATE = "snellen_template"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is marked ``db`` runs on both."""
    if metafunc.definition.get_closest_marker("db") and "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """A server that runs for the session; gives the URL of a database on it by name."""
    runtime = tmp_path_factory.mktemp("run")
    runtime.chmod(0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))  # read when the wheel is imported
    # As root it runs as a user of its own, to whom pytest's folders are closed.
    place = Path(tempfile.mkdtemp(prefix="snellen-postgresql-"))
    server = start_postgresql(place / "data")
    uri = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)

    def url_of(name: str) -> str:
        return uri.replace("/postgres?", f"/{name}?", 1)

    # What a test leaves needn't outlive a power cut.
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        run(url_of, f"ALTER SYSTEM SET {setting} = off")
    run(url_of, "SELECT pg_reload_conf()")
    yield url_of
    said = (place / "data" / "log").read_text(errors="replace")
    server.cleanup()
    shutil.rmtree(place, ignore_errors=True)
    # Whoever is chosen to end a deadlock is told to try again, which a test may not notice.
    at = said.find("deadlock detected")
    assert at < 0, said[at : at + 5000]


@pytest.fixture(scope="session")
def migrated(postgresql: Callable[[str], str]) -> Callable[[str], str]:
    """The same, with a database that has the whole schema, to copy."""
    run(postgresql, f"CREATE DATABASE {TEMPLATE}")
    database = Database(postgresql(TEMPLATE))
    migrate(database)
    database.close()
    return postgresql


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that has the whole schema, to copy: the migrations take longer than most tests."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database: SQLite, and in tests marked ``db`` PostgreSQL too."""
    if getattr(request, "param", "sqlite") == "sqlite":
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), tmp_path / "snellen.db")
        yield f"sqlite:///{tmp_path / 'snellen.db'}"
        return
    yield from _database(request.getfixturevalue("migrated"), template=TEMPLATE)


@pytest.fixture
def bare_postgresql(postgresql: Callable[[str], str]) -> Iterator[str]:
    """The URL of a PostgreSQL database without any table."""
    yield from _database(postgresql, template="template0")


def _database(url_of: Callable[[str], str], *, template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    run(url_of, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield url_of(name)
    run(url_of, f"DROP DATABASE {name} WITH (FORCE)")


def run(url_of: Callable[[str], str], statement: str) -> None:
    """One statement on the server, outside of any transaction."""
    engine = create_engine(url_of("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()

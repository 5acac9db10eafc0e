"""The audit log: written with what it tells, found by what one asks for, without secrets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from snellen.server.asking import ASKING, Asking
from snellen.server.auth import audit
from snellen.server.auth.audit import Filter, Named
from snellen.server.auth.audit_tables import AuditEntry
from snellen.server.db import Database, migrate

pytestmark = pytest.mark.db

ADA, BOB = Named("ada", 1, "password"), Named("bob", 2, "token", "ci")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    migrate(made)
    yield made
    made.close()


def texts(database: Database, **wanted: object) -> list[str]:
    with database.read() as session:
        rows, _ = audit.find(session, wanted=Filter(**wanted), before=None, limit=50)  # type: ignore[arg-type]
    return [f"{row.actor} {row.action} {row.target}".strip() for row in rows]


def test_what_was_rolled_back_was_not_done(database: Database) -> None:
    with database.write() as session:
        audit.record(session, ADA, "job.stop", target="job 1")
        session.rollback()
    assert texts(database) == []


def test_an_entry_says_who_did_what_from_where(database: Database) -> None:
    token = ASKING.set(Asking("6.6.6.6", "curl", "r-1"))
    try:
        with database.write() as session:
            audit.record(session, BOB, "member.set", target="user ada", project_id=3, role="editor", run_code=None)
    finally:
        ASKING.reset(token)
    with database.read() as session:
        row = session.query(AuditEntry).one()
    assert (row.user_id, row.actor, row.via, row.via_name) == (2, "bob", "token", "ci")
    assert (row.action, row.target, row.project_id, row.detail) == ("member.set", "user ada", 3, {"role": "editor"})
    assert (row.address, row.request_id) == ("6.6.6.6", "r-1")


def test_secrets_and_endless_texts_are_cut(database: Database) -> None:
    secret = "snl_" + "x" * 43
    with database.write() as session:
        audit.record(
            session, ADA, "job.create", target=f"job {secret}", model=["a", f"--token={secret}"], note="y" * 999
        )
    with database.read() as session:
        row = session.query(AuditEntry).one()
    assert row.target == "job ***"
    assert row.detail is not None
    assert row.detail["model"] == ["a", "--token=***"]
    assert len(row.detail["note"]) == 300


def test_the_log_is_filtered_and_paged_from_the_newest(database: Database) -> None:
    with database.write() as session:
        audit.record(session, ADA, "job.create", target="job 1", project_id=1)
        audit.record(session, BOB, "job.stop", target="job 1", project_id=1)
        audit.record(session, BOB, "job.stop", target="job 2", project_id=2)
        audit.record(session, ADA, "jobs.else")
    assert texts(database, actor="ada") == ["ada jobs.else", "ada job.create job 1"]
    assert texts(database, action="job") == ["bob job.stop job 2", "bob job.stop job 1", "ada job.create job 1"]
    assert texts(database, action="job.stop", target="job 1") == ["bob job.stop job 1"]
    assert texts(database, project_ids=frozenset({2})) == ["bob job.stop job 2"]
    assert texts(database, project_ids=frozenset()) == []
    assert texts(database, action="j%") == []
    assert texts(database, until=0) == []
    with database.read() as session:
        first, position = audit.find(session, wanted=Filter(), before=None, limit=3)
        rest, end = audit.find(session, wanted=Filter(), before=position, limit=3)
    assert [row.action for row in [*first, *rest]] == ["jobs.else", "job.stop", "job.stop", "job.create"]
    assert end is None

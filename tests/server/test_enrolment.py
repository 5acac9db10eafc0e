"""Supervisors beyond this machine take up their attempt with a code: once, and nobody else does."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from snellen.contract.states import JobState
from snellen.server.jobs import service, views
from snellen.server.jobs.enrolment import open_enrolment
from snellen.server.jobs.tables import Attempt
from snellen.server.settings import Settings

pytestmark = pytest.mark.db

API = "/api/v1"
BASE = "http://127.0.0.1:8080"
CONFIG = {"cache_bytes": 7, "trainer_python": None}


class Awaited(NamedTuple):
    """A job whose supervisor is waited for, its code, and a client with the token that it had before."""

    id: int
    code: str
    before: TestClient


@pytest.fixture
def awaited(api: TestClient, external_job: Callable[..., tuple[int, TestClient]]) -> Callable[..., Awaited]:
    """Makes a job as it is right after it was handed to a cluster."""

    def make() -> Awaited:
        job_id, before = external_job()
        with api.app.state.snellen.database.write() as session:  # type: ignore[attr-defined]
            job = service.get_job(session, job_id)
            job.launcher = "lab"
            service.set_state(session, job, JobState.STARTING)
            attempt = session.query(Attempt).filter_by(job_id=job_id, number=1).one()
            code = open_enrolment(attempt, views.job_spec(job, resume_from=None, init_from=None), CONFIG)
        return Awaited(job_id, code, before)

    return make


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def enrol(anonymous: TestClient, job_id: int, code: str, token: str, *, attempt: int = 1) -> Any:
    body = {"attempt": attempt, "code": code, "token_sha256": hashed(token)}
    return anonymous.post(f"{API}/training/jobs/{job_id}/enrol", json=body)


def heartbeat(anonymous: TestClient, job_id: int, token: str) -> Any:
    headers = {"authorization": f"Bearer {token}"}
    return anonymous.post(f"{API}/training/jobs/{job_id}/events", json={"attempt": 1, "events": []}, headers=headers)


def new_token() -> str:
    return f"snj_{secrets.token_urlsafe(32)}"


def is_refused(answer: Any) -> bool:
    return bool((answer.status_code, answer.json()["error"]) == (403, "enrolment_refused"))


def test_a_wrong_code_opens_nothing_and_tells_nothing(anonymous: TestClient, awaited: Callable[..., Awaited]) -> None:
    one, other = awaited(), awaited()
    token = new_token()
    wrong = f"sne_{secrets.token_urlsafe(32)}"
    for code in (wrong, other.code, hashed(one.code), one.code[:-1]):
        answer = enrol(anonymous, one.id, code, token)
        assert is_refused(answer)
        assert one.code not in answer.text
    absent = enrol(anonymous, 987654, wrong, token)
    assert is_refused(absent), "whether a job is there isn't told"
    there = enrol(anonymous, one.id, wrong, token).json()["detail"]
    assert absent.json()["detail"] == there.replace(f"job {one.id}", "job 987654")
    assert is_refused(enrol(anonymous, one.id, one.code, token, attempt=2))
    assert heartbeat(anonymous, one.id, token).status_code == 401
    for body in ({"code": ""}, {"token_sha256": token}, {"attempt": 0}):
        full = {"attempt": 1, "code": one.code, "token_sha256": hashed(token), **body}
        assert anonymous.post(f"{API}/training/jobs/{one.id}/enrol", json=full).status_code == 422


def test_the_token_of_before_opens_nothing(awaited: Callable[..., Awaited]) -> None:
    job = awaited()
    answer = job.before.post(f"{API}/training/jobs/{job.id}/events", json={"attempt": 1, "events": []})
    assert answer.status_code == 401


@pytest.mark.parametrize("state", [JobState.RUNNING, JobState.STOPPED, JobState.FAILED, JobState.COMPLETED])
def test_a_job_that_waits_for_nobody_is_not_taken_up(
    api: TestClient, anonymous: TestClient, awaited: Callable[..., Awaited], state: JobState
) -> None:
    job = awaited()
    with api.app.state.snellen.database.write() as session:  # type: ignore[attr-defined]
        row = service.get_job(session, job.id)
        for step in dict.fromkeys((JobState.RUNNING, state)):
            service.set_state(session, row, step)
    answer = enrol(anonymous, job.id, job.code, new_token())
    assert is_refused(answer)
    assert f"job {job.id} is {state} at attempt 1" in answer.json()["detail"]


def test_an_attempt_that_another_has_replaced_is_not_taken_up(
    api: TestClient, anonymous: TestClient, awaited: Callable[..., Awaited]
) -> None:
    job, token = awaited(), new_token()
    assert enrol(anonymous, job.id, job.code, token).status_code == 200
    with api.app.state.snellen.database.write() as session:  # type: ignore[attr-defined]
        service.start_attempt(session, service.get_job(session, job.id, lock=True))
    assert is_refused(enrol(anonymous, job.id, job.code, token)), "the same request too"
    assert heartbeat(anonymous, job.id, token).status_code == 409


def test_a_token_that_another_attempt_has_is_refused(anonymous: TestClient, awaited: Callable[..., Awaited]) -> None:
    one, other, token = awaited(), awaited(), new_token()
    assert enrol(anonymous, one.id, one.code, token).status_code == 200
    assert is_refused(enrol(anonymous, other.id, other.code, token))
    assert enrol(anonymous, other.id, other.code, new_token()).status_code == 200


def test_who_enrols_is_told_the_job_and_their_token_works(
    api: TestClient, anonymous: TestClient, awaited: Callable[..., Awaited]
) -> None:
    job, token = awaited(), new_token()
    first, again = (enrol(anonymous, job.id, job.code, token) for _ in range(2))
    assert first.status_code == 200, first.text
    assert first.json() == again.json(), "an answer that got lost is asked for again"
    assert first.json()["config"] == CONFIG
    assert f'"job_id": {job.id}' in first.json()["spec"]
    answer = heartbeat(anonymous, job.id, token)
    assert (answer.status_code, answer.json()["accepted_through"]) == (200, 0)
    found = api.get(f"{API}/training/jobs/{job.id}").json()
    assert (found["state"], found["warnings"]) == ("running", [])


def test_a_code_that_is_used_by_somebody_else_too_is_refused_and_leaves_a_warning(
    api: TestClient, anonymous: TestClient, awaited: Callable[..., Awaited]
) -> None:
    job, token, thief = awaited(), new_token(), new_token()
    assert enrol(anonymous, job.id, job.code, token).status_code == 200
    for begun in (False, True):
        if begun:  # whoever was first has spoken, and the job runs
            assert heartbeat(anonymous, job.id, token).status_code == 200
            with api.app.state.snellen.database.write() as session:  # type: ignore[attr-defined]
                service.get_job(session, job.id, lock=True).warnings = []
        answer = enrol(anonymous, job.id, job.code, thief)
        assert is_refused(answer)
        assert "spec" not in answer.json()
    assert heartbeat(anonymous, job.id, thief).status_code == 401
    assert heartbeat(anonymous, job.id, token).status_code == 200, "who was first goes on"
    warnings = api.get(f"{API}/training/jobs/{job.id}").json()["warnings"]
    assert len(warnings) == 1
    assert "attempt 1: its code was used twice" in warnings[0]


def test_neither_code_nor_token_is_stored_in_plain(
    api: TestClient, anonymous: TestClient, awaited: Callable[..., Awaited], settings: Settings
) -> None:
    job, token = awaited(), new_token()
    assert enrol(anonymous, job.id, job.code, token).status_code == 200
    with api.app.state.snellen.database.read() as session:  # type: ignore[attr-defined]
        rows = [
            repr(row)
            for table in ("jobs", "attempts", "stream_events", "audit_log")
            for row in session.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608 - names of ours
        ]
    assert any(hashed(job.code) in row for row in rows)
    assert not any(secret in row for secret in (job.code, token) for row in rows)
    assert not [path for path in _files(settings.data_dir) if job.code.encode() in path.read_bytes()]


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]

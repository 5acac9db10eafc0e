"""Who holds a sweep and who writes its trials don't wait for one another in a circle."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from tests.sweeping import put_sweep

from snellen.server.db import Database
from snellen.server.jobs import service as jobs
from snellen.server.jobs.schemas import JobCreate
from snellen.server.projects.service import default_project
from snellen.server.sweeps import service


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_trial_is_written_while_somebody_holds_its_sweep(database_url: str) -> None:
    database = Database(database_url)
    with database.write() as session:
        project_id = default_project(session).id
    sweep_id = put_sweep(database, project_id)
    with database.write() as session:
        body = {"model": "own.pt", "epochs": 1, "launcher": "external"}
        job, _, _ = jobs.create_job(session, body=JobCreate.model_validate(body))
        job.sweep_id, job.trial = sweep_id, 1
        job_id = job.id
    with database.write() as holder:
        service.get_sweep(holder, sweep_id, lock=True)
        with database.write() as session:
            session.execute(text("SET LOCAL lock_timeout = '5s'"))
            trial = jobs.get_job(session, job_id, lock=True)
            for name in ("once", "twice"):  # as the start of a job writes it: PostgreSQL then looks for the sweep
                trial.name = name
                session.flush()
    with database.read() as session:
        assert jobs.get_job(session, job_id).name == "twice"
    database.close()

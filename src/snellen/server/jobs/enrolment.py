"""Codes with which supervisors that run beyond this machine take up their attempt, each once."""

from __future__ import annotations

import hmac
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from snellen.contract.spec import JobSpec
from snellen.contract.states import ACTIVE, JobState
from snellen.errors import Conflict, EnrolmentRefused
from snellen.server.auth.service import hash_token, new_token
from snellen.server.jobs import service, views
from snellen.server.jobs.going_on import StoredWeights, begins_with
from snellen.server.jobs.tables import Attempt, Job

CODE_PREFIX = "sne_"


def open_enrolment(attempt: Attempt, spec: JobSpec, config: dict[str, Any]) -> str:
    """A code for an attempt; who enrols with it is told the spec and the config. The token it had opens nothing."""
    code = new_token(CODE_PREFIX)
    service.renew_token(attempt)
    attempt.enrolment = {"code_hash": hash_token(code), "spec": spec.to_json(), "config": config, "used": False}
    return code


def enrol(session: Session, *, job_id: int, number: int, code: str, token_hash: str) -> dict[str, Any] | None:
    """``{"spec", "config"}``; from now on the attempt's token is the one with that hash.

    The same request again gets the same answer; one with another token gets None, and leaves a warning with the job.
    Raises :class:`~snellen.errors.EnrolmentRefused`.
    """
    job = session.get(Job, job_id, with_for_update=True)
    attempt = session.scalars(select(Attempt).where(Attempt.job_id == job_id, Attempt.number == number)).first()
    known = None if attempt is None else attempt.enrolment
    right = known is not None and hmac.compare_digest(known["code_hash"], hash_token(code))
    if job is None or attempt is None or known is None or not right:  # who has no code learns of no job either
        raise EnrolmentRefused(f"this code opens no attempt {number} of job {job_id}")
    if known["used"] and not hmac.compare_digest(attempt.token_hash, token_hash):
        service.warn(
            session, job, f"attempt {number}: its code was used twice; somebody else may have taken up this attempt"
        )
        return None
    if job.attempt != number or job.state not in {JobState.STARTING, JobState.LOST}:
        raise EnrolmentRefused(
            f"job {job_id} is {job.state} at attempt {job.attempt}; nobody is waited for to begin attempt {number}"
        )
    taken = session.scalar(select(Attempt.id).where(Attempt.token_hash == token_hash, Attempt.id != attempt.id))
    if taken is not None:
        raise EnrolmentRefused("this token is another attempt's; make up a new one")
    attempt.token_hash = token_hash
    attempt.enrolment = {**known, "used": True}
    return {"spec": known["spec"], "config": known["config"]}


def next_attempt(
    session: Session, *, job_id: int, number: int, token_hash: str, weights: StoredWeights
) -> dict[str, Any]:
    """``{"attempt", "spec"}`` of another attempt, begun by who ran this one on several nodes, of which one is gone.

    It goes on from the newest checkpoint; what is still sent of this one is refused. The same request again gets the
    same answer.
    """
    job = service.get_job(session, job_id, lock=True)
    attempts = select(Attempt).where(Attempt.job_id == job_id)
    now = session.scalars(attempts.where(Attempt.number == job.attempt)).one()
    if job.attempt == number + 1 and hmac.compare_digest(now.token_hash, token_hash) and now.enrolment is not None:
        return {"attempt": now.number, "spec": now.enrolment["spec"]}
    service.check_attempt(job, number)
    if int(job.resources.get("nodes", 1)) < 2:
        raise Conflict(f"job {job_id} runs on one node; its attempts are begun by its launcher")
    if job.state not in {*ACTIVE, JobState.LOST}:
        raise Conflict(f"job {job_id} is {job.state}; nothing of it is begun anew")
    started = service.start_attempt(session, job, folder=now.folder, machine=now.machine).row
    started.handle, started.token_hash = now.handle, token_hash
    if job.state != JobState.LOST:
        service.set_state(session, job, JobState.LOST)
    service.set_state(session, job, JobState.STARTING)
    job.heartbeat_at = job.training_since = job.exit_reason = None
    job.restarted += 1
    resume_from, init_from = begins_with(session, job, weights)
    spec = views.job_spec(job, resume_from=resume_from, init_from=init_from).to_json()
    started.enrolment = {"code_hash": "", "spec": spec, "config": {}, "used": True}
    text = f"a node of attempt {number} is gone: attempt {job.attempt} goes on from the newest checkpoint"
    service.add_log_lines(session, job, [service.log_line(text, "warning")])
    return {"attempt": job.attempt, "spec": spec}

"""Codes with which supervisors that run beyond this machine take up their attempt, each once."""

from __future__ import annotations

import hmac
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from snellen.contract.spec import JobSpec
from snellen.contract.states import JobState
from snellen.errors import EnrolmentRefused
from snellen.server.auth.service import hash_token, new_token
from snellen.server.jobs import service
from snellen.server.jobs.tables import Attempt

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
    job = service.get_job(session, job_id, lock=True)
    attempt = session.scalars(select(Attempt).where(Attempt.job_id == job_id, Attempt.number == number)).first()
    known = None if attempt is None else attempt.enrolment
    if attempt is None or known is None or not hmac.compare_digest(known["code_hash"], hash_token(code)):
        raise EnrolmentRefused(f"this code opens no attempt {number} of job {job_id}")
    if job.attempt != number or job.state not in {JobState.STARTING, JobState.LOST}:
        raise EnrolmentRefused(
            f"job {job_id} is {job.state} at attempt {job.attempt}; nobody is waited for to begin attempt {number}"
        )
    if known["used"] and not hmac.compare_digest(attempt.token_hash, token_hash):
        service.warn(
            session, job, f"attempt {number}: its code was used twice; somebody else may have taken up this attempt"
        )
        return None
    taken = session.scalar(select(Attempt.id).where(Attempt.token_hash == token_hash, Attempt.id != attempt.id))
    if taken is not None:
        raise EnrolmentRefused("this token is another attempt's; make up a new one")
    attempt.token_hash = token_hash
    attempt.enrolment = {**known, "used": True}
    return {"spec": known["spec"], "config": known["config"]}

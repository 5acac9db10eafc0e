"""What monitors ask: whether the server lives, whether it can work, and its figures."""

from __future__ import annotations

import hmac
from typing import cast

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from snellen import __version__
from snellen.errors import NotAuthenticated
from snellen.server.auth import service as auth
from snellen.server.auth.api import bearer_token
from snellen.server.operations.readiness import Readiness
from snellen.server.settings import LOOPBACK, Settings
from snellen.server.state import AppState, State

router = APIRouter(tags=["health"])
#: Outside /api/v1, where monitors look for them.
pages = APIRouter(include_in_schema=False)


class Health(BaseModel):
    """The server answers."""

    status: str = "ok"
    version: str = __version__


class Part(BaseModel):
    """One part of the server; ``reason`` says why it is not ready."""

    ready: bool
    reason: str | None = None


class Ready(BaseModel):
    """Whether requests should be sent here, and each part."""

    ready: bool
    parts: dict[str, Part]


@router.get("/health")
@pages.get("/health")
def health() -> Health:
    """Whether the server answers; asks nothing else, needs no token."""
    return Health()


@router.get("/ready", responses={503: {"model": Ready, "description": "A part is not ready."}})
@pages.get("/ready")
def ready(state: AppState, response: Response) -> Ready:
    """Whether database, stores, data directory and workers are ready, 503 if not; needs no token, tells no secret."""
    found = cast(Readiness, state.parts["readiness"]).parts()
    parts = {name: Part(ready=reason is None, reason=reason) for name, reason in found.items()}
    answer = Ready(ready=all(part.ready for part in parts.values()), parts=parts)
    response.status_code = 200 if answer.ready else 503
    response.headers["cache-control"] = "no-store"
    return answer


@pages.get("/metrics")
def metrics(request: Request, state: AppState) -> Response:
    """The figures in Prometheus's text format."""
    _check_reader(request, state)
    return Response(generate_latest(state.measures.registry), media_type=CONTENT_TYPE_LATEST)


def _check_reader(request: Request, state: State) -> None:
    settings, token = state.settings, bearer_token(request)
    if settings.metrics_token and token and hmac.compare_digest(token.encode(), settings.metrics_token.encode()):
        return
    if token is None and _is_open(settings):
        return
    if token is None:
        raise NotAuthenticated(
            "the figures need a token; send `Authorization: Bearer` with SNELLEN_METRICS_TOKEN or an administrator's"
        )
    with state.database.read() as session:
        person = auth.person_of_token(session, token)
    person.check_administers("the figures")


def _is_open(settings: Settings) -> bool:
    """Nobody but this machine reaches it: on loopback, without a proxy's address, one person's, no token asked for."""
    alone = settings.auth == "single" and settings.host in LOOPBACK and settings.public_url is None
    return alone and settings.metrics_token is None

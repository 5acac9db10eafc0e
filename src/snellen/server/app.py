"""The application: everything put together, once."""

from __future__ import annotations

import logging
import shutil
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import IO
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import DataError, DBAPIError, StatementError
from starlette.exceptions import HTTPException
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from snellen import __version__
from snellen.contract.disk import is_full
from snellen.contract.events import EventType
from snellen.errors import DiskFull, InvalidInput, SnellenError
from snellen.server.answers import ERRORS
from snellen.server.artifacts import api as artifacts_api
from snellen.server.artifacts import receiving_api, weights_api
from snellen.server.artifacts.leftovers import Leftovers
from snellen.server.artifacts.weights import JobWeights
from snellen.server.auth import account_api, tokens_api, users_api
from snellen.server.auth import api as auth_api
from snellen.server.auth import service as auth
from snellen.server.cluster.member import Member, gone_servers
from snellen.server.cluster.stores import check_stores
from snellen.server.datasets import api as datasets_api
from snellen.server.datasets import browse_api, export_api, pictures_api, uploads_api
from snellen.server.datasets.deletion import Trash
from snellen.server.datasets.frames import SnapshotFrames
from snellen.server.datasets.importer import Importer
from snellen.server.datasets.pictures import Pictures
from snellen.server.datasets.service import fail_interrupted_imports, imported_uploads
from snellen.server.datasets.uploads import Uploads
from snellen.server.db import Database, migrate
from snellen.server.jobs import api as jobs_api
from snellen.server.jobs import (
    dataset_api,
    deletion_api,
    enrolment_api,
    live_api,
    log_api,
    queue_api,
    renewal_api,
)
from snellen.server.jobs.catalogue import TrainerCatalogue
from snellen.server.jobs.launching import check_launchers
from snellen.server.jobs.scheduler import Scheduler
from snellen.server.jobs.service import QUEUE
from snellen.server.listener import Listener
from snellen.server.live import Bus
from snellen.server.login_settings import check_login
from snellen.server.measured_store import MeasuredStore
from snellen.server.measures import Measures
from snellen.server.metrics import api as metrics_api
from snellen.server.metrics import service as metrics
from snellen.server.operations import api as operations_api
from snellen.server.operations.gauges import Gauges
from snellen.server.operations.housekeeping import Housekeeper
from snellen.server.operations.readiness import Readiness
from snellen.server.projects import api as projects_api
from snellen.server.projects import audit_api
from snellen.server.projects.service import ensure_project
from snellen.server.recent import Recent
from snellen.server.requests import Requests
from snellen.server.runs import api as runs_api
from snellen.server.runs.connection import Connection as MlflowConnection
from snellen.server.settings import LOOPBACK, Settings, check_address, check_mode, lock_data_dir, prepare_data_dir
from snellen.server.sso import api as sso_api
from snellen.server.sso.provider import provider_of
from snellen.server.state import State
from snellen.server.sweeps import api as sweeps_api
from snellen.server.sweeps.service import SWEEPS
from snellen.server.sweeps.sweeper import Sweeper
from snellen.server.trainer_user import check_user, prepare_trainer_user
from snellen.server.validation import api as validation_api
from snellen.server.validation import changes_api
from snellen.server.validation import images_api as validation_images
from snellen.server.validation import suspects_api as validation_suspects
from snellen.server.validation.frames import ResultFrames
from snellen.server.validation.history import ImageHistories
from snellen.server.web import Guard, add_web_app, error_response
from snellen.storage import open_store

API = "/api/v1"
RECENT_SECONDS = 2.0
DENIAL_SECONDS = 60.0
ATTEMPT_SECONDS = 10.0

log = logging.getLogger("snellen.server")


def create_app(settings: Settings, *, url: str | None = None) -> FastAPI:
    """The application for `settings`; `url` is where supervisors of this machine reach it.

    Raises :class:`~snellen.errors.StartRefused` when the data directory, the database or a store can't be used.
    """
    check_address(settings)
    check_mode(settings)
    check_launchers(settings)
    check_login(settings, mode=settings.auth, public_url=settings.public_url, host=settings.host)
    prepare_data_dir(settings)
    prepare_trainer_user(settings)
    with ExitStack() as undo:
        lock = undo.enter_context(lock_data_dir(settings))
        bus = Bus()
        database = Database(settings.database, on_commit=bus.notify, connections=settings.database_connections)
        undo.callback(database.close)
        app = _create_app(settings, url, lock, bus, database)
        undo.pop_all()
    return app


def _create_app(settings: Settings, url: str | None, lock: IO[str], bus: Bus, database: Database) -> FastAPI:
    shutil.rmtree(settings.data_dir / "tmp" / "imports", ignore_errors=True)
    migrate(database)
    url = url or f"http://{settings.host}:{settings.port}"
    member = Member(database, data_dir=settings.data_dir, machine=settings.machine)
    with database.write() as session:
        auth.ensure_token(session, data_dir=settings.data_dir)
        ensure_project(session)
        member.join(session, url=url)
        fail_interrupted_imports(session, servers=[member.id, *gone_servers(session)])
    check_user(settings)
    state = _state(settings, database, member, bus, url)
    check_stores(database, {"external": state.external, "internal": state.internal})
    scheduler: Scheduler = state.parts["scheduler"]
    sweeper: Sweeper = state.parts["sweeper"]

    def hear_jobs(job_ids: set[int]) -> None:
        bus.notify(job_ids)
        sweeper.heard(job_ids)

    def hear_topics(topics: set[str]) -> None:
        if QUEUE in topics:
            scheduler.wake()
        if SWEEPS in topics:
            sweeper.wake()

    def hear_again() -> None:
        bus.wake_all()
        scheduler.wake()
        sweeper.wake()

    database.on_commit, database.on_topics = hear_jobs, hear_topics
    listener = Listener(database, on_jobs=hear_jobs, on_topics=hear_topics, on_gap=hear_again)
    state.parts["listener"] = listener

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        bus.attach()
        mirror = state.parts.get("mirror")
        listener.start()
        scheduler.start()
        sweeper.start()
        state.parts["leftovers"].start()
        state.parts["housekeeper"].start()
        deletion_api.sweep(state)  # what an earlier server didn't finish
        if mirror is not None:
            mirror.start()
        try:
            yield
        finally:
            await bus.close()
            listener.stop()
            sweeper.stop()
            scheduler.stop()
            state.parts["leftovers"].stop()
            state.parts["housekeeper"].stop()
            if mirror is not None:
                mirror.stop()
            state.parts["importer"].close()
            state.parts["mlflow"].close()
            database.close()
            lock.close()

    app = FastAPI(
        title="Snellen",
        version=__version__,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=lambda route: "_".join([*map(str, route.tags), route.name]),
    )
    app.state.snellen = state
    app.state.lock = lock
    _add_errors(app)
    _add_routes(app)
    app.add_middleware(
        Guard,
        max_body_bytes=settings.max_body_bytes,
        streamed=_is_streamed,
        hosts=_hosts(settings),
        public_url=settings.public_url,
    )
    app.add_middleware(Requests, measures=state.measures)
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies)  # the outermost
    return app


def _state(settings: Settings, database: Database, member: Member, bus: Bus, url: str) -> State:
    measures = Measures()
    external, internal = (
        MeasuredStore(open_store(url, options, create=True), name, measures)
        for name, url, options in (
            ("external", settings.external, settings.external_store_options),
            ("internal", settings.internal, settings.internal_store_options),
        )
    )
    state = State(
        settings=settings,
        database=database,
        bus=bus,
        external=external,
        internal=internal,
        event_handlers={EventType.METRICS: metrics.accept_events},
        stream_renderers={"metrics": metrics.render_revision},
        url=url,
        measures=measures,
    )
    frames = SnapshotFrames(external)
    cache = settings.data_dir / "cache"
    uploads = Uploads(
        settings.data_dir / "uploads", max_bytes=settings.max_upload_bytes, tag=member.tag, others=member.other
    )
    weights = JobWeights(database, internal)
    with database.read() as session:
        uploads.remove_expired(imported=imported_uploads(session))
    state.parts.update(
        frames=frames,
        pictures=Pictures(external, frames, cache / "thumbnails"),
        uploads=uploads,
        people=Recent(RECENT_SECONDS),
        attempts=Recent(ATTEMPT_SECONDS, most=5000),
        places=Recent(RECENT_SECONDS),
        denials=Recent(DENIAL_SECONDS),
        pinned=Recent(RECENT_SECONDS),
        member=member,
        trash=Trash(database, external, frames, cache / "thumbnails", server=member.id),
        importer=Importer(database, member, external, uploads, settings.data_dir / "tmp" / "imports"),
        trainers=TrainerCatalogue(
            settings.trainer_python, cache / "trainers", settings.trainer_pythons, user=settings.trainer_user
        ),
        scheduler=Scheduler(settings, database, member, lambda: state.url, weights, measures),
        weights=weights,
        leftovers=Leftovers(database, member.leases, internal, kept_hours=settings.upload_kept_hours),
        results=ResultFrames(internal, frames),
    )
    state.parts["sweeper"] = Sweeper(state, member)
    if settings.oidc_issuer is not None:
        state.parts["sso"] = provider_of(settings)
    state.parts["mlflow"] = MlflowConnection(settings)
    if settings.mlflow is not None:
        from snellen.server.mirror.keeper import MirrorKeeper

        state.parts["mirror"] = MirrorKeeper(settings, database, member.leases)
    state.parts["histories"] = ImageHistories(state.parts["results"])
    state.parts["housekeeper"] = Housekeeper.of(state)
    state.parts["readiness"] = Readiness.of(state)
    measures.registry.register(Gauges(state))
    return state


def _add_routes(app: FastAPI) -> None:
    for router in (
        operations_api.router,
        auth_api.router,
        account_api.router,
        tokens_api.router,
        users_api.router,
        projects_api.who_asks,
        projects_api.router,
        audit_api.router,
        uploads_api.router,
        datasets_api.router,
        pictures_api.router,
        browse_api.router,
        export_api.router,
        deletion_api.router,
        jobs_api.router,
        jobs_api.callbacks,
        renewal_api.router,
        queue_api.router,
        enrolment_api.callbacks,
        log_api.router,
        dataset_api.callbacks,
        live_api.router,
        metrics_api.router,
        artifacts_api.router,
        receiving_api.callbacks,
        weights_api.callbacks,
        validation_api.router,
        validation_images.router,
        validation_suspects.router,
        validation_api.callbacks,
        changes_api.router,
        sweeps_api.router,
        runs_api.router,
    ):
        app.include_router(router, prefix=API, responses=ERRORS)
    app.include_router(sso_api.pages, prefix=API)
    app.include_router(auth_api.pages)
    app.include_router(operations_api.pages)
    add_web_app(app)


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(SnellenError)
    async def _ours(_request: Request, error: SnellenError) -> Response:
        if error.status >= 500:
            log.error("%s: %s", error.code, error.detail)
        return error_response(error)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: RequestValidationError) -> Response:
        problems = [
            {
                "severity": "error",
                "code": e["type"],
                "message": f"{'.'.join(str(p) for p in e['loc'] if p != 'body') or 'body'}: {e['msg']}",
            }
            for e in error.errors()
        ]
        listed = "; ".join(str(p["message"]) for p in problems[:10])
        return error_response(InvalidInput(listed, problems=problems[:100]))

    async def _unstorable(_request: Request, error: Exception) -> Response:
        """Well-formed JSON that no column can hold: an endless integer, half a character. A retry can't mend it."""
        cause = error.orig if isinstance(error, StatementError) else error
        if isinstance(error, DBAPIError) and not isinstance(error, DataError):
            log.error("database: %s", error)
            return error_response(SnellenError("the database failed; the server's log says why"))
        return error_response(InvalidInput(f"a value can't be stored: {str(cause)[:300]}"))

    @app.exception_handler(OSError)
    async def _disk(_request: Request, error: OSError) -> Response:
        if not is_full(error):
            raise error
        log.error("a disk is full: %s", error)
        return error_response(DiskFull("a disk of the server is full; make room, then try again"))

    for kind in (OverflowError, UnicodeError, RecursionError, StatementError):
        app.add_exception_handler(kind, _unstorable)

    @app.exception_handler(HTTPException)
    async def _framework(_request: Request, error: HTTPException) -> Response:
        known = SnellenError(str(error.detail))
        known.status, known.code = error.status_code, f"http_{error.status_code}"  # type: ignore[misc]
        return error_response(known)


def _is_streamed(method: str, path: str) -> bool:
    """Files on their way in are written as they come, and have their own limits."""
    parts = path.removeprefix(API)
    return (method == "PUT" and path.endswith("/content")) or (
        method == "PATCH" and parts.startswith(f"{uploads_api.PATH}/")
    )


def _hosts(settings: Settings) -> frozenset[str] | None:
    """The names under which the server may be addressed; others are DNS rebinding.

    All, where it listens beyond this machine and nobody said under which name.
    """
    public = urlsplit(settings.public_url or "").hostname
    if public is None and settings.host not in LOOPBACK:
        return None
    return LOOPBACK | {settings.host} | ({public} if public else set())

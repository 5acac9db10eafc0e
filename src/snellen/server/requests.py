"""Every request: its number, its line in the log, its place in the measures."""

from __future__ import annotations

import logging
import re
import time
import uuid
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from snellen import logs
from snellen.errors import SnellenError
from snellen.server.measures import Measures
from snellen.server.web import error_response

API = "/api/v1"
HEADER = "x-request-id"
#: One that a proxy or a supervisor gave is kept when it can't break a log.
SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
JOB = re.compile(r"/jobs/(\d{1,18})(?:/|$)")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NOWHERE = "(none)"
STREAM = "/stream"
#: Asked for all the time; their lines are told at the level `debug` unless they fail.
QUIET = re.compile(r"/(?:api/v1/)?(?:health|ready|metrics)$|/assets/|/events$|/images/\d+/file$")
log = logging.getLogger("snellen.access")


class Requests:
    """The outermost layer. What nobody caught becomes a 500 in the words of the API, and a traceback in the log."""

    def __init__(self, app: ASGIApp, *, measures: Measures) -> None:
        self.app = app
        self._measures = measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        request_id = given if SANE.fullmatch(given) else uuid.uuid4().hex
        fields: dict[str, Any] = {"request": request_id}
        if found := JOB.search(scope["path"]):
            fields["job"] = int(found[1])
        began, status = time.perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        with logs.about(**fields), self._measures.in_flight.track_inprogress():
            try:
                await self.app(scope, receive, send_with_id)
            except Exception:
                log.exception("%s %s failed", scope["method"], scope["path"])
                if status:  # too late for another answer
                    raise
                failed = SnellenError(f"the server failed; its log says why (request {request_id})")
                await error_response(failed)(scope, receive, send_with_id)
            finally:
                self._tell(scope, status, time.perf_counter() - began)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = _template(scope)
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._measures.requests.labels(method, route, str(status)).inc()
        if not route.endswith(STREAM):
            self._measures.request_seconds.labels(method, route).observe(seconds)
        level = logging.DEBUG if status < 400 and QUIET.search(scope["path"]) else logging.INFO
        if log.isEnabledFor(level):
            client = scope.get("client")
            done = {"status": status, "ms": round(seconds * 1000, 1), "client": client[0] if client else None}
            # Never the query: a login link has its token there.
            log.log(level, "%s %s", method, scope["path"][:2000], extra={"about": done})


def _template(scope: Scope) -> str:
    """The route's template, which has no ids in it; FastAPI tells that of a router without the router's prefix."""
    path = str(getattr(scope.get("route"), "path", NOWHERE))
    under = scope["path"].startswith(f"{API}/") and path != NOWHERE and not path.startswith(API)
    return API + path if under else path

"""The built web app, security headers, limits: everything about HTTP that isn't the API."""

from __future__ import annotations

import functools
import json
import mimetypes
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from snellen import logs
from snellen.errors import NotAllowed, SnellenError, TooLarge, UrlTooLong
from snellen.server.asking import AGENT_CHARACTERS, ASKING, Asking
from snellen.server.auth.cookies import NAMES

STATIC = Path(__file__).parent / "static"
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
#: What a chart of a few hundred keys asks for has room.
MOST_URL_BYTES = 32 * 1024
#: Whoever is told that something is away for now may ask again after so long.
RETRY_SECONDS = 2
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
#: What a browser may take in place of a file, best first: made beside it when the web app is built.
PACKED = {"br": ".br", "gzip": ".gz"}
NOT_BUILT = "<!doctype html><title>Snellen</title><p>The web app is not built: run <code>make web</code>, then reload."

API_DOCS = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Snellen API</title><link rel="icon" href="/favicon.svg">
<link rel="stylesheet" href="/api-docs/swagger-ui.css"></head>
<body><div id="api"></div>
<script src="/api-docs/swagger-ui-bundle.js"></script><script src="/api-docs/start.js"></script></body>
</html>
"""


class Guard:
    """Refuses bodies over the limit, unknown hosts and foreign pages; adds security headers; notes who asks."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_body_bytes: int,
        streamed: Callable[[str, str], bool],
        hosts: Iterable[str] | None,
        public_url: str | None = None,
    ) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes
        #: Whether the body of a method on a path has limits of its own.
        self.streamed = streamed
        #: Names under which the server may be addressed; None allows all (DNS rebinding is a danger to loopback).
        self.hosts = None if hosts is None else frozenset(hosts)
        #: Behind a proxy the pages' origin is this, whatever the request says of itself.
        self.public = _origin_of(public_url) if public_url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        client = scope.get("client")
        agent = headers.get("user-agent", "")[:AGENT_CHARACTERS]
        ASKING.set(Asking(client[0] if client else None, agent or None, logs.current().get("request")))

        refused: list[SnellenError] = []

        async def send_with_headers(message: Message) -> None:
            if refused and message["type"] == "http.response.start":
                # The framework turns what a body's reading raises into its own 400: answer in its place.
                answered.append(True)
                await error_response(refused[0])(scope, receive, plain_send)
                return
            if answered:
                return
            await plain_send(message)

        answered: list[bool] = []

        async def plain_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    answer.setdefault(name, value)
            await send(message)

        try:
            self._check(scope, headers)
        except SnellenError as error:
            await error_response(error)(scope, receive, send_with_headers)
            return
        if not self.streamed(scope["method"], scope["path"]):
            receive = self._limited(receive, refused)
        await self.app(scope, receive, send_with_headers)

    def _check(self, scope: Scope, headers: Headers) -> None:
        host = _name_of(headers.get("host", ""))
        if self.hosts is not None and host not in self.hosts:
            raise NotAllowed(
                f"this server is not known as {host!r}; open it as one of: {', '.join(sorted(self.hosts))}, "
                "or set SNELLEN_PUBLIC_URL"
            )
        if scope["method"] not in SAFE_METHODS:
            self._check_page(scope, headers)
        asked = len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"")
        if asked > MOST_URL_BYTES:
            raise UrlTooLong(f"the address has {asked} bytes, at most {MOST_URL_BYTES} are taken; ask for less at once")
        length = headers.get("content-length", "")
        limited = not self.streamed(scope["method"], scope["path"])
        if limited and length.isdigit() and int(length) > self.max_body_bytes:
            raise self._too_large(int(length))

    def _check_page(self, scope: Scope, headers: Headers) -> None:
        """What changes something comes from a page of ours, or from a program: which sends a token and no cookie."""
        if origin := headers.get("origin"):
            own = {_origin_of(f"{scope['scheme']}://{headers.get('host', '')}"), self.public}
            if (asking := _origin_of(origin)) is None or asking not in own:
                raise NotAllowed(f"a page of {origin[:200]} may not change anything here")
            return
        site = headers.get("sec-fetch-site", "")
        if site and site not in {"same-origin", "none"}:
            raise NotAllowed(f"a page of another origin ({site[:20]}) may not change anything here")
        if site != "same-origin" and _by_cookie(headers):
            raise NotAllowed(
                "this request has the cookie of a session, but neither an Origin nor Sec-Fetch-Site: same-origin; "
                "programs send `Authorization: Bearer TOKEN` instead of a cookie"
            )

    def _limited(self, receive: Receive, refused: list[SnellenError]) -> Receive:
        total = 0

        async def limited() -> Message:
            nonlocal total
            message = await receive()
            total += len(message.get("body", b""))
            if total > self.max_body_bytes:
                refused.append(self._too_large(total))
                raise refused[0]
            return message

        return limited

    def _too_large(self, size: int) -> TooLarge:
        return TooLarge(
            f"the body has {size} bytes or more, at most {self.max_body_bytes} are taken; send less at once, "
            "or raise SNELLEN_MAX_BODY_BYTES"
        )


def _by_cookie(headers: Headers) -> bool:
    """Whether a session's cookie would say who asks; with a token it isn't looked at."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return False
    sent = {part.partition("=")[0].strip() for line in headers.getlist("cookie") for part in line.split(";")}
    return not sent.isdisjoint(NAMES.values())


def _origin_of(url: str) -> tuple[str, str, int] | None:
    """Scheme, name and port; None for what has none, as the ``null`` of a sandboxed page."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname and port else None


def _name_of(netloc: str) -> str:
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""


def error_response(error: SnellenError) -> Response:
    """The answer to an error of the tree."""
    body: dict[str, object] = {"error": error.code, "detail": error.detail}
    if error.problems:
        body["problems"] = error.problems
    if error.status >= 500 and (request := logs.current().get("request")):
        body["request_id"] = request
    headers = {"www-authenticate": "Bearer"} if error.status == 401 else {}
    retry_after = RETRY_SECONDS if error.retry_after is None and error.status == 503 else error.retry_after
    if retry_after is not None:
        headers["retry-after"] = str(retry_after)
    return Response(
        json.dumps(body, ensure_ascii=False, default=str), error.status, headers, media_type="application/json"
    )


def add_web_app(app: FastAPI, static: Path = STATIC) -> None:
    """Serve the built web app; unknown paths outside the API get its index, as its router expects."""

    @app.get("/api/docs", include_in_schema=False)
    def api_docs() -> Response:
        return HTMLResponse(API_DOCS)

    read = functools.cache(Path.read_bytes)

    @app.get("/assets/{name}", include_in_schema=False)
    async def asset(name: str, request: Request) -> Response:
        """What a first visit asks for dozens of times: from memory, since another build gives another name."""
        try:
            file, headers = _packed(static / "assets" / name, request)
            data = read(file)
        except (OSError, ValueError):
            return Response(f"there is no /assets/{name[:200]}; reload the page", 404, media_type="text/plain")
        headers["cache-control"] = "public, max-age=31536000, immutable"
        return Response(data, headers=headers, media_type=mimetypes.guess_type(name)[0])

    @app.get("/{path:path}", include_in_schema=False)
    def web_app(path: str, request: Request) -> Response:
        if path.startswith("api/"):
            detail = f"there is nothing at /{path}; the API is described at /api/docs"
            return Response(json.dumps({"error": "not_found", "detail": detail}), 404, media_type="application/json")
        try:
            file = (static / path).resolve()
            found = bool(path) and file.is_relative_to(static) and file.is_file()
        except (ValueError, OSError):
            found = False
        page = file if found else static / "index.html"
        if not page.is_file():
            return HTMLResponse(NOT_BUILT, 503)
        given, headers = _packed(page, request)
        kind, _ = mimetypes.guess_type(page.name)
        return FileResponse(given, headers={**headers, "cache-control": "no-cache"}, media_type=kind)


def _packed(file: Path, request: Request) -> tuple[Path, dict[str, str]]:
    """The file, or what the browser takes in its place, and the headers that say so."""
    headers = {"vary": "accept-encoding"}
    taken = _taken(request.headers.get("accept-encoding", ""))
    for coding, ending in PACKED.items():
        packed = file.with_name(file.name + ending)
        if coding in taken and packed.is_file():
            return packed, {**headers, "content-encoding": coding}
    return file, headers


def _taken(accepted: str) -> set[str]:
    """The codings of an ``Accept-Encoding``, but for those of quality 0."""
    offers = [[part.strip().lower() for part in offer.split(";")] for offer in accepted.split(",")]
    return {name for name, *rest in offers if not any(re.fullmatch(r"q=0(\.0*)?", part) for part in rest)}

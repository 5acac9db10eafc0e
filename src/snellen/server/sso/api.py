"""The two addresses of a single sign-on, for browsers: there to the provider, and back."""

from __future__ import annotations

import re
from typing import Annotated, cast

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from snellen.errors import NotAllowed, NotFound, SnellenError
from snellen.server.auth import audit, logins
from snellen.server.auth.audit import Named
from snellen.server.auth.cookies import is_secure, set_session_cookie
from snellen.server.sso import service
from snellen.server.sso.pages import refusal_page
from snellen.server.sso.provider import Provider
from snellen.server.sso.service import Rules
from snellen.server.sso.tables import SentToProvider
from snellen.server.state import AppState, State

NAMES = {False: "snellen_sso", True: "__Host-snellen_sso"}
CALLBACK = "/api/v1/auth/oidc/callback"
#: A place of the dashboard: nothing that a browser could take for another host.
PLACE = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]{0,2000}")
Text = Annotated[str | None, Query(max_length=4000)]

pages = APIRouter(include_in_schema=False)


@pages.get("/auth/oidc/start")
def start(state: AppState, request: Request, next: str = "/") -> Response:
    """Send the browser to the provider."""
    try:
        asked = _provider(state).ask(_callback(state))
        target = next if PLACE.fullmatch(next) else "/"
        with state.database.write() as session:
            browser = service.note_sent(session, asked, target=target)
    except SnellenError as error:
        return refusal_page(error)
    secure = is_secure(state, request)
    answer = RedirectResponse(asked.url, 303, {"cache-control": "no-store"})
    answer.set_cookie(
        NAMES[secure], browser, max_age=service.SENT_MS // 1000, httponly=True, samesite="lax", secure=secure, path="/"
    )
    return answer


@pages.get("/auth/oidc/callback")
def callback(
    state: AppState,
    request: Request,
    code: Text = None,
    given: Annotated[str | None, Query(alias="state", max_length=4000)] = None,
    error: Text = None,
    iss: Text = None,
) -> Response:
    """The browser is back: who is it?"""
    secure = is_secure(state, request)
    try:
        provider = _provider(state)
        with state.database.write() as session:
            sent = service.take_returned(session, state=given, browser=request.cookies.get(NAMES[secure]))
        cookie = _log_in(state, provider, sent, code=code, error=error, iss=iss)
    except SnellenError as refused:
        answer = refusal_page(refused)
    else:
        answer = RedirectResponse(sent.target, 303, {"cache-control": "no-store"})
        set_session_cookie(state, request, answer, cookie)
    answer.delete_cookie(NAMES[secure], path="/", secure=secure, httponly=True, samesite="lax")
    return answer


def _log_in(
    state: State, provider: Provider, sent: SentToProvider, *, code: str | None, error: str | None, iss: str | None
) -> str:
    """The cookie of a session of whom the provider names; a refusal goes into the audit log."""
    rules = Rules.of(state.settings)
    try:
        provider.check_issuer(iss)
        if error is not None or not code:
            raise NotAllowed(f"the provider let nobody in ({(error or 'without a reason')[:100]}); log in again")
        back = _callback(state)
        identity = provider.identify(code=code, verifier=sent.verifier, nonce=sent.nonce, redirect_uri=back)
        with state.database.write() as session:
            user = service.user_of(session, identity, rules)
            service.give_roles(session, user, identity, rules)
            cookie = logins.by_provider(state, session, user)
    except SnellenError as refused:
        with state.database.write() as session:
            audit.record(session, Named(via="sso"), "login.failed", why=refused.detail)
        raise
    state.parts["people"].clear()
    return cookie


def _provider(state: State) -> Provider:
    provider = cast("Provider | None", state.parts.get("sso"))
    if provider is None:
        raise NotFound("this server has no single sign-on (SNELLEN_OIDC_ISSUER)")
    return provider


def _callback(state: State) -> str:
    return logins.base_url(state) + CALLBACK

"""The cookie of a session: its name and its flags."""

from __future__ import annotations

from fastapi import Request, Response

from snellen.server.state import State

#: Over https the name forbids browsers to take the cookie from another name of the domain, or over plain http.
NAMES = {False: "snellen_session", True: "__Host-snellen_session"}


def is_secure(state: State, request: Request) -> bool:
    """Whether browsers reach this server over https, directly or through a proxy."""
    return request.url.scheme == "https" or (state.settings.public_url or "").startswith("https://")


def session_cookie(state: State, request: Request) -> str | None:
    """The value that the browser sent."""
    return request.cookies.get(NAMES[is_secure(state, request)])


def set_session_cookie(state: State, request: Request, response: Response, value: str) -> None:
    """Give the browser its session."""
    secure = is_secure(state, request)
    seconds = int(state.settings.session_hours * 3600)
    response.set_cookie(NAMES[secure], value, max_age=seconds, httponly=True, samesite="lax", secure=secure, path="/")


def clear_session_cookie(state: State, request: Request, response: Response) -> None:
    """Take the session's cookie from the browser."""
    secure = is_secure(state, request)
    response.delete_cookie(NAMES[secure], path="/", secure=secure, httponly=True, samesite="lax")

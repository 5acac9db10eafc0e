"""Opening the dashboard without typing a token, and reading who did what."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from snellen.cli.client import Client
from snellen.cli.output import JsonFlag, print_json, say, table
from snellen.errors import InvalidInput


def login(as_json: JsonFlag = False) -> None:
    """Print a link that logs a browser in, once, within a day, to do what this command's token may do."""
    with Client.from_environment() as client:
        link = client.post("/auth/login-links")
    if as_json:
        print_json(link)
    else:
        say(link["url"])


def audit(
    user: Annotated[str | None, typer.Option(help="Only what this user did.")] = None,
    action: Annotated[str | None, typer.Option(help="An action (job.stop), or the thing before its dot (job).")] = None,
    target: Annotated[str | None, typer.Option(help="What it was done to: `job 3`.")] = None,
    project: Annotated[str | None, typer.Option(help="Name or id of a project.")] = None,
    since: Annotated[str | None, typer.Option(help="A date or time of ISO 8601, UTC unless said: 2026-01-31.")] = None,
    until: Annotated[str | None, typer.Option(help="The same; this moment is left out.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many entries.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """Show who did what, the newest first."""
    moments = {"since": _milliseconds("--since", since), "until": _milliseconds("--until", until)}
    with Client.from_environment() as client:
        found = client.get("/audit", limit=limit, user=user, action=action, target=target, project=project, **moments)
    items = found["items"]
    if as_json:
        print_json(items)
        return
    table(("when", "who", "did", "to", "from", "more"), [_row(item) for item in items])


def _row(item: dict[str, Any]) -> tuple[str, ...]:
    when = datetime.fromtimestamp(item["at"] / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    who = f"{item['actor']} ({item['via']}{' ' + item['via_name'] if item['via_name'] else ''})"
    more = ", ".join(f"{key} {value}" for key, value in (item["detail"] or {}).items())
    return when, who, item["action"], item["target"], item["address"] or "", more


def _milliseconds(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"{option}: got {text!r}, expected a date or time as 2026-01-31T12:00") from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)

"""``snellen tokens …``: tokens for programs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from snellen.cli.output import JsonFlag, print_json, say, table, tell

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_tokens(
    everybody: Annotated[bool, typer.Option("--all", help="Everybody's, for administrators of the server.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """List your tokens, without what opens anything."""
    from snellen.cli.client import Client

    items = Client.from_environment().get("/auth/tokens", everybody=everybody)["items"]
    if as_json:
        print_json(items)
        return
    table(["id", "name", "begins", "owner", "may", "projects", "until", "used"], [_row(token) for token in items])


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help="read, write, run_code, admin; as often as needed; read without."),
    ] = None,
    project: Annotated[
        list[str] | None, typer.Option("--project", help="Only in this project; as often as needed.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="For how long it is good.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a token and print it, this once."""
    from snellen.cli.client import Client
    from snellen.cli.projects import find

    client = Client.from_environment()
    body = {
        "name": name,
        "scopes": scope or ["read"],
        "projects": [find(client, each)["id"] for each in project] if project else None,
        "expires_in_days": days,
    }
    token = client.post("/auth/tokens", body)
    if as_json:
        print_json(token)
        return
    tell(f"token {token['id']}, good until {_day(token['expires_at'])}, may {', '.join(token['scopes'])}:")
    say(token["token"])


@app.command()
def revoke(token_id: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """End a token at once, and the sessions that it opened."""
    from snellen.cli.client import Client

    Client.from_environment().delete(f"/auth/tokens/{token_id}")
    say(f"token {token_id} opens nothing any more")


def _row(token: dict[str, Any]) -> list[str]:
    projects = "all" if token["projects"] is None else ", ".join(map(str, token["projects"]))
    used = "never" if token["last_used_at"] is None else _day(token["last_used_at"])
    return [
        str(token["id"]), token["name"], token["prefix"] + "…", token["owner"] or "operator",
        ", ".join(token["scopes"]), projects, _day(token["expires_at"]), used,
    ]  # fmt: skip


def _day(milliseconds: int | None) -> str:
    return "ever" if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d")

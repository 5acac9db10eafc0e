"""``snellen users …``: accounts, for administrators of the server."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snellen.cli.output import JsonFlag, print_json, say, table, tell
from snellen.errors import InvalidInput

if TYPE_CHECKING:
    from snellen.cli.client import Client

app = typer.Typer(no_args_is_help=True)
Who = Annotated[str, typer.Argument(metavar="USER", help="Name or id.")]


@app.command("list")
def list_users(as_json: JsonFlag = False) -> None:
    """List accounts."""
    from snellen.cli.client import Client

    items = Client.from_environment().pages("/users")
    if as_json:
        print_json(items)
        return
    table(["id", "name", "display name", "e-mail", "what"], [_row(user) for user in items])


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What they log in with: small letters, digits, . _ @ + -")],
    admin: Annotated[bool, typer.Option("--admin", help="Administrator of the whole server.")] = False,
    display_name: Annotated[str | None, typer.Option(help="What people call them.")] = None,
    email: Annotated[str | None, typer.Option()] = None,
    password: Annotated[bool, typer.Option("--password", help="Ask for a password.")] = False,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read a password's line.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Make an account; without a password, print a link with which they choose one, once."""
    from snellen.cli.client import Client

    secret = _password(ask=password, stdin=password_stdin)
    client = Client.from_environment()
    body = {"name": name, "display_name": display_name, "email": email, "is_admin": admin, "password": secret}
    user = client.post("/users", body)
    link = None if secret is not None else client.post(f"/users/{user['id']}/setup-link")
    if as_json:
        print_json({**user, "setup_link": link})
        return
    tell(f"user {user['id']}: {user['name']}")
    if link is not None:
        say(link["url"])


@app.command("setup-link")
def setup_link(user: Who, as_json: JsonFlag = False) -> None:
    """Print a link with which a user chooses a (new) password, once, within three days."""
    from snellen.cli.client import Client

    client = Client.from_environment()
    link = client.post(f"/users/{find(client, user)['id']}/setup-link")
    print_json(link) if as_json else say(link["url"])


@app.command()
def change(
    user: Who,
    admin: Annotated[bool | None, typer.Option("--admin/--no-admin", help="Administrator of the server.")] = None,
    display_name: Annotated[str | None, typer.Option(help="What people call them.")] = None,
    email: Annotated[str | None, typer.Option()] = None,
    as_json: JsonFlag = False,
) -> None:
    """Change an account."""
    changes = {"is_admin": admin, "display_name": display_name, "email": email}
    given = {key: value for key, value in changes.items() if value is not None}
    if not given:
        raise InvalidInput("nothing to change: give --admin, --no-admin, --display-name or --email")
    _change(user, given, as_json)


@app.command()
def disable(user: Who, as_json: JsonFlag = False) -> None:
    """Close an account: its sessions end at once, its tokens open nothing. What they made stays."""
    _change(user, {"disabled": True}, as_json)


@app.command()
def enable(user: Who, as_json: JsonFlag = False) -> None:
    """Open a closed account again."""
    _change(user, {"disabled": False}, as_json)


def find(client: Client, name_or_id: str) -> dict[str, Any]:
    """The account of a name or an id; :class:`~snellen.errors.InvalidInput` when there is none."""
    for user in client.pages("/users"):
        if name_or_id.lower() in (user["name"], str(user["id"])):
            return dict(user)
    raise InvalidInput(f"there is no user {name_or_id!r}; `snellen users list` shows those there are")


def _change(name_or_id: str, changes: dict[str, Any], as_json: bool) -> None:
    from snellen.cli.client import Client

    client = Client.from_environment()
    user = client.patch(f"/users/{find(client, name_or_id)['id']}", changes)
    print_json(user) if as_json else say(" ".join(_row(user)).strip())


def _password(*, ask: bool, stdin: bool) -> str | None:
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if ask:
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return None


def _row(user: dict[str, Any]) -> list[str]:
    what = [word for word, is_so in (("admin", user["is_admin"]), ("disabled", user["disabled"])) if is_so]
    return [str(user["id"]), user["name"], user["display_name"] or "", user["email"] or "", ", ".join(what)]

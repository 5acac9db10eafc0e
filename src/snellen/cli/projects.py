"""``snellen projects …``: projects and who is what in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from snellen.cli.output import JsonFlag, print_json, say, table
from snellen.errors import InvalidInput

if TYPE_CHECKING:
    from snellen.cli.client import Client

app = typer.Typer(no_args_is_help=True)
#: Of the commands that make or list something.
ProjectOption = Annotated[
    str | None, typer.Option("--project", envvar="SNELLEN_PROJECT", help="Name or id of a project (SNELLEN_PROJECT).")
]
Named = Annotated[str, typer.Argument(metavar="PROJECT", help="Name or id.")]


@app.command("list")
def list_projects(as_json: JsonFlag = False) -> None:
    """List the projects that you see, and what you are there."""
    from snellen.cli.client import Client

    items = Client.from_environment().get("/projects")["items"]
    if as_json:
        print_json(items)
        return
    rows = [[str(p["id"]), p["name"], p["role"], "yes" if p["run_code"] else "no", str(p["members"])] for p in items]
    table(["id", "name", "you are", "run code", "members"], rows)


@app.command()
def create(name: str, as_json: JsonFlag = False) -> None:
    """Make a project, without members."""
    from snellen.cli.client import Client

    project = Client.from_environment().post("/projects", {"name": name})
    print_json(project) if as_json else say(f"project {project['id']}: {project['name']}")


@app.command()
def rename(project: Named, name: str, as_json: JsonFlag = False) -> None:
    """Give a project another name."""
    from snellen.cli.client import Client

    client = Client.from_environment()
    changed = client.patch(f"/projects/{find(client, project)['id']}", {"name": name})
    print_json(changed) if as_json else say(f"project {changed['id']}: {changed['name']}")


@app.command()
def delete(project: Named) -> None:
    """Delete a project that holds no jobs and no datasets."""
    from snellen.cli.client import Client

    client = Client.from_environment()
    client.delete(f"/projects/{find(client, project)['id']}")
    say(f"project {project} has been deleted")


@app.command()
def members(project: Named, as_json: JsonFlag = False) -> None:
    """List the members of a project."""
    from snellen.cli.client import Client

    client = Client.from_environment()
    items = client.get(f"/projects/{find(client, project)['id']}/members")["items"]
    if as_json:
        print_json(items)
        return
    rows = [[str(m["user_id"]), m["name"], m["role"], "yes" if m["run_code"] else "no"] for m in items]
    table(["user", "name", "role", "run code"], rows)


@app.command()
def add(
    project: Named,
    user: Annotated[str, typer.Argument(help="Name or id.")],
    role: Annotated[str, typer.Option(help="viewer, editor or admin.")] = "viewer",
    run_code: Annotated[
        bool | None,
        typer.Option(
            "--run-code/--no-run-code", help="Whether they may run code of their own; admins may, unless said."
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a user a member of a project, or change what they are there."""
    from snellen.cli.client import Client
    from snellen.cli.users import find as find_user

    client = Client.from_environment()
    place = f"/projects/{find(client, project)['id']}/members/{find_user(client, user)['id']}"
    member = client.put(place, {"role": role, "run_code": run_code})
    code = ", may run code" if member["run_code"] else ""
    print_json(member) if as_json else say(f"{member['name']} is {member['role']} of {project}{code}")


@app.command()
def remove(project: Named, user: Annotated[str, typer.Argument(help="Name or id.")]) -> None:
    """Take a user out of a project; what they made there stays."""
    from snellen.cli.client import Client

    client = Client.from_environment()
    place = f"/projects/{find(client, project)['id']}/members"
    for member in client.get(place)["items"]:
        if user.lower() in (member["name"], str(member["user_id"])):
            client.delete(f"{place}/{member['user_id']}")
            say(f"{member['name']} is no member of {project} any more")
            return
    raise InvalidInput(f"{user!r} is no member of {project}; `snellen projects members {project}` shows who is")


def find(client: Client, name_or_id: str) -> dict[str, Any]:
    """The project of a name or an id; :class:`~snellen.errors.InvalidInput` when there is none."""
    for project in client.get("/projects")["items"]:
        if name_or_id in (project["name"], str(project["id"])):
            return dict(project)
    raise InvalidInput(f"there is no project {name_or_id!r}; `snellen projects list` shows those there are")

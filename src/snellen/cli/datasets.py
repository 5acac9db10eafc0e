"""``snellen datasets …``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snellen.cli.output import JsonFlag, print_json, table, tell
from snellen.errors import DatasetInvalid

if TYPE_CHECKING:
    from snellen.cli.client import Client

POLL_SECONDS = 0.2

app = typer.Typer(no_args_is_help=True)


@app.command("import")
def import_dataset(
    folder: Annotated[Path, typer.Argument(help="A folder with a data.yaml, on the server's machine.")],
    name: Annotated[str | None, typer.Option(help="The dataset's name; the folder's without.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Import a dataset; every problem is told with file and line."""
    from snellen.cli.client import Client

    done = run_import(Client.from_environment(), folder, name or folder.resolve().name)
    if as_json:
        print_json(done)
        return
    tell(f"dataset {done['dataset_id']} ({done['name']}), snapshot {done['snapshot'][:12]}")
    for problem in done["problems"][:20]:
        tell(f"  {problem['severity']}: {_where(problem)}{problem['message']}")
    if done["problem_count"] > 20:
        tell(f"  … {done['problem_count']} warnings in all; the dataset's page has them")


@app.command("list")
def list_datasets(as_json: JsonFlag = False) -> None:
    """List datasets, newest first."""
    from snellen.cli.client import Client

    items = Client.from_environment().pages("/datasets")
    if as_json:
        print_json(items)
        return
    rows = []
    for item in items:
        latest = item["latest"]
        splits = ", ".join(f"{k} {v}" for k, v in latest["images"]["by_split"].items()) if latest else "-"
        snapshot = latest["hash"][:12] if latest else "-"
        rows.append([str(item["id"]), item["name"], snapshot, splits, str(latest["objects"] if latest else 0)])
    table(["id", "name", "snapshot", "images", "objects"], rows)


def run_import(client: Client, folder: Path, name: str) -> dict[str, Any]:
    """Import through the server with a progress bar; :class:`~snellen.errors.DatasetInvalid` lists what is wrong."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    found: dict[str, Any] = client.post("/datasets", {"name": name, "source": str(folder.expanduser().resolve())})
    bar = Progress(
        TextColumn("import"), BarColumn(), MofNCompleteColumn(), console=Console(stderr=True), transient=True
    )
    with bar:
        row = bar.add_task(name, total=None)
        while found["state"] == "running":
            time.sleep(POLL_SECONDS)
            found = client.get(f"/datasets/imports/{found['id']}")
            bar.update(row, completed=found["done"], total=found["total"] or None)
    if found["state"] == "failed":
        raise DatasetInvalid(found["error"], problems=found["problems"])
    return found


def _where(problem: dict[str, Any]) -> str:
    where = ":".join(str(problem[k]) for k in ("file", "line") if problem.get(k) is not None)
    return f"{where}: " if where else ""

"""``snellen datasets …``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snellen.cli.output import JsonFlag, print_json, say, table, tell
from snellen.cli.projects import ProjectOption
from snellen.errors import DatasetInUse, InvalidInput

if TYPE_CHECKING:
    from snellen.cli.client import Client

SHOWN_CHANGES = 20
DatasetArgument = Annotated[str, typer.Argument(metavar="DATASET", help="Id or name.")]
SnapshotOption = Annotated[str | None, typer.Option(help="Hash of a snapshot, or its beginning; the newest without.")]

app = typer.Typer(no_args_is_help=True)


@app.command("import")
def import_dataset(
    source: Annotated[
        str,
        typer.Argument(help="A folder, an archive, upload:ID, or a place in the external store (external:PREFIX)."),
    ],
    name: Annotated[str | None, typer.Option(help="The dataset's name; the source's without.")] = None,
    format: Annotated[str | None, typer.Option(help="yolo, coco, voc or imagefolder; recognised without.")] = None,
    task: Annotated[
        str | None, typer.Option(help="detection, segmentation, pose or classification; recognised without.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Divide the images: train/val or train/val/test in percent, like 80/20.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of splits that are made.")] = 0,
    decode: Annotated[bool, typer.Option("--decode", help="Decode every image wholly.")] = False,
    upload: Annotated[
        bool | None,
        typer.Option("--upload/--no-upload", help="Send it; without, when the server is not on this machine."),
    ] = None,
    project: ProjectOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Import a dataset; every problem is told with file and line."""
    from snellen.cli import dataset_import as imports
    from snellen.cli.client import Client

    options: dict[str, Any] = {"format": format, "task": task, "seed": seed, "decode": decode, "project": project}
    if split is not None:
        options["split"] = imports.parse_split(split)
    with Client.from_environment() as client:
        if imports.is_place(source):
            found = imports.import_from(client, source, name or imports.name_of(source), **options)
        else:
            path = Path(source).expanduser()
            here = path.resolve()
            sends = imports.is_elsewhere(client) if upload is None else upload
            if sends and not here.exists():
                raise InvalidInput(f"{path}: no such folder or archive here; --no-upload names one of the server")
            run = imports.upload_and_import if sends else imports.import_from
            found = run(client, here, name or imports.name_of(str(here)), **options)
        if as_json:
            if found["state"] == "completed" and found["problem_count"] > len(found["problems"]):
                listed = f"/datasets/{found['dataset_id']}/problems"
                found["problems"] = client.pages(listed, snapshot=found["snapshot"], limit=500)
            print_json(found)
    imports.check(found)
    if not as_json:
        imports.show_report(found)


@app.command("list")
def list_datasets(project: ProjectOption = None, as_json: JsonFlag = False) -> None:
    """List datasets, newest first."""
    from snellen.cli.client import Client

    items = Client.from_environment().pages("/datasets", project=project)
    if as_json:
        print_json(items)
        return
    rows = []
    for item in items:
        latest = item["latest"]
        rows.append([str(item["id"]), item["name"], *(_snapshot_row(latest)[:3] if latest else ["-", "-", "0"])])
    table(["id", "name", "snapshot", "images", "objects"], rows)


@app.command()
def show(dataset: DatasetArgument, as_json: JsonFlag = False) -> None:
    """Show a dataset: its snapshots, and the classes of the newest."""
    from snellen.cli.client import Client

    found = find_dataset(Client.from_environment(), dataset)
    if as_json:
        print_json(found)
        return
    say(f"dataset {found['id']} ({found['name']})")
    rows = [[*_snapshot_row(s), s["task"], f"{s['problem_count']:,}"] for s in found["snapshots"]]
    table(["snapshot", "images", "objects", "task", "problems"], rows)
    if found["snapshots"]:
        classes = found["snapshots"][0]["classes"]
        table(["class", "name", "objects"], [[str(c["id"]), c["name"], f"{c['objects']:,}"] for c in classes])


@app.command()
def compare(
    base: Annotated[str, typer.Argument(help="Hash of a snapshot, or its beginning.")],
    head: Annotated[str, typer.Argument(help="Hash of another snapshot of the dataset, or its beginning.")],
    as_json: JsonFlag = False,
) -> None:
    """Show what differs between two snapshots of a dataset."""
    from snellen.cli.client import Client

    client = Client.from_environment()
    dataset_id, hashes = find_snapshots(client, base, head)
    path, query = f"/datasets/{dataset_id}/compare", {"base": hashes[0], "head": hashes[1]}
    found = client.get(path, **query, limit=SHOWN_CHANGES)
    if as_json:
        found["items"], found["next_cursor"] = client.pages(path, **query), None
        print_json(found)
        return
    rows = [[what, *(f"{found[what].get(k, 0):,}" for k in ("added", "removed"))] for what in ("images", "objects")]
    rows[0].append(f"{found['images']['changed']:,}")
    rows[1].append("")
    table(["", "added", "removed", "changed"], rows)
    for change in ("added", "removed"):
        if found["classes"][change]:
            say(f"classes {change}: {', '.join(found['classes'][change])}")
    if found["classes"]["renumbered"]:
        say("classes have other numbers")
    for item in found["items"]:
        what = f" ({', '.join(item['what'])})" if item["what"] else ""
        say(f"  {item['change']}: {item['path']}{what}")
    if found["total"] > len(found["items"]):
        say(f"  … {found['total']:,} in all; --json lists them")


@app.command()
def export(
    dataset: DatasetArgument,
    target: Annotated[Path, typer.Argument(metavar="FILE.zip", help="Where to write it; refused if it is there.")],
    format: Annotated[str, typer.Option(help="yolo or coco.")] = "yolo",
    snapshot: SnapshotOption = None,
) -> None:
    """Write a snapshot as a zip in the format of other tools."""
    from rich.console import Console
    from rich.progress import DownloadColumn, Progress, TextColumn, TimeElapsedColumn, TransferSpeedColumn

    from snellen.cli.client import Client

    if target.exists():
        raise InvalidInput(f"{target}: is there already; remove it or name another file")
    if not target.absolute().parent.is_dir():
        raise InvalidInput(f"{target.absolute().parent}: no such folder; make it first")
    client = Client.from_environment()
    found = find_dataset(client, dataset)
    chosen = _hash_of(found, snapshot)
    columns = (TextColumn("export"), DownloadColumn(), TransferSpeedColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        row = shown.add_task("export", total=None)
        client.download(
            f"/datasets/{found['id']}/export",
            target,
            lambda done: shown.update(row, completed=done),
            format=format,
            snapshot=chosen,
        )
    tell(f"{target}: snapshot {chosen[:12]} of {found['name']}, {target.stat().st_size:,} bytes")


@app.command()
def delete(
    dataset: DatasetArgument,
    snapshot: Annotated[str | None, typer.Option(help="Only this snapshot: its hash or the beginning of it.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Also if jobs depend on it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Delete a dataset or one of its snapshots, after showing what depends on it."""
    from snellen.cli.client import Client

    client = Client.from_environment()
    found = find_dataset(client, dataset)
    path, what, chosen = f"/datasets/{found['id']}", f"dataset {found['id']} ({found['name']})", None
    if snapshot is not None:
        chosen = _hash_of(found, snapshot)
        path, what = f"{path}/snapshots/{chosen}", f"snapshot {chosen[:12]} of {what}"
    dependents = client.get(f"/datasets/{found['id']}/dependents", snapshot=chosen)
    if dependents["total"]:
        table(["job", "name", "state"], [[str(j["id"]), j["name"], j["state"]] for j in dependents["jobs"]])
        if not force:
            raise DatasetInUse(
                f"{dependents['total']} job{'s depend' if dependents['total'] > 1 else ' depends'} on {what}; "
                "with --force they keep their curves and lose their images"
            )
    if not yes:
        typer.confirm(f"Delete {what}?", abort=True, err=True)
    client.delete(path, force=force or None)
    tell(f"{what} is deleted")


def find_dataset(client: Client, id_or_name: str) -> dict[str, Any]:
    """A dataset with its snapshots; a name is looked for in SNELLEN_PROJECT, without it in all that you see."""
    dataset_id = id_or_name
    if not id_or_name.isdigit():
        items = client.pages("/datasets", project=os.environ.get("SNELLEN_PROJECT"))
        named = [item for item in items if item["name"] == id_or_name]
        if not named:
            raise InvalidInput(f"there is no dataset {id_or_name!r}; `snellen datasets list` shows those there are")
        if len(named) > 1:
            listed = ", ".join(f"{item['id']} in {item['project']}" for item in named)
            raise InvalidInput(f"several projects have a dataset {id_or_name!r}: {listed}; give its id")
        dataset_id = named[0]["id"]
    found: dict[str, Any] = client.get(f"/datasets/{dataset_id}")
    return found


def find_snapshots(client: Client, *beginnings: str) -> tuple[int, list[str]]:
    """The dataset that has snapshots with all these hashes, and the hashes."""
    seen: list[str] = []
    for item in client.pages("/datasets"):
        hashes = [s["hash"] for s in client.get(f"/datasets/{item['id']}")["snapshots"]]
        seen += hashes
        chosen = [[each for each in hashes if each.startswith(beginning)] for beginning in beginnings]
        if all(len(matches) == 1 for matches in chosen):
            return item["id"], [matches[0] for matches in chosen]
    for beginning in beginnings:
        count = len({each for each in seen if each.startswith(beginning)})
        if count != 1:
            raise InvalidInput(
                f"{beginning}: {'no snapshot begins' if not count else f'{count} snapshots begin'} so; "
                "`snellen datasets show DATASET` lists them"
            )
    raise InvalidInput(f"{' and '.join(beginnings)} are snapshots of different datasets; name two of one")


def _hash_of(dataset: dict[str, Any], beginning: str | None) -> str:
    hashes: list[str] = [snapshot["hash"] for snapshot in dataset["snapshots"]]
    matches = hashes[:1] if beginning is None else [each for each in hashes if each.startswith(beginning)]
    if len(matches) != 1:
        listed = ", ".join(each[:12] for each in hashes) or "none"
        raise InvalidInput(f"snapshot: got {beginning or 'none'!r}, dataset {dataset['name']!r} has: {listed}")
    return matches[0]


def _snapshot_row(snapshot: dict[str, Any]) -> list[str]:
    splits = ", ".join(f"{split} {count:,}" for split, count in snapshot["images"]["by_split"].items())
    return [snapshot["hash"][:12], splits, f"{snapshot['objects']:,}"]

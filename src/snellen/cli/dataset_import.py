"""An import from the command line: where the data is, a bar a phase, and what was found."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from snellen.cli.output import say, table, tell
from snellen.errors import DatasetInvalid, InvalidInput

if TYPE_CHECKING:
    from snellen.cli.client import Client

POLL_SECONDS = 0.2
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
IN_BYTES = frozenset({"packing", "uploading", "fetching", "extracting"})
SHOWN_PROBLEMS = 20

#: Says the phase, and how much of it is done of how much (0 when unknown).
Tell = Callable[[str, int, int], None]


def run_import(client: Client, source: Path | str, name: str, **options: Any) -> dict[str, Any]:
    """Import through the server, with a bar a phase; ``options`` as in ``POST /datasets``.

    Raises :class:`~snellen.errors.DatasetInvalid`, which lists what is wrong.
    """
    return check(import_from(client, source, name, **options))


def import_from(client: Client, source: Path | str, name: str, **options: Any) -> dict[str, Any]:
    """The same; the import as it ended, also when it failed."""
    where = str(source.expanduser().resolve()) if isinstance(source, Path) else source
    with _bars() as show:
        return _follow(client, client.post("/datasets", {"name": name, "source": where, **options}), show)


def upload_and_import(client: Client, path: Path, name: str, **options: Any) -> dict[str, Any]:
    """Send a folder or an archive to the server, then import it there; the import as it ended."""
    from snellen.cli.upload import packed, upload

    with _bars() as show:

        def sent(archive: Path) -> str:
            return upload(client, archive, lambda done, total: show("uploading", done, total))

        if path.is_dir():
            with packed(path.resolve(), lambda done, total: show("packing", done, total)) as archive:
                upload_id = sent(archive)
        else:
            upload_id = sent(path)
        begun = client.post("/datasets", {"name": name, "source": f"upload:{upload_id}", **options})
        return _follow(client, begun, show)


def check(found: dict[str, Any]) -> dict[str, Any]:
    """The import, unless it failed: :class:`~snellen.errors.DatasetInvalid` lists what is wrong."""
    if found["state"] == "failed":
        raise DatasetInvalid(found["error"], problems=found["problems"], problem_count=found["problem_count"])
    return found


def is_elsewhere(client: Client) -> bool:
    """Whether the server is on another machine, as far as its URL says."""
    return urlsplit(client.url).hostname not in LOOPBACK


def is_place(source: str) -> bool:
    """Whether a source is the server's to find: an upload or a place in the external store."""
    return "://" in source or source.startswith(("upload:", "external:"))


def name_of(source: str) -> str:
    """The name of a dataset that was given none: that of its folder or archive."""
    name = source.rstrip("/").replace(":", "/").rpartition("/")[2]
    suffix = next((s for s in sorted(ARCHIVES, key=len, reverse=True) if name.lower().endswith(s)), "")
    return name.removesuffix(name[len(name) - len(suffix) :] if suffix else "") or "dataset"


def parse_split(text: str) -> dict[str, float]:
    """``80/20`` or ``70/20/10`` (train, val, test), in percent or as fractions."""
    try:
        parts = [float(part) for part in text.split("/")]
    except ValueError:
        parts = []
    whole = sum(parts)
    if len(parts) not in (2, 3) or not (abs(whole - 1) < 1e-6 or abs(whole - 100) < 1e-4) or min(parts) < 0:
        raise InvalidInput(f"--split: got {text!r}, expected train/val or train/val/test that sum to 100, like 80/20")
    return dict(zip(("train", "val", "test"), [part / whole for part in parts], strict=False))


def show_report(found: dict[str, Any]) -> None:
    """What an import found, for a person."""
    report = found["report"]
    new = "" if found["is_new"] else ", which was there already"
    say(f"dataset {found['dataset_id']} ({found['name']}), snapshot {found['snapshot'][:12]}{new}")
    if report is not None:
        split = report["split"]
        made = "as given" if split["given"] else f"made with seed {split['seed']}"
        say(f"{report['format']}, splits {made}")
        table(["split", "images"], [[name, f"{count:,}"] for name, count in report["images"].items()])
        if report["background"]:
            say(f"{report['background']:,} images without objects")
        table(["class", "objects"], [[name, f"{count:,}"] for name, count in report["objects"].items()])
        if report["problems"]:
            table(["problem", "count"], [[code, f"{count:,}"] for code, count in report["problems"].items()])
    for problem in found["problems"][:SHOWN_PROBLEMS]:
        tell(f"  {problem['severity']}: {place_of(problem)}{problem['message']}")
    if found["problem_count"] > SHOWN_PROBLEMS:
        tell(f"  … {found['problem_count']:,} in all; --json lists them, and so does the dataset's page")


def place_of(problem: dict[str, Any]) -> str:
    """``file:line: ``."""
    where = ":".join(str(problem[k]) for k in ("file", "line") if problem.get(k) is not None)
    return f"{where}: " if where else ""


def _follow(client: Client, found: dict[str, Any], show: Tell) -> dict[str, Any]:
    while found["state"] == "running":
        time.sleep(POLL_SECONDS)
        found = client.get(f"/datasets/imports/{found['id']}")
        if found["phase"] is not None:
            show(found["phase"], found["done"], found["total"])
    return found


@contextmanager
def _bars() -> Iterator[Tell]:
    """A bar a phase on standard error."""
    from rich.console import Console
    from rich.filesize import decimal
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    amounts = TextColumn("{task.fields[amount]}")
    columns = (TextColumn("{task.description:>10}"), BarColumn(), amounts, TimeElapsedColumn())
    rows: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:

        def show(phase: str, done: int, total: int) -> None:
            if phase not in rows:
                for earlier in rows.values():
                    shown.stop_task(earlier)
                rows[phase] = shown.add_task(phase, total=None, amount="")
            write = decimal if phase in IN_BYTES else "{:,}".format
            amount = f"{write(done)} of {write(total)}" if total else (write(done) if done else "")
            shown.update(rows[phase], completed=done, total=total or None, amount=amount)

        yield show

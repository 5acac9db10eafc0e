"""``snellen retention``: what the settings let go of, on the server's machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from snellen.cli.output import JsonFlag, print_json, say, table


def retention(
    every: Annotated[
        int | None, typer.Option(min=0, help="As if SNELLEN_KEEP_PREDICTIONS_EVERY were this; for a look.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Remove it now; the server does so each hour.")] = False,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="The server's data directory (SNELLEN_DATA_DIR).")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show the prediction sets that are removed: of epochs that are neither best nor last nor every n-th."""
    from snellen.cli.backup import site_of
    from snellen.errors import InvalidInput
    from snellen.server.operations import retention as rules

    with site_of(data_dir) as (settings, database, stores):
        if apply and every not in (None, settings.keep_predictions_every):
            raise InvalidInput(
                f"--every {every} with --apply: the server keeps every {settings.keep_predictions_every}; set "
                "SNELLEN_KEEP_PREDICTIONS_EVERY, or leave out --apply to look"
            )
        number = settings.keep_predictions_every if every is None else every
        with database.read() as session:
            found = rules.doomed(session, every=number)
        sizes = {each.job_id: rules.size_of(stores["internal"], each.keys) for each in found}
        if apply:
            found = rules.remove(database, stores["internal"], every=number)
    told = [
        {"job": each.job_id, "name": each.name, "epochs": list(each.epochs), "bytes": sizes.get(each.job_id, 0)}
        for each in found
    ]
    if as_json:
        print_json({"every": number, "removed": apply, "jobs": told})
        return
    rows = [[str(e.job_id), e.name, str(len(e.epochs)), f"{sizes.get(e.job_id, 0):,}"] for e in found]
    if rows:
        table(["Job", "Name", "Epochs", "Bytes"], rows)
    total = sum(sizes.get(each.job_id, 0) for each in found)
    count = sum(len(each.epochs) for each in found)
    say(f"{count} prediction sets of {total:,} bytes {'removed' if apply else 'would be removed'} ({_kept(number)})")


def _kept(every: int) -> str:
    if every == 1:
        return "every epoch's is kept"
    return "kept: best and last" if every == 0 else f"kept: best, last and every {every}th"

"""``snellen queue``: what runs where, and what waits for what."""

from __future__ import annotations

import time
from typing import Any

from snellen.cli.output import JsonFlag, print_json, say, table
from snellen.cli.projects import ProjectOption
from snellen.cli.resources import in_words


def show_queue(project: ProjectOption = None, as_json: JsonFlag = False) -> None:
    """Show the launchers, what runs with each, and what waits for what."""
    from snellen.cli.client import Client

    launchers = Client.from_environment().get("/training/queue", project=project)["items"]
    if as_json:
        print_json(launchers)
        return
    for launcher in launchers:
        say(_title(launcher))
        rows = [_running(job) for job in launcher["running"]] + _waiting(launcher["waiting"])
        if rows:
            table(["id", "name", "project", "state", "resources", "since"], rows)
        hidden = [
            f"{count} more {word}"
            for word, count in (("running", _unseen(launcher, "running")), ("waiting", _unseen(launcher, "waiting")))
            if count
        ]
        if hidden:
            say(f"  and {', '.join(hidden)} (of other projects, or beyond the first 200)")


def _title(launcher: dict[str, Any]) -> str:
    told = launcher["launcher"]
    running, waiting, slots = launcher["running_count"], launcher["waiting_count"], launcher["slots"]
    of_slots = f"{running} of {slots} slots taken" if slots and told is not None else f"{running} running"
    if told is None:
        return f"{launcher['name']} (not in the server's settings any more; nothing of it begins): {waiting} waiting"
    kind = told["kind"] + (", default" if told["is_default"] else "")
    return f"{launcher['name']} ({kind}): {of_slots}, {waiting} waiting"


def _running(job: dict[str, Any]) -> list[str]:
    epoch = job["progress"]["epoch"] if job["progress"] else job["last_epoch"]
    state = job["state"] + ("" if epoch is None else f" {epoch}/{job['epochs']}")
    return [str(job["id"]), job["name"], job["project"], state, in_words(job["resources"]), _since(job["since"])]


def _waiting(jobs: list[dict[str, Any]]) -> list[list[str]]:
    """Each with what it waits for: the first for room, the others for the one before."""
    rows, before = [], None
    for job in jobs:
        why = job["waits_for"] if job["position"] == 1 else f"job {before}" if before is not None else "other jobs"
        state = f"waits ({job['position']}.)" + (f" for {why}" if why else "")
        before = job["id"]
        rows.append(
            [str(job["id"]), job["name"], job["project"], state, in_words(job["resources"]), _since(job["since"])]
        )
    return rows


def _unseen(launcher: dict[str, Any], what: str) -> int:
    return int(launcher[f"{what}_count"]) - len(launcher[what])


def _since(unix_ms: int | None) -> str:
    if unix_ms is None:
        return "-"
    seconds = max(0, int(time.time() - unix_ms / 1000))
    for size, word in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {word}"
    return f"{seconds} s"

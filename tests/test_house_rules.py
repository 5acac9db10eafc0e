"""Rules that matter are tests."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MOST_LINES = 500
SOURCES = ("src/**/*.py", "tests/**/*.py", "bench/**/*.py", "web/src/**/*.ts", "web/src/**/*.tsx", "web/src/**/*.css")
GENERATED = {"schema.d.ts"}


def test_no_file_is_longer_than_five_hundred_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for pattern in SOURCES
        for path in ROOT.glob(pattern)
        if path.name not in GENERATED and (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert long == {}


def test_no_test_waits_only_httpx_five_seconds_for_an_answer() -> None:
    """A busy machine takes longer at times."""
    impatient = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in ROOT.glob("tests/**/*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and re.match(r"httpx\.(get|post|put|patch|head|delete|request|stream|Client)$", ast.unparse(node.func))
        and "timeout" not in {each.arg for each in node.keywords}
    ]
    assert impatient == []


def test_no_drawer_is_called_utils() -> None:
    assert list((ROOT / "src").rglob("utils*")) == []


def test_decisions_are_numbered_without_holes() -> None:
    numbers = sorted(int(p.name[:4]) for p in (ROOT / "docs" / "decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_command_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    for command in (
        "serve", "demo", "train", "queue", "jobs list", "jobs show", "jobs logs", "jobs stop", "datasets import",
        "datasets list", "datasets show", "datasets compare", "datasets export", "datasets delete",
        "sweep", "sweeps list", "sweeps show", "sweeps stop", "sweeps resume",
        "backup", "backup list", "backup verify", "restore", "retention",
        "users list", "users create", "users setup-link",
        "users change", "users disable", "users enable",
        "projects list", "projects create", "projects rename", "projects delete",
        "projects members", "projects add", "projects remove",
        "tokens list", "tokens create", "tokens revoke", "evaluate", "trainers", "trainers check", "login", "audit",
        "version",
    ):  # fmt: skip
        assert re.search(rf"`snellen {command}\b", page), command


def test_every_event_type_is_in_the_reference() -> None:
    from snellen.contract.events import EventType

    page = (ROOT / "docs" / "reference" / "job-folder.md").read_text(encoding="utf-8")
    for kind in EventType:
        assert f"`{kind}`" in page, kind


def test_the_web_clients_types_are_those_of_the_api() -> None:
    from snellen.server.openapi import document

    kept = (ROOT / "web" / "src" / "api" / "openapi.json").read_text(encoding="utf-8")
    assert kept == document(), "run `make openapi` and commit what it writes"


@pytest.mark.parametrize("word", ["SNELLEN_TOKEN=snl_", "BEGIN PRIVATE KEY"])
def test_no_secret_is_committed(word: str) -> None:
    found = subprocess.run(
        ["git", "grep", "-l", word, "--", ".", ":!tests/test_house_rules.py"], cwd=ROOT, capture_output=True, text=True
    )
    assert found.stdout == ""

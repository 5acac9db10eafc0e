"""docs/security.md names a test for each attack; each of them exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_test_that_the_table_of_attacks_names_exists() -> None:
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    missing = [f"{file}::{name}" for file, name in named if name not in _tests_of(ROOT / file)]
    assert len(named) > 5
    assert missing == []


def test_every_row_of_the_table_of_attacks_names_a_test() -> None:
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    rows = [line for line in text.partition("## Attacks tried")[2].splitlines() if line.startswith("|")]
    bare = [row for row in rows if "::" not in row and not row.startswith(("| attack |", "|---"))]
    assert bare == []


def _tests_of(file: Path) -> set[str]:
    if not file.is_file():
        return set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}

"""The codes of problems are documented, each once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from snellen.formats.problem_codes import CODES
from snellen.formats.problems import Problems

REFERENCE = Path(__file__).parents[2] / "docs/reference/datasets.md"


def test_the_reference_lists_every_code_with_its_meaning() -> None:
    listed = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", REFERENCE.read_text().split("## Problems")[1], re.MULTILINE))
    assert listed == dict(CODES)


def test_a_code_that_nobody_described_can_not_be_told() -> None:
    with pytest.raises(KeyError, match="made_up"):
        Problems().error("made_up", "x")

"""The guide's code is that of the examples."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guides" / "scripts.md"


def test_every_block_of_code_is_a_part_of_the_example_that_it_names() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    blocks = re.findall(r"<!-- (examples/\S+) -->\n```(?:python|perl)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert len(blocks) == len(re.findall(r"^```(?:python|perl)$", text, re.MULTILINE)) > 5
    places = ("segmentation_torch/train.py", "several_nodes/train.py", "no_sdk/train.pl")
    assert {name for name, _ in blocks} == {f"examples/{place}" for place in places}
    for name, code in blocks:
        assert f"\n{code}" in (ROOT / name).read_text(encoding="utf-8"), code


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", GUIDE.read_text(encoding="utf-8").replace("\n", ""))
    missing = [link for link in links if not (GUIDE.parent / link).exists()]
    assert missing == []

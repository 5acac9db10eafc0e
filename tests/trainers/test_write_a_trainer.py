"""The guide to writing a trainer: its files are made, its commands run, in its order."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "write-a-trainer.md"
#: Installs the package of the working directory as pip would, without a network, beside nobody's packages.
PIP = """#!{python}
import os, pathlib, tomllib

project = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]
metadata = pathlib.Path(os.environ["SITE"], project["name"].replace("-", "_") + "-" + project["version"] + ".dist-info")
metadata.mkdir()
(metadata / "METADATA").write_text(
    f"Metadata-Version: 2.1\\nName: {{project['name']}}\\nVersion: {{project['version']}}\\n"
)
entries = project["entry-points"]["snellen.trainers"]
lines = [f"{{name}} = {{value}}" for name, value in entries.items()]
(metadata / "entry_points.txt").write_text("\\n".join(["[snellen.trainers]", *lines]))
"""


class Block(NamedTuple):
    """A block of code: its language, the word behind it (a file, or ``server``) and what it holds."""

    language: str
    what: str
    text: str


def blocks() -> list[Block]:
    found = re.findall(r"^```(\w+) ?(.*?)\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [Block(*each) for each in found]


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """An empty folder, and the environment of somebody who has Snellen and nothing else."""
    root = tmp_path_factory.mktemp("newcomer")
    home, programs, site = root / "softmax-trainer", root / "bin", root / "site"
    for folder in (home, programs, site):
        folder.mkdir()
    (programs / "pip").write_text(PIP.format(python=sys.executable))
    (programs / "pip").chmod(0o755)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SNELLEN_")} | {
        "PATH": os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join([str(home), str(site)]),
        "SITE": str(site),
        "SNELLEN_DATA_DIR": str(root / "data"),
        "SNELLEN_MLFLOW_URI": "off",
        "SNELLEN_PORT": "0",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    return home, environment


@pytest.fixture(scope="module")
def said(newcomer: tuple[Path, dict[str, str]], eventually: Callable[..., Any]) -> Iterator[list[str]]:
    """What each command block wrote, after all of the guide was followed."""
    home, environment = newcomer
    written: set[str] = set()
    outputs, servers = [], []
    try:
        for block in blocks():
            if block.what == "server":
                server = subprocess.Popen(["bash", "-c", f"exec {block.text}"], cwd=home, env=environment)
                servers.append(server)
                ready = home.parent / "data" / "server.json"
                eventually(lambda: server.poll() is not None or ready.is_file(), seconds=60)  # noqa: B023
                assert ready.is_file(), "the server ended"
            elif block.language == "sh":
                done = subprocess.run(
                    ["bash", "-euo", "pipefail", "-c", block.text],
                    cwd=home, env=environment, capture_output=True, text=True, timeout=200,
                )  # fmt: skip
                assert done.returncode == 0, f"{block.text}\n{done.stdout}\n{done.stderr}"
                outputs.append(done.stdout)
            else:
                path = home / block.what
                path.parent.mkdir(exist_ok=True)
                with path.open("a" if block.what in written else "w") as file:
                    file.write(("\n" if block.what in written else "") + block.text)
                written.add(block.what)
        yield outputs
    finally:
        for server in servers:
            server.terminate()
            server.wait(timeout=20)


def test_every_block_is_a_file_or_a_command() -> None:
    for block in blocks():
        assert block.what or block.language == "sh", block.text
    assert GUIDE.read_text(encoding="utf-8").count("```") == 2 * len(blocks())


def test_a_newcomer_who_follows_the_guide_has_a_trainer_that_passes_everything(
    said: list[str], newcomer: tuple[Path, dict[str, str]]
) -> None:
    described, by_hand, checked, tested, *_ = said
    assert json.loads(described)["tasks"] == ["classification"]
    assert '"state": "completed"' in by_hand
    assert checked.splitlines()[-1] == "16 ok"
    assert "16 passed" in tested
    events = [json.loads(line) for line in (newcomer[0] / "job" / "events.jsonl").read_text().splitlines()]
    told = [event["metrics"]["val/top1"] for event in events if event["type"] == "validation"]
    assert len(told) == 20
    assert told[-1] >= 0.9


def test_the_job_of_the_guide_is_evaluated_by_the_server(
    said: list[str], newcomer: tuple[Path, dict[str, str]]
) -> None:
    job = shown(1, *newcomer)
    assert (job["state"], job["trainer"]) == ("completed", "softmax")
    assert job["best_value"] >= 0.9


def test_the_second_job_began_with_the_weights_of_the_first(
    said: list[str], newcomer: tuple[Path, dict[str, str]]
) -> None:
    job = shown(2, *newcomer)
    assert (job["state"], job["epochs"]) == ("completed", 3)
    assert job["parent"] == {"job_id": 1, "checkpoint": "last.npz", "epoch": 20}


def shown(job_id: int, home: Path, environment: dict[str, str]) -> dict[str, Any]:
    command = ["snellen", "jobs", "show", str(job_id), "--json"]
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))

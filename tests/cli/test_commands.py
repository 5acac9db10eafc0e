"""Commands: what goes wrong is one clear line, what a program reads is JSON and nothing else."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from snellen import __version__
from snellen.cli.digits import write_digits
from snellen.cli.jobs import parse_param
from snellen.errors import InvalidInput


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("SNELLEN_")}
    return subprocess.run(
        [sys.executable, "-m", "snellen", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**clean, **environment},
        check=False,
    )


def test_without_a_server_a_command_says_what_to_do(tmp_path: Path) -> None:
    answer = run("jobs", "list", SNELLEN_DATA_DIR=str(tmp_path / "empty"))
    assert answer.returncode == 1
    assert "snellen serve" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        answer = run("serve", "--port", port, "--data-dir", str(tmp_path / "d"))
    assert answer.returncode == 1
    assert port in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_data_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answer = run("serve", "--port", "0", "--data-dir", str(tmp_path / "file" / "below"))
    assert answer.returncode == 1
    assert "SNELLEN_DATA_DIR" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_version_is_one_for_people_and_one_for_programs() -> None:
    assert run("version").stdout == f"snellen {__version__}\n"
    assert json.loads(run("version", "--json").stdout) == {"version": __version__}


def test_a_refused_import_lists_file_and_line(server: dict[str, str], tmp_path: Path) -> None:
    write_digits(tmp_path / "d", train=2, val=2, size=96)
    label = next((tmp_path / "d" / "labels" / "val").iterdir())
    label.write_text("77 0.5 0.5 0.1 0.1\n")
    answer = run("datasets", "import", str(tmp_path / "d"), **server)
    assert answer.returncode == 1
    assert f"labels/val/{label.name}:1" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_what_a_program_reads_is_json_alone(server: dict[str, str], tmp_path: Path) -> None:
    write_digits(tmp_path / "d", train=2, val=2, size=96)
    imported = json.loads(run("datasets", "import", str(tmp_path / "d"), "--name", "mine", "--json", **server).stdout)
    assert imported["state"] == "completed"
    assert [d["name"] for d in json.loads(run("datasets", "list", "--json", **server).stdout)] == ["mine"]
    trainers = {each["name"]: each for each in json.loads(run("trainers", "--json", **server).stdout)}
    assert "lr0" in trainers["ultralytics"]["schema"]["detection"]["properties"]
    assert "opt" in trainers["timm"]["schema"]["classification"]["properties"]


def test_a_wrong_hyperparameter_is_named(server: dict[str, str], tmp_path: Path) -> None:
    write_digits(tmp_path / "d", train=2, val=2, size=96)
    run("datasets", "import", str(tmp_path / "d"), "--name", "other", **server)
    answer = run(
        "train",
        "--dataset",
        "other",
        "--model",
        "yolo11n.yaml",
        "--epochs",
        "1",
        "-p",
        "lr00=1",
        "--no-follow",
        **server,
    )
    assert answer.returncode == 1
    assert "lr00" in answer.stderr
    assert "did you mean 'lr0'" in answer.stderr
    assert json.loads(run("jobs", "list", "--json", **server).stdout) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("lr0=0.01", ("lr0", 0.01)), ("a=true", ("a", True)), ("o=AdamW", ("o", "AdamW")), ("l=[1, 2]", ("l", [1, 2]))],
)
def test_parameters_are_json_where_they_can_be(text: str, expected: tuple[str, Any]) -> None:
    assert parse_param(text) == expected


@pytest.mark.parametrize("text", ["lr0", "=1", ""])
def test_a_parameter_without_name_or_value_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="NAME=VALUE"):
        parse_param(text)

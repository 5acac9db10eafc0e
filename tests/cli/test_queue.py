"""Launchers, resources and the queue from the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import run
from tests.leftovers import end_all

from snellen.cli.digits import write_digits
from snellen.cli.resources import asked, parse_amount, parse_size
from snellen.errors import InvalidInput

#: A server whose default launcher is a cluster that can't be reached: what waits there waits.
LAUNCHERS = {"lab": {"kind": "ray", "address": "http://127.0.0.1:9"}, "local": {}}
SCRIPT = ("--trainer", "script", "-p", 'command=["true"]', "--epochs", "1", "--no-follow", "--json")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, eventually: Callable[..., Any]) -> Iterator[dict[str, str]]:
    """The environment in which commands find a running server, with a dataset."""
    root = tmp_path_factory.mktemp("cli")
    environment = {"SNELLEN_DATA_DIR": str(root / "data"), "SNELLEN_MLFLOW_URI": "off"}
    process = subprocess.Popen(
        [sys.executable, "-m", "snellen", "serve", "--port", "0"],
        env={**os.environ, **environment, "SNELLEN_LAUNCHERS": json.dumps(LAUNCHERS)},
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: run("jobs", "list", "--json", **environment).returncode == 0, every=0.3)
        write_digits(root / "d", train=2, val=2, size=64)
        assert run("datasets", "import", str(root / "d"), "--name", "mine", **environment).returncode == 0
        yield environment
    finally:
        process.terminate()
        process.wait(timeout=20)
        end_all(root / "data")


@pytest.mark.parametrize("text", ["", "16 apples", "-1", "GiB", "1e9"])
def test_a_size_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"--memory: got .*expected a size such as 16GiB"):
        parse_size(text)


def test_sizes_and_amounts_are_read_and_nothing_else_is_asked_for() -> None:
    assert [parse_size(text) for text in ("2TiB", "500MB", "1.5g", "7", "8 B")] == [
        2 * 2**40, 500_000_000, 1_500_000_000, 7, 8,
    ]  # fmt: skip
    assert asked() == {}
    assert asked(gpus=0, custom=["a=1", "b=0.5"]) == {"gpus": 0, "custom": {"a": 1.0, "b": 0.5}}
    with pytest.raises(InvalidInput, match="expected NAME=AMOUNT"):
        parse_amount("licence")


def test_a_job_is_queued_with_what_it_needs_shown_and_resumed_elsewhere(
    server: dict[str, str], eventually: Callable[..., Any]
) -> None:
    needs = (
        "--gpus", "2", "--cpus", "8", "--memory", "16GiB", "--accelerator-type", "H100", "--resource", "licence=1",
        "--resource", "disk=0.5", "--nodes", "4", "--min-nodes", "2", "--restarts", "3",
    )  # fmt: skip
    first = json.loads(run("train", "--dataset", "mine", *SCRIPT, "--launcher", "lab", *needs, **server).stdout)
    assert first["resources"] == {
        "gpus": 2, "cpus": 8, "memory": 2**34, "accelerator_type": "H100", "custom": {"licence": 1.0, "disk": 0.5},
        "nodes": 4, "min_nodes": 2,
    }  # fmt: skip
    assert (first["launcher"], first["restarts"]) == ("lab", 3)
    second = json.loads(run("train", "--dataset", "mine", *SCRIPT, **server).stdout)
    assert (second["launcher"], second["resources"]["gpus"]) == ("lab", 0), "the default, and nothing asked for"

    def queue() -> Any:
        return json.loads(run("queue", "--json", **server).stdout)

    def waiting() -> Any:
        return queue()[0]["waiting"]

    eventually(lambda: waiting()[0]["waits_for"], every=0.3)
    assert [each["name"] for each in queue()] == ["lab", "local"]
    assert [each["id"] for each in waiting()] == [first["id"], second["id"]]
    shown = " ".join(run("queue", COLUMNS="300", **server).stdout.split())
    for part in (
        "lab (ray, default): 0 running, 2 waiting", "waits (1.) for Ray's dashboard at http://127.0.0.1:9",
        "2 GPUs, 8 CPUs, 16 GiB, H100, licence 1, disk 0.5, on 2 to 4 nodes", f"waits (2.) for job {first['id']}",
        "local (local): 0 of 1 slots taken, 0 waiting",
    ):  # fmt: skip
        assert part in shown

    assert run("jobs", "stop", str(first["id"]), **server).returncode == 0
    resume = ("jobs", "resume", str(first["id"]), "--no-follow", "--json")
    refused = run(*resume, "--launcher", "local", **server)
    assert refused.returncode == 1
    assert "resources.memory" in refused.stderr
    resumed = json.loads(run(*resume, "--launcher", "local", "--gpus", "0", **server).stdout)
    assert (resumed["launcher"], resumed["resources"]["memory"], resumed["resources"]["nodes"]) == ("local", None, 1)


def test_a_wrong_option_is_told_in_a_line(server: dict[str, str], tmp_path: Path) -> None:
    train = ("train", "--dataset", "mine", *SCRIPT)
    for wrong, said in (
        (("--launcher", "moon"), "expected one of: lab, local, external"),
        (("--memory", "much"), "expected a size such as 16GiB"),
        (("--launcher", "local", "--nodes", "2"), "resources.nodes: got 2"),
        (("--nodes", "2", "--min-nodes", "3"), "expected at most nodes"),
    ):
        answer = run(*train, *wrong, **server)
        assert answer.returncode == 1
        assert said in answer.stderr
        assert "Traceback" not in answer.stderr

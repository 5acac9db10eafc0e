"""Sweeps whose trials really train: through the local launcher, early stopping included, and from the command line."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_commands import run
from tests.imports import imported
from tests.launch.conftest import Platform, running
from tests.sweeping import install

from snellen.cli.space import parse_space
from snellen.errors import InvalidInput


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """A running server that has the tuner."""
    install(tmp_path / "site", monkeypatch)
    with running(Platform(tmp_path / "data")) as found:
        yield found


def test_a_sweep_on_this_machine_stops_what_is_not_worth_its_epochs(
    platform: Platform, digits: Path, eventually: Callable[..., Any]
) -> None:
    job = {
        "trainer": "tuner", "model": "small", "task": "detection", "dataset": imported(platform, "digits", digits),
        "epochs": 30, "primary_metric": {"name": "val/score", "source": "reported"}, "hyperparameters": {"pause": 0.3},
    }  # fmt: skip
    body = {
        "name": "lr", "job": job, "space": {"lr": {"type": "choice", "values": [0.3, 0.32, 0.35, 0.8, 0.9, 1.0]}},
        "method": "grid", "early_stopping": {"min_epochs": 1, "reduction": 3}, "seed": 0,
    }  # fmt: skip
    sweep = platform.post("/training/sweeps", body)
    found = eventually(
        lambda: (s := platform.get(f"/training/sweeps/{sweep['id']}"))["state"] != "running" and s, seconds=120
    )
    assert found["state"] == "completed", found
    assert found["best"]["params"] == {"lr": 0.3}
    assert found["counts"]["stopped_early"] >= 1
    assert found["counts"]["completed"] >= 1
    assert found["epochs_saved"] > 20
    for trial in found["items"]:
        assert trial["stopped_early"] == (trial["state"] == "stopped")
        if trial["stopped_early"]:
            assert trial["reason"].startswith("stopped early by the sweep: at epoch ")
            assert trial["epochs"] < 30
    # Nothing runs any more, and what each job says of itself agrees.
    stopped = next(trial for trial in found["items"] if trial["stopped_early"])
    assert platform.job(stopped["job_id"])["exit_reason"] == stopped["reason"]


def test_a_sweep_from_the_command_line(platform: Platform, digits: Path) -> None:
    imported(platform, "digits", digits)

    def snellen(*words: str) -> subprocess.CompletedProcess[str]:
        return run(*words, SNELLEN_URL=platform.url, SNELLEN_TOKEN=platform.token)

    words = ["sweep", "--dataset", "digits", "--trainer", "tuner", "--model", "small", "--epochs", "2", "--trials", "3"]
    words += ["--method", "random", "--seed", "1", "--tag", "night"]
    words += ["--primary-metric", "val/score", "--direction", "max"]
    done = snellen(*words, "lr=log:0.01..1.0", "opt=sgd,adam")
    assert done.returncode == 0, done.stderr
    assert "trial 3 of 3: completed, " in done.stderr
    assert "completed, random, 3/3 trials" in done.stdout
    assert "opt=" in done.stdout
    assert "small on digits" in snellen("sweeps", "list").stdout
    assert '"state": "completed"' in snellen("sweeps", "show", "1", "--json").stdout
    assert snellen("sweeps", "stop", "1").stdout == "sweep 1 is completed\n"
    assert "only a stopped or failed one can be resumed" in snellen("sweeps", "resume", "1").stderr
    failing = snellen(*words, "-p", "fail=true", "lr=0.1,0.2,0.3")
    assert failing.returncode == 1
    assert "its 3 first trials failed, the last one with: " in failing.stdout


@pytest.mark.parametrize("text", ["lr", "lr=", "=1..2", "lr=1..x", "lr=0.1", "lr=..", "lr=1..2:x"])
def test_a_space_that_is_not_understood_is_told_with_an_example(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"NAME=LOW..HIGH|give a range, a list"):
        parse_space([text])


def test_words_for_spaces() -> None:
    assert parse_space(["a=1..4", "b=0.0..1", "c=log:1..64", "d=true,1,x", "e=0.1..0.5:0.1"]) == {
        "a": {"type": "int", "low": 1, "high": 4},
        "b": {"type": "float", "low": 0.0, "high": 1},
        "c": {"type": "int", "low": 1, "high": 64, "log": True},
        "d": {"type": "choice", "values": [True, 1, "x"]},
        "e": {"type": "float", "low": 0.1, "high": 0.5, "step": 0.1},
    }

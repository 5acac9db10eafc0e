"""A job from the command line: a script in this directory, resumed where it failed, its weights begun with again."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_commands import run

from snellen.cli.digits import write_digits
from snellen.cli.jobs import parse_param

SCRIPT = """
from snellen.sdk import open_job

job = open_job()
begun = job.init_from.read_text() if job.init_from else "nothing"
done = int(job.resume_from.read_text()) if job.resume_from else 0
print("begins with", begun, "goes on after", done, flush=True)
for epoch in range(done + 1, job.job.epochs + 1):
    if epoch == 2 and not done:
        raise SystemExit("no luck this time")
    job.log_metrics({"train/loss": 1 / epoch}, epoch=epoch)
    last = job.folder.work / "last.txt"
    last.write_text(str(epoch))
    job.save_checkpoint(last, epoch=epoch)
"""


def read(server: dict[str, str], *arguments: str) -> Any:
    answer = run(*arguments, "--json", **server)
    assert answer.stdout, answer.stderr
    return json.loads(answer.stdout)


def test_a_script_fails_is_resumed_and_another_job_begins_with_its_weights(
    server: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_digits(tmp_path / "d", train=2, val=2, size=96)
    read(server, "datasets", "import", str(tmp_path / "d"), "--name", "mine")
    (tmp_path / "train.py").write_text(SCRIPT)
    monkeypatch.chdir(tmp_path)
    train = ("train", "--dataset", "mine", "--epochs", "2")
    command = ("--", sys.executable, "train.py")
    answer = run(*train, "--json", *command, **server)
    assert answer.returncode == 1
    job = json.loads(answer.stdout)
    assert (job["state"], job["model"]) == ("failed", "train.py")
    assert "no luck this time" in job["exit_reason"]
    assert job["params"] == {"command": [sys.executable, "train.py"], "working_dir": str(tmp_path)}

    resumed = read(server, "jobs", "resume", str(job["id"]))
    assert (resumed["state"], resumed["attempt"]) == ("completed", 2)
    said = run("jobs", "logs", str(job["id"]), **server).stdout
    assert "begins with nothing goes on after 1" in said
    again = run("jobs", "resume", str(job["id"]), **server)
    assert again.returncode == 1
    assert f"--from {job['id']}:last.pt" in again.stderr

    refused = run(*train, "--trainer", "timm", *command, **server)
    assert refused.returncode == 1
    assert "which trainer timm does not take" in refused.stderr
    child = run(*train, "--from", f"{job['id']}:last.txt", "--json", *command, **server)
    parent = {"job_id": job["id"], "checkpoint": "last.txt", "epoch": 2}
    assert json.loads(child.stdout)["parent"] == parent
    said = run("jobs", "logs", str(json.loads(child.stdout)["id"]), **server).stdout
    assert "begins with 2 goes on after 0" in said


def test_a_checkpoint_that_is_not_there_is_told_with_those_that_are(server: dict[str, str], tmp_path: Path) -> None:
    write_digits(tmp_path / "d", train=2, val=2, size=96)
    read(server, "datasets", "import", str(tmp_path / "d"), "--name", "mine")
    train = ("train", "--dataset", "mine", "--epochs", "1", "--trainer", "script", "--no-follow")
    job = read(server, *train, "-p", 'command=["true"]')
    for given, said in (
        (f"{job['id']}:best.pt", f"job {job['id']} has no checkpoint 'best.pt'; it has: none yet"),
        ("best.pt", "expected the id of a checkpoint, or JOB:NAME like 3:best.pt"),
        ("12345", "there is no artifact 12345"),
    ):
        answer = run(*train, "-p", 'command=["true"]', "--from", given, **server)
        assert answer.returncode == 1
        assert said in answer.stderr
        assert "Traceback" not in answer.stderr
    stopped = read(server, "jobs", "stop", str(job["id"]), "--now")
    assert stopped["stop_now"] or stopped["state"] in {"completed", "failed", "stopped"}


def test_a_number_that_is_none_is_refused_in_a_line(server: dict[str, str], tmp_path: Path) -> None:
    write_digits(tmp_path / "d", train=2, val=2, size=96)
    read(server, "datasets", "import", str(tmp_path / "d"), "--name", "mine")
    assert parse_param("lr=-Infinity") == ("lr", "-Infinity")
    assert parse_param("lr=[0.1, 1e999]") == ("lr", [0.1, "1e999"])
    train = ("train", "--dataset", "mine", "--epochs", "1", "--trainer", "timm", "--task", "detection")
    answer = run(*train, "--model", "test_resnet", "-p", "lr=NaN", **server)
    assert answer.returncode == 1
    assert "timm does not do detection" in answer.stderr
    train = ("train", "--dataset", "mine", "--epochs", "1", "--model", "yolo11n.yaml", "-p", "lr0=NaN")
    answer = run(*train, **server)
    assert answer.returncode == 1
    assert "lr0: got 'NaN'" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_jobs_are_tagged_found_again_and_renamed(server: dict[str, str], tmp_path: Path) -> None:
    write_digits(tmp_path / "d", train=2, val=2, size=96)
    read(server, "datasets", "import", str(tmp_path / "d"), "--name", "mine")
    snapshot = read(server, "datasets", "show", "mine")["latest"]["hash"]
    train = ("train", "--dataset", "mine", "--epochs", "1", "--trainer", "script", "--no-follow")
    named = ("--name", "needle", "--tag", "Night  shift", "--tag", "sweep", "--snapshot", snapshot)
    measured = ("--primary-metric", "val/surprise", "--direction", "min")
    job = read(server, *train, "-p", 'command=["true"]', *named, *measured)
    assert job["primary_metric"] == {"name": "val/surprise", "direction": "min", "source": "reported"}
    unnamed = run(*train, "-p", 'command=["true"]', "--direction", "min", **server)
    assert "--direction: got min without --primary-metric; name the metric, too" in unnamed.stderr
    assert (job["tags"], job["dataset"]["snapshot"]) == (["night shift", "sweep"], snapshot)
    read(server, *train, "-p", 'command=["true"]', "--tag", "sweep")
    for query in (("--tag", "sweep", "--tag", "night shift"), ("--search", "NEEDLE"), ("--search", f"#{job['id']}")):
        assert [each["id"] for each in read(server, "jobs", "list", *query)] == [job["id"]]
    changed = read(server, "jobs", "change", str(job["id"]), "--name", "thread", "--no-tags")
    assert (changed["name"], changed["tags"]) == ("thread", [])
    for wrong in ((), ("--tag", "a", "--no-tags"), ("--tag", "a,b")):
        answer = run("jobs", "change", str(job["id"]), *wrong, **server)
        assert answer.returncode == 1
        assert "Traceback" not in answer.stderr

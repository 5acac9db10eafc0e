"""Trainers come through entry points, a folder runs to its end, and how it ended is written down."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import snellen.sdk
from snellen.contract.folder import JobFolder
from snellen.errors import DuplicateName, ExtraMissing, TrainerUnknown
from snellen.sdk import available_trainers, load_trainer
from snellen.sdk.runner import run_folder

Plugin = Callable[..., Path]
MakeFolder = Callable[..., JobFolder]
PROBE = """
import os, signal, sys
from snellen.contract.tasks import Task
from snellen.sdk import Trainer

class Probe(Trainer):
    name = "probe"
    tasks = (Task.DETECTION,)
    models = ("any.yaml",)

    def version(self):
        print("a framework greets")
        return "1.0"

    def schema(self, task):
        return {"type": "object", "properties": {"act": {"type": "string"}}}

    def run(self, ctx):
        exec(ctx.params.get("act", ""), {"ctx": ctx, "os": os, "signal": signal, "sys": sys})
"""


@pytest.fixture
def probe(plugin: Plugin) -> Path:
    return plugin("probe_trainer", PROBE, {"probe": "probe_trainer:Probe"})


def outcome(folder: JobFolder) -> dict[str, Any]:
    return json.loads((folder.root / "outcome.json").read_text(encoding="utf-8"))


def test_an_unknown_trainer_is_told_with_those_there_are(probe: Path) -> None:
    with pytest.raises(TrainerUnknown, match=r"got 'torchless', expected one of: .*probe"):
        load_trainer("torchless")


def test_two_trainers_of_one_name_are_an_error_that_names_both(plugin: Plugin) -> None:
    plugin("one", PROBE, {"twin": "one:Probe"})
    plugin("two", PROBE, {"twin": "two:Probe"})
    with pytest.raises(DuplicateName, match=r"(?s)(one:Probe.*two:Probe|two:Probe.*one:Probe)"):
        available_trainers()


def test_a_trainer_whose_module_can_not_be_imported_says_what_to_install(plugin: Plugin) -> None:
    plugin("needy", "import a_framework_that_nobody_has\n", {"needy": "needy:Trainer"})
    with pytest.raises(ExtraMissing, match=r"a_framework_that_nobody_has.*pip install 'needy'"):
        load_trainer("needy")


def test_an_entry_point_that_leads_nowhere_or_to_no_trainer_is_told(plugin: Plugin) -> None:
    plugin("hollow", "value = int\n", {"gone": "hollow:Missing", "wrong": "hollow:value"})
    with pytest.raises(TrainerUnknown, match="does not exist"):
        load_trainer("gone")
    with pytest.raises(TrainerUnknown, match=r"no snellen\.sdk\.Trainer"):
        load_trainer("wrong")


def test_ours_come_through_the_same_door(probe: Path) -> None:
    assert {"probe", "ultralytics"} <= set(available_trainers())
    assert list(available_trainers()) == sorted(available_trainers())


def test_a_trainer_that_returns_has_completed(probe: Path, job_folder: MakeFolder) -> None:
    folder = job_folder(act="ctx.note = 'stopped early'")
    assert run_folder(folder.root) == 0
    assert outcome(folder) == {"state": "completed", "reason": "stopped early", "detail": None}


def test_a_trainer_that_was_asked_to_stop_and_returns_has_stopped(probe: Path, job_folder: MakeFolder) -> None:
    folder = job_folder(act="ctx.folder.stop_file.touch(); assert ctx.should_stop()")
    assert run_folder(folder.root) == 0
    assert outcome(folder)["state"] == "stopped"


@pytest.mark.parametrize(
    ("act", "status", "reason"),
    [
        ("raise ValueError('no such layer')", 1, "ValueError: no such layer"),
        ("sys.exit(0)", 1, "the trainer called sys.exit(0) instead of returning"),
        ("sys.exit('bye')", 1, "the trainer called sys.exit('bye') instead of returning"),
        ("os.kill(os.getpid(), signal.SIGINT)", 130, "interrupted (Ctrl-C, or the signal SIGINT)"),
        ("raise OSError('caf\\udce9')", 1, "OSError: caf?"),
    ],
)
def test_a_trainer_that_leaves_in_another_way_has_failed_with_the_reason(
    probe: Path, job_folder: MakeFolder, act: str, status: int, reason: str
) -> None:
    folder = job_folder(act=act)
    # What is started in the background of a shell ignores Ctrl-C, and so would this test.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert run_folder(folder.root) == status
    finally:
        signal.signal(signal.SIGINT, before)
    found = outcome(folder)
    assert (found["state"], found["reason"]) == ("failed", reason)
    assert "Traceback" in found["detail"]


def test_a_job_and_a_dataset_are_enough_for_a_folder(probe: Path, tmp_path: Path, job_folder: MakeFolder) -> None:
    by_hand = JobFolder(tmp_path / "by-hand")
    by_hand.root.mkdir()
    act = "(ctx.folder.work / 'last.pt').write_text('w'); ctx.save_checkpoint(ctx.folder.work / 'last.pt', epoch=1)"
    by_hand.spec_file.write_bytes(job_folder(act=act).spec_file.read_bytes())
    assert run_folder(by_hand.root) == 0
    assert [path.suffix for path in by_hand.checkpoints.iterdir()] == [".pt"]


def test_a_folder_without_a_job_fails_and_says_so(tmp_path: Path) -> None:
    assert run_folder(tmp_path) == 1
    assert "expected a job folder" in outcome(JobFolder(tmp_path))["reason"]


def sdk(*arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **({"PYTHONPATH": str(path)} if path else {})}
    command = [sys.executable, "-m", "snellen.sdk", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)


def test_a_job_runs_by_hand_and_a_trainer_describes_itself(probe: Path, job_folder: MakeFolder) -> None:
    folder = job_folder(act="print('trained')")
    run = sdk(str(folder.root), path=probe)
    assert (run.returncode, run.stdout) == (0, "trained\n")
    described = sdk("describe", "probe", path=probe)
    assert json.loads(described.stdout) == {
        "name": "probe",
        "version": "1.0",
        "tasks": ["detection"],
        "schema": {"detection": {"type": "object", "properties": {"act": {"type": "string"}}}},
        "models": ["any.yaml"],
        "own_models": "",
        "runs_code": False,
        "several_nodes": False,
        "dataset_format": "yolo",
        "conformance": {"detection": {"model": "any.yaml", "params": {}}},
    }
    assert "a framework greets" in described.stderr


def test_wrong_arguments_show_the_usage() -> None:
    for arguments in ((), ("--help",), ("describe",), ("a", "b", "c")):
        answer = sdk(*arguments)
        assert answer.returncode == 2
        assert answer.stderr.startswith("usage:")
    assert "expected one of" in sdk("describe", "nobody").stderr


def test_importing_the_sdk_is_light() -> None:
    code = "import sys, snellen.sdk; print([m for m in sys.modules if '.' not in m])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    heavy = {"torch", "numpy", "polars", "fastapi", "sqlalchemy", "pydantic", "httpx", "ultralytics", "obstore", "PIL"}
    assert heavy.intersection(eval(loaded)) == set()  # noqa: S307


def test_the_public_surface_is_sorted_and_there() -> None:
    assert snellen.sdk.__all__ == sorted(snellen.sdk.__all__)
    for name in snellen.sdk.__all__:
        assert getattr(snellen.sdk, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = snellen.sdk.nothing

"""The conformance suite: a sound trainer passes all of it, and each broken one fails where it is broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.packages import put_metadata
from typer.testing import CliRunner

from snellen.cli.app import app
from snellen.contract.tasks import Task
from snellen.errors import InvalidInput
from snellen.sdk.conformance import CHECKS, Conformance, NotChecked, NotConforming
from snellen.sdk.conformance.conformance import python_for
from snellen.sdk.testing import TrainerSuite

Install = Callable[[str], Conformance]
SOURCE = Path(__file__).with_name("tiny_trainer.py").read_text(encoding="utf-8")


def put_tiny(site: Path, fault: str = "") -> None:
    """Install the tiny trainer as pip would."""
    put_metadata(site, "tiny", {"tiny": "tiny_trainer:TinyTrainer"})
    assert 'FAULT = ""' in SOURCE
    (site / "tiny_trainer.py").write_text(SOURCE.replace('FAULT = ""', f'FAULT = "{fault}"'))


class TestTiny(TrainerSuite):
    """Nothing but the name, and where it is installed."""

    trainer = "tiny"

    @pytest.fixture(autouse=True, scope="class")
    def _installed(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
        site = tmp_path_factory.mktemp("site")
        put_tiny(site)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", str(site))
            yield


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs the tiny trainer with a fault; its checks for detection."""

    def install(fault: str) -> Conformance:
        put_tiny(tmp_path / "site", fault)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
        return Conformance("tiny", tmp_path / "bench", tasks=[Task.DETECTION])

    return install


@pytest.mark.parametrize(
    ("fault", "check", "reason"),
    [
        ("bad-default", "describe", "defaults don't pass the schema: lr: 2 is greater"),
        ("skips-validation", "train", r"validated epochs \[1, 3\], expected \[1, 2, 3\]"),
        ("no-progress", "train", "no progress was told"),
        ("needs-platform", "alone", "KeyError: 'SNELLEN_URL'"),
        ("wrong-columns", "predictions", r"epoch 1: a validation without predictions .*no column class_id"),
        ("wrong-class", "predictions", "epoch 1: .*class_id is 7; expected 0 to 1"),
        ("forgets-images", "predictions", r"epoch 1: not evaluated: images/val/größe 2\.png"),
        ("no-json", "journal", "is no JSON .*NaN"),
        ("odd-name", "checkpoints", r"no checkpoint named last… .*weights\.npz"),
        ("writes-outside", "places", r"written outside the job's folder: .*summary\.csv"),
        ("writes-home", "places", r"written outside the job's folder: .*home/\.tiny"),
        ("changes-dataset", "places", "changed or removed: dataset/images/val/"),
        ("ignores-stop", "stop", "expected the state stopped, it is completed"),
        ("ignores-stop-now", "stop-now", r"epoch 1 was finished and validated"),
        ("doubles-epoch", "resume", r"validated epochs \[1, 2, 3\], expected \[2, 3\]"),
        ("strips", "resume", r"validated epochs \[1, 2, 3\], expected \[2, 3\]"),
        ("counts-batches-anew", "resume", "told by both attempts: batch/loss at step 0"),
        ("new-key", "resume", "missing: none, new: train/other"),
        ("restarts-rate", "schedule", "lr at step 2 is 0.1 after the resume, 0.075 without a break"),
        ("odd-name", "resume", r"no checkpoint named last… .*weights\.npz"),
        ("doubles-epoch", "kill", r"validated epochs \["),
        ("needs-platform", "kill", "it ended .failed: KeyError: 'SNELLEN_URL'. before it told a checkpoint"),
        ("trusts-cut", "cut-checkpoint", "from half a checkpoint it trained epochs"),
        ("mute", "cut-checkpoint", "doesn't say that it is the checkpoint: 'ValueError: bad file'"),
        ("ignores-init", "fine-tune", "from scratch .train/loss.; read the weights at ctx.init_from"),
        ("takes-any-parameter", "bad-parameter", "no_such_parameter was taken .completed."),
        ("lax", "bad-parameter", "the schema takes anything for batch"),
        ("takes-any-model", "unknown-model", "of a model that doesn't exist, 'no-such-model'"),
        ("curt", "unknown-model", "what to do: \"KeyError: 'no-such-model'\""),
    ],
)
def test_a_broken_trainer_fails_the_check_of_what_is_broken(
    broken: Install, fault: str, check: str, reason: str
) -> None:
    with pytest.raises(NotConforming, match=f"(?s)detection: .*{reason}"):
        broken(fault).check(check)


def test_a_trainer_that_hangs_is_ended_and_told(broken: Install, tmp_path: Path) -> None:
    broken("")
    source = SOURCE.replace("learnt, speed, first = 8.0, 0.0, 1", "import threading; threading.Event().wait()")
    (tmp_path / "site" / "tiny_trainer.py").write_text(source)
    conformance = Conformance("tiny", tmp_path / "bench", tasks=[Task.POSE])
    assert conformance.description
    conformance._bench.seconds = 1
    with pytest.raises(NotConforming, match="pose: expected the state completed, it is failed: it was ended after 1 s"):
        conformance.check("train")


def test_a_check_that_is_broken_off_leaves_nothing_running(broken: Install, tmp_path: Path) -> None:
    broken("")
    source = SOURCE.replace("learnt, speed, first = 8.0, 0.0, 1", "import threading; threading.Event().wait()")
    (tmp_path / "site" / "tiny_trainer.py").write_text(source)
    conformance = Conformance("tiny", tmp_path / "bench", tasks=[Task.POSE])
    conformance.run_ahead()
    conformance.close()
    with pytest.raises(NotConforming, match="pose: "):
        conformance.check("train")


def test_each_check_has_a_test_of_its_title() -> None:
    titled = {"test_" + check.title.replace(",", "").replace("'", "").replace(" ", "_") for check in CHECKS}
    assert {name for name in vars(TrainerSuite) if name.startswith("test_")} == titled


def test_a_suite_without_a_trainer_says_what_to_set(tmp_path: Path) -> None:
    file = tmp_path / "test_mine.py"
    file.write_text("from snellen.sdk.testing import TrainerSuite\n\nclass TestMine(TrainerSuite):\n    pass\n")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(file)]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=alone, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "TestMine: trainer is not set; expected the name of an entry point in snellen.trainers" in done.stdout


def test_a_trainer_that_nobody_installed_is_one_finding_with_those_there_are(tmp_path: Path) -> None:
    found = list(Conformance("nobody", tmp_path).findings())
    assert [(each.check, each.task, each.ok) for each in found] == [("describe", None, False)]
    assert "got 'nobody', expected one of: " in str(found[0].reason)


def test_a_task_that_the_trainer_does_not_do_is_refused(broken: Install, tmp_path: Path) -> None:
    broken("")
    (tmp_path / "site" / "tiny_trainer.py").write_text(SOURCE.replace("tasks = tuple(Task)", "tasks = (Task.POSE,)"))
    with pytest.raises(InvalidInput, match="tiny does not do detection; it does: pose"):
        Conformance("tiny", tmp_path / "bench", tasks=["detection"]).check("describe")


def test_what_a_trainer_does_not_offer_is_not_checked(broken: Install, tmp_path: Path) -> None:
    broken("")
    (tmp_path / "site" / "tiny_trainer.py").write_text(SOURCE.replace('models = ("tiny-1", "tiny-2")', "models = ()"))
    with pytest.raises(NotChecked, match="detection: it offers no models by name"):
        Conformance("tiny", tmp_path / "bench", tasks=["detection"]).check("unknown-model")


def test_the_python_of_a_trainer_comes_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert python_for("tiny") == sys.executable
    monkeypatch.setenv("SNELLEN_TRAINER_PYTHON", "/venvs/all/bin/python")
    monkeypatch.setenv("SNELLEN_TRAINER_PYTHONS", '{"tiny": "/venvs/tiny/bin/python"}')
    assert python_for("tiny") == "/venvs/tiny/bin/python"
    assert python_for("other") == "/venvs/all/bin/python"
    monkeypatch.setenv("SNELLEN_TRAINER_PYTHONS", "[")
    with pytest.raises(InvalidInput, match=r"SNELLEN_TRAINER_PYTHONS: got '\[', expected \{trainer: path\}"):
        python_for("tiny")


def test_another_python_runs_the_trainer(broken: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken("")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho asked >> {tmp_path}/asked\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    conformance = Conformance("tiny", tmp_path / "bench", python="./python", tasks=["detection"])
    conformance.check("stop-now")
    assert (tmp_path / "asked").read_text() == "asked\n" * 2
    with pytest.raises(NotConforming, match="nowhere/python can't be run"):
        Conformance("tiny", tmp_path / "bench", python="/nowhere/python").check("describe")


def test_the_command_line_says_what_fails_and_keeps_its_folder(
    broken: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken("forgets-images")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "default-data").mkdir()
    config = f'[trainer_pythons]\ntiny = "{tmp_path}/nowhere"\n'
    (tmp_path / "default-data" / "snellen.toml").write_text(config)
    done = CliRunner().invoke(app, ["trainers", "check", "tiny"])
    assert (done.exit_code, "nowhere can't be run" in done.stdout) == (1, True)
    done = CliRunner().invoke(app, ["trainers", "check", "tiny", "--task", "detection", "--python", sys.executable])
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert lines[-1] == "15 ok, 1 FAILED"
    failed = next(number for number, line in enumerate(lines) if line.startswith("FAILED"))
    assert lines[failed].split()[1:5] == ["detection", "its", "predictions", "can"]
    assert lines[failed + 1].strip().startswith("epoch 1: not evaluated: images/val/")
    kept = Path(done.stderr.rpartition(": ")[2].strip())
    assert all((folder / "log.txt").is_file() for folder in kept.iterdir())


def test_the_command_line_says_it_to_programs_and_leaves_nothing(
    broken: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken("")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    options = ["--task", "classification", "--python", sys.executable, "--json"]
    done = CliRunner().invoke(app, ["trainers", "check", "tiny", *options])
    assert done.exit_code == 0
    report = json.loads(done.stdout)
    assert (report["trainer"], report["version"], report["python"]) == ("tiny", "1.0", sys.executable)
    assert (report["ok"], report["folder"]) == (True, None)
    assert [(each["check"], each["ok"]) for each in report["checks"]] == [(check.name, True) for check in CHECKS]
    assert list((tmp_path / "temporary").iterdir()) == []


def test_the_suite_draws_the_same_pictures_each_time(tmp_path: Path) -> None:
    from snellen.sdk.conformance.shapes import draw_shapes

    for task in Task:
        first, second = (draw_shapes(tmp_path / name / task, task) for name in ("a", "b"))
        assert first.ref == second.ref
        assert first.snapshot.info.by_split == {"train": 8, "val": 2}
        first.export(tmp_path / "exported" / task)
        assert os.path.isfile(tmp_path / "exported" / task / "path_map.json")

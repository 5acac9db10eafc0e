"""Trainers in environments of their own: offered, described and run by the Python that has them."""

from __future__ import annotations

import sys
import sysconfig
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.imports import imported
from tests.launch.conftest import Platform, running
from tests.launch.test_supervise import ended
from tests.packages import put_metadata

from snellen.contract.tasks import Task
from snellen.errors import InvalidInput
from snellen.server.jobs import catalogue as catalogue_module
from snellen.server.jobs.catalogue import TrainerCatalogue

GUEST = """
import sys
from snellen.contract.tasks import Task
from snellen.sdk import Trainer

class Guest(Trainer):
    name = "guest"
    tasks = (Task.DETECTION,)

    def version(self):
        return "7.0"

    def schema(self, task):
        return {"type": "object", "additionalProperties": False, "properties": {}}

    def run(self, ctx):
        print("the guest is run by", sys.executable)
        ctx.log_validation(1, metrics={"val/score": 0.5})
"""


@pytest.fixture(scope="module")
def other_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another environment: it has Snellen, and a trainer that this one doesn't have."""
    home = tmp_path_factory.mktemp("environment") / "venv"
    venv.create(home, with_pip=False)
    site = next(home.glob("lib/python3*/site-packages"))
    (site / "shared.pth").write_text(f"{sysconfig.get_path('purelib')}\n{Path(__file__).parents[2] / 'src'}\n")
    put_metadata(site, "guest", {"guest": "guest:Guest"})
    (site / "guest.py").write_text(GUEST)
    return home / "bin" / "python"


@pytest.fixture
def shared(tmp_path: Path, other_python: Path) -> Iterator[Platform]:
    """A server whose trainer `guest` lives elsewhere."""
    with running(Platform(tmp_path / "data", trainer_pythons={"guest": other_python})) as found:
        yield found


def test_a_trainer_of_another_environment_is_offered_and_runs_there(
    shared: Platform, other_python: Path, digits: Path, eventually: Callable[..., Any]
) -> None:
    listed = {t["name"]: t for t in shared.get("/trainers")["items"]}
    assert (listed["guest"]["version"], listed["guest"]["installed"]) == ("7.0", True)
    assert listed["script"]["installed"]
    imported(shared, "digits", digits)
    body = {"trainer": "guest", "dataset": "digits", "task": "detection", "model": "any", "epochs": 1}
    job_id = shared.post("/training/jobs", body)["id"]
    assert eventually(lambda: ended(shared, job_id))["state"] == "completed"
    lines = [row["text"] for row in shared.get(f"/training/jobs/{job_id}/logs")["items"]]
    assert f"the guest is run by {other_python}" in lines


def test_the_python_of_all_trainers_is_asked_for_their_names_once(tmp_path: Path, other_python: Path) -> None:
    catalogue = TrainerCatalogue(other_python, tmp_path / "cache")
    assert "guest" in catalogue.names()
    assert "script" in catalogue.names()
    kept = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "cache").iterdir()}
    assert TrainerCatalogue(other_python, tmp_path / "cache").names() == catalogue.names()
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "cache").iterdir()} == kept


@pytest.mark.parametrize(
    ("python", "said"),
    [
        (
            "/nowhere/bin/python",
            "/nowhere/bin/python can't be run (No such file or directory); see SNELLEN_TRAINER_PYTHON",
        ),
        ("/bin/false", "no output"),
        ("/bin/echo", "/bin/echo gave no answer that is understood ('-m snellen.sdk describe guest')"),
    ],
)
def test_a_python_that_does_not_work_is_told_with_its_trainer(tmp_path: Path, python: str, said: str) -> None:
    catalogue = TrainerCatalogue(Path(sys.executable), tmp_path / "cache", {"guest": Path(python)})
    found = catalogue.describe("guest")
    assert (found["installed"], found["version"]) == (False, None)
    assert said in found["install"]
    with pytest.raises(InvalidInput, match=f"trainer guest: it can't be used by {python}"):
        catalogue.check("guest", Task.DETECTION, {})


def test_a_python_that_was_mended_is_believed_again_and_until_then_is_not_asked_by_everybody(
    tmp_path: Path, other_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, works = tmp_path / "asked", tmp_path / "works"
    wrapper = tmp_path / "python"
    wrapper.write_text(f'#!/bin/sh\necho x >> {asked}\ntest -e {works} || exit 1\nexec {other_python} "$@"\n')
    wrapper.chmod(0o755)
    catalogue = TrainerCatalogue(Path(sys.executable), tmp_path / "cache", {"guest": wrapper})
    assert not any(catalogue.describe("guest")["installed"] for _ in range(3))
    assert asked.read_text() == "x\n"
    works.touch()
    monkeypatch.setattr(catalogue_module, "AGAIN_SECONDS", 0.0)
    later = TrainerCatalogue(Path(sys.executable), tmp_path / "cache", {"guest": wrapper})
    works.unlink()
    assert not later.describe("guest")["installed"]
    works.touch()
    assert later.describe("guest")["installed"]
    assert later.describe("guest")["version"] == "7.0"
    assert asked.read_text() == "x\n" * 3


def test_an_environment_without_snellen_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    venv.create(tmp_path / "bare", with_pip=False)
    bare = tmp_path / "bare" / "bin" / "python"
    found = TrainerCatalogue(Path(sys.executable), tmp_path / "cache", {"guest": bare}).describe("guest")
    assert found["install"] == f"{bare} has no snellen; install it there: {bare} -m pip install snellen"
    assert "script" in TrainerCatalogue(bare, tmp_path / "cache").names()

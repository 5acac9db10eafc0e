"""Trainers as another user of the machine: what a rogue one reaches, what is stored of it, and that it ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.imports import imported
from tests.launch import rogue
from tests.launch.conftest import Platform, running
from tests.packages import put_metadata

import snellen
from snellen.errors import StartRefused
from snellen.launch.enrol import prepare
from snellen.launch.processes import processes_of_group
from snellen.launch.testing import spec_without_dataset
from snellen.launch.trainer_user import TrainerUser, job_group
from snellen.server.app import create_app
from snellen.server.settings import load

Eventually = Callable[..., Any]
USER = "snellen-test"
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to start processes as another user")


@pytest.fixture(scope="module")
def user() -> Iterator[TrainerUser]:
    """A user of the machine, made for these tests."""
    subprocess.run(["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER], check=True)
    yield TrainerUser.named(USER)
    subprocess.run(["userdel", USER], check=True)


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that others may pass through; pytest's own are closed. A server there changes the umask."""
    found = Path(tempfile.mkdtemp(prefix="snellen-"))
    found.chmod(0o711)
    before = os.umask(0o022)
    yield found
    os.umask(before)
    shutil.rmtree(found)


@pytest.fixture
def python(user: TrainerUser, place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Python that the user may run, with Snellen and the rogue trainer."""
    site = place / "site"
    put_metadata(site, "rogue", {"rogue": "rogue:Rogue"})
    shutil.copy(rogue.__file__, site / "rogue.py")
    monkeypatch.syspath_prepend(str(site))
    source, packages = Path(snellen.__file__).parents[1], Path(pytest.__file__).parents[1]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (site, source, packages))))
    system = Path(f"/usr/bin/python3.{sys.version_info.minor}")
    for candidate in (Path(sys.executable), system):
        command = [str(candidate), "-c", "import snellen.sdk"]
        try:
            if subprocess.run(command, **user.asking_options(), capture_output=True).returncode == 0:
                return candidate
        except OSError:
            continue
    pytest.skip(f"neither {sys.executable} nor {system} can be run by another user")


@pytest.fixture
def platform(user: TrainerUser, python: Path, place: Path) -> Iterator[Platform]:
    with running(Platform(place / "data", trainer_user=USER, trainer_python=python)) as found:
        yield found


def begin(platform: Platform, digits: Path, **params: Any) -> int:
    dataset = imported(platform, f"digits-{len(platform.get('/datasets')['items'])}", digits)
    body = {
        "model": "wood", "epochs": 1, "trainer": "rogue", "dataset": dataset, "task": "detection",
        "hyperparameters": {"data_dir": str(platform.data_dir), **params},
    }  # fmt: skip
    return int(platform.post("/training/jobs", body)["id"])


def ended(platform: Platform, job_id: int) -> Any:
    job = platform.job(job_id)
    return job if job["state"] not in {"queued", "starting", "running"} else None


def report(platform: Platform, job_id: int) -> dict[str, Any]:
    return dict(json.loads((platform.folder(job_id).work / "report.json").read_text()))


def test_a_rogue_trainer_reaches_its_folder_and_nothing_else_of_ours(
    platform: Platform, user: TrainerUser, digits: Path, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "server's secret")
    before = begin(platform, digits)
    eventually(lambda: ended(platform, before), seconds=90)
    job_id = begin(platform, digits)
    job = eventually(lambda: ended(platform, job_id), seconds=90)
    assert (job["state"], job["exit_reason"]) == ("completed", None)
    found = report(platform, job_id)
    environment, status, ids = found.pop("environment"), found.pop("status"), found.pop("ids")
    assert [what for what, came_of_it in found.items() if came_of_it == "did it"] == []
    assert len(found) > 25
    assert ids == [user.uid] * 3 + [user.gid] * 3
    assert "NoNewPrivs:\t1" in status
    assert {f"Cap{kind}:\t{0:016x}" for kind in ("Inh", "Prm", "Eff", "Amb")} <= set(status.splitlines())
    assert "server's secret" not in json.dumps(environment)
    assert not [name for name in environment if name.startswith("SNELLEN_")]
    folder = platform.folder(job_id)
    assert (environment["HOME"], environment["TMPDIR"]) == (str(folder.home), str(folder.temporary))


def test_of_what_a_rogue_trainer_announces_only_plain_files_of_its_own_are_stored_and_the_rest_is_told(
    platform: Platform, digits: Path, eventually: Eventually
) -> None:
    job_id = begin(platform, digits)
    eventually(lambda: ended(platform, job_id), seconds=90)
    stored = {a["name"] for a in platform.get(f"/training/jobs/{job_id}/artifacts")["items"]}
    assert stored == {"good.png", "good.pt"}
    lines = [row["text"] for row in platform.get(f"/training/jobs/{job_id}/logs", limit=1000)["items"]]
    text = "\n".join(lines)
    for name in ("token.png", "passwd.png", "above.png", "absolute.png", "zero.png", "spec.json", "pipe.pt", "etc.pt"):
        assert f"'{name}' could not be stored" in text, name
    assert "belongs to user 0" in text
    assert "is no plain file" in text
    assert "link" in text
    assert text.count("no event") >= 3
    assert any(line.startswith("rogue: done") for line in lines)
    token = (platform.data_dir / "token").read_text().strip()
    assert token not in text


def test_what_a_trainer_left_running_ends_with_it(platform: Platform, digits: Path, eventually: Eventually) -> None:
    job_id = begin(platform, digits, daemon=True)
    eventually(lambda: ended(platform, job_id), seconds=90)
    daemon = int((platform.folder(job_id).work / "daemon").read_text())
    eventually(lambda: not psutil.pid_exists(daemon))
    assert processes_of_group(job_group(job_id)) == []


def test_the_supervisor_that_takes_over_ends_all_that_the_trainer_left(
    platform: Platform, digits: Path, eventually: Eventually
) -> None:
    job_id = begin(platform, digits, daemon=True, wait=True)
    folder = platform.folder(job_id)
    eventually((folder.work / "daemon").exists, seconds=60)
    first = json.loads((folder.supervisor / "supervisor.json").read_text())
    psutil.Process(first["pid"]).kill()
    eventually(lambda: json.loads((folder.supervisor / "supervisor.json").read_text())["pid"] != first["pid"])
    eventually(lambda: "taking over" in folder.supervisor_log.read_text())
    assert len(processes_of_group(job_group(job_id))) == 2
    (folder.work / "go").touch()
    eventually(lambda: ended(platform, job_id), seconds=60)
    eventually(lambda: processes_of_group(job_group(job_id)) == [])


def test_a_job_that_is_ended_from_outside_leaves_nothing_whatever_session_it_is_in(
    platform: Platform, digits: Path, eventually: Eventually
) -> None:
    job_id = begin(platform, digits, daemon=True, wait=True)
    eventually((platform.folder(job_id).work / "daemon").exists, seconds=60)
    (handle,) = platform.handles()
    psutil.Process(handle["pid"]).kill()
    platform.state.parts["scheduler"].launcher("local").kill(handle)
    assert processes_of_group(job_group(job_id)) == []


@pytest.mark.parametrize(("name", "why"), [("nobody-of-that-name", "useradd"), ("root", "read everything")])
def test_a_user_that_would_be_no_wall_is_refused(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(StartRefused, match=why):
        create_app(load(data_dir=tmp_path, mlflow_uri="off", trainer_user=name))


def test_a_python_that_the_user_cant_run_is_refused(user: TrainerUser, place: Path) -> None:
    hidden = place / "hidden"
    hidden.mkdir(mode=0o700)
    (hidden / "python").symlink_to("/usr/bin/python3")
    with pytest.raises(StartRefused, match="SNELLEN_TRAINER_PYTHON"):
        create_app(load(data_dir=place / "data", mlflow_uri="off", trainer_user=USER, trainer_python=hidden / "python"))


def test_a_data_directory_that_the_user_cant_reach_is_refused(user: TrainerUser, python: Path, place: Path) -> None:
    (place / "closed").mkdir(mode=0o700)
    settings = load(data_dir=place / "closed/data", mlflow_uri="off", trainer_user=USER, trainer_python=python)
    with pytest.raises(StartRefused, match="pass through"):
        create_app(settings)


def test_a_store_elsewhere_that_the_user_can_read_is_refused_and_named(
    user: TrainerUser, python: Path, place: Path
) -> None:
    (place / "store").mkdir(mode=0o755)
    given = {"trainer_user": USER, "trainer_python": python, "internal_store": str(place / "store")}
    with pytest.raises(StartRefused, match=r"can read .*store"):
        create_app(load(data_dir=place / "data", mlflow_uri="off", **given))


def test_what_lay_open_in_the_data_directory_is_closed(user: TrainerUser, python: Path, place: Path) -> None:
    data = place / "data"
    (data / "internal").mkdir(parents=True, mode=0o755)
    (data / "snellen.toml").write_text("slots = 1\n")
    app = create_app(load(data_dir=data, mlflow_uri="off", trainer_user=USER, trainer_python=python))
    app.state.lock.close()
    modes = {path.name: path.stat().st_mode & 0o077 for path in data.iterdir()}
    assert modes.pop("jobs") == 0o011
    assert set(modes.values()) == {0}


def test_a_node_of_a_cluster_gives_a_jobs_folder_to_the_trainers_user_and_nothing_else(
    user: TrainerUser, python: Path, place: Path
) -> None:
    config = {"trainer_user": USER, "trainer_python": str(python)}
    (place / "node" / "datasets").mkdir(parents=True)
    told = {"spec": spec_without_dataset().to_json(), "config": config}
    folder, told_on = prepare(place / "node", "snellen-1-1-x", told, server="http://server", token="t")
    assert told_on["trainer_user"] == USER
    assert folder.work.stat().st_uid == user.uid
    assert folder.supervisor.stat().st_uid == os.geteuid()
    seen = "import os, sys; print([os.access(path, os.R_OK) for path in sys.argv[1:]])"
    paths = [folder.spec_file, place / "node" / "datasets", place / "node" / "jobs"]
    answer = subprocess.run(
        [str(python), "-c", seen, *map(str, paths)],
        **user.process_options(job_id=1),
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == "[True, False, False]"

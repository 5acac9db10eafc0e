"""The trainer ``script``: what a program is given, how its end is told, and that nothing of it stays behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import psutil
import pytest

from snellen.contract.folder import JobFolder
from snellen.contract.spec import JobSpec
from snellen.contract.tasks import Task, default_primary
from snellen.errors import InvalidInput, ProcessFailed
from snellen.sdk import JobContext, open_job
from snellen.trainers.script import ScriptTrainer, process, trainer

Eventually = Callable[..., Any]
MakeJob = Callable[..., JobFolder]


@pytest.fixture
def job(tmp_path: Path) -> MakeJob:
    def make(*command: str, **fields: Any) -> JobFolder:
        spec: dict[str, Any] = {
            "job_id": 7, "attempt": 1, "name": "own", "trainer": "script", "task": Task.DETECTION, "model": "own",
            "epochs": 3, "primary_metric": default_primary(Task.DETECTION), **fields,
        }  # fmt: skip
        spec["params"] = {"command": list(command), **fields.get("params", {})}
        folder = JobFolder(tmp_path / "job")
        folder.create(JobSpec(**spec))
        return folder

    return make


def start(folder: JobFolder, **environment: str) -> subprocess.Popen[bytes]:
    """The trainer's process, as a supervisor starts it."""
    with folder.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "snellen.sdk", str(folder.root)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0, env={**os.environ, **environment},
        )  # fmt: skip


def outcome(folder: JobFolder) -> tuple[str, str | None, str | None]:
    said = json.loads(folder.outcome.read_text())
    return said["state"], said["reason"], said["detail"]


def warnings(folder: JobFolder) -> list[str]:
    events = map(json.loads, folder.events.read_text().splitlines() if folder.events.exists() else [])
    return [line for e in events if e["type"] == "log" and e["level"] == "warning" for line in e["lines"]]


def gone(pid: int) -> bool:
    """Whether a process of these tests has ended; its number may be somebody else's by now."""
    try:
        process = psutil.Process(pid)
        return process.status() == psutil.STATUS_ZOMBIE or "sleep" not in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return True


def test_a_script_is_given_its_folder_its_checkpoints_and_its_environment(job: MakeJob) -> None:
    shown = "import json, os, sys; json.dump([dict(os.environ), os.getcwd(), sys.argv, sys.executable], open('e', 'w'))"
    folder = job(
        "python", "-c", shown, "two words", "$HOME",
        params={"environment": {"MINE": "ä b", "PYTHONUNBUFFERED": ""}, "lr": 0.1},
        resume_from="weights/resume.bin", init_from="weights/init.bin",
    )  # fmt: skip
    assert start(folder, PATH="/usr/bin", SNELLEN_INIT_FROM="/stale").wait(30) == 0
    environment, where, arguments, python = json.loads((folder.work / "e").read_text())
    assert outcome(folder) == ("completed", None, None)
    assert environment["SNELLEN_JOB_FOLDER"] == str(folder.root)
    assert environment["SNELLEN_RESUME_FROM"] == str(folder.root / "weights" / "resume.bin")
    assert environment["SNELLEN_INIT_FROM"] == str(folder.root / "weights" / "init.bin")
    assert environment["PATH"] == f"{Path(sys.executable).parent}:/usr/bin"
    assert (environment["MINE"], environment["PYTHONUNBUFFERED"]) == ("ä b", "")
    assert (where, arguments) == (str(folder.work), ["-c", "two words", "$HOME"])
    assert Path(python).parent == Path(sys.executable).parent


def test_a_script_on_one_of_several_nodes_is_told_which(job: MakeJob) -> None:
    nodes = {"SNELLEN_NODES": "2", "SNELLEN_NODE_RANK": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500"}
    folder = job("python", "-c", "import json, os; json.dump(dict(os.environ), open('e', 'w'))")
    assert start(folder, **nodes).wait(30) == 0
    environment = json.loads((folder.work / "e").read_text())
    torchrun = {"NNODES": "2", "NODE_RANK": "1", "RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "0"}
    assert {**environment, **nodes, **torchrun} == environment
    assert start(folder, **{**nodes, "SNELLEN_NODE_RANK": "2"}).wait(30) == 1
    assert "SNELLEN_NODE_RANK: got 2" in str(outcome(folder)[1])


def test_a_relative_program_is_found_in_the_working_directory_and_both_its_outputs_are_in_the_log(
    job: MakeJob, tmp_path: Path
) -> None:
    place = tmp_path / "own place"
    place.mkdir()
    (place / "train.sh").write_text('#!/bin/sh\necho to stdout\necho to stderr >&2\ntest -z "$SNELLEN_RESUME_FROM"\n')
    (place / "train.sh").chmod(0o755)
    folder = job("./train.sh", params={"working_dir": str(place)})
    assert start(folder, SNELLEN_RESUME_FROM="/stale").wait(30) == 0
    assert sorted(folder.log.read_text().splitlines()) == ["to stderr", "to stdout"]


@pytest.mark.parametrize(
    ("script", "reason", "detail"),
    [
        ("echo one >&2; printf 'bar 1%%\\r\\033[31mno such layer\\033[0m\\n\\n' >&2; echo out; exit 3",
         "the script ended with exit status 3: no such layer", "one\nno such layer"),
        ("exit 1", "the script ended with exit status 1: it wrote nothing to its standard error", ""),
        ("echo half >&2; kill -SEGV $$", "the script was killed by signal 11 (SIGSEGV): half", "half"),
        ("kill -KILL $$", "killed by signal 9 (SIGKILL); the machine may have run out of memory: it", ""),
        ("kill -TERM $$", "the script was killed by signal 15 (SIGTERM): it", ""),
        ("sh -c 'kill -KILL $$'; exit $?",
         "exit status 137, as a shell does when its program is killed by signal 9 (SIGKILL)", None),
        ("python -c 'import nothing_here'", "exit status 1: ModuleNotFoundError: No module named 'nothing_here'", None),
    ],
)  # fmt: skip
def test_a_script_that_fails_says_why(job: MakeJob, script: str, reason: str, detail: str | None) -> None:
    folder = job("sh", "-c", script)
    assert start(folder).wait(30) == 1
    state, said, more = outcome(folder)
    assert state == "failed"
    assert reason in str(said)
    assert detail is None or more == detail
    assert "Traceback" not in str(more) or "nothing_here" in script


@pytest.mark.parametrize(
    ("command", "params", "named"),
    [
        (["no-such-program"], {}, "command: 'no-such-program' is not found in PATH"),
        (["plain.txt"], {}, "a file of the working directory is named ./plain.txt"),
        (["./absent"], {}, "absent is not there; expected a program. A relative path begins in working_dir"),
        (["/usr"], {}, "command: /usr is a folder; expected a program"),
        (["./plain.sh"], {}, '/plain.sh, or put its interpreter first, like ["sh", "./plain.sh"]'),
        (["./no-first-line"], {}, 'it is no program; a script needs a first line like "#!/bin/sh"'),
        (["./strange"], {}, "the interpreter that the first line of strange names is not there"),
        (["true"], {"working_dir": "/no/such"}, "working_dir: /no/such is not there on this machine; make it"),
        (["true"], {"working_dir": "/bin/sh"}, "working_dir: /bin/sh is no folder"),
        (["true"], {"working_dir": "here"}, "working_dir: got 'here'"),
        ([], {}, "command: got []"),
        (["true"], {"command": "python train.py"}, "command: got 'python train.py', 'python train.py' is not of type"),
        (["true"], {"environment": {"SNELLEN_JOB_FOLDER": "x"}}, "environment: got 'SNELLEN_JOB_FOLDER'"),
        (["true"], {"environment": {"A": 1}}, "environment.A: got 1"),
        (["true", "a\0b"], {}, "command.1: got 'a\\x00b'"),
    ],
)
def test_what_cannot_be_started_is_told_with_what_to_do(
    job: MakeJob, command: list[str], params: dict[str, Any], named: str
) -> None:
    folder = job(*command, params=params)
    for name, text, mode in (
        ("plain.txt", "", 0o644), ("plain.sh", "", 0o644), ("no-first-line", "\1", 0o755),
        ("strange", "#!/no/such/interpreter\n", 0o755),
    ):  # fmt: skip
        (folder.work / name).write_text(text)
        (folder.work / name).chmod(mode)
    before = set(psutil.Process().children())
    with pytest.raises(InvalidInput) as refused:
        ScriptTrainer().run(JobContext(folder))
    assert named in refused.value.detail
    assert set(psutil.Process().children()) <= before


def test_the_schema_leaves_a_script_its_own_hyperparameters() -> None:
    schema = ScriptTrainer().schema(Task.POSE)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate({"command": ["python", ""], "lr": 0.1, "blocks": [1, {"a": None}], "working_dir": None}, schema)
    for wrong in ({}, {"command": [""]}, {"command": ["a"], "environment": {"A=B": "c"}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)
    assert tuple(ScriptTrainer.tasks) == tuple(Task)


def test_a_script_that_sees_the_request_to_stop_and_leaves_was_stopped(job: MakeJob) -> None:
    folder = job("sh", "-c", 'while [ ! -e "$SNELLEN_JOB_FOLDER/stop" ]; do sleep 0.02; done')
    folder.ask_stop()
    assert start(folder).wait(30) == 0
    assert outcome(folder) == ("stopped", None, None)


def test_a_script_that_fails_when_it_is_asked_to_stop_has_failed(job: MakeJob) -> None:
    folder = job("sh", "-c", "echo oh >&2; exit 4")
    folder.ask_stop()
    assert start(folder).wait(30) == 1
    assert outcome(folder)[:2] == ("failed", "the script ended with exit status 4: oh")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(trainer, "LEAVING_SECONDS", 0.1)


#: Says that it is there, and starts something, in a session of its own as torchrun does.
BUSY = "setsid sleep 1000 & echo $! > child; mv child child-pid; "


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("script", "note"),
    [
        (BUSY + "sleep 1000", None),
        (BUSY + "trap 'touch saved; exit 0' TERM; while :; do sleep 0.02; done", None),
        (BUSY + "trap 'exit 143' TERM; while :; do sleep 0.02; done", None),
        (
            BUSY + "trap 'exit 1' TERM; while :; do sleep 0.02; done",
            "the script ended with exit status 1 after SIGTERM",
        ),
        (BUSY + "trap '' TERM; while :; do sleep 0.02; done", "did not end within 10 s of SIGTERM and was killed"),
        ("trap '' TERM; " + BUSY + "trap 'exit 0' TERM; while :; do sleep 0.02; done", None),
    ],
)
def test_a_stop_at_once_ends_the_script_and_all_that_it_started(
    job: MakeJob, eventually: Eventually, monkeypatch: pytest.MonkeyPatch, script: str, note: str | None
) -> None:
    monkeypatch.setattr(process, "GRACE_SECONDS", 0.6 if "killed" in str(note) else 5.0)
    folder = job("sh", "-c", script)
    ctx = JobContext(folder)
    threading.Thread(target=lambda: (eventually((folder.work / "child-pid").exists), folder.ask_stop(now=True))).start()
    ScriptTrainer().run(ctx)
    assert ctx.stopped
    assert (ctx.note is None) if note is None else (note in str(ctx.note))
    assert (folder.work / "saved").exists() == ("saved" in script)
    eventually(lambda: gone(int((folder.work / "child-pid").read_text())))
    assert warnings(folder) == []


def test_a_script_that_looks_at_the_file_leaves_by_itself_before_it_is_told_to(job: MakeJob) -> None:
    waits = 'trap "exit 9" TERM; until grep -q now "$SNELLEN_JOB_FOLDER/stop"; do sleep 0.02; done; sleep 0.5'
    ctx = JobContext(folder := job("sh", "-c", waits))
    folder.ask_stop(now=True)
    ScriptTrainer().run(ctx)
    assert ctx.stopped


@pytest.mark.usefixtures("impatient")
def test_what_a_script_leaves_running_is_ended_and_told(job: MakeJob, eventually: Eventually) -> None:
    folder = job("sh", "-c", "(setsid sleep 1000 & echo $! > child-pid)")
    ScriptTrainer().run(JobContext(folder))
    eventually(lambda: gone(int((folder.work / "child-pid").read_text())))
    assert warnings(folder) == ["the script ended and left 1 processes running; they were ended"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_trainer_that_is_ended_takes_the_script_along(
    job: MakeJob, eventually: Eventually, number: signal.Signals
) -> None:
    held = "trap 'touch saved; exit 0' TERM; " if number == signal.SIGTERM else "trap '' TERM HUP INT; "
    result = 'echo "{}" > "$SNELLEN_JOB_FOLDER/predictions/epoch-000001.json"; '
    folder = job("sh", "-c", held + BUSY + "echo $$ > self; " + result + "while :; do sleep 0.02; done")
    running = start(folder)
    # From then on the trainer has the script in hand; one that has only just begun is killed with it.
    eventually(lambda: folder.events.exists() and "validation" in folder.events.read_text())
    pids = [int((folder.work / name).read_text()) for name in ("self", "child-pid")]
    os.kill(running.pid, number)
    assert running.wait(30) == (-9 if number == signal.SIGKILL else 1)
    eventually(lambda: all(map(gone, pids)))
    if number == signal.SIGTERM:
        assert outcome(folder)[1] == "the trainer was ended from outside (SIGTERM), and the script with it"
        assert (folder.work / "saved").exists()


def test_a_script_does_not_outlive_its_guard_either(job: MakeJob, eventually: Eventually) -> None:
    folder = job("sh", "-c", "echo $PPID > guard; echo $$ > self; mv self self-pid; while :; do sleep 0.02; done")
    running = start(folder)
    eventually((folder.work / "self-pid").exists)
    os.kill(int((folder.work / "guard").read_text()), signal.SIGKILL)
    assert running.wait(30) == 1
    assert "the script was killed by signal 9 (SIGKILL)" in str(outcome(folder)[1])
    eventually(lambda: gone(int((folder.work / "self-pid").read_text())))


def test_a_log_that_cannot_be_written_does_not_hold_up_the_script(job: MakeJob) -> None:
    folder = job("python", "-c", "import sys; sys.stderr.write('x' * 3_000_000 + '\\nlast')\nsys.exit(1)")
    with open("/dev/full", "wb") as full:
        done = subprocess.run([sys.executable, "-m", "snellen.sdk", str(folder.root)], stdout=full, stderr=full)
    assert done.returncode != 0
    with pytest.raises(ProcessFailed, match="exit status 1: last"):
        ScriptTrainer().run(JobContext(folder))


def test_a_script_opens_the_job_of_its_folder_or_is_told_what_is_missing(
    job: MakeJob, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SNELLEN_JOB_FOLDER", raising=False)
    with pytest.raises(InvalidInput, match=r"SNELLEN_JOB_FOLDER is not set.*by hand.*snellen\.init\(\)"):
        open_job()
    monkeypatch.setenv("SNELLEN_JOB_FOLDER", str(tmp_path / "none"))
    with pytest.raises(InvalidInput, match=r"/none is no folder; expected that of a job"):
        open_job()
    monkeypatch.setenv("SNELLEN_JOB_FOLDER", str(tmp_path))
    with pytest.raises(InvalidInput, match=r"job\.json: can't be read"):
        open_job()
    folder = job("true", params={"lr": 0.5})
    monkeypatch.setenv("SNELLEN_JOB_FOLDER", str(folder.root))
    assert open_job().params["lr"] == open_job(folder.root).params["lr"] == 0.5

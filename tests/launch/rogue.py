"""A trainer that does what no trainer should. It runs as a process of its own; what it reached is in its report."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from snellen.contract.tasks import Task
from snellen.sdk import JobContext, Trainer

PTRACE_ATTACH = 16


class Rogue(Trainer):
    """Tries everything that ``attacks`` lists and reports for each what came of it."""

    name = "rogue"
    tasks = (Task.DETECTION,)

    def version(self) -> str:
        return "1.0"

    def schema(self, task: Task) -> dict[str, object]:
        return {"type": "object"}

    def run(self, ctx: JobContext) -> None:
        target = dict(ctx.params)
        report = {name: tried(attempt) for name, attempt in attacks(ctx, Path(str(target["data_dir"]))).items()}
        report["environment"] = dict(os.environ)
        report["status"] = Path("/proc/self/status").read_text()
        report["ids"] = [*os.getresuid(), *os.getresgid()]
        (ctx.folder.work / "report.json").write_text(json.dumps(report))
        plant(ctx, Path(str(target["data_dir"])))
        if target.get("daemon"):
            leave_a_daemon(ctx)
        while target.get("wait") and not (ctx.folder.work / "go").exists():
            time.sleep(0.02)


def attacks(ctx: JobContext, data_dir: Path) -> dict[str, Callable[[], Any]]:
    root, supervisor = ctx.folder.root, os.getppid()
    dataset = next(path for path in sorted(ctx.dataset_dir.rglob("*")) if path.suffix == ".png")
    return {
        "read the token": lambda: (data_dir / "token").read_text(),
        "read the database": lambda: (data_dir / "snellen.db").read_bytes()[:16],
        "list the data directory": lambda: os.listdir(data_dir),
        "list the jobs": lambda: os.listdir(data_dir / "jobs"),
        "list the cache": lambda: os.listdir(data_dir / "cache"),
        "pass through the cache": lambda: os.stat(data_dir / "cache" / "datasets"),
        "list the stores": lambda: os.listdir(data_dir / "internal"),
        "write into the data directory": lambda: (data_dir / "mine").write_text("x"),
        "read another job's folder": lambda: (data_dir / "jobs/1/attempt-1/job.json").read_text(),
        "list the supervisor's files": lambda: os.listdir(ctx.folder.supervisor),
        "move the supervisor's files": lambda: ctx.folder.supervisor.rename(root / "elsewhere"),
        "write into the dataset": lambda: dataset.open("r+b"),
        "open the dataset's mode": lambda: dataset.chmod(0o666),
        "remove from the dataset": lambda: dataset.unlink(),
        "move the dataset": lambda: ctx.dataset_dir.rename(root / "other-dataset"),
        "change the spec": lambda: ctx.folder.spec_file.write_text("{}"),
        "replace the spec": lambda: replace_by_link(ctx.folder.spec_file),
        "replace the journal": lambda: replace_by_link(ctx.folder.events),
        "replace the log": lambda: replace_by_link(ctx.folder.log),
        "kill the supervisor": lambda: os.kill(supervisor, 9),
        "trace the supervisor": lambda: trace(supervisor),
        "read the supervisor's environment": lambda: Path(f"/proc/{supervisor}/environ").read_bytes(),
        "read the supervisor's memory": lambda: Path(f"/proc/{supervisor}/mem").open("rb"),
        "read the supervisor's descriptors": lambda: os.listdir(f"/proc/{supervisor}/fd"),
        "enter the supervisor's folder": lambda: os.listdir(f"/proc/{supervisor}/cwd"),
        "become root": lambda: os.setuid(0),
        "put off the job's group": lambda: os.setgroups([]),
        "become root by a program": lambda: subprocess.run(
            ["su", "-c", "id"], check=True, capture_output=True, stdin=subprocess.DEVNULL
        ),
        "make a device": lambda: os.mknod(root / "disk", 0o60666, os.makedev(8, 0)),
    }


def plant(ctx: JobContext, data_dir: Path) -> None:
    """Announce as ours what is not ours, and between it what is."""
    folder = ctx.folder
    (folder.plots / "token.png").symlink_to(data_dir / "token")
    (folder.plots / "behind").symlink_to("/etc")
    os.mkfifo(folder.checkpoints / "pipe.pt")
    (folder.checkpoints / "folder.pt").mkdir()
    (folder.checkpoints / "good.pt").write_bytes(b"weights")
    (folder.plots / "good.png").write_bytes(b"\x89PNG")
    announce(ctx, "plot", "token.png", "plots/token.png")
    announce(ctx, "plot", "passwd.png", "plots/behind/passwd")
    announce(ctx, "plot", "above.png", "../../../token")
    announce(ctx, "plot", "absolute.png", str(data_dir / "token"))
    announce(ctx, "plot", "zero.png", "/dev/zero")
    announce(ctx, "file", "spec.json", "job.json")
    if linked := tried(lambda: os.link("/etc/passwd", folder.plots / "linked.png")) == "did it":
        announce(ctx, "plot", "linked.png", "plots/linked.png")
    announce(ctx, "checkpoint", "pipe.pt", "checkpoints/pipe.pt")
    announce(ctx, "checkpoint", "folder.pt", "checkpoints/folder.pt")
    announce(ctx, "checkpoint", "etc.pt", "plots/behind/hostname")
    ctx._append("validation", epoch=1, task_type="detection", results_path="plots/token.png")
    ctx._append("validation", epoch=2, task_type="detection", predictions_path="checkpoints/pipe.pt")
    with folder.events.open("ab") as journal:
        journal.write(b'{"type":"log","lines":' + b"[" * 50_000 + b"\n")
        journal.write(b'{"type":"log","lines":' + b"[" * 500 + b"]" * 500 + b"}\n")
        journal.write(b'{"type":"metrics","step":1e999,"time":1e999,"values":{"\\ud800":1' + b"0" * 4000 + b"}}\n")
        for _ in range(48):
            journal.write(b"x" * 1024**2)
        journal.write(b"\n")
    announce(ctx, "plot", "good.png", "plots/good.png")
    announce(ctx, "checkpoint", "good.pt", "checkpoints/good.pt")
    sys.stdout.write(f"rogue: done {linked}\n")


def announce(ctx: JobContext, kind: str, name: str, path: str) -> None:
    ctx._append("artifact", kind=kind, name=name, path=path, epoch=None)


def tried(attempt: Callable[[], Any]) -> str:
    try:
        attempt()
    except Exception as error:
        return type(error).__name__
    return "did it"


def replace_by_link(path: Path) -> None:
    link = path.with_name(".link")
    link.unlink(missing_ok=True)
    link.symlink_to("/etc/shadow")
    link.rename(path)


def trace(pid: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.ptrace(PTRACE_ATTACH, pid, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def leave_a_daemon(ctx: JobContext) -> None:
    """Of another session, with no parent and no word of us in its arguments."""
    text = (
        "import os, sys, time\nos.setsid()\nif os.fork(): os._exit(0)\nos.chdir('/')\n"
        f"open({str(ctx.folder.work / 'daemon')!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)\n"
    )
    subprocess.run([sys.executable, "-c", text], check=True, env={})
    while not (ctx.folder.work / "daemon").exists():
        time.sleep(0.02)

"""Another user of this machine for trainers, so that what they run reaches their job's folder and nothing else of ours.

Every process of a job also has a group of the job's own, which nobody can put off: by it the job's folder lets them in
and those of other jobs not, and by it they are found again when they are to end.
"""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snellen.contract.folder import JobFolder
from snellen.errors import StartRefused

#: Job groups are numbered from the first, this many; where a container has fewer ids, the upper ones that it has.
FIRST_GROUP, GROUPS = 1_900_000_000, 2**20
#: By their bits in ``CapEff`` of ``/proc/self/status``.
NEEDED = {0: "CAP_CHOWN", 1: "CAP_DAC_OVERRIDE", 5: "CAP_KILL", 6: "CAP_SETGID", 7: "CAP_SETUID"}
#: What of the server's environment a trainer of another user gets; the rest may be secrets.
PASSED = frozenset({"PATH", "LANG", "LANGUAGE", "TZ", "LD_LIBRARY_PATH", "PYTHONPATH", "SSL_CERT_FILE", "SSL_CERT_DIR"})
PASSED_PREFIXES = ("LC_", "CUDA_", "NVIDIA_", "NCCL_", "OMP_", "MKL_", "OPENBLAS_", "ROCR_", "HIP_", "YOLO_")


@dataclass(frozen=True, slots=True)
class TrainerUser:
    """Who trainers are."""

    name: str
    uid: int
    gid: int

    @classmethod
    def named(cls, name: str) -> TrainerUser:
        """The user of that name; :class:`~snellen.errors.StartRefused` for one that would be no wall."""
        try:
            found = pwd.getpwnam(name)
        except KeyError as error:
            raise StartRefused(
                f"trainer_user: there is no user {name!r} on this machine; make one, as with "
                f"`useradd --system --no-create-home --shell /usr/sbin/nologin {name}`"
            ) from error
        if found.pw_uid == 0:
            raise StartRefused(f"trainer_user: {name!r} is root, who may read everything; expected an ordinary user")
        if found.pw_uid == os.geteuid():
            raise StartRefused(f"trainer_user: {name!r} is the server's own user; expected another one")
        if 0 in os.getgrouplist(name, found.pw_gid):
            raise StartRefused(f"trainer_user: {name!r} is in the group of root; expected a user without it")
        if missing := _missing():
            raise StartRefused(
                f"trainer_user: the server can't start processes as {name!r}: it lacks {', '.join(missing)}; start it "
                "as root or give it these (AmbientCapabilities= of a systemd unit), or leave trainer_user out"
            )
        return cls(name, found.pw_uid, found.pw_gid)

    def process_options(self, *, job_id: int | None = None) -> dict[str, Any]:
        """Arguments of ``subprocess.Popen`` for a process of this user, one of a job if that is given."""
        groups = {*os.getgrouplist(self.name, self.gid), *([] if job_id is None else [job_group(job_id)])}
        return {"user": self.uid, "group": self.gid, "extra_groups": sorted(groups), "umask": 0o077}

    def asking_options(self) -> dict[str, Any]:
        """Arguments of ``subprocess.run`` for a question to a trainer's Python: no home, no secrets."""
        return {**self.process_options(), "env": self.environment(Path("/nonexistent")), "cwd": "/"}

    def environment(self, home: Path, *, temporary: Path | None = None) -> dict[str, str]:
        """The environment of its processes."""
        passed = {k: v for k, v in os.environ.items() if k in PASSED or k.startswith(PASSED_PREFIXES)}
        own = {"HOME": str(home), "USER": self.name, "LOGNAME": self.name}
        return passed | own | ({} if temporary is None else {"TMPDIR": str(temporary)})

    def give(self, folder: JobFolder, job_id: int) -> None:
        """Open a new job's folder to the trainer: it may add files and change its own, but not replace ours.

        To be called before anything of the trainer's runs there.
        """
        group = job_group(job_id)
        for above in (folder.root.parent, folder.root.parent.parent):
            above.chmod(0o711)
        for place in (folder.home, folder.temporary):
            place.mkdir(exist_ok=True)
        for place in (folder.predictions, folder.plots, folder.checkpoints, folder.work, folder.home, folder.temporary):
            place.chmod(0o700)
            os.chown(place, self.uid, group, follow_symlinks=False)
        for file, mode in ((folder.spec_file, 0o640), (folder.events, 0o660), (folder.log, 0o640)):
            file.touch()
            os.chown(file, -1, group, follow_symlinks=False)
            file.chmod(mode)
        os.chown(folder.root, -1, group)
        # With the sticky bit only the owner of a file, and that of the folder, may remove or rename it.
        folder.root.chmod(0o770 | stat.S_ISVTX)


def group_of(folder: JobFolder) -> int | None:
    """The group of a job whose folder was given to a trainer user; None for another's."""
    try:
        status = folder.root.stat()
    except OSError:
        return None
    return status.st_gid if status.st_mode & stat.S_ISVTX else None


def job_group(job_id: int) -> int:
    """The id of the group that all processes of a job have."""
    first, count = _groups(Path("/proc/self/gid_map").read_text(encoding="utf-8"))
    return first + job_id % count


def _groups(id_map: str) -> tuple[int, int]:
    """Where job groups begin and how many there are, by the group ids of this container.

    >>> _groups("0 0 4294967295"), _groups("0 1000 1\\n1 100000 65536")
    ((1900000000, 1048576), (49153, 16384))
    """
    ranges = [(int(inside), int(count)) for inside, _, count in (line.split() for line in id_map.splitlines())]
    first, count = max(ranges, key=lambda each: each[1])
    if first + count >= FIRST_GROUP + GROUPS:
        return FIRST_GROUP, GROUPS
    few = min(16384, count // 4)
    return first + count - few, few


def _missing() -> list[str]:
    """Which capabilities a supervisor of this process would not have; root's are its own, others' must be ambient."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    known: Mapping[str, str] = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    held = int(known["CapEff" if os.geteuid() == 0 else "CapAmb"], 16)
    return [name for bit, name in NEEDED.items() if not held >> bit & 1]

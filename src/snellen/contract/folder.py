"""The job folder: the trainer's whole world."""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from snellen.contract.plain import plain
from snellen.contract.spec import JobSpec

#: What the file ``stop`` says when the end of the epoch is not to be waited for.
STOP_NOW = "now"


@dataclass(frozen=True, slots=True)
class JobFolder:
    """Names in a job folder, so that nobody spells them twice."""

    root: Path

    @property
    def spec_file(self) -> Path:
        """``job.json``."""
        return self.root / "job.json"

    @property
    def dataset(self) -> Path:
        """The dataset as the trainer asked for it."""
        return self.root / "dataset"

    @property
    def events(self) -> Path:
        """The journal: a JSON object a line; the number of a line, from 1, is the event's number."""
        return self.root / "events.jsonl"

    @property
    def predictions(self) -> Path:
        """Prediction sets, one file an epoch."""
        return self.root / "predictions"

    @property
    def plots(self) -> Path:
        """Pictures."""
        return self.root / "plots"

    @property
    def checkpoints(self) -> Path:
        """Immutable copies of checkpoints, waiting for upload."""
        return self.root / "checkpoints"

    @property
    def weights(self) -> Path:
        """Checkpoints to begin with: of an earlier attempt (``resume.*``), or of another job (``init.*``)."""
        return self.root / "weights"

    @property
    def resume_record(self) -> Path:
        """What is known of the checkpoint to go on from: ``{name, epoch, metadata}``.

        Not named like the checkpoint, which may be JSON itself.
        """
        return self.weights / "checkpoint.json"

    @property
    def work(self) -> Path:
        """Where a framework may write what it likes."""
        return self.root / "work"

    @property
    def home(self) -> Path:
        """The home of a trainer that runs as a user of its own."""
        return self.root / "home"

    @property
    def temporary(self) -> Path:
        """Its temporary files."""
        return self.root / "tmp"

    @property
    def log(self) -> Path:
        """Standard output and error of the trainer."""
        return self.root / "log.txt"

    @property
    def outcome(self) -> Path:
        """How the trainer ended, in its own words: ``{state, reason, detail}``."""
        return self.root / "outcome.json"

    @property
    def supervisor(self) -> Path:
        """What the supervisor keeps for itself, and for the one after it: cursors, pids, its own log."""
        return self.root / "supervisor"

    @property
    def dataset_part(self) -> Path:
        """The dataset while it is made."""
        return self.supervisor / "dataset.part"

    @property
    def supervisor_log(self) -> Path:
        """What the supervisor has to say."""
        return self.supervisor / "supervisor.log"

    @property
    def creation(self) -> Path:
        """The body of ``POST /training/jobs`` of a job that a script made itself."""
        return self.root / "create.json"

    @property
    def attachment(self) -> Path:
        """What the supervisor beside such a script says; see :class:`Attachment`."""
        return self.root / "attached.json"

    def end(self, state: str, reason: str | None, detail: str | None) -> None:
        """Say how the trainer ended. Raises ``OSError`` when the disk does."""
        outcome = {"state": state, "reason": (reason or "")[:2000] or None, "detail": detail}
        write_whole(self.outcome, json.dumps(plain(outcome), ensure_ascii=False))

    @property
    def stop_file(self) -> Path:
        """A file whose appearance asks the trainer to finish: at the epoch's end, at once if it says ``now``."""
        return self.root / "stop"

    def ask_stop(self, *, now: bool = False) -> None:
        """Ask the trainer to finish; who asked for `now` once is not asked for less."""
        if now:
            write_whole(self.stop_file, STOP_NOW + "\n")
        elif not self.stop_file.exists():
            write_whole(self.stop_file, "")

    def stop_asked(self) -> bool:
        """Whether somebody asked the trainer to finish."""
        return self.stop_file.exists()

    def stop_asked_now(self) -> bool:
        """Whether somebody asked the trainer to finish without waiting for the epoch's end."""
        try:
            return self.stop_file.read_text(encoding="utf-8").strip() == STOP_NOW
        except OSError:
            return False

    def predictions_file(self, epoch: int, suffix: str = ".parquet") -> Path:
        """``predictions/epoch-000012.parquet``."""
        return self.predictions / f"epoch-{epoch:06d}{suffix}"

    def relative(self, path: Path) -> str:
        """`path` as the journal names it: relative to the folder, ``/`` between parts."""
        return path.resolve().relative_to(self.root.resolve()).as_posix()

    def spec(self) -> JobSpec:
        """The job's spec."""
        return JobSpec.read(self.spec_file)

    def create(self, spec: JobSpec) -> None:
        """Make the folder, private to its owner, with the spec and the empty sub-folders."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.make_places()
        write_whole(self.spec_file, spec.to_json())

    def make_places(self) -> None:
        """Make the sub-folders that a trainer writes into; a folder that somebody made by hand has none."""
        self.make_supervisor_place()
        for folder in (self.predictions, self.plots, self.checkpoints, self.work):
            folder.mkdir(exist_ok=True)

    def make_supervisor_place(self) -> None:
        """Make the sub-folder that no trainer of another user can enter."""
        self.supervisor.mkdir(exist_ok=True, mode=0o700)


def resume_path(name: str) -> str:
    """Where in a job's folder the checkpoint `name` lies that a training goes on from: ``weights/resume.pt``."""
    return f"weights/resume{PurePosixPath(name).suffix}"


def init_path(name: str) -> str:
    """Where in a job's folder the checkpoint `name` lies that a training begins with: ``weights/init.pt``."""
    return f"weights/init{PurePosixPath(name).suffix}"


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new one, never a part.

    Nothing that others put beside it is written into: the temporary file is new, and its name can't be foreseen.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@dataclass(frozen=True, slots=True)
class Attachment:
    """What the supervisor beside a script says of the job: ``attached.json``.

    ``state`` is None before its first word, ``waiting`` while the server can't be reached, ``ready`` when the job is
    there with its dataset, ``refused`` when the server will not have it, ``done`` when everything has been delivered.
    """

    state: str | None = None
    detail: str | None = None
    job_id: int | None = None
    url: str | None = None

    @classmethod
    def read(cls, folder: JobFolder) -> Attachment:
        """What was said last."""
        try:
            said = json.loads(folder.attachment.read_text(encoding="utf-8"))
            return cls(said["state"], said["detail"], said["job_id"], said["url"])
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def write(self, folder: JobFolder) -> None:
        """Say it."""
        write_whole(folder.attachment, json.dumps(dataclasses.asdict(self)))

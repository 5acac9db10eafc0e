"""A job of a script or a notebook that the platform did not start."""

from __future__ import annotations

import atexit
import builtins
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from snellen.contract.events import EventType
from snellen.contract.folder import Attachment, JobFolder, write_whole
from snellen.contract.plain import plain
from snellen.contract.spec import JobSpec
from snellen.contract.states import JobState
from snellen.contract.tasks import Task, default_primary
from snellen.errors import InvalidInput, SnellenError, reason_of
from snellen.sdk.context import JobContext
from snellen.sdk.job import JOB_FOLDER
from snellen.sdk.reporting import failure_of, traceback_of
from snellen.sdk.server import NoServer, data_dir

#: A script waits at most so long to hear that the server is away or that its job is refused.
FIRST_WORD_SECONDS = 15.0
LOOK_SECONDS = 0.05
#: How a script may say that its job has ended.
ENDINGS = (JobState.COMPLETED, JobState.FAILED, JobState.STOPPED)
#: Names the folder of this process's job to the processes that it starts to train with it.
OWN_FOLDER = "SNELLEN_OWN_JOB_FOLDER"
log = logging.getLogger("snellen.sdk")
#: The jobs that this process has made.
_open: list[Session] = []
#: Whether it notices how it ends.
_noticing = False


class Session(JobContext):
    """The job of a script, as :class:`~snellen.sdk.JobContext`, and its end.

    Leaving its ``with`` block ends the job: completed, stopped after a request to stop, failed when an exception leaves
    it. Without one, :meth:`finish` does, or the end of the interpreter.
    """

    def __init__(self, folder: JobFolder, *, owned: bool, silent: bool = False) -> None:
        super().__init__(folder)
        #: Whether another process of the same training speaks for it.
        self._silent = silent
        #: Whether this process decides how the job ends; in a job of the trainer ``script`` its exit status does.
        self._owned = owned
        self._finished = False
        self._pid = os.getpid()
        self._failure: tuple[str, str] | None = None
        #: A call of `sys.exit` that says that something is wrong; nothing else tells of it at the end.
        self._exit: SystemExit | None = None

    @property
    def id(self) -> int | None:
        """The job's id; None while the server has not been reached."""
        return Attachment.read(self.folder).job_id if self._owned else self.job.job_id

    @property
    def url(self) -> str | None:
        """The job's page; None while the server has not been reached."""
        return Attachment.read(self.folder).url

    def log_results(
        self,
        epoch: int,
        *,
        image_results: Sequence[Mapping[str, Any]] = (),
        metrics: Mapping[str, Any] | None = None,
        class_names: Sequence[str] = (),
        **more: Any,
    ) -> None:
        """One epoch's validation with its own truth, for data that Snellen doesn't hold.

        `image_results` are as in ``POST /validation/jobs/{id}/results``: boxes ``[x, y, w, h]`` in pixels of the
        original image. Further fields of that body may be given by name. What is wrong with them is told on the job.
        """
        known = self._epoch(epoch, "a validation", required=True)
        if known is None:
            return
        body = {"epoch": known, "task_type": str(self.job.task), "metrics": metrics or {}, **more}
        if image_results:
            body["image_results"] = list(image_results)
        if class_names:
            body["class_names"] = list(class_names)
        path = self.folder.predictions_file(known, ".json")
        try:
            write_whole(path, json.dumps(plain(body), ensure_ascii=False, allow_nan=False))
        except Exception as error:
            self._warn(f"the results of epoch {known} could not be written: {reason_of(error)}")
            return
        self.validated.add(known)
        self._append(
            EventType.VALIDATION, epoch=known, task_type=str(self.job.task), results_path=self.folder.relative(path)
        )

    def finish(self, state: str | None = None, reason: str | None = None) -> None:
        """End the job: ``completed`` (``stopped`` after a request to stop) unless another `state` is given.

        What is still to be sent is sent by a process of its own, which outlives the script. A second call does nothing.
        """
        if self._finished or not self._owned or os.getpid() != self._pid:
            return
        if state is not None and state not in ENDINGS:
            raise InvalidInput(f"finish: got the state {state!r}, expected one of {', '.join(ENDINGS)}, or none")
        self._finished = True
        detail = None
        if self._exit is not None and self._failure is None:
            self.fail(self._exit)
        if state is None and self._failure is not None:
            state, (reason, detail) = JobState.FAILED, self._failure
        ending = JobState(state or (JobState.STOPPED if self.stopped else JobState.COMPLETED))
        self.close()
        os.environ.pop(OWN_FOLDER, None)
        try:
            self.folder.end(ending, reason or self.note, detail)
        except OSError as error:
            log.warning("the end of the job could not be written to %s: %s", self.folder.root, error)

    def fail(self, error: BaseException) -> None:
        """Note why the job has failed; :meth:`finish` tells it."""
        words = failure_of(error, on_exit="the script called sys.exit({code})")
        self._failure = (words, traceback_of(error))

    def recovered(self) -> None:
        """Forget what :meth:`fail` noted: the training was begun again, and went well."""
        self._failure = None

    def save_checkpoint(self, *arguments: Any, **more: Any) -> None:
        if not self._silent:
            super().save_checkpoint(*arguments, **more)

    def _append(self, event_type: EventType, **fields: Any) -> None:
        self._exit = None  # whoever goes on has caught it
        if not self._silent:
            super()._append(event_type, **fields)

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _where: TracebackType | None
    ) -> None:
        if error is not None and not (isinstance(error, SystemExit) and error.code in (None, 0)):
            self.fail(error)
        self.finish()


def init(
    name: str | None = None,
    *,
    task: str = "detection",
    model: str = "custom",
    epochs: int = 1,
    params: Mapping[str, Any] | None = None,
    dataset: int | str | None = None,
    primary_metric: str | Mapping[str, str] | None = None,
    url: str | None = None,
    token: str | None = None,
    folder: Path | str | None = None,
) -> Session:
    """Make a job of this script or notebook and report to it.

    `task` is detection, segmentation, pose or classification; `dataset` the name or id of one that Snellen holds, which
    is brought to ``job.dataset_dir``; `url` and `token` are the server's, else ``SNELLEN_URL`` and ``SNELLEN_TOKEN``,
    else the server of this machine. Everything is written into a folder (`folder`, else one under the data directory),
    from which a process beside sends it for as long as it takes: a server that is away costs the script nothing.

    In a script that the trainer ``script`` runs, it is that job that is given, whatever the arguments. Of several
    processes that train together (``RANK``, else ``LOCAL_RANK``, as torchrun, accelerate and Lightning set them) the
    first makes the job, or has it, and speaks for all; what the others say is not kept.

    Raises :class:`~snellen.errors.InvalidInput` for arguments that make no job, and where a `dataset` is named,
    :class:`~snellen.sdk.server.NoServer` when the server can't be reached, since the dataset is there. Else it raises
    nothing that the server may cause.
    """
    follows = os.environ.get("RANK", os.environ.get("LOCAL_RANK", "0")) not in ("", "0")
    if given := os.environ.get(JOB_FOLDER):
        return Session(JobFolder(Path(given).resolve()), owned=False, silent=follows)
    if follows:
        return _of_another_process(task=task, model=model, epochs=epochs, params=params, dataset=dataset)
    client_id = str(uuid.uuid4())
    body = {
        "name": name, "task": task, "model": model, "epochs": epochs, "hyperparameters": dict(params or {}),
        "dataset": dataset, "primary_metric": primary_metric, "launcher": "external", "trainer": "own",
        "client_id": client_id, "project": os.environ.get("SNELLEN_PROJECT"),
    }  # fmt: skip
    if (url is None) != (token is None):
        raise InvalidInput("url and token: got one of them, expected both or neither")
    place = JobFolder(Path(folder) if folder is not None else data_dir() / "own" / client_id)
    _prepare(place, body)
    _start_supervisor(place, url=url, token=token)
    try:
        _wait(place, dataset)
    except BaseException:
        place.end(JobState.FAILED, "the script ended before it began", None)
        raise
    _end_earlier()
    session = Session(place, owned=True)
    _open.append(session)
    os.environ[OWN_FOLDER] = str(place.root)
    atexit.register(session.finish)
    _notice_failures()
    return session


def _of_another_process(*, dataset: int | str | None, **about: Any) -> Session:
    """Of the job of the process that started this one, else of a folder that nobody sends."""
    if given := os.environ.get(OWN_FOLDER):
        return Session(JobFolder(Path(given)), owned=False, silent=True)
    if dataset is not None:
        raise InvalidInput(
            "dataset: snellen.init brings it to the first of several processes only; run the script as a job of the "
            "trainer script: `snellen train --trainer script … -- torchrun … train.py`"
        )
    place = JobFolder(Path(tempfile.mkdtemp(prefix="snellen-")))
    atexit.register(shutil.rmtree, place.root, ignore_errors=True)
    _prepare(place, {"name": None, "hyperparameters": dict(about.pop("params") or {}), **about})
    return Session(place, owned=False, silent=True)


def _prepare(place: JobFolder, body: dict[str, Any]) -> None:
    try:
        task = Task(str(body["task"]))
        body = {key: value for key, value in plain(body).items() if value is not None}
        text = json.dumps(body, allow_nan=False)
        epochs = int(body["epochs"])
    except (ValueError, TypeError) as error:
        raise InvalidInput(f"snellen.init: {error}; expected plain values, and as task: {', '.join(Task)}") from error
    if place.spec_file.exists():
        raise InvalidInput(f"folder: {place.root} is a job's already; name another, or leave it out")
    name = str(body.get("name") or body["model"])
    params = dict(body["hyperparameters"])
    spec = JobSpec(0, 1, name, "own", task, str(body["model"]), epochs, default_primary(task), params=params)
    try:
        place.create(spec)
        write_whole(place.creation, text)
    except OSError as error:
        raise InvalidInput(
            f"folder: {place.root} can't be made ({error.strerror}); name one that can be written, or set "
            "SNELLEN_DATA_DIR"
        ) from error


def _start_supervisor(place: JobFolder, *, url: str | None, token: str | None) -> None:
    """In a session of its own: it outlives the script, and no signal of its terminal reaches it."""
    config = {"pid": os.getpid(), "url": url, "token": token}
    with place.supervisor_log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "snellen.launch.supervise", "--attach", str(place.root)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    assert process.stdin is not None  # noqa: S101 - for mypy; it is a pipe
    with process.stdin as pipe:
        pipe.write(json.dumps(config).encode() + b"\n")
    # It is waited for by nobody, and that is no cause for a warning.
    process.returncode = 0


def _wait(place: JobFolder, dataset: int | str | None) -> None:
    """Until the job can begin; what the server refuses is raised here, before the training."""
    deadline = time.monotonic() + FIRST_WORD_SECONDS
    told = False
    while True:
        found = Attachment.read(place)
        if found.state == "refused":
            raise InvalidInput(f"snellen.init: {found.detail}")
        if found.state == "ready":
            return
        if found.state == "preparing" and not told and time.monotonic() > deadline:
            told = True
            log.warning("the dataset is still on its way; what hinders it is told in %s", place.supervisor_log)
        if found.state == "waiting" or (found.state is None and time.monotonic() > deadline):
            if dataset is not None:
                raise NoServer(f"dataset: {dataset!r} can't be fetched: {found.detail or 'no answer'}")
            if not told:
                text = "the server can't be reached (%s); everything is kept in %s and sent as soon as it is there"
                log.warning(text, found.detail or "no answer", place.root)
            return
        time.sleep(LOOK_SECONDS)


def _end_earlier() -> None:
    """A cell that is run again makes a new job; the one before has no end of its own. A script may have several."""
    if not _interactive():
        return
    for session in _unfinished():
        log.warning("the job before (%s) is ended: a new one begins in this notebook", session.url or session.job.name)
        session.finish()


def _interactive() -> bool:
    return hasattr(sys, "ps1") or "get_ipython" in vars(builtins)


def _unfinished() -> list[Session]:
    return [session for session in _open if not session._finished]


def _notice_failures() -> None:
    """An exception that ends the interpreter makes the job failed, and so does ``sys.exit`` with a status.

    Once a process, however many jobs it makes: what is put in place speaks for all that are open.
    """
    global _noticing
    if _noticing:
        return
    _noticing = True
    before, leave = sys.excepthook, sys.exit

    def left(status: Any = None, /) -> NoReturn:
        for session in _unfinished():
            if status not in (None, 0):
                session._exit = SystemExit(status)
        leave(status)

    sys.exit = left

    def noticed(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
        # At a prompt (`python -i`) an error ends nothing.
        for session in [] if _interactive() else _unfinished():
            session.fail(error)
        before(kind, error, where)

    sys.excepthook = noticed


__all__ = ["NoServer", "Session", "SnellenError", "init"]

"""``python -m snellen.launch.supervise --attach FOLDER``: the process beside a script that the platform did not start.

It makes the job as soon as the server is there, then does for it what a supervisor does, but starts and ends nothing:
the script is only watched. Run again on a folder it goes on where an earlier one ended. One JSON line on standard input
may say ``{"pid", "url", "token"}``; without one, the server is the one that ``snellen`` commands would find.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import threading
from typing import IO, Any

import httpx

from snellen import logs
from snellen.contract.events import now_ms
from snellen.contract.folder import Attachment, JobFolder, write_whole
from snellen.contract.spec import DatasetRef, JobSpec
from snellen.contract.states import JobState
from snellen.contract.tasks import Direction, PrimaryMetric, Source
from snellen.errors import SnellenError
from snellen.launch.alone import alone
from snellen.launch.dataset_cache import DEFAULT_BYTES
from snellen.launch.patience import LONGEST
from snellen.launch.processes import Remembered
from snellen.launch.supervise import NORMAL, POLL_SECONDS, REFUSED, Supervisor
from snellen.launch.system import sample_forever
from snellen.launch.trainer_process import Ending, ending_of
from snellen.sdk.callback import CallbackFailed, answer_of
from snellen.sdk.server import NoServer, ServerAddress, data_dir, find_server

#: A script whose server is away looks for it so often at first, then more and more seldom.
FIRST_PAUSE = 0.25
log = logging.getLogger("snellen.supervise")


@dataclasses.dataclass(frozen=True, slots=True)
class Credentials:
    """The job's token, in a file that its owner alone can read: a later supervisor goes on with it.

    ``url`` is the server's when the script named it; None where it is found as ``snellen`` commands find it.
    """

    token: str
    url: str | None = None

    @classmethod
    def read(cls, folder: JobFolder) -> Credentials | None:
        """None before the job is made."""
        try:
            known = json.loads((folder.root / "token.json").read_text(encoding="utf-8"))
            return cls(known["token"], known.get("url"))
        except (OSError, ValueError, KeyError):
            return None

    def write(self, folder: JobFolder) -> None:
        """Keep it."""
        path = folder.root / "token.json"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(dataclasses.asdict(self), file)


class AttachedSupervisor(Supervisor):
    """Supervises a job whose script runs already."""

    def __init__(
        self, folder: JobFolder, spec: JobSpec, config: dict[str, Any], script: Remembered, attachment: Attachment
    ) -> None:
        super().__init__(folder, spec, config)
        self._script = script
        self._attachment = attachment

    def run(self) -> int:
        """Until the script has ended and everything is delivered."""
        status = super().run()
        if status == NORMAL:
            dataclasses.replace(self._attachment, state="done").write(self._folder)
        return status

    def _train(self) -> Ending:
        ending = super()._train()
        if not self._folder.outcome.exists() and Attachment.read(self._folder).state not in {"ready", "done"}:
            # The dataset could not be prepared: the script waits for it.
            dataclasses.replace(self._attachment, state="refused", detail=ending.reason).write(self._folder)
        return ending

    def _run_trainer(self) -> Ending:
        dataclasses.replace(self._attachment, state="ready", detail=None).write(self._folder)
        ended = threading.Event()
        sampled = (self._journal, self._script.pid, ended, self._spec.began_at)
        samples = threading.Thread(target=sample_forever, args=sampled, name="system", daemon=True)
        self._files.start()
        samples.start()
        try:
            while self._script.runs() and not self._folder.outcome.exists():
                if self._refusal() is not None:
                    break
                self._ending.wait(POLL_SECONDS)
        finally:
            ended.set()
        samples.join()
        self._files.finish()
        if self._folder.outcome.exists():
            return ending_of(self._folder, 0)
        return Ending(JobState.FAILED, "the script ended without a word: it was killed, or left by os._exit")


def attach(folder: JobFolder, stdin: IO[str]) -> int:
    """Make the job of a folder and supervise it; the exit status says whether everything was delivered."""
    config = _config(stdin)
    with alone(folder) as is_ours:
        if not is_ours:
            return REFUSED
        if Attachment.read(folder).state == "done":
            log.info("everything in %s has been delivered", folder.root)
            return NORMAL
        script = Remembered(folder.root / "script.json")
        if config.get("pid") is not None:
            script.remember(int(config["pid"]))
        try:
            server, token, spec, attachment = _made(folder, config)
        except SnellenError as error:
            log.error("the job can't be made: %s", error.detail)
            Attachment("refused", error.detail).write(folder)
            return REFUSED
        logs.set_up(secrets=[token], job=spec.job_id, attempt=spec.attempt)
        told = {
            "server": server,
            "token": token,
            "cache": str(data_dir() / "cache" / "datasets"),
            "cache_bytes": DEFAULT_BYTES,
        }
        return AttachedSupervisor(folder, spec, told, script, attachment).run()


def _config(stdin: IO[str]) -> dict[str, Any]:
    line = "" if stdin.isatty() else stdin.readline()
    return dict(json.loads(line)) if line.strip() else {}


def _address(config: dict[str, Any], known: Credentials | None) -> ServerAddress:
    if config.get("url"):
        return ServerAddress(str(config["url"]), str(config["token"]))
    if known is not None and known.url is not None:
        return ServerAddress(known.url, known.token)
    return find_server()


def _made(folder: JobFolder, config: dict[str, Any]) -> tuple[str, str, JobSpec, Attachment]:
    """The server's URL, the job's token and the job, made or known from before; waits for as long as it takes."""
    body = json.loads(folder.creation.read_text(encoding="utf-8"))
    pause = threading.Event()
    seconds = FIRST_PAUSE
    said = Attachment.read(folder)
    while True:
        try:
            # Looked for again each time: a server that was started anew may have another port.
            known = Credentials.read(folder)
            address = _address(config, known)
            if said.job_id is not None and known is not None:
                _asked(address, "GET", "/health", seconds=10.0)
                return address.url, known.token, folder.spec(), said
            return address.url, *_create(folder, address, body, config.get("url"))
        except (CallbackFailed, NoServer) as error:
            if said.state != "waiting":
                log.warning("the server can't be reached, going on trying: %s", error.detail)
                said = dataclasses.replace(said, state="waiting", detail=error.detail)
                said.write(folder)
            pause.wait(seconds)
            seconds = min(LONGEST, seconds * 2)


def _asked(
    address: ServerAddress, method: str, path: str, body: dict[str, Any] | None = None, *, seconds: float = 60.0
) -> dict[str, Any]:
    """One call of a person's; :class:`~snellen.sdk.callback.CallbackFailed` when another try may help."""
    url = f"{address.url.rstrip('/')}/api/v1{path}"
    headers = {"authorization": f"Bearer {address.token}"}
    try:
        return answer_of(httpx.request(method, url, json=body, headers=headers, timeout=seconds, trust_env=False))
    except httpx.HTTPError as error:
        raise CallbackFailed(f"{url}: {type(error).__name__}: {error}") from error


def _create(
    folder: JobFolder, address: ServerAddress, body: dict[str, Any], named: str | None
) -> tuple[str, JobSpec, Attachment]:
    answer = _asked(address, "POST", "/training/jobs", body)
    if answer.get("job_token") is None:
        raise SnellenError(
            f"job {answer['id']} was made from {folder.root} before, and its token is no longer there; "
            "what is in the folder can't be sent any more"
        )
    token = str(answer["job_token"])
    Credentials(token, named).write(folder)
    spec = _spec(folder.spec(), answer)
    write_whole(folder.spec_file, spec.to_json())
    attachment = Attachment("preparing", None, spec.job_id, f"{address.url.rstrip('/')}/jobs/{spec.job_id}")
    attachment.write(folder)
    return token, spec, attachment


def _spec(spec: JobSpec, job: dict[str, Any]) -> JobSpec:
    """What the script wrote, completed by what the server said."""
    primary = job["primary_metric"]
    dataset = job["dataset"]
    return dataclasses.replace(
        spec,
        job_id=int(job["id"]),
        attempt=int(job["attempt"]),
        name=str(job["name"]),
        began_at=now_ms(),
        primary_metric=PrimaryMetric(primary["name"], Direction(primary["direction"]), Source(primary["source"])),
        dataset=None
        if dataset is None
        else DatasetRef(dataset["id"], dataset["name"], dataset["snapshot"], tuple(dataset["class_names"])),
    )

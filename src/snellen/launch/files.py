"""The second follower of the journal: what takes long. Uploads files, evaluates, posts validation results."""

from __future__ import annotations

import contextlib
import json
import logging
import mimetypes
import os
import threading
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from snellen.contract import numbers
from snellen.contract.disk import when_there_is_room
from snellen.contract.events import ArtifactKind, EventType, Journal, check_depth
from snellen.contract.folder import JobFolder
from snellen.contract.spec import JobSpec
from snellen.contract.tasks import Source
from snellen.errors import PredictionsInvalid, reason_of
from snellen.formats.path_map import snapshot_names
from snellen.launch.checkpoints import Checkpoints
from snellen.launch.client import ServerClient
from snellen.launch.delivery import FATAL, NICENESS
from snellen.launch.evaluate import Evaluator
from snellen.launch.follower import Follower
from snellen.launch.inside import Inside
from snellen.launch.patience import GivenUp, until_done
from snellen.storage.object_keys import PARQUET

POLL_SECONDS = 0.25
#: Of one attempt so many plots and other files are stored; a trainer that makes more is told so once.
MOST_FILES = 10_000
#: A script's result is sent as one body, which the server bounds too; a prediction set is read into memory.
MOST_RESULT_BYTES, MOST_PREDICTION_BYTES = 64 * 1024**2, 1024**3
Result = TypeVar("Result")
log = logging.getLogger("snellen.supervise")


class Files(threading.Thread):
    """A thread for as long as the trainer runs, and until all that it left is stored."""

    def __init__(
        self,
        folder: JobFolder,
        spec: JobSpec,
        client: ServerClient,
        ending: threading.Event,
        wait_delivered: Callable[[int], None] = lambda number: None,
        *,
        owner: int | None = None,
    ) -> None:
        """`wait_delivered` waits until the server has all events of the journal through a number.

        Where trainers have a user of their own, it is the `owner` of all that may be read and stored.
        """
        super().__init__(name="files", daemon=True)
        self._folder = folder
        self._spec = spec
        self._client = client
        self._ending = ending
        self._journal = Journal(folder.events)
        self._inside = Inside(folder.root, owner=owner)
        self._evaluator = Evaluator(spec, folder.dataset, folder.supervisor)
        self._follower = Follower(folder.events, folder.supervisor / "cursor-files.json")
        self._checkpoints = Checkpoints(self._follower.notes, spec.primary_metric, self._inside)
        self._wait_delivered = wait_delivered
        self._trainer_ended = threading.Event()
        self.refused: Exception | None = None

    def finish(self) -> bool:
        """The trainer has ended: wait until everything is stored. False when the server refuses this attempt."""
        self._trainer_ended.set()
        self.join()
        return self.refused is None

    def run(self) -> None:
        """Work through the journal until the trainer has ended and nothing is left."""
        os.nice(NICENESS)
        try:
            while True:
                last_look = self._trainer_ended.is_set()
                if self._step():
                    continue
                self._upload_checkpoints(everything=last_look)
                if last_look:
                    return
                if self._ending.wait(POLL_SECONDS):
                    return
        except GivenUp:
            return
        except FATAL as error:
            log.warning("the server wants nothing more of this attempt: %s", error)
            self.refused = error
        except Exception as error:
            log.exception("the file worker ended")
            self.refused = error

    def _step(self) -> bool:
        batch = self._follower.read(most=50)
        for number, event, offset in batch:
            if event["type"] == EventType.VALIDATION:
                self._telling(f"the validation of epoch {event.get('epoch')}", lambda e=event: self._validation(e))  # type: ignore[misc]
            elif event["type"] == EventType.ARTIFACT:
                self._telling(f"file {event.get('name')!r}", lambda n=number, e=event: self._artifact(n, e))  # type: ignore[misc]
            self._follower.commit(number, offset)
        return bool(batch)

    def _telling(self, what: str, action: Callable[[], None]) -> None:
        """Do it; what goes wrong is told on the job and stops nothing else."""
        try:
            action()
        except (GivenUp, *FATAL):
            raise
        except Exception as error:
            log.warning("%s could not be stored", what, exc_info=True)
            self._warn(f"{what} could not be stored: {reason_of(error)}")

    def _validation(self, event: dict[str, Any]) -> None:
        epoch = int(event["epoch"])
        if event.get("results_path") is not None:
            body = self._written(str(event["results_path"]), epoch)
        else:
            carried = (
                "task_type", "primary_metric_name", "primary_metric_value", "overall_loss", "metrics", "class_names",
            )  # fmt: skip
            body = {name: event[name] for name in carried if name in event}
        body.update(epoch=epoch, task_type=str(self._spec.task))
        for plot in event.get("plots", []):
            self._telling(f"plot {plot.get('name')!r}", lambda p=plot: self._plot({**p, "epoch": epoch}))  # type: ignore[misc]
        raw = event.get("predictions_path")
        if raw is not None:
            body |= self._evaluated(str(raw), epoch)
        stored = self._patiently(lambda: self._client.post_result(body), f"the result of epoch {epoch}")
        if stored.get("best_epoch") == epoch:
            self._checkpoints.best(epoch, self._primary_value(body))

    def _written(self, path: str, epoch: int) -> dict[str, Any]:
        """The body of a result that a script wrote, in any language."""
        name = PurePosixPath(path).name
        try:
            body = json.loads(self._inside.read(path, most=MOST_RESULT_BYTES))
            check_depth(body)
        except (OSError, ValueError, RecursionError) as error:
            raise PredictionsInvalid(f"{name} can't be read: {error}") from error
        if not isinstance(body, dict):
            raise PredictionsInvalid(f"{name}: got a JSON {type(body).__name__}, expected an object")
        if body.get("epoch", epoch) != epoch:
            raise PredictionsInvalid(f"{name}: it says epoch {body['epoch']!r}, its name says {epoch}")
        task = body.get("task_type", str(self._spec.task))
        if task != str(self._spec.task):
            raise PredictionsInvalid(f"{name}: task_type is {task!r}, the job's task is {self._spec.task}")
        body = {key: value for key, value in body.items() if key not in ("job_id", "attempt")}
        if "image_results" in body:
            body["image_results"] = snapshot_names(body["image_results"], self._folder.dataset)
        return body

    def _evaluated(self, raw: str, epoch: int) -> dict[str, Any]:
        try:
            found = when_there_is_room(
                lambda: self._evaluator.evaluate(self._inside.read(raw, most=MOST_PREDICTION_BYTES), epoch),
                what=f"the evaluation of epoch {epoch}",
                ending=self._ending,
            )
        except Exception as error:
            detail = reason_of(error)
            log.warning("epoch %s could not be evaluated", epoch, exc_info=True)
            self._warn(f"epoch {epoch} could not be evaluated: {detail}")
            return {"evaluation_error": detail[:2000]}
        predictions = self._send_ours(found.predictions, ArtifactKind.PREDICTIONS, "predictions.parquet", epoch)
        matches = self._send_ours(found.matches, ArtifactKind.EVALUATION, "matches.parquet", epoch)
        for path in (found.predictions, found.matches):
            path.unlink(missing_ok=True)
        return {
            "predictions_key": predictions["key"],
            "matches_key": matches["key"],
            "evaluation": found.evaluation,
        }

    def _primary_value(self, body: dict[str, Any]) -> float | None:
        """The job's primary metric in a result, where it is known here."""
        primary = self._spec.primary_metric
        values = body.get("metrics") or {}
        if primary.source is Source.COMPUTED:
            values = (body.get("evaluation") or {}).get("metrics") or {}
        try:
            return numbers.decode(values[primary.name])
        except (KeyError, TypeError, ValueError):
            return None

    def _artifact(self, number: int, event: dict[str, Any]) -> None:
        kind = ArtifactKind(event.get("kind", ArtifactKind.FILE))
        if kind is ArtifactKind.CHECKPOINT:
            self._checkpoints.add(number, event)
        elif kind is ArtifactKind.PLOT:
            self._plot(event)
        elif self._has_room():
            self._upload(ArtifactKind.FILE, event)

    def _has_room(self) -> bool:
        """Whether one more file may be stored; counts it."""
        stored = int(self._follower.notes.get("files", 0)) + 1
        self._follower.notes["files"] = stored
        if stored == MOST_FILES + 1:
            self._warn(f"the trainer made more than {MOST_FILES} plots and files; the rest stay in the job's folder")
        return stored <= MOST_FILES

    def _plot(self, event: dict[str, Any]) -> None:
        if not self._has_room():
            return
        self._upload(ArtifactKind.PLOT, event)

    def _upload_checkpoints(self, *, everything: bool) -> None:
        for name, event in self._checkpoints.due(everything=everything):
            self._telling(f"checkpoint {name!r}", lambda n=name, e=event: self._send_checkpoint(n, e))  # type: ignore[misc]
            self._checkpoints.done(name)
            self._follower.commit(*self._follower.position())

    def _send_checkpoint(self, name: str, event: dict[str, Any]) -> None:
        # Who goes on from it finds every event of the epochs before it at the server.
        self._wait_delivered(int(event.get("number", 0)))
        self._upload(ArtifactKind.CHECKPOINT, {**event, "name": name, "content_type": "application/octet-stream"})

    def _upload(self, kind: ArtifactKind, event: dict[str, Any]) -> None:
        """Store a file of the trainer's as its event says."""
        path = str(event["path"])
        content_type = event.get("content_type") or _content_type(path)
        metadata = event.get("metadata") if kind is ArtifactKind.CHECKPOINT else None
        self._send(lambda: self._inside.open(path), kind, event["name"], content_type, event.get("epoch"), metadata)

    def _send_ours(self, path: Path, kind: ArtifactKind, name: str, epoch: int) -> dict[str, Any]:
        return self._send(lambda: path.open("rb"), kind, name, PARQUET, epoch)

    def _send(
        self,
        opened: Callable[[], BufferedReader],
        kind: ArtifactKind,
        name: str,
        content_type: str,
        epoch: int | None,
        metadata: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        return self._patiently(
            lambda: self._client.upload(
                opened, kind=kind.value, name=name, content_type=content_type, epoch=epoch, metadata=metadata
            ),
            f"storing {name}",
        )

    def _patiently(self, action: Callable[[], Result], what: str) -> Result:
        return until_done(action, ending=self._ending, what=what)

    def _warn(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._journal.append(EventType.LOG, level="warning", lines=[text])


def _content_type(path: str) -> str:
    return mimetypes.guess_type(PurePosixPath(path).name)[0] or "application/octet-stream"

"""The second follower of the journal: what takes long. Uploads files, evaluates, posts validation results."""

from __future__ import annotations

import contextlib
import logging
import mimetypes
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from snellen.contract import numbers
from snellen.contract.events import ArtifactKind, EventType, Journal
from snellen.contract.folder import JobFolder
from snellen.contract.spec import JobSpec
from snellen.contract.tasks import Source
from snellen.errors import SnellenError, reason_of
from snellen.launch.client import ServerClient
from snellen.launch.delivery import FATAL, NICENESS
from snellen.launch.evaluate import Evaluator
from snellen.launch.follower import Follower
from snellen.launch.patience import GivenUp, until_done
from snellen.storage.object_keys import PARQUET

POLL_SECONDS = 0.25
#: While training goes on, a checkpoint of one name is uploaded at most so often; the newest always at the end.
CHECKPOINT_SECONDS = 60.0
BEST_PRIMARY = "best-primary"
Result = TypeVar("Result")
log = logging.getLogger("snellen.supervise")


class Files(threading.Thread):
    """A thread for as long as the trainer runs, and until all that it left is stored."""

    def __init__(self, folder: JobFolder, spec: JobSpec, client: ServerClient, ending: threading.Event) -> None:
        super().__init__(name="files", daemon=True)
        self._folder = folder
        self._spec = spec
        self._client = client
        self._ending = ending
        self._journal = Journal(folder.events)
        self._evaluator = Evaluator(spec, folder.dataset)
        self._follower = Follower(folder.events, folder.root / "cursor-files.json")
        #: Checkpoints that wait for their upload, the newest of each name; kept with the cursor.
        self._waiting: dict[str, dict[str, Any]] = self._follower.notes.setdefault("waiting", {})
        self._uploaded_at: dict[str, float] = {}
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
                self._telling(f"file {event.get('name')!r}", lambda e=event: self._artifact(e))  # type: ignore[misc]
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
        carried = ("task_type", "primary_metric_name", "primary_metric_value", "overall_loss", "metrics", "class_names")
        body = {name: event[name] for name in carried if name in event}
        body.update(epoch=epoch, task_type=str(self._spec.task))
        for plot in event.get("plots", []):
            self._telling(f"plot {plot.get('name')!r}", lambda p=plot: self._plot({**p, "epoch": epoch}))  # type: ignore[misc]
        raw = event.get("predictions_path")
        if raw is not None:
            body |= self._evaluated(self._inside(raw), epoch)
        self._patiently(lambda: self._client.post_result(body), f"the result of epoch {epoch}")
        self._note_best(epoch, body)

    def _evaluated(self, raw: Path, epoch: int) -> dict[str, Any]:
        try:
            found = self._evaluator.evaluate(raw, epoch)
        except Exception as error:
            detail = reason_of(error)
            log.warning("epoch %s could not be evaluated", epoch, exc_info=True)
            self._warn(f"epoch {epoch} could not be evaluated: {detail}")
            return {"evaluation_error": detail[:2000]}
        predictions = self._upload(found.predictions, ArtifactKind.PREDICTIONS, "predictions.parquet", PARQUET, epoch)
        matches = self._upload(found.matches, ArtifactKind.EVALUATION, "matches.parquet", PARQUET, epoch)
        for path in (found.predictions, found.matches):
            path.unlink(missing_ok=True)
        return {
            "predictions_key": predictions["key"],
            "matches_key": matches["key"],
            "evaluation": found.evaluation,
        }

    def _note_best(self, epoch: int, body: dict[str, Any]) -> None:
        """Whether this epoch is the best so far by the job's own primary metric: its weights are to be kept."""
        primary = self._spec.primary_metric
        values = body.get("metrics", {})
        if primary.source is Source.COMPUTED:
            values = body.get("evaluation", {}).get("metrics", {})
        if primary.name not in values:
            return
        value = numbers.decode(values[primary.name])
        if primary.better(value, self._follower.notes.get("best_value")):
            self._follower.notes.update(best_epoch=epoch, best_value=value)

    def _artifact(self, event: dict[str, Any]) -> None:
        kind = ArtifactKind(event.get("kind", ArtifactKind.FILE))
        if kind is ArtifactKind.CHECKPOINT:
            self._checkpoint(event)
        elif kind is ArtifactKind.PLOT:
            self._plot(event)
        else:
            path = self._inside(event["path"])
            kind_of_content = event.get("content_type") or _content_type(path)
            self._upload(path, ArtifactKind.FILE, event["name"], kind_of_content, event.get("epoch"))

    def _plot(self, event: dict[str, Any]) -> None:
        path = self._inside(event["path"])
        content_type = event.get("content_type") or _content_type(path)
        self._upload(path, ArtifactKind.PLOT, event["name"], content_type, event.get("epoch"))

    def _checkpoint(self, event: dict[str, Any]) -> None:
        name = str(event["name"])
        self._wait_for_upload(name, event)
        if name.startswith("last") and event.get("epoch") == self._follower.notes.get("best_epoch", -1):
            primary = self._spec.primary_metric
            metadata = {
                **event.get("metadata", {}),
                "chosen_by": f"{primary.name} ({primary.source})",
                "value": numbers.encode(self._follower.notes["best_value"]),
            }
            self._wait_for_upload(BEST_PRIMARY + Path(name).suffix, {**event, "metadata": metadata})

    def _wait_for_upload(self, name: str, event: dict[str, Any]) -> None:
        replaced = self._waiting.get(name)
        self._waiting[name] = event
        if replaced is not None:
            self._drop(replaced["path"])

    def _upload_checkpoints(self, *, everything: bool) -> None:
        for name, event in list(self._waiting.items()):
            if not everything and time.monotonic() - self._uploaded_at.get(name, 0.0) < CHECKPOINT_SECONDS:
                continue
            self._uploaded_at[name] = time.monotonic()
            self._telling(f"checkpoint {name!r}", lambda n=name, e=event: self._send_checkpoint(n, e))  # type: ignore[misc]
            del self._waiting[name]
            self._follower.commit(*self._follower.position())
            self._drop(event["path"])

    def _send_checkpoint(self, name: str, event: dict[str, Any]) -> None:
        path = self._inside(event["path"])
        metadata = event.get("metadata", {})
        self._upload(path, ArtifactKind.CHECKPOINT, name, "application/octet-stream", event.get("epoch"), metadata)

    def _drop(self, relative: str) -> None:
        """Remove a local copy that nothing waits for any more."""
        if all(event["path"] != relative for event in self._waiting.values()):
            with contextlib.suppress(OSError, SnellenError):
                self._inside(relative).unlink(missing_ok=True)

    def _upload(
        self,
        path: Path,
        kind: ArtifactKind,
        name: str,
        content_type: str,
        epoch: int | None,
        metadata: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        return self._patiently(
            lambda: self._client.upload(
                path, kind=kind.value, name=name, content_type=content_type, epoch=epoch, metadata=metadata
            ),
            f"storing {name}",
        )

    def _patiently(self, action: Callable[[], Result], what: str) -> Result:
        return until_done(action, ending=self._ending, what=what)

    def _inside(self, relative: str) -> Path:
        """A path of the job's folder; one that leads out of it is refused."""
        root = self._folder.root.resolve()
        path = (root / relative).resolve()
        if not path.is_relative_to(root):
            raise SnellenError(f"{relative!r} is outside the job's folder")
        return path

    def _warn(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._journal.append(EventType.LOG, level="warning", lines=[text])


def _content_type(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"

"""What a trainer says while it trains. It ends in files of the job folder; no call waits on a network."""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from snellen.contract import numbers
from snellen.contract.disk import when_there_is_room
from snellen.contract.events import ArtifactKind, EventType, Journal
from snellen.contract.folder import JobFolder
from snellen.contract.plain import plain, whole_number, whole_text
from snellen.contract.spec import JobSpec
from snellen.errors import reason_of

log = logging.getLogger("snellen.sdk")

#: Progress within an epoch is told at most so often.
ROOM_SECONDS = 60.0
PROGRESS_SECONDS = 0.5


class JobContext:
    """The job as its trainer sees it.

    What goes wrong with reporting (a full disk, a value that is no number, an epoch below 1) is logged and, where that
    is still possible, shown on the job; it never raises into the training. Numbers may be numpy's, paths may be text.
    """

    def __init__(self, folder: JobFolder, spec: JobSpec | None = None) -> None:
        self.folder = folder
        self.job: JobSpec = spec or folder.spec()
        folder.make_places()
        self.stopped = False
        #: The epochs whose validation has been told: a second one would take the first one's place.
        self.validated: set[int] = set()
        #: One line that says how the training ended, when there is something to say (early stopping).
        self.note: str | None = None
        self._journal = Journal(folder.events)
        self._told = 0.0

    @property
    def params(self) -> Mapping[str, Any]:
        """The hyperparameters of the job, as they passed the trainer's schema."""
        return self.job.params

    @property
    def dataset_dir(self) -> Path:
        """The dataset in the format that the trainer asked for."""
        return self.folder.dataset

    @property
    def resume_from(self) -> Path | None:
        """The checkpoint of an earlier attempt to go on from; a trainer goes on with the epoch after it."""
        return None if self.job.resume_from is None else self.folder.root / self.job.resume_from

    @property
    def resume_metadata(self) -> Mapping[str, Any]:
        """The ``metadata`` that came with that checkpoint when it was saved; empty without one."""
        try:
            found = json.loads(self.folder.resume_record.read_text(encoding="utf-8"))["metadata"]
            return {key: numbers.decode(value) if value in numbers.NAMES else value for key, value in found.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    @property
    def init_from(self) -> Path | None:
        """Weights of another job to begin a training of its own with."""
        return None if self.job.init_from is None else self.folder.root / self.job.init_from

    def log_metrics(self, values: Mapping[str, Any], *, step: int | None = None, epoch: int | None = None) -> None:
        """Metrics at a step; a metric of a whole epoch has the epoch (from 1) as its step.

        Values are numbers or zero-dimensional arrays; NaN and infinities are kept as such.
        """
        names = ", ".join(map(str, list(values)[:3]))
        known = self._epoch(epoch, f"metrics ({names})")
        at = known if step is None else self._whole(step, f"metrics ({names}): step")
        if at is None:
            self._warn(f"metrics ({names}) came without a step or an epoch; left out")
            return
        encoded = self._encoded(values)
        if encoded:
            self._append(EventType.METRICS, step=at, epoch=known, values=encoded)

    def log_validation(
        self,
        epoch: int,
        *,
        metrics: Mapping[str, Any] | None = None,
        overall_loss: float | None = None,
        predictions: Any = None,
        images: Sequence[str] | None = None,
        min_score: float | None = None,
        plots: Sequence[Path | str] = (),
    ) -> None:
        """One epoch's validation, and everything that the model predicted on the validation images.

        `predictions` are columns (arrays or sequences of equal length, or a polars frame), in pixels of the original
        image, origin top-left; ``image`` is the path relative to :attr:`dataset_dir`:

        - detection: ``image, class_id, score, x, y, w, h``, top-left corner and size;
        - segmentation: the same and ``rle``, the counts of COCO's compressed RLE at the size of the image;
        - pose: the same and ``keypoints``, for each ``[x, y, score]``, also as an array [n, K, 3];
        - classification: ``image, class_id, score`` of the best five labels of each image, perhaps their ``rank``.

        `images` are the paths of all validation images, also those without predictions. `min_score` is from which
        score on predictions were kept, if that is more than the 0.001 that are kept anyway.
        """
        known = self._epoch(epoch, "a validation", required=True)
        if known is None:
            return
        epoch = known
        fields: dict[str, Any] = {"epoch": epoch, "task_type": str(self.job.task)}
        if metrics is not None:
            fields["metrics"] = self._encoded(metrics)
        if overall_loss is not None:
            fields |= self._encoded({"overall_loss": overall_loss})
        if predictions is not None:
            if images is None:
                self._warn(f"the predictions of epoch {epoch} came without the list of validation images")
            path = self.folder.predictions_file(epoch)
            try:
                from snellen.formats.predictions import MIN_SCORE, write_raw

                least = MIN_SCORE if min_score is None else max(MIN_SCORE, float(min_score))
                write_raw(path, predictions, images=images or (), task=self.job.task, min_score=least)
                fields["predictions_path"] = self.folder.relative(path)
            except Exception as error:
                self._warn(f"the predictions of epoch {epoch} could not be written: {type(error).__name__}: {error}")
        fields["plots"] = [p for plot in plots if (p := self._kept_plot(Path(plot), epoch)) is not None]
        self.validated.add(epoch)
        self._append(EventType.VALIDATION, **fields)

    def log_predictions(
        self,
        epoch: int,
        *,
        images: Sequence[Path | str],
        predictions: Sequence[Mapping[str, Any]] | None = None,
        probabilities: Any = None,
        box_format: str | None = None,
        first_label: int = 0,
        metrics: Mapping[str, Any] | None = None,
        overall_loss: float | None = None,
        plots: Sequence[Path | str] = (),
        min_score: float | None = None,
    ) -> None:
        """One epoch's validation, with what the model gave for each image: tensors, numpy arrays or lists.

        `images` are the paths of all validation images in :attr:`dataset_dir`. `predictions` has a mapping for each, in
        pixels of the original image, as torchvision's models give it: ``scores`` [n] from 0 to 1, ``labels`` [n] whole
        numbers of which `first_label` is the first class (1 for torchvision, which has a background), ``boxes`` [n, 4]
        in the `box_format` ``xyxy``, ``xywh`` or ``cxcywh``, for segmentation ``masks`` [n, H, W] or [n, 1, H, W], true
        or above 0.5, for pose ``keypoints`` [n, K, 3] as x, y, score. Boxes of masks and poses may be left out. For
        classification `probabilities` is an array [images, classes]; the best five of each are kept.

        What doesn't fit is told on the job with the epoch and the image, and the metrics are kept without predictions.
        """
        names, columns = None, None
        try:
            from snellen.sdk.predictions import columns_of

            names, columns = columns_of(
                self.job, self.dataset_dir, images, predictions=predictions, probabilities=probabilities,
                box_format=box_format, first_label=first_label, min_score=min_score,
            )  # fmt: skip
        except Exception as error:
            self._warn(f"the predictions of epoch {epoch} are left out: {reason_of(error)}")
        self.log_validation(
            epoch, metrics=metrics, overall_loss=overall_loss, predictions=columns, images=names,
            min_score=min_score, plots=plots,
        )  # fmt: skip

    def log_plot(self, path: Path | str, *, epoch: int | None = None, name: str | None = None) -> None:
        """A picture: of an epoch's validation, or of the whole training."""
        epoch = self._epoch(epoch, f"plot {path}")
        kept = self._kept_plot(Path(path), epoch)
        if kept is not None:
            fields = {
                "kind": ArtifactKind.PLOT.value,
                "name": name or kept["name"],
                "path": kept["path"],
                "epoch": epoch,
            }
            self._append(EventType.ARTIFACT, **fields)

    def save_checkpoint(
        self,
        path: Path | str,
        *,
        name: str = "last",
        epoch: int | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep a checkpoint: it is copied at once, so `path` may be overwritten by the next epoch.

        What is None in `metadata` is left out.
        """
        path = Path(path)
        epoch = self._epoch(epoch, f"checkpoint {name!r}")
        try:
            part = "" if epoch is None else f"-{epoch:06d}"
            target = self.folder.checkpoints / f"{name}{part}-{time.time_ns()}{path.suffix}"
            temporary = target.with_name(f".{target.name}")
            shutil.copyfile(path, temporary)
            temporary.replace(target)
        except (OSError, ValueError) as error:
            self._warn(f"checkpoint {name!r} could not be kept: {error}")
            return
        self._append(
            EventType.ARTIFACT,
            kind=ArtifactKind.CHECKPOINT.value,
            name=name + path.suffix,
            path=self.folder.relative(target),
            epoch=epoch,
            metadata={k: v for k, v in (metadata or {}).items() if v is not None},
        )

    def progress(self, epoch: int, fraction: float, phase: str = "train", message: str | None = None) -> None:
        """How far the epoch (from 1) is, from 0 to 1; told at most twice a second."""
        now = time.monotonic()
        known = self._epoch(epoch, "progress")
        try:
            part = min(1.0, max(0.0, float(fraction)))
        except (TypeError, ValueError):
            self._warn(f"progress: got {fraction!r}, expected a fraction from 0 to 1")
            return
        if known is None or (now - self._told < PROGRESS_SECONDS and 0.0 < part < 1.0):
            return
        self._told = now
        fields: dict[str, Any] = {
            "epoch": known,
            "epochs": self.job.epochs,
            "fraction": round(part, 4),
            "phase": phase,
        }
        if message:
            fields["message"] = message
        self._append(EventType.PROGRESS, **fields)

    def should_stop(self) -> bool:
        """Whether somebody asked the job to stop; a trainer looks at each epoch's end, then returns."""
        if self.folder.stop_asked():
            self.stopped = True
        return self.stopped

    def should_stop_now(self) -> bool:
        """Whether the end of the epoch is not to be waited for; a trainer looks after each batch.

        What the epoch has learned is dropped then; the last checkpoint stays. Costs some microseconds.
        """
        if self.folder.stop_asked_now():
            self.stopped = True
            return True
        return False

    def log(self, text: str, *, level: str = "info") -> None:
        """Lines for the job's log, beside what the trainer prints."""
        self._append(EventType.LOG, level=level, lines=str(text).splitlines())

    def close(self) -> None:
        """Close the journal; what a full disk has kept out of it waits a minute for room."""
        try:
            when_there_is_room(self._journal.flush, what="the journal", seconds=ROOM_SECONDS)
        except OSError as error:
            log.warning("the last events could not be written to %s: %s", self.folder.events, error)
        self._journal.close()

    def _kept_plot(self, path: Path, epoch: int | None) -> dict[str, str] | None:
        """A copy in the job's folder, since frameworks draw the next one over it."""
        try:
            folder = self.folder.plots / ("job" if epoch is None else f"epoch-{epoch:06d}")
            folder.mkdir(parents=True, exist_ok=True)
            target = folder / path.name
            if path.resolve() != target.resolve():
                shutil.copyfile(path, target)
            return {"name": path.name, "path": self.folder.relative(target)}
        except (OSError, ValueError) as error:
            self._warn(f"plot {path.name} could not be kept: {error}")
            return None

    def _encoded(self, values: Mapping[str, Any]) -> dict[str, float | str]:
        encoded: dict[str, float | str] = {}
        for key, value in values.items():
            try:
                encoded[whole_text(str(key))] = numbers.encode(float(value))
            except Exception as error:  # whatever a value of a framework's own class may raise
                self._warn(f"metric {key!r} is no number ({error}); left out")
        return encoded

    def _whole(self, value: Any, what: str) -> int | None:
        try:
            return whole_number(value)
        except ValueError as error:
            self._warn(f"{what}: {error}")
            return None

    def _epoch(self, value: Any, what: str, *, required: bool = False) -> int | None:
        if value is None and required:
            self._warn(f"{what} came without an epoch; left out")
        epoch = None if value is None else self._whole(value, f"{what}: epoch")
        if epoch is not None and epoch < 1:
            self._warn(f"{what}: epoch: got {epoch}; epochs are counted from 1")
            return None
        return epoch

    def _warn(self, text: str) -> None:
        log.warning("%s", whole_text(text))
        self._append(EventType.LOG, level="warning", lines=[text])

    def _append(self, event_type: EventType, **fields: Any) -> None:
        try:
            self._journal.append(event_type, **plain(fields))
        except Exception as error:
            log.warning("an event could not be written to %s: %s", self.folder.events, error)

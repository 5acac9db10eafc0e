"""The trainings of one task of one trainer. Each is run when a check first asks for it, once."""

from __future__ import annotations

import functools
import itertools
import json
import shutil
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from snellen.contract.events import ArtifactKind, EventType
from snellen.contract.folder import JobFolder, init_path, resume_path, write_whole
from snellen.contract.spec import JobSpec
from snellen.contract.tasks import Task, default_primary
from snellen.sdk.conformance.bench import Bench, Checkpoint, Run
from snellen.sdk.conformance.failures import NotConforming, expect
from snellen.sdk.conformance.journal import Lines
from snellen.sdk.conformance.shapes import ShapeDataset, draw_shapes

EPOCHS = 3
#: No training of the check comes to so many: what is killed was in the middle.
MANY_EPOCHS = 200
UNKNOWN_MODEL = "no-such-model"
UNKNOWN_PARAMETER = "no_such_parameter"
LIKELY = (
    "trained", "stopped", "killed", "stopped_at_once", "of_unknown_model", "resumed", "resumed_after_kill",
    "from_cut_checkpoint", "fine_tuned",
)  # fmt: skip

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Description:
    """What ``python -m snellen.sdk describe NAME`` answers; ``conformance`` is {task: {model, params}}."""

    version: str
    tasks: tuple[Task, ...]
    schema: dict[str, Any]
    models: tuple[str, ...]
    conformance: dict[str, Any]

    @classmethod
    def ask(cls, bench: Bench, trainer: str) -> Description:
        """Ask the trainer's own Python; :class:`~snellen.sdk.conformance.NotConforming` for no or a wrong answer."""
        try:
            answer = bench.ask("describe", trainer)
        except OSError as error:
            raise NotConforming(f"{bench.python} can't be run ({error.strerror})") from error
        except subprocess.TimeoutExpired as error:
            raise NotConforming(f"no answer to describe after {bench.seconds:g} s") from error
        said = (answer.stderr.strip().splitlines() or ["without a word"])[-1]
        expect(answer.returncode == 0, f"it can't be described: {said}")
        try:
            found = json.loads(answer.stdout)
            tasks = tuple(Task(task) for task in found["tasks"])
            models = tuple(str(model) for model in found["models"])
            return cls(found["version"], tasks, found["schema"], models, found["conformance"])
        except (ValueError, KeyError, TypeError) as error:
            text = f"describe answered {answer.stdout[:300]!r} ({type(error).__name__}: {error})"
            raise NotConforming(f"{text}; is the snellen of {bench.python} as new as this one?") from error


class Trial:
    """A task, its ten pictures and what the trainer made of them."""

    def __init__(self, bench: Bench, trainer: str, task: Task, description: Callable[[], Description]) -> None:
        self.trainer = trainer
        self.task = task
        self._bench = bench
        self._describe = description
        self._ids = itertools.count(1)
        self._made: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()

    @property
    def description(self) -> Description:
        """What the trainer says of itself."""
        return self._describe()

    @property
    def params(self) -> dict[str, Any]:
        """The hyperparameters of a quick training."""
        return dict(self.description.conformance[self.task]["params"])

    @property
    def dataset(self) -> ShapeDataset:
        """The pictures."""
        return self._once("pictures", lambda: draw_shapes(self._bench.pictures / self.task, self.task))

    @property
    def trained(self) -> Run:
        """All epochs, undisturbed."""
        return self._once("trained", lambda: self._run("trained"))

    @property
    def stopped(self) -> Run:
        """The same, asked to stop before it began, so that it ends with its first epoch."""
        return self._once("stopped", lambda: self._run("stopped", stop=True))

    @property
    def stopped_at_once(self) -> Run:
        """Asked to stop at once before it began, so that it ends with its first batch."""
        return self._once("stopped-at-once", lambda: self._run("stopped-at-once", stop_now=True))

    @property
    def resumed(self) -> Run:
        """What goes on from :attr:`stopped`."""
        return self._once("resumed", lambda: self._run("resumed", resume=self.stopped.last_checkpoint()))

    @property
    def killed(self) -> Run:
        """Killed when its first checkpoint was told, far from its end."""

        def make() -> Run:
            return self._bench.run(self._job("killed", epochs=MANY_EPOCHS), kill_when=_has_checkpoint)

        return self._once("killed", make)

    @property
    def resumed_after_kill(self) -> Run:
        """One epoch more of :attr:`killed`."""

        def make() -> Run:
            checkpoint = self.killed.last_checkpoint()
            return self._run("killed-resumed", epochs=MANY_EPOCHS, resume=checkpoint, stop=True)

        return self._once("killed-resumed", make)

    @property
    def from_cut_checkpoint(self) -> Run:
        """An attempt to go on from half of a checkpoint."""

        def make() -> Run:
            folder = self._job("cut", resume=self.stopped.last_checkpoint())
            path = folder.root / str(folder.spec().resume_from)
            with path.open("r+b") as file:
                file.truncate(path.stat().st_size // 2)
            return self._bench.run(folder)

        return self._once("cut", make)

    @property
    def fine_tuned(self) -> Run:
        """One epoch of a new job that begins with the weights of :attr:`trained`."""
        return self._once("fine-tuned", lambda: self._run("fine-tuned", init=self.trained.last_checkpoint(), stop=True))

    @property
    def of_unknown_model(self) -> Run:
        """A training of a model that doesn't exist."""
        return self._once("unknown-model", lambda: self._run("unknown-model", model=UNKNOWN_MODEL))

    @property
    def with_unknown_parameter(self) -> Run:
        """A training with a hyperparameter that doesn't exist."""
        params = self.params | {UNKNOWN_PARAMETER: 1}
        return self._once("unknown-parameter", lambda: self._run("unknown-parameter", params=params))

    def likely(self, *, alone: bool) -> list[Callable[[], Run]]:
        """The trainings that checks will ask for, those first that others go on from; `alone`: the first of them."""
        names = ["trained"] if alone else list(LIKELY)
        if not self.description.models and not alone:
            names.remove("of_unknown_model")
        return [functools.partial(getattr, self, name) for name in names]

    def _once(self, name: str, make: Callable[[], Made]) -> Made:
        """What `make` gives, made once whoever asks first; others wait for it."""
        with self._lock:
            known = self._made.get(name)
            future = self._made.setdefault(name, Future())
        if known is None:
            try:
                future.set_result(make())
            except BaseException as error:
                future.set_exception(error)
        made: Made = future.result()
        return made

    def _run(self, name: str, **how: Any) -> Run:
        return self._bench.run(self._job(name, **how))

    def _job(
        self,
        name: str,
        *,
        epochs: int = EPOCHS,
        stop: bool = False,
        stop_now: bool = False,
        resume: Checkpoint | None = None,
        init: Checkpoint | None = None,
        **fields: Any,
    ) -> JobFolder:
        """A folder as the server and a supervisor prepare it."""
        folder = JobFolder(self._bench.jobs / f"{self.task}-{name}")
        given: dict[str, Any] = {"model": self.description.conformance[self.task]["model"], "params": self.params}
        spec = JobSpec(
            job_id=next(self._ids),
            attempt=1 if resume is None else 2,
            name=name,
            trainer=self.trainer,
            task=self.task,
            epochs=epochs,
            primary_metric=default_primary(self.task),
            dataset=self.dataset.ref,
            resume_from=None if resume is None else resume_path(resume.name),
            init_from=None if init is None else init_path(init.name),
            **given | fields,
        )
        folder.create(spec)
        self.dataset.export(folder.dataset)
        if resume is not None:
            record = {"name": resume.name, "epoch": resume.epoch, "metadata": resume.metadata}
            _bring(folder, resume, spec.resume_from)
            write_whole(folder.resume_record, json.dumps(record))
        if init is not None:
            _bring(folder, init, spec.init_from)
        if stop or stop_now:
            folder.ask_stop(now=stop_now)
        return folder


def _bring(folder: JobFolder, checkpoint: Checkpoint, target: str | None) -> None:
    folder.weights.mkdir()
    shutil.copyfile(checkpoint.path, folder.root / str(target))


def _has_checkpoint(journal: Lines) -> bool:
    return any(event.get("kind") == ArtifactKind.CHECKPOINT for event in journal.of(EventType.ARTIFACT))

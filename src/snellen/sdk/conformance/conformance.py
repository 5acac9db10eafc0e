"""A trainer, its trainings and the checks of them, for pytest and for the command line."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from snellen.contract.tasks import Task
from snellen.errors import InvalidInput
from snellen.sdk.conformance.bench import Bench
from snellen.sdk.conformance.checks import CHECKS, Check
from snellen.sdk.conformance.failures import NotChecked, NotConforming
from snellen.sdk.conformance.trial import Description, Trial

#: A training of ten pictures has so long.
SECONDS = 300.0
#: A training of ten pictures mostly starts: two of them keep two cores busy.
SIDE_BY_SIDE = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """How a check of a task ended. ``ok`` is None where it does not apply; ``reason`` says why it isn't True."""

    check: str
    title: str
    task: Task | None
    ok: bool | None
    reason: str | None
    seconds: float


class Conformance:
    """Checks one trainer. Trainings are run when a check first needs them and are shared by all.

    `folder` takes the job folders, and they stay there. `python` runs the trainer; without it
    ``SNELLEN_TRAINER_PYTHONS`` and ``SNELLEN_TRAINER_PYTHON`` say which, else it is this one. `tasks` are those to
    check, all of the trainer's without it; what takes trainings of its own (stop, resume, kill …) is checked for the
    first of them unless `every_task`. A training has `seconds`; once :meth:`run_ahead` was called, as many run
    `side_by_side`.
    """

    def __init__(
        self,
        trainer: str,
        folder: Path,
        *,
        python: Path | str | None = None,
        tasks: Sequence[Task | str] | None = None,
        every_task: bool = False,
        seconds: float = SECONDS,
        side_by_side: int = SIDE_BY_SIDE,
    ) -> None:
        self.trainer = trainer
        self.python = str(python or python_for(trainer))
        if os.sep in self.python:
            # Jobs run elsewhere. Not resolved: an environment's Python is a link, and what it is is in its place.
            self.python = os.path.abspath(self.python)
        self.every_task = every_task
        self._wanted = None if tasks is None else tuple(Task(task) for task in tasks)
        # Symbolic links resolved: strays are compared by their paths.
        self._bench = Bench(folder.resolve(), self.python, seconds=seconds)
        self._pool = ThreadPoolExecutor(side_by_side, thread_name_prefix="snellen-check")
        self._undescribed: NotConforming | None = None
        self._description: Description | None = None

    @property
    def description(self) -> Description:
        """What the trainer says of itself; :class:`~snellen.sdk.conformance.NotConforming` if it says nothing."""
        if self._undescribed is not None:
            raise self._undescribed
        if self._description is None:
            try:
                self._description = Description.ask(self._bench, self.trainer)
            except NotConforming as error:
                self._undescribed = error
                raise
        return self._description

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        """One for each task that is checked."""
        offered = self.description.tasks
        wanted = offered if self._wanted is None else self._wanted
        strange = [task for task in wanted if task not in offered]
        if strange:
            raise InvalidInput(f"task: {self.trainer} does not do {', '.join(strange)}; it does: {', '.join(offered)}")
        if not wanted:
            raise NotConforming("it names no task")
        return tuple(Trial(self._bench, self.trainer, task, lambda: self.description) for task in wanted)

    def run_ahead(self) -> None:
        """Start all trainings that the checks will ask for; nothing if the trainer can't be described."""
        with contextlib.suppress(NotConforming):
            for trial in self.trials:
                for training in trial.likely(alone=not (self.every_task or trial is self.trials[0])):
                    self._pool.submit(training)

    def close(self) -> None:
        """End what still runs."""
        self._bench.close()
        self._pool.shutdown(cancel_futures=True)

    def check(self, name: str) -> None:
        """Make one check for all tasks that it is made for.

        Raises :class:`~snellen.sdk.conformance.NotConforming` with the reason for each task, or
        :class:`~snellen.sdk.conformance.NotChecked` where it applies to none.
        """
        found = [self._finding(each, trial) for each in CHECKS if each.name == name for trial in self._trials_of(each)]
        failed = [f"{finding.task}: {finding.reason}" for finding in found if finding.ok is False]
        if failed:
            raise NotConforming("\n".join(failed))
        if not any(finding.ok for finding in found):
            raise NotChecked("; ".join(f"{finding.task}: {finding.reason}" for finding in found))

    def findings(self) -> Iterator[Finding]:
        """Make all checks, one after the other; if the trainer can't be described, that is the only finding."""
        began = time.monotonic()
        try:
            trials = self.trials
        except NotConforming as error:
            yield Finding(CHECKS[0].name, CHECKS[0].title, None, False, str(error), time.monotonic() - began)
            return
        self.run_ahead()
        for trial in trials:
            for check in CHECKS:
                if trial in self._trials_of(check):
                    yield self._finding(check, trial)

    def _trials_of(self, check: Check) -> tuple[Trial, ...]:
        return self.trials if check.of_each_task or self.every_task else self.trials[:1]

    def _finding(self, check: Check, trial: Trial) -> Finding:
        began = time.monotonic()
        ok: bool | None = True
        reason = None
        try:
            check.run(trial)
        except NotChecked as error:
            ok, reason = None, str(error)
        except NotConforming as error:
            ok, reason = False, str(error)
        return Finding(check.name, check.title, trial.task, ok, reason, time.monotonic() - began)


def python_for(trainer: str) -> str:
    """The Python of a trainer: by the table ``SNELLEN_TRAINER_PYTHONS``, by ``SNELLEN_TRAINER_PYTHON``, else this."""
    given = os.environ.get("SNELLEN_TRAINER_PYTHONS")
    if given:
        try:
            table = json.loads(given)
            if trainer in table:
                return str(table[trainer])
        except (ValueError, TypeError) as error:
            raise InvalidInput(f"SNELLEN_TRAINER_PYTHONS: got {given!r}, expected {{trainer: path}}") from error
    return os.environ.get("SNELLEN_TRAINER_PYTHON") or sys.executable

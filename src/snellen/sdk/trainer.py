"""What a trainer is: an adapter that knows one framework."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from snellen.contract.tasks import Task
from snellen.sdk.context import JobContext


class Trainer(ABC):
    """Trains one job in a process of its own. Registered as an entry point in ``snellen.trainers``.

    The framework is imported inside the methods, so that a trainer can be listed where it isn't installed; they raise
    :class:`~snellen.errors.ExtraMissing` then, which says what to install.
    """

    name: ClassVar[str]
    tasks: ClassVar[Sequence[Task]]
    #: Models worth offering; others may be named too.
    models: ClassVar[Sequence[str]] = ()
    #: A regular expression of further names that the framework brings or fetches itself. Any other model may be a file,
    #: and who names one needs the permission to run code.
    own_models: ClassVar[str] = ""
    #: Whether jobs say themselves which code runs, by a hyperparameter: those need that permission always.
    runs_code: ClassVar[bool] = False
    #: Whether it trains on several nodes, as :class:`~snellen.sdk.group.Group` says in the environment.
    several_nodes: ClassVar[bool] = False
    #: How the job's ``dataset/`` is laid out.
    dataset_format: ClassVar[str] = "yolo"
    #: The smallest model of a task and hyperparameters with which ten pictures take seconds: what the conformance suite
    #: trains. Without a model the first of `models`.
    conformance_models: ClassVar[Mapping[Task, str]] = {}
    conformance_params: ClassVar[Mapping[str, Any]] = {}

    @abstractmethod
    def version(self) -> str:
        """The framework's version."""

    @abstractmethod
    def schema(self, task: Task) -> dict[str, Any]:
        """The hyperparameters of a task as a JSON Schema (2020-12) of an object."""

    @abstractmethod
    def run(self, ctx: JobContext) -> None:
        """Train. Returning means completed, or stopped after ``ctx.should_stop()``; raising means failed."""

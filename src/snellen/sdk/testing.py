"""The conformance suite of trainers: inherit it, name the trainer, and every promise of the job folder is tested."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from snellen.contract.tasks import Task
from snellen.sdk.conformance import CHECKS, Conformance, NotChecked
from snellen.sdk.conformance.conformance import SECONDS, SIDE_BY_SIDE


class TrainerSuite:
    """Subclasses name a trainer that is installed: ``class TestMine(TrainerSuite): trainer = "mine"``.

    Ten small pictures a task are drawn, and the trainer's own process trains on them; one training is shared by what
    looks at it. A trainer says with ``conformance_models`` and ``conformance_params`` what trains quickly.
    """

    #: Its name among the entry points of ``snellen.trainers``.
    trainer: ClassVar[str]
    #: What is checked; without it, all that the trainer does.
    tasks: ClassVar[Sequence[Task] | None] = None
    #: Stop, resume, kill … for each task, not for the first alone.
    every_task: ClassVar[bool] = False
    #: The Python that runs the trainer; without it, as ``SNELLEN_TRAINER_PYTHON(S)`` say, else this one.
    python: ClassVar[Path | str | None] = None
    #: How long a training may take.
    seconds: ClassVar[float] = SECONDS
    #: So many trainings run at a time when all of this is tested.
    side_by_side: ClassVar[int] = SIDE_BY_SIDE

    @pytest.fixture(scope="class")
    def conformance(
        self, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[Conformance]:
        """The trainer and its trainings."""
        suite: type[TrainerSuite] = request.cls
        name = getattr(suite, "trainer", None)
        if not isinstance(name, str) or not name:
            pytest.fail(
                f"{suite.__name__}: trainer is not set; expected the name of an entry point in snellen.trainers: "
                f'class {suite.__name__}(TrainerSuite): trainer = "mine"',
                pytrace=False,
            )
        conformance = Conformance(
            name,
            tmp_path_factory.mktemp(f"conformance-{name}"),
            python=suite.python,
            tasks=suite.tasks,
            every_task=suite.every_task,
            seconds=suite.seconds,
            side_by_side=suite.side_by_side,
        )
        chosen = [item for item in request.session.items if isinstance(item, pytest.Function) and item.cls is suite]
        if len(chosen) >= len(CHECKS):
            conformance.run_ahead()
        yield conformance
        conformance.close()

    def test_it_describes_itself_and_the_defaults_of_its_schema_pass_it(self, conformance: Conformance) -> None:
        _check(conformance, "describe")

    def test_a_training_runs_to_its_end_and_tells_every_epoch(self, conformance: Conformance) -> None:
        _check(conformance, "train")

    def test_its_predictions_can_be_evaluated(self, conformance: Conformance) -> None:
        _check(conformance, "predictions")

    def test_every_line_of_its_journal_is_an_event(self, conformance: Conformance) -> None:
        _check(conformance, "journal")

    def test_the_last_epochs_checkpoint_is_kept(self, conformance: Conformance) -> None:
        _check(conformance, "checkpoints")

    def test_it_writes_in_its_folder_alone_and_leaves_the_dataset_as_it_was(self, conformance: Conformance) -> None:
        _check(conformance, "places")

    def test_it_needs_no_platform_no_network_and_no_home(self, conformance: Conformance) -> None:
        _check(conformance, "alone")

    def test_asked_to_stop_it_ends_with_the_epoch_and_keeps_what_there_is(self, conformance: Conformance) -> None:
        _check(conformance, "stop")

    def test_asked_to_stop_at_once_it_ends_with_the_batch(self, conformance: Conformance) -> None:
        _check(conformance, "stop-now")

    def test_a_stopped_training_goes_on_with_the_next_epoch_nothing_twice(self, conformance: Conformance) -> None:
        _check(conformance, "resume")

    def test_a_resumed_training_has_the_learning_rate_of_one_without_a_break(self, conformance: Conformance) -> None:
        _check(conformance, "schedule")

    def test_killed_in_the_middle_it_goes_on_from_its_last_checkpoint(self, conformance: Conformance) -> None:
        _check(conformance, "kill")

    def test_half_a_checkpoint_is_refused_not_trained_from_scratch(self, conformance: Conformance) -> None:
        _check(conformance, "cut-checkpoint")

    def test_a_new_job_begins_with_anothers_weights(self, conformance: Conformance) -> None:
        _check(conformance, "fine-tune")

    def test_an_unknown_hyperparameter_or_a_value_out_of_range_is_refused(self, conformance: Conformance) -> None:
        _check(conformance, "bad-parameter")

    def test_an_unknown_model_is_refused_by_name(self, conformance: Conformance) -> None:
        _check(conformance, "unknown-model")


def _check(conformance: Conformance, name: str) -> None:
    """A check that doesn't apply is skipped with the reason."""
    try:
        conformance.check(name)
    except NotChecked as reason:
        pytest.skip(str(reason))

"""Spec, states, tasks, categories and the folder's names."""

from __future__ import annotations

from pathlib import Path

import pytest

from snellen.contract import states
from snellen.contract.categories import Category, category_of
from snellen.contract.folder import JobFolder, write_whole
from snellen.contract.spec import DatasetRef, JobSpec, Resources
from snellen.contract.states import JobState
from snellen.contract.tasks import Direction, PrimaryMetric, Source, Task, default_primary, direction_of
from snellen.errors import IllegalTransition, InvalidInput

SPEC = JobSpec(
    job_id=7,
    attempt=2,
    name="Prüfung",
    trainer="ultralytics",
    task=Task.DETECTION,
    model="yolo11n.yaml",
    epochs=3,
    primary_metric=PrimaryMetric("val/loss", Direction.MIN, Source.REPORTED),
    dataset=DatasetRef(1, "digits", "abc", ("0", "1")),
    params={"imgsz": 160},
    resources=Resources(gpus=1),
)


def test_a_spec_comes_back_as_it_was_written(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path / "job")
    folder.create(SPEC)
    assert folder.spec() == SPEC
    assert folder.root.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"primary_metric": 5}', SPEC.to_json().replace("attempt", "attemp")])
def test_a_spec_that_does_not_hold_what_it_should_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"job\.json can't be read"):
        JobSpec.from_json(text)


def test_a_folder_without_a_spec_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="expected a job folder"):
        JobFolder(tmp_path).spec()


def test_names_in_the_folder_are_those_of_the_reference(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    assert folder.predictions_file(12).name == "epoch-000012.parquet"
    assert folder.relative(folder.plots / "a b.png") == "plots/a b.png"
    with pytest.raises(ValueError, match="subpath"):
        folder.relative(tmp_path.parent / "elsewhere")


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "cursor.json"
    write_whole(path, "one")
    write_whole(path, "two")
    assert path.read_text() == "two"
    assert list(tmp_path.iterdir()) == [path]


def test_a_completed_job_is_over_for_good() -> None:
    for wanted in JobState:
        assert states.may_become(JobState.COMPLETED, wanted) is (wanted is JobState.COMPLETED)
    with pytest.raises(IllegalTransition, match="can become: nothing"):
        states.check(JobState.COMPLETED, JobState.RUNNING)


def test_every_state_is_in_the_table_and_a_lost_job_may_be_found_again() -> None:
    assert set(states.TRANSITIONS) == set(JobState)
    assert states.may_become(JobState.LOST, JobState.RUNNING)


def test_the_better_value_follows_the_direction_and_nan_never_wins() -> None:
    smaller, larger = PrimaryMetric("loss", Direction.MIN), default_primary(Task.DETECTION)
    assert smaller.better(1.0, 2.0)
    assert larger.better(2.0, 1.0)
    assert not larger.better(1.0, 1.0)
    assert larger.better(0.0, None)
    assert larger.better(0.0, float("nan"))
    assert not larger.better(float("nan"), None)


@pytest.mark.parametrize(
    ("key", "direction"),
    [("val/box_loss", "min"), ("metrics/mAP50-95(B)", "max"), ("top1_error", "min"), ("losses", "max"), ("mae", "min")],
)
def test_the_direction_is_read_from_words_not_from_parts_of_words(key: str, direction: str) -> None:
    assert direction_of(key) == direction


@pytest.mark.parametrize(
    ("key", "category"),
    [
        ("system/gpu0_percent", Category.SYSTEM),
        ("lr/pg0", Category.LEARNING_RATE),
        ("train/learning_rate", Category.LEARNING_RATE),
        ("val/box_loss", Category.TRAINING_LOSS),
        ("train/accuracy", Category.TRAINING_LOSS),
        ("snellen/mAP50", Category.VALIDATION),
        ("eval_f1", Category.VALIDATION),
        ("glossy", Category.OTHER),
        ("", Category.OTHER),
    ],
)
def test_the_category_is_known_from_the_key_alone(key: str, category: Category) -> None:
    assert category_of(key) is category

"""Suspect labels: by hand, on errors that were planted, and against cleanlab."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from snellen.contract.tasks import Task
from snellen.errors import InvalidInput
from snellen.evaluation import SUSPECT_KINDS, label_suspects

CLASSES = 6


def objects_of(*rows: tuple[int, int, float, float, float, float]) -> pl.DataFrame:
    return pl.DataFrame(
        list(rows), schema=["image_id", "class_id", "x", "y", "w", "h"], orient="row", infer_schema_length=None
    ).with_row_index("object_id")


def predictions_of(*rows: tuple[int, int, float, float, float, float, float]) -> pl.DataFrame:
    return pl.DataFrame(
        list(rows), schema=["image_id", "class_id", "score", "x", "y", "w", "h"], orient="row"
    ).with_columns(pl.col("score").cast(pl.Float32))


def known(images: int, class_id: int, score: float = 0.9) -> tuple[list[Any], list[Any]]:
    """Images from 100 on in which one object is found: they say from which score on the model is sure."""
    at = (10.0, 10.0, 50.0, 50.0)
    return (
        [(100 + i, class_id, *at) for i in range(images)],
        [(100 + i, class_id, score, *at) for i in range(images)],
    )


def kinds_of(objects: list[Any], predictions: list[Any]) -> list[tuple[Any, ...]]:
    found = label_suspects(Task.DETECTION, predictions_of(*predictions), objects_of(*objects), class_count=2)
    return found.suspects.select("kind", "image_id", "given", "suggested").rows()


def test_each_kind_is_told_by_what_the_model_says_instead() -> None:
    truths, found = known(8, 0)
    more_truths, more = known(8, 1)
    truths += [(200 + i, *row[1:]) for i, row in enumerate(more_truths)]
    found += [(200 + i, *row[1:]) for i, row in enumerate(more)]
    here = (10.0, 10.0, 50.0, 50.0)
    truths += [(1, 0, *here), (3, 0, *here), (4, 0, *here)]
    # Another class there; nothing labelled; nothing seen; seen 25 px beside, which is an IoU of a third.
    found += [(1, 1, 0.95, *here), (2, 1, 0.95, *here), (4, 0, 0.95, 35.0, 10.0, 50.0, 50.0)]
    assert sorted(kinds_of(truths, found)) == [
        ("class", 1, 0, 1), ("missing", 2, None, 1), ("place", 4, 0, 0), ("spurious", 3, 0, None),
    ]  # fmt: skip


def test_an_unsure_model_accuses_no_label() -> None:
    truths, found = known(8, 1)
    here = (10.0, 10.0, 50.0, 50.0)
    truths += [(1, 0, *here)]
    found += [(1, 1, 0.6, *here), (2, 1, 0.6, *here)]
    assert [row[0] for row in kinds_of(truths, found)] == []
    # It is as sure as of what it finds.
    found[-2:] = [(1, 1, 0.9, *here), (2, 1, 0.9, *here)]
    assert [row[0] for row in kinds_of(truths, found)] == ["class", "missing"]


def test_a_label_that_its_own_class_supports_better_is_no_suspect() -> None:
    truths, found = known(8, 1)
    here = (10.0, 10.0, 50.0, 50.0)
    truths += [(1, 0, *here)]
    found += [(1, 1, 0.91, *here), (1, 0, 0.95, *here)]
    assert kinds_of(truths, found) == []


def test_what_lies_on_a_crowd_is_no_missing_label_and_a_crowd_is_never_suspect() -> None:
    truths, found = known(8, 0)
    found += [(1, 0, 0.95, 20.0, 20.0, 30.0, 30.0)]
    objects = objects_of(*truths, (1, 1, 0.0, 0.0, 200.0, 200.0), (2, 0, 0.0, 0.0, 50.0, 50.0)).with_columns(
        pl.col("image_id").is_in([1, 2]).alias("iscrowd")
    )
    found_at = label_suspects(Task.DETECTION, predictions_of(*found), objects, class_count=2)
    assert found_at.suspects.is_empty()


def test_a_missing_object_is_told_once_however_many_predictions_there_are() -> None:
    truths, found = known(8, 0)
    found += [(1, 0, 0.93, 10.0, 10.0, 50.0, 50.0), (1, 0, 0.97, 12.0, 10.0, 50.0, 50.0)]
    found += [(1, 0, 0.95, 200.0, 10.0, 50.0, 50.0)]
    at = label_suspects(Task.DETECTION, predictions_of(*found), objects_of(*truths), class_count=1).suspects
    assert at["score"].to_list() == pytest.approx([0.97, 0.95])


def test_an_object_that_models_seldom_find_isnt_called_a_label_of_nothing() -> None:
    """Of the large ones all are found, of the small ones none: only the large one is suspect."""
    truths, found = known(10, 0)
    small = [(300 + i, 0, 5.0, 5.0, 8.0, 8.0) for i in range(10)]
    assert kinds_of([*truths, *small, (1, 0, 10.0, 10.0, 50.0, 50.0)], found) == [("spurious", 1, 0, None)]


def test_nothing_predicted_or_nothing_labelled_accuses_nobody() -> None:
    truths, found = known(3, 0)
    nothing = predictions_of((1, 0, 0.9, 0.0, 0.0, 1.0, 1.0)).clear()
    assert label_suspects(Task.DETECTION, nothing, objects_of(*truths), class_count=2).suspects.is_empty()
    none = objects_of((1, 0, 0.0, 0.0, 1.0, 1.0)).clear()
    assert label_suspects(Task.DETECTION, predictions_of(*found), none, class_count=2).counts == dict.fromkeys(
        SUSPECT_KINDS, 0
    )
    with pytest.raises(InvalidInput, match=r"iou: got 0\.05"):
        label_suspects(Task.DETECTION, predictions_of(*found), objects_of(*truths), class_count=2, iou=0.05)


@pytest.fixture(scope="module")
def planted() -> tuple[Any, dict[str, set[tuple[int, ...]]]]:
    """1,500 images with five objects each and a model that misses some, takes some for others and sees ghosts; of the
    labels 4 % have another class, 4 % are gone, 3 % are moved, and 3 % more are of nothing."""
    random = np.random.default_rng(7)
    objects: list[tuple[Any, ...]] = []
    predictions: list[tuple[Any, ...]] = []
    wrong: dict[str, set[tuple[int, ...]]] = {kind: set() for kind in SUSPECT_KINDS}
    for image in range(1500):
        for cell in range(5):
            x, y = 140.0 * cell + random.uniform(0, 20), random.uniform(0, 20)
            w, h = random.uniform(50, 100, size=2)
            kind, label = int(random.integers(CLASSES)), None
            dice = random.uniform()
            if dice < 0.04:
                label = (int(kind + random.integers(1, CLASSES)) % CLASSES, x, y, w, h)
                wrong["class"].add((image, len(objects)))
            elif dice < 0.08:
                wrong["missing"].add((image, len(predictions)))
            elif dice < 0.11:
                label = (kind, x + 0.42 * w, y, w, h)
                wrong["place"].add((image, len(objects)))
            else:
                label = (kind, x, y, w, h)
            if label is not None:
                objects.append((image, *label))
            seen = random.uniform()
            if seen < 0.98:  # and of one object in fifty it says nothing at all
                said = kind if random.uniform() < 0.93 else int(random.integers(CLASSES))
                usual = 0.12 if seen > 0.9 else 0.78 if said == kind else 0.5
                score = float(np.clip(random.normal(usual, 0.13), 0.02, 0.99))
                moved = random.normal(0, 0.05, size=2)
                predictions.append((image, said, score, x + moved[0] * w, y + moved[1] * h, w, h))
        if random.uniform() < 0.15:
            wrong["spurious"].add((image, len(objects)))
            objects.append((image, int(random.integers(CLASSES)), 50.0, 200.0, 60.0, 60.0))
        for _ in range(3):  # faint ghosts, as every model has
            score = float(random.beta(1.2, 8))
            x, y = random.uniform(0, 600), random.uniform(300, 500)
            predictions.append((image, int(random.integers(CLASSES)), score, x, y, 60.0, 60.0))
    found = label_suspects(Task.DETECTION, predictions_of(*predictions), objects_of(*objects), class_count=CLASSES)
    return found, wrong


#: How many of those told are wrong labels, and how many of the wrong labels are told, at least.
EXPECTED = {"class": (0.9, 0.5), "missing": (0.95, 0.5), "spurious": (0.55, 0.95), "place": (0.95, 0.5)}


@pytest.mark.parametrize("kind", SUSPECT_KINDS)
def test_planted_errors_are_found(planted: tuple[Any, Any], kind: str) -> None:
    found, wrong = planted
    rows = found.suspects.filter(pl.col("kind") == kind)
    told: set[tuple[int, ...]] = {(i, o) for i, o in rows.select("image_id", "object_id").iter_rows()}
    if kind == "missing":  # the model may have named it otherwise, or not seen it at all
        told = {(i,) for i in rows["image_id"]}
        right = {(i,) for i, _ in wrong[kind]}
    else:
        right = wrong[kind]
    precision, recall = len(told & right) / len(told), len(told & right) / len(right)
    least = EXPECTED[kind]
    assert precision >= least[0], (precision, recall)
    assert recall >= least[1], (precision, recall)


def test_the_most_suspect_are_wrong_more_often_than_the_least(planted: tuple[Any, Any]) -> None:
    found, wrong = planted
    ranked = found.suspects.filter(pl.col("kind") != "missing")
    planted_ones = set().union(*(wrong[kind] for kind in ("class", "spurious", "place")))
    right = [pair in planted_ones for pair in ranked.select("image_id", "object_id").iter_rows()]
    third = len(right) // 3
    assert sum(right[:third]) > sum(right[-third:])
    assert ranked["suspicion"].is_sorted(descending=True)


def labelled(probabilities: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """As a prediction set has them: every class of every image, best first."""
    n, classes = probabilities.shape
    order = np.argsort(-probabilities, axis=1, kind="stable")
    predictions = pl.DataFrame(
        {
            "image_id": np.repeat(np.arange(n), classes),
            "rank": np.tile(np.arange(1, classes + 1), n),
            "class_id": order.ravel(),
            "score": np.take_along_axis(probabilities, order, axis=1).ravel().astype(np.float32),
        }
    )
    return predictions, pl.DataFrame({"object_id": np.arange(n), "image_id": np.arange(n), "class_id": labels})


def noisy_labels(seed: int, n: int = 1200) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    random = np.random.default_rng(seed)
    true = random.integers(CLASSES, size=n)
    logits = random.normal(0, 1, size=(n, CLASSES))
    logits[np.arange(n), true] += 4
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    given = np.where(random.uniform(size=n) < 0.08, random.integers(CLASSES, size=n), true)
    return probabilities.astype(np.float32).astype(np.float64), given, true


@pytest.mark.parametrize("seed", range(5))
def test_of_a_classifier_the_same_labels_are_suspect_as_cleanlab_says(seed: int) -> None:
    from cleanlab.filter import find_label_issues

    probabilities, given, true = noisy_labels(seed)
    found = label_suspects(Task.CLASSIFICATION, *labelled(probabilities, given), class_count=CLASSES).suspects
    theirs = find_label_issues(given, probabilities, filter_by="confident_learning", n_jobs=1)
    assert sorted(found["image_id"].to_list()) == np.flatnonzero(theirs).tolist()
    flipped = set(np.flatnonzero(given != true).tolist())
    told = set(found["image_id"].to_list())
    assert len(told & flipped) / len(told) > 0.5
    assert len(told & flipped) / len(flipped) > 0.7


def test_a_class_that_isnt_among_the_best_five_counts_as_nought() -> None:
    probabilities, given, _ = noisy_labels(3)
    predictions, objects = labelled(probabilities, given)
    found = label_suspects(
        Task.CLASSIFICATION, predictions.filter(pl.col("rank") <= 5), objects, class_count=CLASSES
    ).suspects
    whole = label_suspects(Task.CLASSIFICATION, predictions, objects, class_count=CLASSES).suspects
    assert len(set(found["image_id"]) ^ set(whole["image_id"])) <= 0.1 * whole.height
    assert (found["own_score"] >= 0).all()

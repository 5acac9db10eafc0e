"""Prediction-set files: what is written comes back, what can't be evaluated is refused by row."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from snellen.contract.tasks import Task
from snellen.errors import PredictionsInvalid
from snellen.formats.predictions import (
    PredictionSet,
    read_predictions,
    read_raw,
    resolve,
    write_predictions,
    write_raw,
)

IMAGES = ["images/val/a.png", "images/val/b.png", "images/val/ü, c.png"]
IDS = {name: i * 10 for i, name in enumerate(IMAGES)}


def columns(**changes: Any) -> dict[str, Any]:
    return {
        "image": [IMAGES[1], IMAGES[1], IMAGES[0]],
        "class_id": [0, 2, 1],
        "score": [0.9, 0.5, 0.25],
        "x": [1.5, 2.0, -3.0],
        "y": [1.0, 2.0, 3.0],
        "w": [10.0, 0.0, 5.0],
        "h": [10.0, 20.0, 5.0],
        **changes,
    }


def raw(path: Path, **changes: Any) -> Path:
    write_raw(path, columns(**changes), images=IMAGES)
    return path


def test_a_raw_set_becomes_a_final_one_and_comes_back(tmp_path: Path) -> None:
    resolved = resolve(raw(tmp_path / "raw.parquet"), IDS, class_count=3)
    assert resolved.image_ids == (0, 10, 20)
    assert resolved.frame["image_id"].to_list() == [10, 10, 0]
    assert resolved.frame["x"].to_list() == [1.5, 2.0, -3.0]
    path = tmp_path / "final.parquet"
    write_predictions(path, resolved.frame, image_ids=resolved.image_ids, metadata=resolved.metadata, class_count=3)
    for source in (path, path.read_bytes()):
        again = read_predictions(source, class_count=3)
        assert again.frame.equals(resolved.frame)
        assert again == PredictionSet(again.frame, (0, 10, 20), Task.DETECTION, resolved.metadata)
    assert again.metadata == {"min_score": "0.001", "max_per_image": "300"}
    assert len(list(tmp_path.iterdir())) == 2


def test_columns_have_their_types_whatever_came(tmp_path: Path) -> None:
    given = {
        "class_id": np.array([0, 2, 1], dtype=np.uint8),
        "score": np.array([0.9, 0.5, 0.25], dtype=np.float64),
        "w": np.array([10, 0, 5], dtype=np.int64),
    }
    frame = resolve(raw(tmp_path / "raw.parquet", **given), IDS, class_count=3).frame
    assert frame.schema == {
        "image_id": pl.Int64,
        "class_id": pl.Int32,
        "score": pl.Float32,
        **dict.fromkeys(("x", "y", "w", "h"), pl.Float64),
    }


def test_an_epoch_in_which_nothing_was_found_still_says_what_was_evaluated(tmp_path: Path) -> None:
    path = tmp_path / "raw.parquet"
    write_raw(path, {name: [] for name in columns()}, images=IMAGES)
    resolved = resolve(path, IDS, class_count=3)
    assert (resolved.frame.height, resolved.image_ids) == (0, (0, 10, 20))
    write_predictions(path, resolved.frame, image_ids=resolved.image_ids)
    assert read_predictions(path).image_ids == (0, 10, 20)


def test_faint_predictions_and_all_but_the_best_300_of_an_image_are_left_out_in_order(tmp_path: Path) -> None:
    score = np.random.default_rng(0).permutation(np.arange(1, 401)) / 400
    score[7] = 0.0009
    many = {"image": [IMAGES[0]] * 400, "score": score, "x": np.arange(400.0)}
    others = {"class_id": [0] * 400} | dict.fromkeys(("y", "w", "h"), [1.0] * 400)
    write_raw(tmp_path / "raw.parquet", many | others, images=IMAGES[:1])
    kept = read_raw(tmp_path / "raw.parquet").frame
    best = np.sort(np.argsort(-score)[:300])
    assert kept["x"].to_list() == best.astype(float).tolist()


def test_of_equal_scores_the_first_are_kept(tmp_path: Path) -> None:
    write_raw(tmp_path / "r", columns(image=[IMAGES[0]] * 3, score=[0.5] * 3), images=IMAGES, max_per_image=2)
    assert read_raw(tmp_path / "r").frame["class_id"].to_list() == [0, 2]


def test_a_set_written_by_a_script_is_cut_to_the_limits_when_it_is_resolved(tmp_path: Path) -> None:
    frame = pl.DataFrame(columns(score=[0.9, 0.0001, 0.25]))
    frame.write_parquet(tmp_path / "script.parquet", metadata={"snellen.images": json.dumps(IMAGES)})
    assert resolve(tmp_path / "script.parquet", IDS).frame["class_id"].to_list() == [0, 1]


def test_limits_that_a_trainer_chose_hold_when_its_set_is_resolved(tmp_path: Path) -> None:
    write_raw(tmp_path / "r", columns(score=[0.9, 0.0001, 0.25]), images=IMAGES, min_score=0.0)
    resolved = resolve(tmp_path / "r", IDS)
    assert resolved.frame.height == 3
    assert resolved.metadata["min_score"] == "0.0"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"class_id": [0, 3, 1]}, "row 1: class_id is 3; expected 0 to 2"),
        ({"class_id": [0, 2, -1]}, "row 2: class_id is -1; expected 0 to 2"),
        ({"class_id": [0, None, 1]}, "row 1: class_id is None"),
        ({"score": [float("nan"), 0.5, 0.25]}, "row 0: score is nan; expected a number from 0 to 1"),
        ({"score": [1.5, 0.5, 0.25]}, "row 0: score is 1.5"),
        ({"score": [float("inf"), 0.5, 0.25]}, "row 0: score is inf"),
        ({"x": [1.0, float("nan"), 0.0]}, "row 1: x is nan; expected a finite number"),
        ({"h": [1.0, 1.0, float("-inf")]}, "row 2: h is -inf; expected a finite number"),
        ({"w": [1.0, -0.5, 1.0]}, "row 1: w is -0.5; expected no negative size"),
        ({"image": [IMAGES[0], "images/val/other.png", None]}, "row 1: image is 'images/val/other.png'; not among"),
    ],
)
def test_a_row_that_can_not_be_evaluated_is_named(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    with pytest.raises(PredictionsInvalid, match=said) as refused:
        resolve(raw(tmp_path / "raw.parquet", **change), IDS, class_count=3)
    assert refused.value.problems
    assert {"row", "column", "message"} == set(refused.value.problems[0])


def test_of_many_wrong_rows_the_first_twenty_are_named_and_all_are_counted(tmp_path: Path) -> None:
    n = 1000
    frame = pl.DataFrame({name: [values[0]] * n for name, values in columns(w=[-1.0]).items()})
    write_raw(tmp_path / "r", frame, images=IMAGES, max_per_image=n)
    with pytest.raises(PredictionsInvalid, match="and 997 more") as refused:
        resolve(tmp_path / "r", IDS)
    assert [p["row"] for p in refused.value.problems] == list(range(20))


def test_a_final_set_is_checked_when_it_is_written_and_when_it_is_read(tmp_path: Path) -> None:
    frame = pl.DataFrame({"image_id": [0, 10, 5], **{k: v for k, v in columns().items() if k != "image"}})
    with pytest.raises(PredictionsInvalid, match="row 2: image is 5; not among the evaluated images"):
        write_predictions(tmp_path / "p", frame, image_ids=[0, 10])
    write_predictions(tmp_path / "p", frame, image_ids=[0, 5, 10])
    with pytest.raises(PredictionsInvalid, match="row 1: class_id is 2; expected 0 to 1"):
        read_predictions(tmp_path / "p", class_count=2)


def test_evaluated_images_that_the_dataset_lacks_are_named(tmp_path: Path) -> None:
    with pytest.raises(PredictionsInvalid, match=r"1 of 3 evaluated images are not in the dataset.*b\.png"):
        resolve(raw(tmp_path / "r"), {IMAGES[0]: 0, IMAGES[2]: 2})


def test_a_missing_column_and_one_of_another_type_are_named(tmp_path: Path) -> None:
    short = columns()
    del short["w"], short["score"]
    with pytest.raises(PredictionsInvalid, match="no column score, w; got image, class_id"):
        write_raw(tmp_path / "r", short, images=IMAGES)
    with pytest.raises(PredictionsInvalid, match="column class_id is of type Float64; expected Int32"):
        write_raw(tmp_path / "r", columns(class_id=[0.0, 1.5, 1.0]), images=IMAGES)
    with pytest.raises(PredictionsInvalid, match="column x is of type String"):
        write_raw(tmp_path / "r", columns(x=["1", "2", "3"]), images=IMAGES)
    with pytest.raises(PredictionsInvalid, match="no table can be made"):
        write_raw(tmp_path / "r", columns(x=[1.0]), images=IMAGES)
    assert list(tmp_path.iterdir()) == []


def test_a_raw_set_is_no_final_one(tmp_path: Path) -> None:
    with pytest.raises(PredictionsInvalid, match="list of ids"):
        read_predictions(raw(tmp_path / "r"))


def test_a_file_that_is_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    whole = raw(tmp_path / "r").read_bytes()
    for length in range(0, len(whole), 37):
        with pytest.raises(PredictionsInvalid, match="no whole Parquet file"):
            read_raw(whole[:length])


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not a table at all" * 50, b"PAR1" + bytes(100) + b"PAR1"])
def test_a_file_that_is_no_parquet_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "epoch-000003.parquet").write_bytes(content)
    with pytest.raises(PredictionsInvalid, match=r"epoch-000003\.parquet"):
        read_predictions(tmp_path / "epoch-000003.parquet")


@pytest.mark.parametrize("metadata", [{}, {"snellen.images": "{"}, {"snellen.images": '{"a": 1}'}])
def test_a_file_that_does_not_say_which_images_were_evaluated_is_refused(metadata: dict[str, str]) -> None:
    buffer = io.BytesIO()
    pl.DataFrame(columns()).write_parquet(buffer, metadata=metadata)
    with pytest.raises(PredictionsInvalid, match="which images were evaluated"):
        read_raw(buffer.getvalue())


def test_the_task_is_kept_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    poses = columns() | {"keypoints": [[[1.0, 2.0, 0.5]]] * len(columns()["score"])}
    write_raw(tmp_path / "r", poses, images=IMAGES, task=Task.POSE)
    assert read_raw(tmp_path / "r").task is Task.POSE
    with pytest.raises(PredictionsInvalid, match="of pose, expected one of detection"):
        resolve(tmp_path / "r", IDS, task=Task.DETECTION)
    buffer = io.BytesIO()
    pl.DataFrame(columns()).write_parquet(buffer, metadata={"snellen.images": "[]", "snellen.task": "chess"})
    with pytest.raises(PredictionsInvalid, match="chess"):
        read_raw(buffer.getvalue())


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = raw(tmp_path / "r")
    before = path.read_bytes()

    def full(self: pl.DataFrame, file: Path, **_: Any) -> None:
        file.write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    with pytest.raises(OSError, match="no space"):
        raw(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]

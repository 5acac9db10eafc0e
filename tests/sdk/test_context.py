"""What a trainer says: it ends in files, and nothing of it raises into the training."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from snellen.contract.folder import JobFolder
from snellen.formats.predictions import read_raw
from snellen.sdk import JobContext

Events = Callable[[JobFolder], list[dict[str, Any]]]
MakeFolder = Callable[..., JobFolder]


def warnings_of(events: list[dict[str, Any]]) -> str:
    return "\n".join(line for e in events if e["type"] == "log" and e["level"] == "warning" for line in e["lines"])


def test_nan_and_infinities_are_kept(job_folder: MakeFolder, events_of: Events) -> None:
    ctx = JobContext(job_folder())
    ctx.log_metrics({"a": math.nan, "b": math.inf, "c": np.float32(0.5), "d": np.array(2)}, epoch=1)
    ctx.close()
    (event,) = events_of(ctx.folder)
    assert event["values"] == {"a": "NaN", "b": "Infinity", "c": 0.5, "d": 2.0}
    assert (event["step"], event["epoch"]) == (1, 1)


def test_a_metric_that_is_no_number_is_told_and_the_others_are_kept(job_folder: MakeFolder, events_of: Events) -> None:
    class Odd:
        def __float__(self) -> float:
            raise RuntimeError("ask me later")

    ctx = JobContext(job_folder())
    ctx.log_metrics({"good": 1, "text": "high", "none": None, "odd": Odd(), "many": np.zeros(3)}, step=7)
    ctx.close()
    *told, event = events_of(ctx.folder)
    assert event["values"] == {"good": 1.0}
    for name in ("text", "none", "odd", "many"):
        assert f"'{name}' is no number" in warnings_of(told)


def test_numpy_epochs_and_steps_are_whole_numbers_in_the_journal(job_folder: MakeFolder, events_of: Events) -> None:
    ctx = JobContext(job_folder())
    ctx.log_metrics({"loss": 1.0}, step=np.int64(40), epoch=np.float64(2.0))
    ctx.log_validation(np.int32(2), metrics={"x": np.float64(0.1)}, overall_loss=np.float32(0.5))
    ctx.progress(np.int64(2), np.float32(0.0))
    ctx.close()
    metrics, validation, progress = events_of(ctx.folder)
    assert (metrics["step"], metrics["epoch"]) == (40, 2)
    assert (validation["epoch"], validation["overall_loss"]) == (2, 0.5)
    assert (progress["epoch"], progress["epochs"], progress["fraction"]) == (2, 3, 0.0)


@pytest.mark.parametrize("epoch", [0, -3, 2.5, "two", math.nan, [1]])
def test_an_epoch_that_is_none_is_told_not_raised(job_folder: MakeFolder, events_of: Events, epoch: Any) -> None:
    ctx = JobContext(job_folder())
    ctx.log_validation(epoch, metrics={"x": 1.0})
    ctx.log_metrics({"loss": 1.0}, epoch=epoch)
    ctx.progress(epoch, 0.0)
    ctx.close()
    found = events_of(ctx.folder)
    assert {e["type"] for e in found} == {"log"}
    assert "epoch" in warnings_of(found)


def test_a_validation_holds_all_predictions_and_all_images(job_folder: MakeFolder, events_of: Events) -> None:
    ctx = JobContext(job_folder())
    columns = {
        "image": ["images/val/a.png"] * 2, "class_id": np.array([0, 1]), "score": np.array([0.9, 0.2], np.float32),
        "x": [1.0, 2.0], "y": [1.0, 2.0], "w": [5.0, 6.0], "h": [5.0, 6.0],
    }  # fmt: skip
    ctx.log_validation(1, predictions=columns, images=["images/val/a.png", "images/val/b.png"])
    ctx.close()
    (event,) = events_of(ctx.folder)
    assert event["predictions_path"] == "predictions/epoch-000001.parquet"
    found = read_raw(ctx.folder.predictions_file(1))
    assert found.images == ("images/val/a.png", "images/val/b.png")
    assert found.frame.height == 2


def test_predictions_of_other_columns_cost_the_set_not_the_validation(
    job_folder: MakeFolder, events_of: Events
) -> None:
    ctx = JobContext(job_folder())
    ctx.log_validation(1, metrics={"x": 1}, predictions={"image": ["a"]}, images=["a"])
    ctx.close()
    *told, event = events_of(ctx.folder)
    assert event["metrics"] == {"x": 1.0}
    assert "predictions_path" not in event
    assert "could not be written" in warnings_of(told)


def test_paths_may_be_text_and_files_are_copied_at_once(
    job_folder: MakeFolder, events_of: Events, tmp_path: Path
) -> None:
    ctx = JobContext(job_folder())
    plot, weights = tmp_path / "curve.png", tmp_path / "last.pt"
    plot.write_bytes(b"one")
    weights.write_bytes(b"one")
    ctx.log_plot(str(plot), epoch=1)
    ctx.save_checkpoint(str(weights), epoch=1, metadata={"fitness": np.float32(0.5), "none": None, "at": tmp_path})
    ctx.log_validation(1, plots=[str(plot)])
    plot.write_bytes(b"two")
    weights.write_bytes(b"two")
    ctx.close()
    drawn, kept, validation = events_of(ctx.folder)
    assert ctx.folder.root.joinpath(drawn["path"]).read_bytes() == b"one"
    assert ctx.folder.root.joinpath(kept["path"]).read_bytes() == b"one"
    assert (kept["name"], kept["kind"]) == ("last.pt", "checkpoint")
    assert kept["metadata"] == {"fitness": 0.5, "at": str(tmp_path)}
    assert validation["plots"] == [{"name": "curve.png", "path": "plots/epoch-000001/curve.png"}]


def test_files_that_are_not_there_are_told(job_folder: MakeFolder, events_of: Events, tmp_path: Path) -> None:
    ctx = JobContext(job_folder())
    ctx.save_checkpoint(tmp_path / "none.pt")
    ctx.log_plot(tmp_path / "none.png")
    ctx.log_plot("bad\0name.png")
    ctx.close()
    assert warnings_of(events_of(ctx.folder)).count("could not be kept") == 3
    assert list(ctx.folder.checkpoints.iterdir()) == []


def test_progress_is_told_a_few_times_a_second_and_always_at_the_ends(
    job_folder: MakeFolder, events_of: Events
) -> None:
    ctx = JobContext(job_folder())
    for batch in range(1000):
        ctx.progress(1, batch / 999)
    ctx.progress(1, math.inf, message="done")
    ctx.close()
    fractions = [e["fraction"] for e in events_of(ctx.folder)]
    assert fractions[0] == 0.0
    assert fractions[-2:] == [1.0, 1.0]
    assert len(fractions) < 20


def test_text_of_another_encoding_and_of_any_type_is_logged(job_folder: MakeFolder, events_of: Events) -> None:
    ctx = JobContext(job_folder())
    ctx.log("caf\udce9\nsecond")
    ctx.log(ValueError("third"))  # type: ignore[arg-type]
    ctx.close()
    assert [e["lines"] for e in events_of(ctx.folder)] == [["caf?", "second"], ["third"]]


def test_a_journal_that_can_not_be_written_does_not_stop_the_training(job_folder: MakeFolder) -> None:
    folder = job_folder()
    folder.events.mkdir()
    ctx = JobContext(folder)
    ctx.log_metrics({"loss": 1.0}, epoch=1)
    ctx.log("still here")
    ctx.close()


def test_a_stop_file_asks_to_stop_and_the_wish_stays(job_folder: MakeFolder) -> None:
    ctx = JobContext(job_folder())
    assert not ctx.should_stop()
    ctx.folder.stop_file.touch()
    assert ctx.should_stop()
    ctx.folder.stop_file.unlink()
    assert ctx.should_stop()

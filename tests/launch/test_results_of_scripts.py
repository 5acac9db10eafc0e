"""What a script's result needs of the supervisor: the snapshot's names of images, the best epoch's weights kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from snellen.contract.tasks import Direction, PrimaryMetric, Source
from snellen.formats.path_map import snapshot_names
from snellen.launch import checkpoints
from snellen.launch.checkpoints import Checkpoints
from snellen.launch.inside import Inside


def test_images_are_named_as_in_the_snapshot(tmp_path: Path) -> None:
    results = [{"image_name": "images/val/1.png", "true_label": "a"}, {"image_name": "other.png"}, {"image_name": 3}, 4]
    assert snapshot_names(results, tmp_path) == results
    (tmp_path / "path_map.json").write_text(json.dumps({"images/val/1.png": "photos/ä.png"}))
    assert snapshot_names(results, tmp_path) == [{"image_name": "photos/ä.png", "true_label": "a"}, *results[1:]]
    assert snapshot_names({"no": "list"}, tmp_path) == {"no": "list"}


@pytest.fixture
def waiting(tmp_path: Path) -> Checkpoints:
    primary = PrimaryMetric("val/score", Direction.MAX, Source.REPORTED)
    return Checkpoints({}, primary, Inside(tmp_path))


def checkpoint(epoch: int) -> dict[str, Any]:
    return {"name": "last.json", "path": f"checkpoints/last-{epoch}.json", "epoch": epoch}


def test_the_best_epochs_weights_are_kept_whether_its_result_comes_before_or_after_them(waiting: Checkpoints) -> None:
    waiting.add(1, checkpoint(1))
    assert waiting.due(everything=False) == []
    waiting.best(1, 0.5)
    assert [name for name, _ in waiting.due(everything=True)] == ["last.json", "best-primary.json"]
    waiting.best(2, 0.75)
    waiting.add(2, checkpoint(2))
    found = dict(waiting.due(everything=True))
    assert found["best-primary.json"]["metadata"] == {"chosen_by": "val/score (reported)", "value": 0.75}
    assert found["last.json"]["epoch"] == found["best-primary.json"]["epoch"] == 2


def test_where_a_new_checkpoint_comes_all_the_time_one_is_stored_all_the_same(
    waiting: Checkpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(checkpoints.time, "monotonic", lambda: now)
    stored = []
    for epoch in range(1, 30):
        now += 0.5
        waiting.add(epoch, checkpoint(epoch))
        for name, event in waiting.due(everything=False):
            stored.append(event["epoch"])
            waiting.done(name)
    assert stored == [11]

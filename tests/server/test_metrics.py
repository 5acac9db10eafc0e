"""Metric points: down-sampling keeps what matters, categories come from the key alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from snellen.contract.categories import Category, category_of
from snellen.server.metrics.downsample import Row, downsample

pytestmark = pytest.mark.db


def rows_of(values: list[float | None]) -> list[Row]:
    return [(i, None, 0, v, "finite" if v is not None else "NaN") for i, v in enumerate(values)]


@given(
    values=st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), min_size=1, max_size=400),
    most=st.integers(4, 100),
)
@settings(max_examples=150, deadline=None)
def test_downsampling_keeps_ends_extremes_and_gaps(values: list[float | None], most: int) -> None:
    rows = rows_of(values)
    kept = downsample(rows, most)
    assert len(kept) <= max(most, 2)
    assert kept == sorted(kept, key=lambda r: r[0])
    assert set(kept) <= set(rows)
    finite = [v for v in values if v is not None]
    kept_values = [r[3] for r in kept if r[3] is not None]
    if finite:
        assert min(kept_values) == min(finite)
        assert max(kept_values) == max(finite)
    if None in values:
        assert any(r[3] is None for r in kept)


@pytest.mark.parametrize(
    ("key", "category"),
    [
        ("system/gpu0/loss", Category.SYSTEM),
        ("lr/pg0", Category.LEARNING_RATE),
        ("learning_rate", Category.LEARNING_RATE),
        ("learning-rate/head", Category.LEARNING_RATE),
        ("color", Category.OTHER),
        ("train/box_loss", Category.TRAINING_LOSS),
        ("val/box_loss", Category.TRAINING_LOSS),
        ("train/accuracy", Category.TRAINING_LOSS),
        ("glossary", Category.OTHER),
        ("metrics/mAP50-95(B)", Category.VALIDATION),
        ("snellen/mAP50", Category.VALIDATION),
        ("val/accuracy", Category.VALIDATION),
        ("eval_f1", Category.VALIDATION),
        ("Test Accuracy", Category.VALIDATION),
        ("fps", Category.OTHER),
    ],
)
def test_the_category_comes_from_the_key_alone(key: str, category: Category) -> None:
    assert category_of(key) == category


def test_a_long_series_is_answered_within_the_limit_and_keeps_its_spike(
    api: TestClient, external_job: Callable[..., tuple[int, TestClient]]
) -> None:
    job_id, client = external_job()
    for start in range(0, 3000, 500):
        events = [
            {
                "seq": n + 1,
                "type": "metrics",
                "time": n,
                "step": n,
                "epoch": None,
                "values": {"a": 100.0 if n == 1234 else 0.0},
            }
            for n in range(start, start + 500)
        ]
        answer = client.post(f"/api/v1/training/jobs/{job_id}/events", json={"attempt": 1, "events": events})
        assert answer.status_code == 200
    url = f"/api/v1/training/jobs/{job_id}/metrics"
    points = api.get(url, params={"max_points": 100}).json()["series"][0]["points"]
    assert len(points) <= 100
    assert [1234, None, 1234, 100.0] in points
    assert len(api.get(url, params={"max_points": 20000}).json()["series"][0]["points"]) == 3000
    assert api.get(url, params={"max_points": 20001}).status_code == 422


def test_keys_can_be_chosen(api: TestClient, external_job: Callable[..., tuple[int, TestClient]]) -> None:
    job_id, client = external_job()
    event = {"seq": 1, "type": "metrics", "step": 1, "epoch": 1, "values": {"a": 1, "b": 2, "c": 3}}
    client.post(f"/api/v1/training/jobs/{job_id}/events", json={"attempt": 1, "events": [event]})
    found = api.get(f"/api/v1/training/jobs/{job_id}/metrics", params={"keys": "a,c"}).json()["series"]
    assert [s["key"] for s in found] == ["a", "c"]

"""Metric points: down-sampling keeps what matters, categories come from the key alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from snellen.contract.categories import Category, category_of
from snellen.server.metrics.downsample import downsample

pytestmark = pytest.mark.db


@given(
    values=st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), min_size=1, max_size=400),
    most=st.integers(5, 100),
)
@settings(max_examples=150, deadline=None)
def test_downsampling_keeps_ends_extremes_and_gaps(values: list[float | None], most: int) -> None:
    kept = downsample(values, most)
    assert len(kept) <= max(most, 2)
    assert kept == sorted(set(kept))
    assert (kept[0], kept[-1]) == (0, len(values) - 1)
    finite = [v for v in values if v is not None]
    kept_values = [v for i in kept if (v := values[i]) is not None]
    if finite:
        assert min(kept_values) == min(finite)
        assert max(kept_values) == max(finite)
    if None in values:
        assert any(values[i] is None for i in kept)


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
    assert len(api.get(url, params={"max_points": 15000}).json()["series"][0]["points"]) == 3000
    assert api.get(url, params={"max_points": 15001}).status_code == 422


def test_the_points_of_the_first_keys_alone_are_those_on_top_of_the_dashboard(
    api: TestClient, external_job: Callable[..., tuple[int, TestClient]]
) -> None:
    job_id, client = external_job(primary_metric={"name": "z/best", "source": "reported", "direction": "max"})
    values = {"a/other": 1.0, "lr": 0.1, "train/loss": 2.0, "metrics/mAP50(B)": 0.5, "z/best": 0.7}
    event = {"seq": 1, "type": "metrics", "time": 1, "step": 1, "epoch": 1, "values": values}
    assert client.post(f"/api/v1/training/jobs/{job_id}/events", json={"attempt": 1, "events": [event]}).is_success
    url = f"/api/v1/training/jobs/{job_id}/metrics"
    answer = api.get(url, params={"first": 3}).json()
    assert answer["later"] == ["a/other", "lr"]
    assert {one["key"]: len(one["points"]) for one in answer["series"]} == {
        key: int(key not in answer["later"]) for key in values
    }
    rest = api.get(url, params={"key": answer["later"]}).json()
    assert {one["key"]: one["points"][0][3] for one in rest["series"]} == {"a/other": 1.0, "lr": 0.1}
    assert rest["later"] == []
    assert api.get(url, params={"first": 0}).status_code == 422


def test_keys_can_be_chosen(api: TestClient, external_job: Callable[..., tuple[int, TestClient]]) -> None:
    job_id, client = external_job()
    event = {"seq": 1, "type": "metrics", "step": 1, "epoch": 1, "values": {"a": 1, "b": 2, "c": 3}}
    client.post(f"/api/v1/training/jobs/{job_id}/events", json={"attempt": 1, "events": [event]})
    found = api.get(f"/api/v1/training/jobs/{job_id}/metrics", params={"keys": "a,c"}).json()["series"]
    assert [s["key"] for s in found] == ["a", "c"]


ExternalJob = Callable[..., tuple[int, TestClient]]


@pytest.fixture
def thousand(external_job: ExternalJob) -> int:
    """A job with 1,000 steps of `a`, 100 an epoch, one a second; and a key with a comma."""
    job_id, client = external_job()
    for start in range(0, 1000, 500):
        events = [
            {
                "seq": n + 1,
                "type": "metrics",
                "time": 1000 * n,
                "step": n,
                "epoch": n // 100 + 1,
                "values": {"a": float(n), "x,y": 1.0} if n % 100 == 0 else {"a": float(n)},
            }
            for n in range(start, start + 500)
        ]
        answer = client.post(f"/api/v1/training/jobs/{job_id}/events", json={"attempt": 1, "events": events})
        assert answer.status_code == 200
    return job_id


def part_of_a(api: TestClient, job_id: int, **params: Any) -> tuple[list[int], int]:
    answer = api.get(f"/api/v1/training/jobs/{job_id}/metrics", params={"key": "a", **params})
    assert answer.status_code == 200, answer.text
    (series,) = answer.json()["series"]
    return [point[0] for point in series["points"]], series["total"]


def test_a_range_comes_with_its_neighbours_and_says_how_many_there_are(api: TestClient, thousand: int) -> None:
    by_step = part_of_a(api, thousand, **{"from": 10, "to": 20})
    assert by_step == (list(range(9, 22)), 11)
    by_epoch = part_of_a(api, thousand, axis="epoch", **{"from": 2, "to": 2})
    assert by_epoch == (list(range(99, 201)), 100)
    by_time = part_of_a(api, thousand, axis="time", **{"from": 500_000.5, "to": 502_999.5})
    assert by_time == ([500, 501, 502, 503], 2)
    assert part_of_a(api, thousand, **{"from": 998}) == ([997, 998, 999], 2)
    assert part_of_a(api, thousand, to=1) == ([0, 1, 2], 2)
    assert part_of_a(api, thousand, **{"from": 20.2, "to": 20.8}) == ([20, 21], 0)


def test_a_range_is_thinned_by_itself_so_that_more_of_it_is_seen(api: TestClient, thousand: int) -> None:
    whole, total = part_of_a(api, thousand, max_points=100)
    assert (len(whole) <= 100, total) == (True, 1000)
    part, inside = part_of_a(api, thousand, max_points=100, **{"from": 200, "to": 299})
    assert (part, inside) == (list(range(199, 301)), 100)
    more, inside = part_of_a(api, thousand, max_points=100, **{"from": 0, "to": 499})
    assert (len(more) <= 101, inside, more[0], more[-2:]) == (True, 500, 0, [499, 500])


def test_ranges_that_hold_nothing_are_refused_or_empty(api: TestClient, thousand: int) -> None:
    url = f"/api/v1/training/jobs/{thousand}/metrics"
    refused = api.get(url, params={"from": 5, "to": 4})
    assert refused.status_code == 422
    assert "`from` is 5 and `to` is 4" in refused.json()["detail"]
    for params in ({"from": "NaN"}, {"to": "Infinity"}, {"axis": "day", "from": 1}):
        assert api.get(url, params=params).status_code == 422
    assert part_of_a(api, thousand, **{"from": 5000}) == ([999], 0)
    assert part_of_a(api, thousand, **{"from": -1e300, "to": 1e300})[1] == 1000


def test_a_key_with_a_comma_can_be_asked_for(api: TestClient, thousand: int) -> None:
    url = f"/api/v1/training/jobs/{thousand}/metrics"
    found = api.get(url, params={"key": ["x,y", "a"], "to": 0}).json()["series"]
    assert [s["key"] for s in found] == ["a", "x,y"]


def test_no_answer_is_over_a_megabyte(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    for start in range(0, 600, 100):
        events = [
            {
                "seq": n + 1,
                "type": "metrics",
                "time": 1_760_000_000_000 + n,
                "step": 1_000_000_000 + n,
                "epoch": 100_000,
                "values": {f"key {k}": -abs(math.sin(n)) * 1e-100 for k in range(40)},
            }
            for n in range(start, start + 100)
        ]
        sent = client.post(f"/api/v1/training/jobs/{job_id}/events", json={"attempt": 1, "events": events})
        assert sent.status_code == 200
    answer = api.get(f"/api/v1/training/jobs/{job_id}/metrics", params={"max_points": 15_000})
    assert sum(len(s["points"]) for s in answer.json()["series"]) > 12_000
    assert len(answer.content) < 1_000_000

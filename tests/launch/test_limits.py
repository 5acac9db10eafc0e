"""A trainer that floods its journal: bounded, said, and never a hole in the numbers."""

from __future__ import annotations

from typing import Any

from snellen.launch.limits import (
    LINES_A_SECOND,
    LINES_BURST,
    POINTS_A_SECOND,
    POINTS_BURST,
    EventLimits,
)


def metrics(at: float, points: int) -> dict[str, Any]:
    return {"type": "metrics", "time": int(at * 1000), "step": 1, "values": {f"k{i}": 1.0 for i in range(points)}}


def test_a_busy_trainer_passes_untouched() -> None:
    limits = EventLimits()
    for number in range(1, 2001):
        event = metrics(number / 50, 20)
        assert limits.bounded(number, event) is event


def test_an_hour_of_outage_is_no_flood_since_the_events_own_time_counts() -> None:
    limits = EventLimits()
    hour = [metrics(second, 1500) for second in range(3600)]
    assert all(limits.bounded(n, event) is event for n, event in enumerate(hour, 1))


def test_a_flood_of_metrics_is_cut_at_its_rate_and_said_once_a_stretch() -> None:
    limits = EventLimits()
    sent = [limits.bounded(n, metrics(n / 10_000, 10)) for n in range(1, 60_001)]
    kept = sum(len(event["values"]) for event in sent if event["type"] == "metrics")
    assert POINTS_BURST <= kept <= POINTS_BURST + 6.1 * POINTS_A_SECOND
    said = [line for event in sent if event["type"] == "log" for line in event["lines"]]
    assert len(said) == (60_000 - kept // 10 + 9_999) // 10_000
    assert "more than 2000 metric points a second" in said[0]
    assert "events.jsonl has them all" in said[0]


def test_a_flood_of_lines_is_cut_too_and_other_events_pass() -> None:
    limits = EventLimits()
    sent = []
    for number in range(1, 3001):
        kind = {"type": "log", "time": 0, "level": "info", "lines": ["x"] * 10}
        sent.append(limits.bounded(number, kind if number % 3 else {"type": "progress", "time": 0, "epoch": 1}))
    kept = sum(len(event["lines"]) for event in sent if event["type"] == "log" and event["level"] == "info")
    assert kept == LINES_BURST
    assert sum(event["type"] == "progress" for event in sent) == 1000
    assert LINES_A_SECOND < LINES_BURST


def test_an_event_is_judged_once_however_often_its_batch_is_sent() -> None:
    limits = EventLimits()
    first = [limits.bounded(n, metrics(0, 50_000)) for n in range(1, 7)]
    again = [limits.bounded(n, metrics(0, 50_000)) for n in range(1, 7)]
    assert [event["type"] for event in first] == ["metrics"] * 4 + ["log"] * 2
    assert first == again
    limits.forget_through(6)
    assert limits.bounded(7, metrics(0, 1))["type"] == "log"
    assert limits.bounded(8, metrics(60, 1))["type"] == "metrics"

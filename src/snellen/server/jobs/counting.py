"""Counts what a batch of events brought, after it was stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from snellen.contract.events import EventType, now_ms
from snellen.server.jobs.schemas import EventBatch
from snellen.server.measures import Measures

KNOWN = frozenset(EventType)


def count_batch(measures: Measures, batch: EventBatch, *, after: int, through: int) -> None:
    """The events numbered above `after` up to `through` are new."""
    measures.batches.inc()
    fresh = [event for event in batch.events if after < event.seq <= through]
    if not fresh:
        return
    for kind, count in Counter(event.type if event.type in KNOWN else "other" for event in fresh).items():
        measures.events.labels(kind).inc(count)
    values = [(e.model_extra or {}).get("values") for e in fresh if e.type == EventType.METRICS]
    measures.points.inc(sum(len(each) for each in values if isinstance(each, Mapping)))
    oldest = min((event.time for event in fresh if event.time), default=0)
    if oldest:
        measures.delay.observe(max(0, now_ms() - oldest) / 1000)

"""What this process counts of itself, for Prometheus; what the database knows is asked when it is read.

Named *measures*, since *metrics* are those of a training here. Each application has a registry of its own.
"""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector

from snellen import __version__

#: Answers are quick; an evaluation, a checkpoint or an export takes its time.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
#: From what a supervisor collects before it sends to what an outage held up.
LATE_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0)


class Measures:
    """The counters that features raise. Threads may share them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        more: dict[str, Any] = {"registry": self.registry}
        Info("snellen", "The server.", **more).info({"version": __version__})
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "snellen_http_requests",
            "Requests answered, by the route's template.",
            ["method", "route", "status"],
            **more,
        )
        self.request_seconds = Histogram(
            "snellen_http_request_duration_seconds",
            "From a request to the last byte of its answer; live streams are not in it.",
            ["method", "route"],
            buckets=SECONDS,
            **more,
        )
        self.in_flight = Gauge("snellen_http_requests_in_flight", "Requests that are being answered.", **more)
        self.streams = Gauge("snellen_live_streams", "Browsers and programs that follow a job live.", **more)
        self.batches = Counter("snellen_event_batches", "Batches of events accepted, empty ones too.", **more)
        self.events = Counter("snellen_events", "Events accepted, each once.", ["type"], **more)
        self.points = Counter("snellen_metric_points", "Metric points accepted.", **more)
        self.delay = Histogram(
            "snellen_event_delay_seconds",
            "How old the oldest event of a batch was when it was accepted, by its sender's clock.",
            buckets=LATE_SECONDS,
            **more,
        )
        self.results = Counter("snellen_validation_results", "Validation results stored.", ["task"], **more)
        self.uploads = Counter("snellen_uploads_completed", "Files of jobs published.", ["kind"], **more)
        self.upload_bytes = Counter("snellen_upload_bytes", "Bytes of files of jobs published.", **more)
        self.take_overs = Counter(
            "snellen_supervisor_takeovers", "Supervisors put in the place of one that was killed.", **more
        )
        self.lost = Counter("snellen_jobs_lost", "Jobs that were found to have nothing behind them.", ["why"], **more)
        self.store_seconds = Histogram(
            "snellen_store_operation_duration_seconds",
            "Operations on a store that worked; of a stream its opening.",
            ["store", "operation"],
            buckets=SECONDS,
            **more,
        )
        self.store_errors = Counter(
            "snellen_store_errors", "Operations on a store that failed.", ["store", "operation"], **more
        )
        for why in ("silent", "supervisor"):
            self.lost.labels(why)

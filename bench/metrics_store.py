"""Write and read back 100,000 metric points: Snellen's store against MLflow's SQL store, in one run.

Both on SQLite in a fresh folder, both through the calls their own servers make: batches of 1,000 points of 50
keys. Prints both ratios and the limit (10 times faster each way); exit status 1 when it is not met.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

KEYS, STEPS, BATCH = 50, 2000, 1000
LIMIT = 10.0
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"


def points() -> list[tuple[str, int, int | None, int, float]]:
    return [
        (f"metrics/m{key:02d}", step, step, 1_700_000_000_000 + step, key + 1.0 / (step + 1))
        for step in range(STEPS)
        for key in range(KEYS)
    ]


def snellen(folder: Path) -> tuple[float, float]:
    from snellen.server import tables
    from snellen.server.db import Database, migrate
    from snellen.server.jobs.schemas import JobCreate
    from snellen.server.jobs.service import create_job
    from snellen.server.metrics import service
    from snellen.server.metrics.part import read_thinned

    database = Database(f"sqlite:///{folder / 'snellen.db'}")
    migrate(database)
    with database.write() as session:
        job, _, _ = create_job(session, body=JobCreate(model="m", epochs=1, launcher="external"))
    every = points()
    began = time.perf_counter()
    for start in range(0, len(every), BATCH):
        with database.write() as session:
            service.record(session, job.id, every[start : start + BATCH])
    wrote = time.perf_counter() - began
    began = time.perf_counter()
    with database.read() as session:
        found = 0
        for key in session.query(tables.metrics.MetricKey).filter_by(job_id=job.id).all():
            rows, _ = read_thinned(session.connection(), job.id, key.id, part=None, max_points=STEPS)
            found += len(rows)
    read = time.perf_counter() - began
    assert found == KEYS * STEPS, found
    database.close()
    return wrote, read


def mlflow(folder: Path) -> tuple[float, float]:
    from mlflow.entities import Metric
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    store = SqlAlchemyStore(f"sqlite:///{folder / 'mlflow.db'}", str(folder / "artifacts"))
    run = store.create_run(store.create_experiment("bench"), "u", 0, [], "bench")
    run_id = run.info.run_id
    every = points()
    began = time.perf_counter()
    for start in range(0, len(every), BATCH):
        batch = [Metric(key, value, at, step) for key, step, _, at, value in every[start : start + BATCH]]
        store.log_batch(run_id, batch, [], [])
    wrote = time.perf_counter() - began
    began = time.perf_counter()
    found = sum(len(store.get_metric_history(run_id, f"metrics/m{key:02d}")) for key in range(KEYS))
    read = time.perf_counter() - began
    assert found == KEYS * STEPS, found
    return wrote, read


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        ours, theirs = [], []
        for turn in range(3):
            for side, results in ((snellen, ours), (mlflow, theirs)):
                folder = Path(name, f"{side.__name__}-{turn}")
                folder.mkdir()
                results.append(side(folder))
    good = True
    for index, what in enumerate(("write", "read")):
        mine = sorted(r[index] for r in ours)[1]
        other = sorted(r[index] for r in theirs)[1]
        ratio = other / mine
        good = good and ratio >= LIMIT
        print(
            f"{what} {KEYS * STEPS:,} points: Snellen {mine:.2f} s, MLflow {other:.2f} s, "
            f"{ratio:.1f} times faster (limit {LIMIT:g})"
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

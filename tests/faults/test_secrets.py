"""After a whole run no secret is in a log, a job folder, a database, a cache, MLflow or an answer."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import wait_for
from tests.faults.conftest import TALKER, Site
from tests.imports import imported
from tests.leftovers import end_all
from tests.packages import put_metadata
from tests.s3_server import BUCKET, S3Server, other_s3

from snellen.cli.digits import write_digits
from snellen.launch.testing import content_of

__all__ = ["other_s3"]

METRICS_TOKEN = "prometheus-secret-of-this-run"
#: What tokens look like; of jobs' tokens nobody but their supervisors knows more.
TOKENS = re.compile(rb"sn[a-z]_[A-Za-z0-9_-]{20,}")


@pytest.fixture
def closed_site(tmp_path: Path, other_s3: S3Server) -> Iterator[Site]:
    """A server whose settings are full of secrets, and that tells all that it can."""
    packages = tmp_path / "site"
    put_metadata(packages, "talker", {"talker": "talker:Talker"})
    (packages / "talker.py").write_text(TALKER)
    found = Site(tmp_path / "data", packages)
    found.environment |= {
        "SNELLEN_INTERNAL_STORE": f"s3://{BUCKET}/{tmp_path.name}",
        "SNELLEN_INTERNAL_STORE_OPTIONS": json.dumps(other_s3.options()),
        "SNELLEN_METRICS_TOKEN": METRICS_TOKEN,
        "SNELLEN_LOG_LEVEL": "debug",
        "SNELLEN_LOG_FORMAT": "json",
        "SNELLEN_MLFLOW_URI": f"sqlite:///{tmp_path / 'data' / 'mlflow.db'}",
    }
    found.start()
    try:
        yield found
    finally:
        found.stop()
        end_all(tmp_path / "data")


def test_no_secret_is_anywhere_after_a_whole_run(closed_site: Site, tmp_path: Path) -> None:
    site = closed_site
    write_digits(tmp_path / "digits", train=4, val=2, size=64)
    job_id = site.talk(imported(site.client, "digits", tmp_path / "digits"), epochs=2, pause=0.1)
    job = wait_for(lambda: site.ended(job_id), seconds=120)
    assert job["state"] == "completed", job
    wait_for(lambda: site.job(job_id)["mlflow_run_id"], seconds=120)
    site.client.request("GET", f"/training/jobs/{job_id}?token={METRICS_TOKEN}")
    token = (site.data_dir / "token").read_text().strip()
    answers = [
        site.client.request("GET", path, follow_redirects=True).content
        for path in (
            "/auth/me", "/training/jobs", f"/training/jobs/{job_id}", f"/training/jobs/{job_id}/logs", "/datasets",
            f"/training/jobs/{job_id}/artifacts", f"/validation/jobs/{job_id}/results", "/ready", "/trainers",
            "/openapi.json",
        )
    ]  # fmt: skip
    site.stop()

    secrets = [token.encode(), METRICS_TOKEN.encode(), b"other-secret"]
    places = {tmp_path / "server.log": (tmp_path / "server.log").read_bytes()}
    places |= {
        Path(folder, name): content_of(Path(folder, name))
        for folder, _, names in os.walk(site.data_dir)
        for name in names
        if not (Path(folder) == site.data_dir and name == "token")
    }
    # The link that `serve` prints is meant for whoever started it; it is no record of the log.
    log = places[tmp_path / "server.log"]
    places[tmp_path / "server.log"] = b"\n".join(x for x in log.splitlines() if not x.startswith(b"Log in:"))
    assert any(path.name == "supervisor.log" for path in places)
    assert any(path.name == "mlflow.db" for path in places)
    for what, data in [*places.items(), *enumerate(answers)]:
        assert not any(secret in data for secret in secrets), what
        assert not TOKENS.search(data), f"{what}: {TOKENS.search(data)}"


def test_the_supervisors_log_and_the_servers_meet_in_the_number_of_a_request(closed_site: Site, tmp_path: Path) -> None:
    site = closed_site
    write_digits(tmp_path / "digits", train=4, val=2, size=64)
    job_id = site.talk(imported(site.client, "digits", tmp_path / "digits"), epochs=1, pause=0.1)
    assert wait_for(lambda: site.ended(job_id), seconds=120)["state"] == "completed"
    site.stop()
    told = [json.loads(line) for line in (tmp_path / "server.log").read_text().splitlines() if line.startswith("{")]
    posts = [row for row in told if row["logger"] == "snellen.access" and row["message"].endswith("/events")]
    assert posts
    assert all(row["request"].startswith(f"job{job_id}-1-") for row in posts)
    assert {(row["job"], row["attempt"], row["status"]) for row in posts} == {(job_id, 1, 200)}
    said = site.folder(job_id).supervisor_log.read_text().splitlines()
    assert said
    rows = [json.loads(line) for line in said]
    assert {(row["job"], row["attempt"]) for row in rows} == {(job_id, 1)}
    callbacks = [row["message"] for row in rows if row["logger"] == "snellen.callback"]
    assert callbacks
    assert all(text.startswith(f"[VALIDATION CALLBACK] job={job_id} attempt=1 epoch=1") for text in callbacks)

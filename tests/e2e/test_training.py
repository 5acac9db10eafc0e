"""The main job on real input: a detector trains for two short epochs, watched live in Chromium."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.conftest import wait_for

from snellen.sdk.server import find_server

pytestmark = pytest.mark.train
TINY = {"imgsz": 96, "batch": 8, "nbs": 8}


@pytest.mark.browser
def test_a_live_training_is_watched_to_its_end(site: Any, open_page: Callable[..., Page]) -> None:
    body = {"model": "yolo11n.yaml", "epochs": 2, "dataset": "digits", "hyperparameters": TINY}
    job = site.client.post("/training/jobs", body)
    page = open_page(f"/jobs/{job['id']}")
    expect(page.get_by_test_id("job-state")).to_contain_text("Running", timeout=180_000)
    expect(page.locator('[data-testid="chart"]').first).to_be_visible(timeout=90_000)
    # Nobody reloads the page: what follows arrives over the stream.
    expect(page.get_by_test_id("job-state")).to_contain_text("Completed", timeout=120_000)
    keys = {chart.get_attribute("data-key") for chart in page.get_by_test_id("chart").all()}
    assert any("mAP50-95" in (key or "") for key in keys)
    check_results(site, job["id"])
    page.goto(f"{site.url}/jobs/{job['id']}/plots")
    expect(page.get_by_test_id("plot-card").first).to_be_visible()
    page.goto(f"{site.url}/jobs/{job['id']}/artifacts")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    row = page.get_by_test_id("artifact-row").filter(has_text="best.pt")
    row.get_by_test_id("copy-terminal").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"snellen train --from {job['id']}:best.pt --dataset {job['dataset']['name']} --epochs 2"


def check_results(site: Any, job_id: int) -> None:
    """What the page can't show: every epoch has its whole prediction set, checkpoints are there and as announced."""
    job = site.client.get(f"/training/jobs/{job_id}")
    results = site.client.pages(f"/validation/jobs/{job_id}/results")
    assert [r["epoch"] for r in results] == [1, 2]
    assert all(r["evaluated"] and r["has_predictions"] for r in results)
    assert job["best_epoch"] in (1, 2)
    artifacts = site.client.pages(f"/training/jobs/{job_id}/artifacts")
    checkpoints = {a["name"]: a for a in artifacts if a["kind"] == "checkpoint"}
    # And the last before it, where there was time to store two.
    expected = {"last.pt", "best.pt", "best-primary.pt"}
    assert expected <= set(checkpoints) <= expected | {"previous.pt"}
    assert checkpoints.get("previous.pt", {"epoch": 1})["epoch"] == 1
    for artifact in checkpoints.values():
        assert (site.data_dir / "internal" / artifact["key"]).stat().st_size == artifact["size"]
    plots = [a for a in artifacts if a["kind"] == "plot"]
    assert any(a["content_type"] == "image/png" and a["epoch"] for a in plots)
    every = site.client.get(f"/validation/jobs/{job_id}/results/2/images", conf=0.001)
    assert every["total_images"] == 8
    computed, reported = results[1]["computed"]["mAP50-95"], results[1]["metrics"]["metrics/mAP50-95(B)"]
    assert computed == pytest.approx(reported, abs=0.02)
    lines = site.client.get(f"/training/jobs/{job_id}/logs", tail=5000)["items"]
    assert [line["line"] for line in lines] == list(range(1, len(lines) + 1))


def demo_in(data_dir: Path, *words: str) -> tuple[list[str], dict[str, str]]:
    """The command of a demo, and an environment that says nothing of a server."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SNELLEN_")} | {"YOLO_OFFLINE": "1"}
    return [sys.executable, "-m", "snellen", "demo", *words, "--data-dir", str(data_dir), "--port", "0"], environment


def test_the_demo_does_it_all_without_a_person(tmp_path: Path) -> None:
    command, environment = demo_in(tmp_path / "demo", "--epochs", "2", "--exit", "--json")
    answer = subprocess.run(command, capture_output=True, text=True, timeout=280, env=environment, check=False)
    assert answer.returncode == 0, answer.stderr[-3000:]
    report = json.loads(answer.stdout.splitlines()[-1])
    assert report["state"] == "completed"
    assert report["validation_epochs"] == [1, 2]
    assert report["best_epoch"] in (1, 2)
    assert report["primary_metric"]["name"] == "mAP50-95"
    assert report["primary_metric"]["value"] >= 0
    assert report["prediction_sets"] == 2
    assert report["plots"] > 5
    # best, last, best by the primary metric, and the last before it where there was time to store two.
    assert report["checkpoints"] in (3, 4)
    assert report["mlflow_run_id"]
    assert "/login?code=snc_" in answer.stderr


def test_a_demo_that_is_ended_takes_its_server_along(tmp_path: Path) -> None:
    command, environment = demo_in(tmp_path / "demo", "--task", "classification", "--epochs", "1")
    said = tmp_path / "said.txt"
    with said.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=file, env=environment) as demo:
        try:
            wait_for(lambda: "Ctrl-C ends it" in said.read_text() or demo.poll() is not None, seconds=240)
            assert demo.poll() is None, said.read_text()[-3000:]
            url = find_server(tmp_path / "demo").url
            assert httpx.get(f"{url}/api/v1/health", trust_env=False, timeout=60).status_code == 200
            demo.terminate()
            assert demo.wait(30) == 0
            with pytest.raises(httpx.ConnectError):
                httpx.get(f"{url}/api/v1/health", trust_env=False, timeout=60)
        finally:
            demo.kill()

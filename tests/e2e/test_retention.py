"""The dashboard says what became of a prediction set that is no longer kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.server.test_validation import IMAGES, NAMES

pytestmark = pytest.mark.browser


def test_an_epoch_whose_predictions_are_gone_says_so_and_keeps_its_matrix(
    site: Any, open_page: Callable[..., Page]
) -> None:
    asked = {
        "model": "own.pt", "epochs": 3, "launcher": "external",
        "primary_metric": {"name": "score", "source": "reported", "direction": "max"},
    }  # fmt: skip
    job = site.client.post("/training/jobs", asked)
    reporter = site.job_client(job)
    for epoch in (1, 2, 3):
        images = [{**image, "image_name": f"{epoch}-{image['image_name']}"} for image in IMAGES]
        body = {"job_id": job["id"], "epoch": epoch, "task_type": "detection", "class_names": NAMES}
        reporter.post(
            f"/validation/jobs/{job['id']}/results", {**body, "image_results": images, "metrics": {"score": epoch}}
        )
    ended = {"seq": 1, "type": "state", "state": "completed"}
    reporter.post(f"/training/jobs/{job['id']}/events", {"attempt": 1, "events": [ended]})
    reporter.close()
    command = [sys.executable, "-m", "snellen", "retention", "--apply", "--json", "--data-dir", str(site.data_dir)]
    done = subprocess.run(
        command, env={**os.environ, "SNELLEN_KEEP_PREDICTIONS_EVERY": "0"}, capture_output=True, text=True
    )
    # The server has other tests' jobs too.
    removed = {each["job"]: each["epochs"] for each in json.loads(done.stdout)["jobs"]}
    assert removed[job["id"]] == [1, 2], done.stderr

    page = open_page(f"/jobs/{job['id']}/validation?epoch=1")
    note = page.get_by_test_id("no-predictions")
    expect(note).to_contain_text("was removed on")
    expect(note).to_contain_text("only the best epoch and the last keep their predictions")
    expect(page.get_by_text("Confusion matrix").first).to_be_visible()
    page.goto(f"{site.url}/jobs/{job['id']}/validation?epoch=3")
    expect(page.get_by_text("Confusion matrix").first).to_be_visible()
    expect(note).to_have_count(0)

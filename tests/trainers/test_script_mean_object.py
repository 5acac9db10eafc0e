"""The script that comes with Snellen: its sets fit all four tasks. (Stop and resume: the conformance check.)"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from snellen.cli.digits import write_digits
from snellen.contract.folder import JobFolder
from snellen.contract.spec import DatasetRef, JobSpec
from snellen.contract.tasks import Task, default_primary
from snellen.formats import load_snapshot, read_folder, save_snapshot
from snellen.formats.export_yolo import export_yolo
from snellen.launch.evaluate import Evaluator
from snellen.storage import open_store
from snellen.storage.object_keys import file_key
from snellen.trainers.script import ScriptTrainer

Run = Callable[..., subprocess.CompletedProcess[str]]
MakeJob = Callable[..., JobFolder]
COMMAND = dict(ScriptTrainer.conformance_params) | {"pause": 0}


@pytest.fixture
def job(tmp_path: Path) -> MakeJob:
    """A folder with eight and two small scenes of a task."""

    def make(name: str, task: Task = Task.DETECTION, **fields: Any) -> JobFolder:
        source = tmp_path / str(task)
        write_digits(source, task=task, train=8, val=2, size=64)
        store = open_store(str(tmp_path / f"store-{task}"), create=True)
        snapshot = load_snapshot(store, save_snapshot(read_folder(source).content, store).hash)
        info, folder = snapshot.info, JobFolder(tmp_path / name)
        spec: dict[str, Any] = {
            "job_id": 1, "attempt": 1, "name": "mean", "trainer": "script", "task": task, "model": "mean-object",
            "epochs": 3, "primary_metric": default_primary(task), "params": COMMAND,
            "dataset": DatasetRef(1, "digits", info.hash, tuple(info.class_names)), **fields,
        }  # fmt: skip
        folder.create(JobSpec(**spec))

        def fetch(wanted: list[tuple[str, Path]]) -> None:
            for sha256, target in wanted:
                target.write_bytes(store.get_bytes(file_key(sha256)))

        export_yolo(snapshot, folder.dataset, fetch)
        return folder

    return make


def events(folder: JobFolder, kind: str) -> list[dict[str, Any]]:
    return [e for e in map(json.loads, folder.events.read_text().splitlines()) if e["type"] == kind]


@pytest.mark.parametrize("task", Task)
def test_its_sets_fit_every_task(job: MakeJob, run_job: Run, task: Task) -> None:
    folder = job("job", task)
    done = run_job(folder)
    assert done.returncode == 0, done.stderr
    assert events(folder, "log") == []
    assert [e["epoch"] for e in events(folder, "validation")] == [1, 2, 3]
    found = Evaluator(folder.spec(), folder.dataset).evaluate(folder.predictions_file(3), 3)
    assert found.evaluation["metrics"][default_primary(task).name] >= 0

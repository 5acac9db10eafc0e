"""A sweep whose trials have ended in all the ways there are, put into the site's database."""

from __future__ import annotations

import math
import random
import uuid
from typing import Any

from sqlalchemy.orm import Session

from snellen.server.db import Database
from snellen.server.jobs.schemas import JobCreate
from snellen.server.jobs.service import create_job
from snellen.server.jobs.sweep_tables import Sweep
from snellen.server.jobs.tables import Job

SPACE = {
    "lr0": {"type": "float", "low": 1e-4, "high": 1e-1, "step": None, "log": True},
    "momentum": {"type": "float", "low": 0.6, "high": 0.98, "step": None, "log": False},
    "optimizer": {"type": "choice", "values": ["SGD", "AdamW", "RMSProp"]},
    "imgsz": {"type": "int", "low": 128, "high": 320, "step": 32, "log": False},
}
EPOCHS = 27


def searched(site: Any, *, name: str = "Which rate?", trials: int = 14, state: str = "stopped", lost: int = 0) -> int:
    """The sweep's id; the trial of the number `lost` is."""
    numbers = random.Random(3)
    database = Database(f"sqlite:///{site.data_dir / 'snellen.db'}")
    with database.write() as session:
        sweep = Sweep(
            project_id=1, client_id=str(uuid.uuid4()), name=name, state=state, space=SPACE, method="bayesian", seed=7,
            job={"epochs": EPOCHS, "dataset": site.dataset_id}, trials=trials + 2,
            early_stopping={"min_epochs": 1, "reduction": 3}, judged={}, primary_name="mAP50-95",
            primary_direction="max", primary_source="computed", created_at=1_700_000_000_000, since=1,
            ended_at=1_700_000_900_000,
        )  # fmt: skip
        session.add(sweep)
        session.flush()
        for number in range(1, trials + 1):
            job = _trial(session, site, sweep, number, numbers)
            if number == lost:
                job.state, job.exit_reason, job.ended_at = "lost", "its node 10.0.0.7 died", None
        found = sweep.id
    database.close()
    return found


def _trial(session: Session, site: Any, sweep: Sweep, number: int, numbers: random.Random) -> Job:
    params = {
        "lr0": float(f"{10 ** numbers.uniform(-4, -1):.4g}"), "momentum": round(numbers.uniform(0.6, 0.98), 4),
        "optimizer": numbers.choice(["SGD", "AdamW", "RMSProp"]), "imgsz": numbers.randrange(128, 321, 32),
    }  # fmt: skip
    worth = 0.72 - 0.16 * (math.log10(params["lr0"]) + 2.3) ** 2 - 0.1 * (params["optimizer"] == "RMSProp")
    value = max(0.01, worth + params["imgsz"] / 3000 + numbers.uniform(-0.02, 0.02))
    body = {
        "name": f"{sweep.name} #{number}", "model": "yolo11n.yaml", "epochs": EPOCHS, "launcher": "external",
        "dataset": site.dataset_id, "hyperparameters": params,
    }  # fmt: skip
    job, _, _ = create_job(session, body=JobCreate.model_validate(body))
    job.sweep_id, job.trial, job.launcher = sweep.id, number, "local"
    job.started_at, job.ended_at = 1_700_000_000_000 + 60_000 * number, 1_700_000_000_000 + 60_000 * number + 50_000
    if number == 5:
        job.state, job.exit_reason = "failed", "The GPU's memory ran out. Take a smaller batch."
        return job
    whole = value > 0.6
    job.best_value = job.best_rank = value if whole else value * 0.6
    job.last_epoch = EPOCHS if whole else numbers.choice([1, 3])
    job.best_epoch = job.last_epoch
    job.state = "completed" if whole else "stopped"
    if not whole:
        job.stop_reason = job.exit_reason = (
            "stopped early by the sweep: at epoch 1 its mAP50-95 0.1 is not among the best third"
        )
    session.flush()
    return job

"""A real server with something of everything in it, for those who try its doors."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import Any

import httpx
from schemathesis import Case
from tests.imports import imported
from tests.launch.conftest import Platform

from snellen.cli.digits import write_digits

API = "/api/v1"
#: Half of the requests name what is there: things that exist break more than things that don't.
AIMED = 0.5


class World:
    """One server; what a request destroys is made again before the next operation is tried."""

    def __init__(self, platform: Platform, place: Path) -> None:
        self.platform = platform
        self._place = place
        self._random = random.Random(7)
        write_digits(place / "digits", train=4, val=2, size=64)
        self.named: dict[str, Any] = {}
        self.job_token = ""
        self.restore()

    def restore(self) -> None:
        """Everything that :attr:`named` names is there."""
        if not self._is_there("dataset_id", "/datasets/{}"):
            self.named["dataset_id"] = imported(self.platform, "digits", self._place / "digits")
            self.named["snapshot"] = self.platform.get(f"/datasets/{self.named['dataset_id']}")["snapshots"][0]["hash"]
            self.named["import_id"] = self.platform.get("/datasets/imports")["items"][0]["id"]
            images = self.platform.get(f"/datasets/{self.named['dataset_id']}/images")["items"]
            self.named["image_id"], self.named["sha256"] = images[0]["image_id"], "0" * 64
        if not self._is_there("job_id", "/training/jobs/{}"):
            self._make_job()
        if not self._is_there("artifact_id", "/artifacts/{}/download"):
            self.named["artifact_id"] = self._make_artifact()
        self.named |= {"epoch": 1, "part": 1, "name": "images.parquet"}

    def aim(self, case: Case) -> None:
        """Point half of the requests at what is there; none may reach beyond this world."""
        for place in (case.path_parameters, case.query):
            for name in set(place or ()) & self.named.keys():
                if self._random.random() < AIMED:
                    place[name] = self.named[name]  # type: ignore[index]
        if isinstance(case.body, dict):
            self._tame(case.body)

    def _tame(self, body: dict[str, Any]) -> None:
        # No request may start a training or read this machine's folders.
        if "model" in body or "hyperparameters" in body or "epochs" in body:
            body["launcher"] = "external"
        if isinstance(body.get("source"), str):
            body["source"] = str(self._place / "nothing" / body["source"].strip("/").replace("..", "")[:20])
        if isinstance(body.get("job_id"), int) and self._random.random() < AIMED:
            body["job_id"] = self.named["job_id"]

    def _is_there(self, name: str, path: str) -> bool:
        if name not in self.named:
            return False
        answer = self.platform.ask(path.format(self.named[name]))
        return answer.is_success or answer.is_redirect

    def _make_job(self) -> None:
        dataset = self.named["dataset_id"]
        body = {"model": "own.pt", "epochs": 10, "launcher": "external", "dataset": dataset}
        job = self.platform.post("/training/jobs", body)
        self.named["job_id"], self.job_token = job["id"], job["job_token"]
        box = {"class_id": 0, "bbox": [1, 1, 20, 20]}
        image = {"image_name": "a.png", "true_boxes": [box], "predicted_boxes": [{**box, "confidence": 0.9}]}
        with self.as_job() as client:
            for epoch in (1, 2):
                result = {
                    "job_id": job["id"], "epoch": epoch, "task_type": "detection", "metrics": {"loss": 1.0},
                    "image_results": [image],
                }  # fmt: skip
                assert client.post(f"/validation/jobs/{job['id']}/results", json=result).is_success
            events = [
                {"seq": 1, "type": "metrics", "time": 1, "step": 1, "values": {"loss": 1.0}},
                {"seq": 2, "type": "log", "time": 1, "lines": ["hello"]},
            ]
            answer = client.post(f"/training/jobs/{job['id']}/events", json={"attempt": 1, "events": events})
            assert answer.is_success, answer.text
            self.named["upload_id"] = self._announce(client, b"half of it")["upload_id"]
        self.named.pop("artifact_id", None)

    def _make_artifact(self) -> int:
        with self.as_job() as client:
            place = self._announce(client, b"whole", kind="plot", name="curve.png", content_type="image/png")
            assert client.put(place["url"].removeprefix(API), content=b"whole").is_success
            jobs_uploads = f"/training/jobs/{self.named['job_id']}/uploads"
            return int(client.post(f"{jobs_uploads}/{place['upload_id']}/complete", json={}).json()["id"])

    def _announce(self, client: httpx.Client, data: bytes, **fields: Any) -> dict[str, Any]:
        body = {
            "kind": "checkpoint", "name": "last.pt", "size": len(data), "sha256": hashlib.sha256(data).hexdigest(),
            "content_type": "application/octet-stream", "epoch": 1, **fields,
        }  # fmt: skip
        return dict(client.post(f"/training/jobs/{self.named['job_id']}/uploads", json=body).json())

    def as_job(self) -> httpx.Client:
        """A client with the job's token."""
        headers = {"authorization": f"Bearer {self.job_token}"}
        return httpx.Client(base_url=self.platform.url + API, headers=headers, trust_env=False, timeout=60)

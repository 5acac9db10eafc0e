"""A server with several people: two projects, each with something of everything in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.sweeping import put_sweep

from snellen.cli.digits import write_digits
from snellen.server.auth import service as auth
from snellen.server.auth import tokens
from snellen.server.auth.people import Permission, Person, Via
from snellen.server.auth.people_tables import User
from snellen.server.auth.users_schemas import TokenCreate
from snellen.server.state import State

BASE = "http://127.0.0.1:8080"
API = "/api/v1"
TUS = {"tus-resumable": "1.0.0"}


class Town:
    """Who lives in it: ``viewer``, ``editor``, ``admin`` of the project ``cats``, ``coder``, an editor who may run code
    there, ``stranger``, who is admin of ``dogs``, ``nobody``, who is a member of nothing, and ``boss``, who
    administers the server."""

    def __init__(self, operator: TestClient, place: Path, eventually: Callable[..., Any]) -> None:
        self.operator = operator
        self.app: FastAPI = operator.app  # type: ignore[assignment]
        self.state: State = self.app.state.snellen
        self._place = place
        self._eventually = eventually
        self.ids: dict[str, int] = {}
        self.people: dict[str, TestClient] = {}
        self.cats, self.dogs = (self._made("/projects", {"name": name}) for name in ("cats", "dogs"))
        for name in ("viewer", "editor", "coder", "admin", "stranger", "nobody", "boss"):
            self.ids[name] = self._made("/users", {"name": name, "is_admin": name == "boss"})
            self.people[name] = self.client(name)
        self.join("viewer", self.cats, "viewer")
        self.join("editor", self.cats, "editor")
        self.join("coder", self.cats, "editor", run_code=True)
        self.join("admin", self.cats, "admin")
        self.join("stranger", self.dogs, "admin")

    def join(self, name: str, project: int, role: str, **more: Any) -> None:
        """Make somebody a member."""
        answer = self.operator.put(f"{API}/projects/{project}/members/{self.ids[name]}", json={"role": role, **more})
        assert answer.status_code == 200, answer.text

    def client(self, name: str, **limits: Any) -> TestClient:
        """A client with a token of somebody's; ``limits`` are fields of the request for one."""
        body = TokenCreate(**{"name": "test", "scopes": list(Permission), **limits})
        with self.state.database.write() as session:
            person = auth.person_of_user(session, session.get_one(User, self.ids[name]), via=Via.SESSION)
            assert isinstance(person, Person)
            _, token = tokens.create_token(session, person, body=body, days=90, most_days=365)
        return self.with_token(token)

    def with_token(self, token: str) -> TestClient:
        """A client with a token."""
        return TestClient(self.app, base_url=BASE, headers={"authorization": f"Bearer {token}"})

    def furnish(self, project: int, by: TestClient | None = None) -> dict[str, Any]:
        """A dataset, a job with results, an artifact and an upload in a project: what names them in paths."""
        who = by or self.operator
        folder = self._place / f"digits-{project}"
        write_digits(folder, train=4, val=2, size=64)
        body = {"name": "digits", "source": str(folder), "project": project}
        begun = self.operator.post(f"{API}/datasets", json=body)
        assert begun.status_code == 202, begun.text
        url = f"{API}/datasets/imports/{begun.json()['id']}"
        found = self._eventually(lambda: (f := self.operator.get(url).json())["state"] != "running" and f)
        assert found["state"] == "completed", found["error"]
        job = who.post(
            f"{API}/training/jobs",
            json={"model": "own.pt", "epochs": 9, "launcher": "external", "dataset": found["dataset_id"]},
        ).json()
        things = {
            "project_id": project, "dataset_id": found["dataset_id"], "import_id": found["id"], "job_id": job["id"],
            "snapshot": found["snapshot"], "epoch": 1, "image_id": 0, "client_id": job["client_id"],
            "token": job["job_token"],
        }  # fmt: skip
        things["artifact_id"] = self._result(job)
        things["sweep_id"] = put_sweep(self.state.database, project)
        return things

    def _result(self, job: dict[str, Any]) -> int:
        reporter = self.with_token(job["job_token"])
        box = {"class_id": 0, "bbox": [1, 1, 20, 20]}
        images = [{"image_name": "a.png", "true_boxes": [box], "predicted_boxes": [{**box, "confidence": 0.9}]}]
        body = {"job_id": job["id"], "epoch": 1, "task_type": "detection", "image_results": images}
        assert reporter.post(f"{API}/validation/jobs/{job['id']}/results", json=body).status_code == 200
        data = b"weights"
        said = {
            "kind": "checkpoint", "name": "last.pt", "size": len(data), "sha256": hashlib.sha256(data).hexdigest(),
            "content_type": "application/octet-stream", "epoch": 1,
        }  # fmt: skip
        place = reporter.post(f"{API}/training/jobs/{job['id']}/uploads", json=said).json()
        assert reporter.put(place["url"], content=data).status_code == 204
        done = reporter.post(f"{API}/training/jobs/{job['id']}/uploads/{place['upload_id']}/complete")
        return int(done.json()["id"])

    def _made(self, path: str, body: dict[str, Any]) -> int:
        answer = self.operator.post(API + path, json=body)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])


def upload(client: TestClient, data: bytes, name: str = "YS56aXA=") -> str:
    """A whole upload; its id."""
    made = client.post(
        f"{API}/datasets/uploads",
        headers={**TUS, "upload-length": str(len(data)), "upload-metadata": f"filename {name}"},
    )
    assert made.status_code == 201, made.text
    place = made.headers["location"]
    sent = client.patch(
        place, content=data, headers={**TUS, "upload-offset": "0", "content-type": "application/offset+octet-stream"}
    )
    assert sent.status_code == 204, sent.text
    return str(place.rsplit("/", 1)[-1])

"""A real server with two projects that hold something of everything, and those who try its doors."""

from __future__ import annotations

import hashlib
import random
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from schemathesis import Case
from sqlalchemy import delete
from tests.imports import imported
from tests.launch.conftest import Platform
from tests.sweeping import put_sweep

from snellen.cli.digits import write_digits
from snellen.server.auth.login_tables import LoginFailures

API = "/api/v1"
PASSWORD = "correct horse battery staple"
#: Not needed here, but made anew for every client that is given none, which takes longer than what it asks.
TLS = ssl.create_default_context()
#: What each role is in the project `ours`; nobody but the administrator and the operator is anything in `theirs`.
MEMBERS = {"viewer": "viewer", "editor": "editor", "manager": "admin"}
PEOPLE = ("stranger", *MEMBERS, "administrator")
#: Of ten requests so many name what is there in `ours`, and so many of the others what is in `theirs`.
AIM_AT_OURS, AIM_AT_THEIRS = 0.5, 0.5
#: What a request names a thing of a project by. A user is nobody's.
OWNED = (
    "job_id",
    "sweep_id",
    "dataset_id",
    "import_id",
    "artifact_id",
    "project_id",
    "upload_id",
    "token_id",
    "session_id",
)


@dataclass
class Place:
    """A project and what is in it, by the names that the API has for it."""

    name: str
    named: dict[str, Any] = field(default_factory=dict)
    tus: str = ""
    job_token: str = ""


class World:
    """One server; what a request destroys is made again before the next operation is tried."""

    def __init__(self, platform: Platform, place: Path) -> None:
        self.platform = platform
        self._place = place
        self._random = random.Random(7)
        self._tokens: dict[str, str] = {}
        self.ours, self.theirs = Place("ours"), Place("theirs")
        self._users = {name: self._make_user(name) for name in (*PEOPLE, "owner")}
        for number, each in enumerate((self.ours, self.theirs)):
            each.named["project_id"] = platform.post("/projects", {"name": each.name})["id"]
            # Other pictures, or both would have one snapshot.
            write_digits(place / each.name, train=4, val=2, size=64 + 8 * number)
        with self.as_("owner") as client:
            made = client.post("/auth/tokens", json={"name": "theirs", "scopes": ["read"]})
            self.theirs.named["token_id"] = made.json()["id"]
            self.theirs.named["session_id"] = client.get("/auth/sessions").json()["items"][0]["id"]
        #: Whether something may be gone or changed since the last restore.
        self.touched = False
        self.theirs.named["user_id"] = self._users["owner"]
        self.ours.named["user_id"] = self._users["viewer"]
        self.restore()

    def restore(self) -> None:
        """Everything and everybody is there."""
        for place in (self.ours, self.theirs):
            self._put(f"/projects/{place.named['project_id']}", {"name": place.name}, method="PATCH")
            self._restore(place)
        for name in PEOPLE:
            flags = {"disabled": False, "is_admin": name == "administrator"}
            self._put(f"/users/{self._users[name]}", flags, method="PATCH")
            member = f"/projects/{self.ours.named['project_id']}/members/{self._users[name]}"
            if role := MEMBERS.get(name):
                self._put(member, {"role": role, "run_code": role == "admin"})
            else:
                self.platform.ask(member, method="DELETE")
            self.token_of(name)
        for name in (*PEOPLE, "owner"):
            self.platform.ask(
                f"/projects/{self.theirs.named['project_id']}/members/{self._users[name]}", method="DELETE"
            )

    def token_of(self, role: str) -> str | None:
        """What somebody in a role shows."""
        if role in {"nobody", "job", "operator"}:
            return {"nobody": None, "job": self.ours.job_token, "operator": self.platform.token}[role]
        if role in self._tokens and self._asks("/auth/me", self._tokens[role]).is_success:
            return self._tokens[role]
        with self.platform.state.database.write() as session:
            session.execute(delete(LoginFailures))  # of the guesses that were made here
        with self.as_(role) as client:
            made = client.post("/auth/tokens", json={"name": role, "scopes": ["read", "write", "run_code", "admin"]})
            assert made.is_success, made.text
        self._tokens[role] = made.json()["token"]
        return self._tokens[role]

    @contextmanager
    def as_(self, name: str) -> Iterator[httpx.Client]:
        """A browser in which a user has logged in."""
        with self._client({"origin": self.platform.url}) as client:
            answer = client.post("/auth/login", json={"name": name, "password": PASSWORD})
            assert answer.status_code == 204, answer.text
            yield client

    def aim(self, case: Case) -> None:
        """Point most requests at what is there; none may reach beyond this world."""
        for named in (case.path_parameters, case.query):
            for name in named or ():
                if (value := self._choose(case, name)) is not None:
                    named[name] = value  # type: ignore[index]
        if isinstance(case.body, dict):
            self._tame(case, case.body)

    def names_theirs(self, case: Case) -> bool:
        """Whether a request names something of the project that its sender must not know of."""
        named = {**(case.query or {}), **(case.path_parameters or {})}
        if isinstance(case.body, dict):
            named |= {f"body.{name}": value for name, value in case.body.items()}
        theirs = self.theirs.named
        return (
            any(name in OWNED and value in (theirs.get(name), self.theirs.tus) for name, value in named.items())
            or any(named.get(name) in (theirs["project_id"], "theirs") for name in ("project", "body.project"))
            or named.get("body.dataset") == theirs["dataset_id"]
            or named.get("body.init_from") == theirs["artifact_id"]
            or any(named.get(name) == theirs["snapshot"] for name in ("snapshot", "base", "head"))
        )

    def _choose(self, case: Case, name: str) -> Any:
        place = self.ours if self._random.random() < AIM_AT_OURS else self.theirs
        if place is self.theirs and self._random.random() >= AIM_AT_THEIRS:
            return None
        if name == "upload_id" and "/datasets/" in case.path:
            return place.tus
        if name in {"base", "head"}:
            return place.named["snapshot"]
        return place.name if name == "project" else place.named.get(name)

    def _tame(self, case: Case, body: dict[str, Any]) -> None:
        for name in ("job_id", "dataset", "init_from", "project"):
            known = {"dataset": "dataset_id", "init_from": "artifact_id"}.get(name, name)
            if name in body and (value := self._choose(case, known)) is not None:
                body[name] = value
        if isinstance(body.get("job"), dict):
            self._tame(case, body["job"])
        # No request may start a training, read this machine's folders, or lock everybody out.
        if "model" in body or "hyperparameters" in body or "epochs" in body:
            body["launcher"] = "external"
        if isinstance(body.get("source"), str):
            body["source"] = str(self._place / "nothing" / body["source"].strip("/").replace("..", "")[:20])

    def _restore(self, place: Place) -> None:
        named, project = place.named, place.name
        if not self._is_there(place, "dataset_id", "/datasets/{}"):
            dataset = imported(self.platform, "digits", self._place / project, project=project)
            named["dataset_id"] = dataset
            named["snapshot"] = self.platform.get(f"/datasets/{dataset}")["snapshots"][0]["hash"]
            named["import_id"] = self.platform.get("/datasets/imports", project=project)["items"][0]["id"]
            named["image_id"] = 0
        if not self._is_there(place, "job_id", "/training/jobs/{}"):
            self._make_job(place)
        if not self._is_there(place, "sweep_id", "/training/sweeps/{}"):
            name = f"a sweep of {project}"
            named["sweep_id"] = put_sweep(self.platform.state.database, named["project_id"], name=name)
        if not self._is_there(place, "artifact_id", "/artifacts/{}/download"):
            named["artifact_id"] = self._make_artifact(place)
        if not place.tus or not self.platform.ask(f"/datasets/uploads/{place.tus}").is_success:
            headers = {"tus-resumable": "1.0.0", "upload-length": "5"}
            made = self.platform.ask("/datasets/uploads", method="POST", headers=headers)
            place.tus = made.headers["location"].rsplit("/", 1)[1]
        named |= {"epoch": 1, "part": 1, "name": "images.parquet", "sha256": "0" * 64}

    def _is_there(self, place: Place, name: str, path: str) -> bool:
        if name not in place.named:
            return False
        answer = self.platform.ask(path.format(place.named[name]))
        return answer.is_success or answer.is_redirect

    def _make_user(self, name: str) -> int:
        return int(self.platform.post("/users", {"name": name, "password": PASSWORD})["id"])

    def _put(self, path: str, body: dict[str, Any], *, method: str = "PUT") -> None:
        answer = self.platform.ask(path, method=method, json=body)
        assert answer.is_success, answer.text

    def _asks(self, path: str, token: str) -> httpx.Response:
        with self._client({"authorization": f"Bearer {token}"}) as client:
            return client.get(path)

    def _make_job(self, place: Place) -> None:
        body = {
            "model": "own.pt", "epochs": 10, "launcher": "external", "dataset": place.named["dataset_id"],
            "project": place.name,
        }  # fmt: skip
        job = self.platform.post("/training/jobs", body)
        place.named["job_id"], place.job_token = job["id"], job["job_token"]
        box = {"class_id": 0, "bbox": [1, 1, 20, 20]}
        image = {"image_name": "a.png", "true_boxes": [box], "predicted_boxes": [{**box, "confidence": 0.9}]}
        with self._as_job(place) as client:
            for epoch in (1, 2):
                result = {
                    "job_id": job["id"], "epoch": epoch, "task_type": "detection", "metrics": {"loss": 1.0},
                    "image_results": [image],
                }  # fmt: skip
                assert client.post(f"/validation/jobs/{job['id']}/results", json=result).is_success
            events = [
                {"seq": 1, "type": "metrics", "time": 1, "step": 1, "values": {"loss": 1.0}},
                {"seq": 2, "type": "log", "time": 1, "lines": [f"a secret of {place.name}"]},
            ]
            answer = client.post(f"/training/jobs/{job['id']}/events", json={"attempt": 1, "events": events})
            assert answer.is_success, answer.text
            place.named["upload_id"] = self._announce(client, place, b"half of it")["upload_id"]
        place.named.pop("artifact_id", None)

    def _make_artifact(self, place: Place) -> int:
        with self._as_job(place) as client:
            sent = self._announce(client, place, b"whole", kind="plot", name="curve.png", content_type="image/png")
            if sent["already"]:
                return int(sent["artifact"]["id"])
            assert client.put(sent["url"].removeprefix(API), content=b"whole").is_success
            uploads = f"/training/jobs/{place.named['job_id']}/uploads"
            return int(client.post(f"{uploads}/{sent['upload_id']}/complete", json={}).json()["id"])

    def _announce(self, client: httpx.Client, place: Place, data: bytes, **fields: Any) -> dict[str, Any]:
        body = {
            "kind": "checkpoint", "name": "last.pt", "size": len(data), "sha256": hashlib.sha256(data).hexdigest(),
            "content_type": "application/octet-stream", "epoch": 1, **fields,
        }  # fmt: skip
        return dict(client.post(f"/training/jobs/{place.named['job_id']}/uploads", json=body).json())

    def _as_job(self, place: Place) -> httpx.Client:
        return self._client({"authorization": f"Bearer {place.job_token}"})

    def _client(self, headers: dict[str, str]) -> httpx.Client:
        url = self.platform.url + API
        return httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60, verify=TLS)

    def all_of_theirs(self) -> str:
        """What the operator sees of the other project, as text."""
        job, dataset = self.theirs.named["job_id"], self.theirs.named["dataset_id"]
        paths = [
            f"/projects/{self.theirs.named['project_id']}", f"/projects/{self.theirs.named['project_id']}/members",
            "/training/jobs?project=theirs", "/training/sweeps?project=theirs",
            f"/training/sweeps/{self.theirs.named['sweep_id']}", "/datasets?project=theirs",
            "/datasets/imports?project=theirs",
            f"/training/jobs/{job}", f"/training/jobs/{job}/logs", f"/training/jobs/{job}/metrics",
            f"/training/jobs/{job}/artifacts", f"/validation/jobs/{job}/results", f"/datasets/{dataset}",
            f"/validation/jobs/{job}/results/1", f"/datasets/{dataset}/images", f"/datasets/uploads/{self.theirs.tus}",
            f"/users/{self.theirs.named['user_id']}",
        ]  # fmt: skip
        return "\n".join(f"{path} {self.platform.ask(path).text}" for path in paths)

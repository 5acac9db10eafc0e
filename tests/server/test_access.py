"""Who may do what; denials first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from snellen.server.app import create_app
from snellen.server.auth.service import hash_token
from snellen.server.auth.tables import LoginSession
from snellen.server.settings import Settings
from snellen.server.tables import metadata

pytestmark = pytest.mark.db

BASE = "http://127.0.0.1:8080"
#: What a browser adds to what a page of ours sends.
OWN = {"origin": BASE}

PUBLIC = {
    ("GET", "/api/v1/health"),
    ("GET", "/api/v1/auth/methods"),
    ("GET", "/api/v1/ready"),
    ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/auth/logout"),
    ("POST", "/api/v1/auth/password/setup"),
    # It knows by a code that is good once who asks: test_enrolment.py.
    ("POST", "/api/v1/training/jobs/{job_id}/enrol"),
}


def test_every_endpoint_but_health_and_login_refuses_nobody_in_particular(anonymous: TestClient) -> None:
    paths = anonymous.get("/api/v1/openapi.json").json()["paths"]
    checked = 0
    for path, methods in paths.items():
        for method in methods:
            if (method.upper(), path) in PUBLIC:
                continue
            concrete = path
            for name in (
                "job_id",
                "epoch",
                "image_id",
                "dataset_id",
                "import_id",
                "artifact_id",
                "project_id",
                "user_id",
                "token_id",
                "session_id",
            ):
                concrete = concrete.replace(f"{{{name}}}", "1")
            concrete = concrete.replace("{sha256}", "0" * 64).replace("{upload_id}", "x").replace("{name}", "x")
            answer = anonymous.request(method, concrete)
            assert answer.status_code == 401, f"{method} {path}: {answer.status_code} {answer.text}"
            assert method == "head" or answer.json()["error"] == "not_authenticated"
            checked += 1
    assert checked > 20


def test_an_unknown_token_is_refused(anonymous: TestClient) -> None:
    answer = anonymous.get("/api/v1/training/jobs", headers={"authorization": "Bearer snl_nothing"})
    assert answer.status_code == 401


def test_a_job_token_opens_nothing_of_people(external_job: Callable[..., tuple[int, TestClient]]) -> None:
    job_id, client = external_job()
    assert client.get("/api/v1/training/jobs").status_code == 401
    assert client.post(f"/api/v1/training/jobs/{job_id}/stop").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/v1/training/jobs/{}/events", {"attempt": 1, "events": []}),
        ("POST", "/api/v1/validation/jobs/{}/results", {"job_id": 0, "epoch": 1, "task_type": "detection"}),
        (
            "POST",
            "/api/v1/training/jobs/{}/uploads",
            {"kind": "plot", "name": "a.png", "size": 1, "sha256": "0" * 64, "content_type": "image/png"},
        ),
        ("GET", "/api/v1/training/jobs/{}/dataset", None),
    ],
)
def test_a_job_token_does_not_open_another_job(
    external_job: Callable[..., tuple[int, TestClient]], method: str, path: str, body: dict[str, Any] | None
) -> None:
    other, _ = external_job()
    _, client = external_job()
    if body and "job_id" in body:
        body = {**body, "job_id": other}
    assert client.request(method, path.format(other), json=body).status_code == 403
    assert client.request(method, path.format(999), json=body).status_code in {403, 404}


def test_a_persons_token_does_not_report_events(
    api: TestClient, external_job: Callable[..., tuple[int, TestClient]]
) -> None:
    job_id, _ = external_job()
    answer = api.post(f"/api/v1/training/jobs/{job_id}/events", json={"attempt": 1, "events": []})
    assert answer.status_code == 401


def test_the_login_link_opens_a_session_once_and_leads_to_the_dashboard(api: TestClient, anonymous: TestClient) -> None:
    link = api.post("/api/v1/auth/login-links").json()["url"]
    assert link.startswith(f"{BASE}/login?code=snc_")
    answer = anonymous.get(link, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    me = anonymous.get("/api/v1/auth/me").json()
    assert (me["name"], me["kind"], me["is_admin"]) == ("admin", "operator", True)
    copied = anonymous.cookies["snellen_session"]
    other = TestClient(anonymous.app, base_url=BASE)
    assert other.get(link, follow_redirects=False).headers["location"] == "/"
    assert other.get("/api/v1/auth/me").status_code == 401, "the link was used"
    assert anonymous.post("/api/v1/auth/logout", headers=OWN).status_code == 204
    assert anonymous.get("/api/v1/auth/me").status_code == 401
    anonymous.cookies.set("snellen_session", copied)
    assert anonymous.get("/api/v1/auth/me").status_code == 401, "a copy of the cookie outlived the logout"


def test_one_browsers_logout_leaves_anothers_session(anonymous: TestClient, settings: Settings) -> None:
    token = (settings.data_dir / "token").read_text().strip()
    anonymous.post("/api/v1/auth/login", json={"token": token})
    other = TestClient(anonymous.app, base_url=str(anonymous.base_url))
    other.post("/api/v1/auth/login", json={"token": token})
    assert anonymous.post("/api/v1/auth/logout", headers=OWN).status_code == 204
    assert other.get("/api/v1/auth/me").status_code == 200
    assert anonymous.get("/api/v1/auth/me").status_code == 401


def test_a_session_ends_after_its_time_and_is_removed(anonymous: TestClient, settings: Settings) -> None:
    token = (settings.data_dir / "token").read_text().strip()
    anonymous.post("/api/v1/auth/login", json={"token": token})
    state = anonymous.app.state.snellen  # type: ignore[attr-defined]
    with state.database.write() as session:
        row = session.query(LoginSession).one()
        assert row.expires_at - row.created_at == 30 * 24 * 3600 * 1000
        row.expires_at = row.created_at
    state.parts["people"].clear()
    assert anonymous.get("/api/v1/auth/me").status_code == 401
    anonymous.post("/api/v1/auth/login", json={"token": token})
    with state.database.read() as session:
        assert session.query(LoginSession).count() == 1


def test_a_replaced_token_opens_nothing_and_neither_do_its_sessions(settings: Settings) -> None:
    with TestClient(create_app(settings), base_url=BASE) as before:
        old = (settings.data_dir / "token").read_text().strip()
        before.post("/api/v1/auth/login", json={"token": old})
        cookie = before.cookies["snellen_session"]
    (settings.data_dir / "token").unlink()
    with TestClient(create_app(settings), base_url=BASE) as after:
        new = (settings.data_dir / "token").read_text().strip()
        assert new != old
        assert after.get("/api/v1/auth/me", headers={"authorization": f"Bearer {old}"}).status_code == 401
        assert after.get("/api/v1/auth/me", headers={"cookie": f"snellen_session={cookie}"}).status_code == 401
        assert after.get("/api/v1/auth/me", headers={"authorization": f"Bearer {new}"}).status_code == 200


def test_a_session_outlives_the_server(settings: Settings) -> None:
    with TestClient(create_app(settings), base_url=BASE) as before:
        before.post("/api/v1/auth/login", json={"token": (settings.data_dir / "token").read_text().strip()})
        cookie = before.cookies["snellen_session"]
    with TestClient(create_app(settings), base_url=BASE) as after:
        assert after.get("/api/v1/auth/me", headers={"cookie": f"snellen_session={cookie}"}).status_code == 200


def test_an_empty_token_file_is_filled_again(settings: Settings) -> None:
    """A machine that lost power while it was written; nothing may open with an empty token."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    (settings.data_dir / "token").write_text("")
    with TestClient(create_app(settings), base_url=BASE) as client:
        assert (settings.data_dir / "token").read_text().strip().startswith("snl_")
        assert client.get("/api/v1/auth/me", headers={"authorization": "Bearer "}).status_code == 401
        assert client.get("/api/v1/auth/me", headers={"cookie": "snellen_session="}).status_code == 401


def test_a_wrong_login_link_opens_no_session(anonymous: TestClient, settings: Settings) -> None:
    token = (settings.data_dir / "token").read_text().strip()
    anonymous.get(f"/login?token={token}", follow_redirects=False)
    assert anonymous.get("/api/v1/auth/me").status_code == 401, "tokens have no business in addresses"
    for query in ("code=wrong", "token=wrong", "code="):
        assert anonymous.get(f"/login?{query}", follow_redirects=False).status_code == 303
    assert anonymous.get("/api/v1/auth/me").status_code == 401
    assert anonymous.post("/api/v1/auth/login", json={"token": "wrong"}).status_code == 401


def test_a_page_of_another_origin_changes_nothing(anonymous: TestClient, settings: Settings) -> None:
    token = (settings.data_dir / "token").read_text().strip()
    anonymous.post("/api/v1/auth/login", json={"token": token})
    for origin in ("https://evil.example", "https://127.0.0.1:8080", "http://127.0.0.1:8081", "null", "nonsense"):
        answer = anonymous.post("/api/v1/training/jobs/1/stop", headers={"origin": origin})
        assert answer.status_code == 403, origin
    answer = anonymous.post("/api/v1/training/jobs/1/stop", headers={"origin": BASE})
    assert answer.status_code == 404, "its own pages may"


def test_behind_a_proxy_the_pages_of_the_public_url_may_change_things(settings: Settings) -> None:
    public = settings.model_copy(update={"host": "0.0.0.0", "public_url": "https://vision.example"})  # noqa: S104
    with TestClient(create_app(public), base_url="http://vision.example") as client:
        client.headers["authorization"] = "Bearer " + (settings.data_dir / "token").read_text().strip()
        stop = "/api/v1/training/jobs/1/stop"
        assert client.post(stop, headers={"origin": "https://vision.example"}).status_code == 404
        assert client.post(stop, headers={"origin": "https://other.example"}).status_code == 403
        assert client.get("/api/v1/auth/me", headers={"host": "rebound.example"}).status_code == 403


def test_a_name_that_is_not_the_servers_is_refused(api: TestClient) -> None:
    """DNS rebinding: a foreign name that resolves to loopback."""
    assert api.get("/api/v1/training/jobs", headers={"host": "rebound.example"}).status_code == 403


def test_tokens_are_kept_as_hashes_and_their_file_is_private(api: TestClient, settings: Settings) -> None:
    token = (settings.data_dir / "token").read_text().strip()
    assert (settings.data_dir / "token").stat().st_mode & 0o777 == 0o600
    # Every cell of every table, whichever database it is.
    database = api.app.state.snellen.database  # type: ignore[attr-defined]
    with database.read() as session:
        cells = [str(row) for table in metadata.sorted_tables for row in session.execute(table.select())]
    assert any(hash_token(token) in cell for cell in cells)
    assert not any(token in cell for cell in cells)


def test_answers_carry_the_security_headers(anonymous: TestClient) -> None:
    headers = anonymous.get("/api/v1/health").headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_the_api_describes_itself_without_anything_from_elsewhere(anonymous: TestClient) -> None:
    page = anonymous.get("/api/docs")
    assert page.status_code == 200
    assert "//" not in page.text.replace("</", "<")
    assert anonymous.get("/api/v1/openapi.json").status_code == 200
    assert anonymous.get("/api/nothing").status_code == 404

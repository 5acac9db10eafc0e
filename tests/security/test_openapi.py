"""The whole OpenAPI, tried with what fits it and what doesn't: no 5xx, no answer outside of the schema."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi import checks
from tests.launch.conftest import Platform
from tests.security.world import World

from snellen.server.openapi import document

#: More of everything, and other requests each time: `FUZZ=20 pytest tests/security`.
FACTOR = int(os.environ.get("FUZZ", "0"))
DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "web/src/api/openapi.json").read_text())
#: It never ends; tests/server/test_stream.py asks it.
ENDLESS = "/api/v1/training/jobs/{job_id}/stream"
#: Whom these answer they don't ask.
PUBLIC = {
    f"/api/v1/{path}"
    for path in ("health", "ready", "auth/methods", "auth/login", "auth/logout", "auth/password/setup")
}
#: This knows by a code who asks.
BY_CODE = {"/api/v1/training/jobs/{job_id}/enrol"}
OPERATIONS = [(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item if path != ENDLESS]
#: And how many requests of each kind are tried for an operation.
EXAMPLES = {
    "nobody": 2, "job": 3, "stranger": 3, "viewer": 3, "editor": 4, "manager": 5, "administrator": 4, "operator": 6,
}  # fmt: skip
#: Who differs from these only in what tests/server/people tries for every role and route comes with FUZZ.
ROLES = EXAMPLES if FACTOR else ["nobody", "job", "stranger", "editor", "operator"]
OF_THE_SERVER = {"administrator", "operator"}
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
load_all_checks()


@schemathesis.serializer("application/offset+octet-stream")
def as_bytes(_context: object, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    place = tmp_path_factory.mktemp("world")
    platform = Platform(place / "data", auth="users", allow_shared_user=True)
    platform.start()
    platform.state.parts["readiness"]._patience = 60.0  # a slow disk is no wrong answer
    yield World(platform, place)
    platform.stop()


@pytest.fixture(scope="module")
def schema() -> schemathesis.BaseSchema:
    assert json.loads(document()) == DOCUMENT, "make openapi"
    return schemathesis.openapi.from_dict(DOCUMENT)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_one_that_the_document_names(
    world: World, schema: schemathesis.BaseSchema, method: str, path: str, role: str
) -> None:
    changes = method not in {"GET", "HEAD", "OPTIONS"}
    if world.touched:
        world.restore()
    world.touched = changes
    before = world.all_of_theirs() if changes else ""
    token = world.token_of(role)
    headers = {"authorization": f"Bearer {token}"} if token else {}
    operation = schema[path][method]
    session = requests.Session()
    session.trust_env = False
    answered: list[int] = []

    def ask(case: Case) -> None:
        world.aim(case)
        for name in [name for name in case.headers or () if name.lower() in {"authorization", "cookie", "host"}]:
            del case.headers[name]  # who asks is this test's to say
        case.cookies.clear()
        answer = case.call_and_validate(
            base_url=world.platform.url, session=session, headers=headers, checks=CHECKS, allow_redirects=False,
            timeout=120,
        )  # fmt: skip
        answered.append(answer.status_code)
        if role not in OF_THE_SERVER and path not in PUBLIC:
            assert b"a secret of theirs" not in answer.content
            assert not (world.names_theirs(case) and answer.status_code < 400), answer.content[:500]

    for mode in GenerationMode:
        with contextlib.suppress(Unsatisfiable):  # nothing of it can be wrong
            _settings(EXAMPLES[role])(given(operation.as_strategy(generation_mode=mode))(ask))()
    assert answered
    if changes and role not in OF_THE_SERVER:
        assert world.all_of_theirs() == before, "it changed what is another project's"
    if role == "nobody" and path not in PUBLIC:
        # What can't be read is refused before anybody asks who sent it.
        allowed = {400, 401, 422} | ({403} if path in BY_CODE else set())
        assert set(answered) <= allowed, sorted(set(answered))


def _settings(examples: int) -> hypothesis_settings:
    return hypothesis_settings(
        max_examples=examples * max(1, FACTOR),
        derandomize=FACTOR == 0,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink] if FACTOR else [Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )

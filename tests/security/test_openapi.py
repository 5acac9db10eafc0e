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
PUBLIC = {"/api/v1/health", "/api/v1/auth/login", "/api/v1/auth/logout"}
OPERATIONS = [(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item if path != ENDLESS]
ROLES = {"nobody": 3, "job": 6, "operator": 12}
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
    platform = Platform(place / "data")
    platform.start()
    yield World(platform, place)
    platform.stop()


@pytest.fixture(scope="module")
def schema() -> schemathesis.BaseSchema:
    assert json.loads(document()) == DOCUMENT, "make openapi"
    return schemathesis.openapi.from_dict(DOCUMENT)


def headers_of(world: World, role: str) -> dict[str, str]:
    token = {"nobody": None, "job": world.job_token, "operator": world.platform.token}[role]
    return {"authorization": f"Bearer {token}"} if token else {}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_one_that_the_document_names(
    world: World, schema: schemathesis.BaseSchema, method: str, path: str, role: str
) -> None:
    world.restore()
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
            base_url=world.platform.url, session=session, headers=headers_of(world, role), checks=CHECKS,
            allow_redirects=False, timeout=30,
        )  # fmt: skip
        answered.append(answer.status_code)

    for mode in GenerationMode:
        with contextlib.suppress(Unsatisfiable):  # nothing of it can be wrong
            _settings(ROLES[role])(given(operation.as_strategy(generation_mode=mode))(ask))()
    assert answered
    if role == "nobody" and path not in PUBLIC:
        # What can't be read is refused before anybody asks who sent it.
        assert set(answered) <= {400, 401, 422}, sorted(set(answered))


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

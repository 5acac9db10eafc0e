"""A real OpenID provider on loopback (tests/oidc), and somebody who logs in there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest
from tests.ports import free_port

FOLDER = Path(__file__).parent / "oidc"
CALLBACK = "http://127.0.0.1:8080/api/v1/auth/oidc/callback"
SECRET = "a client's secret: 100%+&?"
ACCOUNTS: dict[str, dict[str, Any]] = {
    "ada": {"email": "Ada@example.org", "email_verified": True, "name": "Ada Lovelace", "groups": ["vision", "staff"]},
    "bob": {"email": "bob@example.org", "email_verified": False, "name": "Bob", "groups": "staff"},
    "eve": {"email": "eve@elsewhere.example", "email_verified": True, "preferred_username": "ada"},
    "nil": {},
}


@dataclass
class RealProvider:
    """The provider's process."""

    port: int
    process: subprocess.Popen[str]

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.communicate()


def _node() -> str:
    """Node of the machine, else the one that the Makefile put beside the interpreter."""
    beside = Path(sys.prefix) / "node" / "bin" / "node"
    return str(beside) if beside.exists() else "node"


def start_provider(port: int, redirect: str = CALLBACK) -> RealProvider:
    """Start it and wait until it listens; `redirect` is where it sends browsers back."""
    if not (FOLDER / "node_modules").is_dir():
        pytest.fail("the provider of tests/oidc is not installed: run `make tests/oidc/node_modules/.installed`")
    said = json.dumps({"port": port, "redirect": redirect, "accounts": ACCOUNTS})
    process = subprocess.Popen(
        [_node(), "server.mjs", said], cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    if not process.stdout.readline().startswith("ready"):
        RealProvider(port, process).stop()
        pytest.fail("the provider of tests/oidc did not start: run `node server.mjs '{…}'` there to see why")
    return RealProvider(port, process)


@pytest.fixture(scope="session")
def provider() -> Iterator[RealProvider]:
    """One for the session."""
    found = start_provider(free_port())
    yield found
    found.stop()


@dataclass
class Visitor:
    """Somebody who fills in the provider's forms and stops where it sends them back."""

    name: str

    def log_in(self, url: str) -> dict[str, str]:
        """Follow the login page's way from `url`; the query of the address to which the provider leads back."""
        with httpx.Client(trust_env=False, timeout=60) as http:
            answer = http.get(url)
            while not answer.headers.get("location", "").startswith(CALLBACK):
                if answer.is_redirect:
                    answer = http.get(urljoin(str(answer.url), answer.headers["location"]))
                    continue
                assert answer.status_code == 200, answer.text
                form = {"prompt": "login", "login": self.name, "password": "any"}
                if 'value="consent"' in answer.text:
                    form = {"prompt": "consent"}
                answer = http.post(str(answer.url), data=form)
        return {key: value[0] for key, value in parse_qs(urlsplit(answer.headers["location"]).query).items()}

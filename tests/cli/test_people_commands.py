"""Users, projects and tokens from the command line, on a server that several people share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import run


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, eventually: Callable[..., Any]) -> Iterator[dict[str, str]]:
    """The environment in which commands find a server with users."""
    folder = tmp_path_factory.mktemp("people") / "data"
    environment = {
        "SNELLEN_DATA_DIR": str(folder), "SNELLEN_MLFLOW_URI": "off", "SNELLEN_AUTH": "users",
        "SNELLEN_ALLOW_SHARED_USER": "true",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "snellen", "serve", "--port", "0"],
        env={**os.environ, **environment},
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: run("projects", "list", "--json", **environment).returncode == 0, every=0.3, seconds=90)
        yield environment
    finally:
        process.terminate()
        process.wait(timeout=20)


Snellen = Callable[..., subprocess.CompletedProcess[str]]


def test_what_is_not_there_is_one_clear_line(snellen: Snellen) -> None:
    for arguments, said in (
        (("users", "disable", "nobody"), "there is no user 'nobody'"),
        (("projects", "members", "nowhere"), "there is no project 'nowhere'"),
        (("users", "create", "12"), "not digits alone"),
        (("users", "change", "nobody"), "nothing to change"),
        (("tokens", "revoke", "987654"), "there is no token 987654"),
        (("tokens", "create", "ci", "--scope", "everything"), "scopes"),
    ):
        answer = snellen(*arguments)
        assert answer.returncode == 1, arguments
        assert said in answer.stderr, answer.stderr
        assert "Traceback" not in answer.stderr


def test_from_nothing_to_a_member_with_a_token(snellen: Snellen, server: dict[str, str]) -> None:
    made = snellen("users", "create", "Ada", "--admin", "--email", "ada@example.org")
    assert made.returncode == 0, made.stderr
    assert "/set-password#code=" in made.stdout, "a link to choose a password, alone on standard output"
    grace = json.loads(
        subprocess.run(
            [sys.executable, "-m", "snellen", "users", "create", "grace", "--password-stdin", "--json"],
            input="correct horse battery\n", capture_output=True, text=True, env={**os.environ, **server}, check=True,
        ).stdout
    )  # fmt: skip
    assert (grace["has_password"], grace["setup_link"]) == (True, None)
    assert snellen("projects", "create", "birds").returncode == 0
    added = snellen("projects", "add", "birds", "grace", "--role", "editor", "--run-code")
    assert added.stdout == "grace is editor of birds, may run code\n"
    members = json.loads(snellen("projects", "members", "birds", "--json").stdout)
    assert [(m["name"], m["role"], m["run_code"]) for m in members] == [("grace", "editor", True)]
    made = snellen("tokens", "create", "nightly", "--scope", "write", "--project", "birds", "--days", "30")
    token = made.stdout.strip()
    assert token.startswith("snl_")
    address = json.loads((Path(server["SNELLEN_DATA_DIR"]) / "server.json").read_text())["url"]
    limited = {"SNELLEN_URL": address, "SNELLEN_TOKEN": token}
    seen = json.loads(run("projects", "list", "--json", **limited).stdout)
    assert [p["name"] for p in seen] == ["birds"]
    assert json.loads(run("jobs", "list", "--json", **limited, SNELLEN_PROJECT="birds").stdout) == []
    assert run("jobs", "list", **limited, SNELLEN_PROJECT="cats").returncode == 1
    listed = json.loads(snellen("tokens", "list", "--json").stdout)
    assert token not in snellen("tokens", "list", "--json").stdout
    assert snellen("tokens", "revoke", str(listed[0]["id"])).returncode == 0
    assert run("jobs", "list", **limited).returncode == 1
    assert snellen("users", "disable", "grace").returncode == 0
    assert "disabled" in snellen("users", "list").stdout
    assert snellen("users", "enable", "grace").returncode == 0
    assert snellen("projects", "remove", "birds", "grace").returncode == 0
    assert snellen("projects", "rename", "birds", "owls").returncode == 0
    assert snellen("projects", "delete", "owls").returncode == 0
    told = json.loads(snellen("audit", "--json").stdout)
    actions = {entry["action"] for entry in told}
    assert {"user.create", "project.create", "member.put", "token.create", "token.revoke", "user.change"} <= actions
    assert "correct horse" not in json.dumps(told)

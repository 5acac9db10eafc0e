"""`snellen login` and `snellen audit`, and the link that `snellen serve` prints, against a real server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx

Snellen = Callable[..., subprocess.CompletedProcess[str]]


def opens(link: str) -> str | None:
    """Who a browser is that opens a link."""
    url = link.partition("/login?")[0]
    with httpx.Client(trust_env=False, timeout=60) as browser:
        browser.get(link)
        answer = browser.get(f"{url}/api/v1/auth/me")
    return answer.json()["name"] if answer.status_code == 200 else None


def test_a_link_logs_one_browser_in_and_the_log_knows(snellen: Snellen) -> None:
    link = snellen("login").stdout.strip()
    assert opens(link) == "admin"
    assert opens(link) is None
    as_json = json.loads(snellen("login", "--json").stdout)
    assert set(as_json) == {"url", "expires_at"}
    entries = json.loads(snellen("audit", "--json", "--action", "login").stdout)
    assert [(entry["actor"], entry["via"]) for entry in entries] == [("admin", "link")]
    shown = snellen("audit", "--user", "admin", "--since", "2026-01-01", "--limit", "2", COLUMNS="200")
    assert "login-link.create" in shown.stdout
    assert link.partition("code=")[2] not in shown.stdout + json.dumps(entries)
    assert json.loads(snellen("audit", "--json", "--until", "2026-01-01").stdout) == []
    wrong = snellen("audit", "--since", "yesterday")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "--since" in wrong.stderr


def test_the_servers_first_words_hold_a_link_and_no_token(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SNELLEN_")}
    environment |= {"SNELLEN_DATA_DIR": str(tmp_path / "data"), "SNELLEN_MLFLOW_URI": "off"}
    command = [sys.executable, "-m", "snellen", "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = ""
        while "Data:" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        try:
            link = re.search(r"http://\S+/login\?code=snc_\S+", said)
            assert link is not None
            assert opens(link[0]) == "admin"
            assert opens(link[0]) is None
        finally:
            process.terminate()
            said += process.stderr.read()
    token = (tmp_path / "data" / "token").read_text().strip()
    assert token not in said
    assert said.count("code=snc_") == 1, "a request's address is told without its query"

"""A server with accounts, two projects, and the people who meet there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from snellen.cli.client import Client

PASSWORD = "correct horse battery"
#: name: (full name, administers the server)
PEOPLE = {
    "ada": ("Ada Lovelace", True),
    "grace": ("Grace Hopper", False),
    "vic": (None, False),
    "eve": (None, False),
}


@dataclass
class Team:
    """``ada`` administers the server; ``grace`` is editor of cells and admin of roads; ``vic`` is viewer of cells;
    ``eve`` belongs nowhere."""

    url: str
    operator: Client
    #: The operator's.
    token: str
    users: dict[str, int]
    projects: dict[str, int]
    datasets: dict[str, int] = field(default_factory=dict)
    jobs: dict[str, int] = field(default_factory=dict)


def gather(operator: Client, token: str, archive: Path, import_into: Callable[..., dict[str, Any]]) -> Team:
    """Make everybody and everything."""
    users = {}
    for name, (full, admin) in PEOPLE.items():
        body = {"name": name, "display_name": full, "password": PASSWORD, "is_admin": admin}
        users[name] = operator.post("/users", body)["id"]
    projects = {name: operator.post("/projects", {"name": name})["id"] for name in ("cells", "roads")}
    for project, name, role in (
        ("cells", "grace", "editor"),
        ("roads", "grace", "admin"),
        ("cells", "vic", "viewer"),
    ):
        path = f"/projects/{projects[project]}/members/{users[name]}"
        operator.request("PUT", path, json={"role": role})
    team = Team(operator.url, operator, token, users, projects)
    for project in projects:
        team.datasets[project] = import_into(operator, archive, f"{project}-images", project)["dataset_id"]
        team.jobs[project] = new_job(team, project, f"{project} job")
    return team


def new_job(team: Team, project: str, name: str) -> int:
    """A job of nobody's machine, which waits to be reported on."""
    body = {
        "model": "own.pt",
        "epochs": 5,
        "launcher": "external",
        "dataset": team.datasets[project],
        "project": project,
        "name": name,
    }
    return int(team.operator.post("/training/jobs", body)["id"])


class Desk:
    """Opens browsers of people; at the end no page may have had an error."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url
        self.contexts: list[BrowserContext] = []
        self.problems: list[str] = []

    def page(self, path: str = "/", *, width: int = 1440, height: int = 900, scheme: str = "light") -> Page:
        """A page of a browser of its own, of which nobody is known."""
        context = self.browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda m: self.problems.append(m.text) if "Content Security Policy" in m.text else None)
        page.goto(self.url + path)
        return page

    def enter(self, name: str, path: str = "/", **kwargs: Any) -> Page:
        """A page of somebody who has logged in on it."""
        page = self.page(path, **kwargs)
        log_in(page, name)
        expect(page.get_by_test_id("who-menu")).to_be_visible()
        return page

    def close(self) -> None:
        """Close all."""
        for context in self.contexts:
            context.close()


def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Fill the login form."""
    page.get_by_test_id("login-name").fill(name)
    page.get_by_test_id("login-password").fill(password)
    page.get_by_test_id("login-submit").click()

"""A real server in a process of its own, a small dataset, a real Chromium."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.e2e.running import log_in, serving

from snellen.cli.client import Client
from snellen.cli.dataset_import import run_import
from snellen.cli.digits import write_digits

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# Two cores serve, build and browse at once.
expect.set_options(timeout=20_000)


@dataclass(frozen=True)
class Site:
    """A running server and the dataset in it."""

    url: str
    token: str
    data_dir: Path
    client: Client
    dataset_id: int

    def job_client(self, job: dict[str, Any]) -> Client:
        return Client(self.url, job["job_token"])


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, eventually: Callable[..., Any]) -> Iterator[Site]:
    root = tmp_path_factory.mktemp("site")
    with serving(root, eventually) as (client, data_dir):
        write_digits(root / "digits", train=16, val=8, size=96)
        imported = run_import(client, root / "digits", "digits")
        token = (data_dir / "token").read_text().strip()
        yield Site(client.url, token, data_dir, client, imported["dataset_id"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One a module, not a session: while it is open, Playwright keeps an event loop running in this thread."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Opens a page with a session; at the end no page may have had an error."""
    contexts, problems = [], []

    def open_one(path: str = "/", *, width: int = 1440, height: int = 900, scheme: str = "light") -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if "Content Security Policy" in m.text else None)
        log_in(context, site.client)
        page.goto(site.url + path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert problems == []


Box = tuple[int, int, int, int, int]


class Drawn:
    """A small YOLO dataset of rings and crosses. Boxes are (class, x, y, w, h) and lie on whole pixels."""

    width, height = 240, 160
    names = ("ring", "cross")
    #: "a7" has no objects, "a5" has the same bytes as "a4".
    images: ClassVar[dict[str, list[Box]]] = {
        "train/a1": [(0, 20, 30, 40, 50)],
        "train/a2": [(0, 10, 10, 60, 60), (1, 120, 40, 80, 100)],
        "train/a3": [(1, 5, 5, 30, 30), (1, 60, 20, 40, 40), (0, 150, 100, 60, 40)],
        "train/a4": [(0, 30, 30, 50, 50)],
        "train/a5": [(0, 30, 30, 50, 50)],
        "train/a7": [],
        "val/b1": [(1, 100, 50, 60, 60)],
        "val/b2": [(0, 40, 40, 30, 90), (1, 0, 0, 240, 160)],
    }

    def write_zip(self, path: Path, images: dict[str, list[Box]] | None = None, *, padding: int = 0) -> Path:
        """``padding`` bytes that don't compress make the archive larger."""
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("data.yaml", "train: images/train\nval: images/val\nnames: [ring, cross]\n")
            for name, boxes in (self.images if images is None else images).items():
                # What is drawn stays as it is in `images`, so that other boxes don't make another picture.
                archive.writestr(f"images/{name}.png", self.picture(name, self.images.get(name, boxes)))
                rows = (
                    f"{c} {(x + w / 2) / self.width:.9f} {(y + h / 2) / self.height:.9f}"
                    f" {w / self.width:.9f} {h / self.height:.9f}"
                    for c, x, y, w, h in boxes
                )
                archive.writestr(f"labels/{name}.txt", "\n".join(rows))
            if padding:
                archive.writestr("notes.bin", random.Random(1).randbytes(padding))
        return path

    def picture(self, name: str, boxes: list[Box]) -> bytes:
        """A PNG whose ground differs from name to name, but for "a5"."""
        from PIL import Image, ImageDraw

        shade = random.Random(name.replace("a5", "a4"))
        picture = Image.new("RGB", (self.width, self.height), tuple(shade.randrange(60, 200) for _ in range(3)))
        pen = ImageDraw.Draw(picture)
        for class_id, x, y, w, h in boxes:
            if class_id == 0:
                pen.ellipse((x, y, x + w - 1, y + h - 1), outline="white", width=4)
            else:
                pen.line((x, y, x + w - 1, y + h - 1), fill="black", width=4)
                pen.line((x, y + h - 1, x + w - 1, y), fill="black", width=4)
        out = BytesIO()
        picture.save(out, "PNG")
        return out.getvalue()


@pytest.fixture(scope="session")
def drawn() -> Drawn:
    return Drawn()


@pytest.fixture(scope="session")
def import_zip(site: Site, eventually: Callable[..., Any]) -> Callable[[Path, str], dict[str, Any]]:
    """Imports an archive that is on the server's machine; returns the completed import."""

    def import_one(source: Path, name: str) -> dict[str, Any]:
        begun = site.client.post("/datasets", {"name": name, "source": str(source)})

        def ended() -> Any:
            found = site.client.get(f"/datasets/imports/{begun['id']}")
            return None if found["state"] == "running" else found

        done: dict[str, Any] = eventually(ended, seconds=120)
        assert done["state"] == "completed", (done["error"], done["problems"])
        return done

    return import_one


@pytest.fixture(scope="session")
def shapes(import_zip: Callable[..., Any], drawn: Drawn, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The import of all drawn images."""
    done: dict[str, Any] = import_zip(drawn.write_zip(tmp_path_factory.mktemp("shapes") / "shapes.zip"), "shapes")
    return done

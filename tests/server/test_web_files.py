"""The files of the web app: compressed for those who take it so, the same bytes for the others."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from snellen.server.web import STATIC, add_web_app

SCRIPT = b"export const answer = 42;\n" * 100
PAGE = b"<!doctype html><title>page</title>"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[TestClient]:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "app-1.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "app-1.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / "assets" / "app-1.js.br").write_bytes(b"brotli's bytes")
    (tmp_path / "assets" / "small-1.js").write_bytes(b"1")
    (tmp_path / "index.html").write_bytes(PAGE)
    app = FastAPI()
    add_web_app(app, tmp_path)
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize("accepted", ["", "identity", "deflate", "gzip;q=0, br;q=0.0", "zstd, br; q=0"])
def test_whoever_takes_nothing_compressed_gets_the_file_itself(web: TestClient, accepted: str) -> None:
    answer = web.get("/assets/app-1.js", headers={"accept-encoding": accepted})
    assert answer.content == SCRIPT
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize("accepted", ["gzip", "deflate, GZIP;q=0.5", "br;q=0, gzip"])
def test_who_takes_gzip_gets_the_same_script_in_fewer_bytes(web: TestClient, accepted: str) -> None:
    answer = web.get("/assets/app-1.js", headers={"accept-encoding": accepted})
    assert answer.content == SCRIPT, "the client unpacked it"
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(gzip.compress(SCRIPT)) < len(SCRIPT)
    assert "javascript" in answer.headers["content-type"]
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_brotli_is_best(web: TestClient) -> None:
    with web.stream("GET", "/assets/app-1.js", headers={"accept-encoding": "gzip, deflate, br, zstd"}) as answer:
        assert answer.headers["content-encoding"] == "br"
        assert b"".join(answer.iter_raw()) == b"brotli's bytes"


def test_what_is_too_small_to_be_compressed_is_served_as_it_is(web: TestClient) -> None:
    answer = web.get("/assets/small-1.js", headers={"accept-encoding": "gzip, br"})
    assert (answer.content, answer.headers.get("content-encoding")) == (b"1", None)


@pytest.mark.parametrize("name", ["gone-1.js", "..", "%2e%2e", "..%2findex.html", "a%00b", "x" * 3000])
def test_a_script_that_is_not_there_is_no_page(web: TestClient, name: str) -> None:
    """The page of an older build asks for scripts by their old names; the index in their place would be no script."""
    answer = web.get(f"/assets/{name}")
    assert name not in ("gone-1.js", "a%00b", "x" * 3000) or answer.status_code == 404
    assert answer.status_code == 404 or answer.content == PAGE, "a client may resolve the dots itself"


def test_other_paths_get_the_page_and_those_of_the_api_an_error(web: TestClient) -> None:
    assert web.get("/jobs/7/validation").content == PAGE
    assert web.get("/../../etc/passwd").content == PAGE
    assert web.get("/api/v1/nothing").status_code == 404


def test_every_script_of_the_built_app_has_its_compressed_twin() -> None:
    scripts = [path for path in STATIC.glob("assets/*.js") if path.stat().st_size >= 1024]
    assert scripts, "the web app is not built: run `make web`"
    for path in scripts:
        assert gzip.decompress(path.with_name(path.name + ".gz").read_bytes()) == path.read_bytes()
        assert path.with_name(path.name + ".br").stat().st_size < path.stat().st_size

"""Records: one line each, with what they are about, and no secret in them."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator

import pytest

from snellen import logs

NAME = "snellen_test_of_logs"
log = logging.getLogger(NAME)


@pytest.fixture
def text() -> Iterator[None]:
    logs.set_up(logger=NAME, level="debug", secrets=["a-store's-key"], job=7, attempt=None)
    yield
    log.handlers = []


@pytest.fixture
def as_json() -> Iterator[None]:
    logs.set_up(logger=NAME, format="json", secrets=["a-store's-key"], job=7)
    yield
    log.handlers = []
    logs.set_up(logger=NAME)
    log.handlers = []


def test_a_record_is_one_line_that_says_what_it_is_about(text: None, capsys: pytest.CaptureFixture[str]) -> None:
    with logs.about(request="r-1", person="Ada L."):
        log.info("two\nlines\rand %s", "more", extra={"about": {"status": 200}})
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(
        r"INFO snellen_test_of_logs: two\nlines\rand more "
        '[job=7 request=r-1 person="Ada L." status=200]'
    )
    assert line[:10].count("-") == 2


def test_a_traceback_is_indented_below_its_record(text: None, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError("of something")
    except ValueError:
        log.exception("it failed")
    first, *rest = capsys.readouterr().err.splitlines()
    assert "ERROR" in first
    assert all(line.startswith("    ") for line in rest)
    assert rest[-1] == "    ValueError: of something"


def test_json_is_an_object_a_line(as_json: None, capsys: pytest.CaptureFixture[str]) -> None:
    with logs.about(request="r-1", attempt=2):
        log.warning('with "quotes" and\na line\'s end')
        try:
            raise ValueError("x")
        except ValueError:
            log.exception("it failed")
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert first["message"] == 'with "quotes" and\na line\'s end'
    assert {k: first[k] for k in ("level", "logger", "job", "request", "attempt")} == {
        "level": "warning", "logger": NAME, "job": 7, "request": "r-1", "attempt": 2,
    }  # fmt: skip
    assert "ValueError: x" in second["exception"]


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("Authorization: Bearer abcdefgh.ijkl-mnop=", "Authorization: Bearer ***"),
        ("token snl_AAAABBBBccccDDDD_ee-ff is unknown", "token *** is unknown"),
        ("cookie sns_AAAABBBBccccDDDD and snj_0123456789abc", "cookie *** and ***"),
        ("postgresql+psycopg://snellen:pa%40ss@db/x", "postgresql+psycopg://snellen:***@db/x"),
        ("GET /login?token=abc&next=/", "GET /login?token=***&next=/"),
        ("https://s3/b/k?X-Amz-Credential=AK/1&X-Amz-Signature=ff00&X-Amz-Date=1", None),
        ("the key is a-store's-key here", "the key is *** here"),
        ("https://host:8080/a is no secret, nor is code=3", "https://host:8080/a is no secret, nor is code=3"),
    ],
)
def test_secrets_are_hidden_wherever_they_appear(
    text: None, capsys: pytest.CaptureFixture[str], told: str, shown: str | None
) -> None:
    with logs.about(what=told):
        log.info("%s", told)
    try:
        raise ValueError(told)
    except ValueError:
        log.exception("failed")
    err = capsys.readouterr().err
    if shown is None:
        assert "AK/1" not in err
        assert "ff00" not in err
        assert "X-Amz-Date=1" in err
    else:
        assert f": {shown} [" in err
        assert f"ValueError: {shown}" in err
        assert shown == told or told not in err


def test_what_is_learned_on_the_way_is_told_from_then_on_and_in_threads_too(
    text: None, capsys: pytest.CaptureFixture[str]
) -> None:
    import contextvars

    with logs.about(request="r-1"):
        context = contextvars.copy_context()
        thread = threading.Thread(target=lambda: context.run(lambda: logs.note(person="ada")))
        thread.start()
        thread.join()
        log.info("after")
    log.info("outside")
    after, outside = capsys.readouterr().err.splitlines()
    assert after.endswith("[job=7 request=r-1 person=ada]")
    assert outside.endswith("[job=7]")

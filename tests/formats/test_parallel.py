"""Work in processes: in order, with its errors, and a worker that dies is told of."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from tests.leftovers import has_ended

from snellen.errors import DatasetInvalid, SnellenError
from snellen.formats.parallel import for_each


def square(n: int) -> int:
    return n * n


def workers_pid(_n: int) -> int:
    return os.getpid()


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Work must be something that another process can import."""

    def write(code: str) -> str:
        (tmp_path / "work_of_a_test.py").write_text(textwrap.dedent(code))
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        sys.modules.pop("work_of_a_test", None)
        return "work_of_a_test"

    return write


def imported(name: str) -> Callable[[int], int]:
    import importlib

    work: Callable[[int], int] = importlib.import_module(name).work
    return work


def test_results_come_in_order_from_other_processes(module: Callable[[str], str]) -> None:
    work = imported(module("import os\ndef work(n):\n    return (n, os.getpid())\n"))
    found = list(for_each(work, range(1000), workers=3, chunk=10))
    assert [n for n, _ in found] == list(range(1000))  # type: ignore[misc]
    assert len({pid for _, pid in found} - {os.getpid()}) == 3  # type: ignore[misc]


def test_little_work_is_done_here() -> None:
    assert set(for_each(workers_pid, range(10), workers=4)) == {os.getpid()}
    assert list(for_each(square, range(100), workers=1, chunk=10)) == [n * n for n in range(100)]
    assert list(for_each(square, [], workers=4)) == []


def test_our_errors_come_with_what_they_carry(module: Callable[[str], str]) -> None:
    work = imported(
        module(
            """
            from snellen.errors import DatasetInvalid
            def work(n):
                if n == 77:
                    raise DatasetInvalid("seventy-seven", problems=[{"code": "x"}], problem_count=5)
                return n
            """
        )
    )
    with pytest.raises(DatasetInvalid, match="seventy-seven") as raised:
        list(for_each(work, range(100), workers=2, chunk=10))
    assert raised.value.problems == [{"code": "x"}]
    assert raised.value.problem_count == 5


def test_other_errors_are_told_by_name(module: Callable[[str], str]) -> None:
    work = imported(module("def work(n):\n    return 1 / (50 - n)\n"))
    with pytest.raises(SnellenError, match="ZeroDivisionError: division by zero"):
        list(for_each(work, range(100), workers=2, chunk=10))


def test_a_worker_that_is_killed_names_what_it_was_at(module: Callable[[str], str]) -> None:
    work = imported(
        module(
            """
            import os, signal
            def work(n):
                if n == 55:
                    os.kill(os.getpid(), signal.SIGKILL)
                return n
            """
        )
    )
    with pytest.raises(DatasetInvalid, match="killed by SIGKILL, somewhere from 50 to 59"):
        list(for_each(work, range(100), workers=2, chunk=10))


def test_no_worker_outlives_its_work(module: Callable[[str], str]) -> None:
    work = imported(module("def work(n):\n    return n\n"))
    before = set(psutil.Process().children())
    started = for_each(work, range(10_000), workers=2, chunk=10)
    next(started)
    assert len(set(psutil.Process().children()) - before) == 2
    started.close()  # type: ignore[attr-defined]
    assert set(psutil.Process().children()) <= before


def test_workers_end_with_a_caller_that_is_killed(
    module: Callable[[str], str], tmp_path: Path, eventually: Callable[..., object]
) -> None:
    name = module("import time\ndef work(n):\n    time.sleep(0.01)\n    return n\n")
    script = (
        "import psutil, sys\n"
        f"from {name} import work\n"
        "from snellen.formats.parallel import for_each\n"
        "found = for_each(work, range(10**6), workers=2, chunk=10)\n"
        "next(found)\n"
        "print(*(child.pid for child in psutil.Process().children()), flush=True)\n"
        "list(found)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as caller:
        assert caller.stdout is not None
        pids = [int(pid) for pid in caller.stdout.readline().split()]
        assert len(pids) == 2
        caller.send_signal(signal.SIGKILL)
    eventually(lambda: all(map(has_ended, pids)))

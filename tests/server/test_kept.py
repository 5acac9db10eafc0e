"""What costs much is made once and kept within bounds."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from snellen.server.kept import Kept


def test_a_value_is_made_once_however_many_ask() -> None:
    kept: Kept[str, object] = Kept(2)
    made, all_ask = [], threading.Barrier(8)

    def make() -> object:
        made.append(object())
        return made[-1]

    def ask(_: int) -> object:
        all_ask.wait()
        return kept.get("a", make)

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(ask, range(8)))
    assert (len(found), len(made)) == (1, 1)


def test_the_least_recently_used_goes() -> None:
    kept: Kept[str, str] = Kept(2)
    for key in ("a", "b", "a", "c"):
        kept.get(key, key.upper)
    assert [kept.peek(key) for key in "abc"] == ["A", None, "C"]


def test_what_is_heavy_pushes_others_out_but_stays_itself() -> None:
    kept: Kept[int, int] = Kept(10, weigh=int, most_weight=100)
    for weight in (40, 50, 20):
        kept.get(weight, partial(abs, weight))
    assert [kept.peek(weight) for weight in (40, 50, 20)] == [None, 50, 20]
    kept.get(1000, lambda: 1000)
    assert [kept.peek(weight) for weight in (50, 20, 1000)] == [None, None, 1000]


def test_what_failed_is_tried_again() -> None:
    kept: Kept[str, int] = Kept(2)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 // 0)
    assert kept.get("a", lambda: 7) == 7


def test_what_is_gone_is_forgotten() -> None:
    kept: Kept[str, int] = Kept(9)
    for key in ("a", "ab", "b"):
        kept.get(key, lambda: 1)
    kept.forget(lambda key: "a" in key)
    assert [kept.peek(key) for key in ("a", "ab", "b")] == [None, None, 1]


def test_after_a_failure_the_next_waits_for_those_who_waited_before() -> None:
    kept: Kept[str, int] = Kept(2)
    failing, let_fail, at_once, most = threading.Event(), threading.Event(), [0], [0]

    def fail() -> int:
        failing.set()
        let_fail.wait(5)
        raise ValueError("the first one")

    def make() -> int:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        threading.Event().wait(0.05)
        at_once[0] -= 1
        raise ValueError("again")

    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(kept.get, "a", fail)]
        failing.wait(5)
        asked += [pool.submit(kept.get, "a", make) for _ in range(2)]
        let_fail.set()
        asked += [pool.submit(kept.get, "a", make) for _ in range(3)]
        assert [type(one.exception()) for one in asked] == [ValueError] * 6
    assert most[0] == 1
    assert kept.get("a", lambda: 1) == 1

"""What is known for a moment is forgotten after it."""

from __future__ import annotations

from snellen.server.recent import Recent


def test_a_value_is_known_until_its_time_is_over() -> None:
    now = [100.0]
    recent: Recent[str] = Recent(2, clock=lambda: now[0])
    assert recent.get("a") is None
    assert recent.put("a", "x") == "x"
    now[0] = 101.9
    assert recent.get("a") == "x"
    now[0] = 102.0
    assert recent.get("a") is None


def test_it_does_not_grow_without_end() -> None:
    recent: Recent[int] = Recent(1000, most=10)
    for n in range(95):
        recent.put(n, n)
    assert sum(recent.get(n) is not None for n in range(95)) == 5


def test_what_ended_is_forgotten_at_once() -> None:
    recent: Recent[str] = Recent(1000)
    recent.put("a", "x")
    recent.clear()
    assert recent.get("a") is None

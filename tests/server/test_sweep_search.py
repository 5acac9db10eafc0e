"""What a search decides by itself: the points of a space, the next of them, and who goes on."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from pydantic import TypeAdapter

from snellen.server.sweeps.importance import importances
from snellen.server.sweeps.schemas import EarlyStopping, Method, Point, Space
from snellen.server.sweeps.space import grid, part_of_grid, probes
from snellen.server.sweeps.study import Plan, Standing, Tried, go_on, next_point, rungs

SPACES: TypeAdapter[Any] = TypeAdapter(Space)
MIXED = {
    "lr": {"type": "float", "low": 1e-4, "high": 1e-1, "log": True},
    "size": {"type": "int", "low": 128, "high": 320, "step": 64},
    "opt": {"type": "choice", "values": ["sgd", "adam", None]},
}


def plan(method: Method, space: dict[str, Any], *, seed: int = 3, trials: int = 20, maximize: bool = True) -> Plan:
    return Plan(SPACES.validate_python(space), method, seed, trials, maximize)


def searched(wanted: Plan, worth: Any, trials: int) -> list[tuple[Point, float]]:
    """The points of a search and what they were worth."""
    tried: list[Tried] = []
    for number in range(1, trials + 1):
        point = next_point(wanted, tried, number)
        tried.append(Tried(point, Standing.DONE, worth(point), 5))
    return [(each.point, each.value or 0.0) for each in tried]


def test_a_grid_covers_its_product_once() -> None:
    space = {
        "a": {"type": "float", "low": 0.1, "high": 0.5, "step": 0.1},
        "b": {"type": "int", "low": 1, "high": 8, "step": 3},
        "c": {"type": "choice", "values": [True, 1, "x"]},
    }
    points = grid(SPACES.validate_python(space), 1)
    assert len(points) == len({repr(sorted(point.items())) for point in points}) == 5 * 3 * 3
    assert sorted({point["a"] for point in points}) == [0.1, 0.2, 0.3, 0.4, 0.5]  # type: ignore[type-var]
    assert {type(point["b"]) for point in points} == {int}
    wanted = plan(Method.GRID, space, trials=45)
    assert [next_point(wanted, (), number) for number in range(1, 46)] == grid(wanted.space, wanted.seed)


def test_a_part_of_a_grid_that_is_too_large_to_write_out_has_different_points() -> None:
    space = {f"p{n}": {"type": "int", "low": 1, "high": 10} for n in range(12)}
    points = part_of_grid(SPACES.validate_python(space), 1, 50)
    assert len({tuple(point.values()) for point in points}) == 50
    assert all(1 <= value <= 10 for point in points for value in point.values())  # type: ignore[operator]


def test_the_probes_are_the_ends_and_each_choice() -> None:
    points = list(probes(SPACES.validate_python(MIXED)))
    assert points[0] == {"lr": 1e-4, "size": 128, "opt": "sgd"}
    assert points[1] == {"lr": 1e-1, "size": 320, "opt": None}
    assert {"lr": 1e-4, "size": 128, "opt": "adam"} in points


@pytest.mark.parametrize("method", [Method.RANDOM, Method.BAYESIAN])
def test_a_search_is_the_same_with_the_same_seed_and_results(method: Method) -> None:
    def worth(point: Any) -> float:
        return -abs(math.log10(point["lr"]) + 2) - (point["opt"] != "adam")

    wanted = plan(method, MIXED)
    first, again = searched(wanted, worth, 12), searched(wanted, worth, 12)
    other = searched(plan(method, MIXED, seed=4), worth, 12)
    assert first == again
    assert first != other
    for point, _ in first:
        assert 1e-4 <= point["lr"] <= 1e-1  # type: ignore[operator]
        assert point["size"] in (128, 192, 256, 320)
        assert point["opt"] in ("sgd", "adam", None)


def test_trials_that_run_at_the_same_time_have_different_points() -> None:
    wanted = plan(Method.BAYESIAN, MIXED)
    tried = [Tried(next_point(wanted, (), n), Standing.DONE, float(n), 5) for n in range(1, 11)]
    for number in range(11, 17):
        tried.append(Tried(next_point(wanted, tried, number), Standing.ACTIVE, None, 0))
    assert len({repr(each.point) for each in tried}) == 16


def test_a_bayesian_search_of_a_smooth_hill_finds_more_than_a_random_one() -> None:
    space = {name: {"type": "float", "low": 0.0, "high": 1.0} for name in ("x", "y", "z")}

    def worth(point: Any) -> float:
        return -sum((point[name] - top) ** 2 for name, top in (("x", 0.3), ("y", 0.7), ("z", 0.5)))

    def found(method: Method) -> float:
        bests = [max(v for _, v in searched(plan(method, space, seed=seed, trials=40), worth, 40)) for seed in range(6)]
        return sum(bests) / len(bests)

    assert found(Method.BAYESIAN) > found(Method.RANDOM)


def test_rungs_are_before_the_last_epoch() -> None:
    assert rungs(EarlyStopping(min_epochs=1, reduction=3), 27) == [1, 3, 9]
    assert rungs(EarlyStopping(min_epochs=4, reduction=2), 16) == [4, 8]
    assert rungs(EarlyStopping(min_epochs=5), 5) == []


@pytest.mark.parametrize("maximize", [True, False])
def test_of_nine_at_a_rung_the_best_third_goes_on(maximize: bool) -> None:
    sign = 1.0 if maximize else -1.0
    others = [[sign * value] for value in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)]
    for value, goes_on in ((0.05, False), (0.55, False), (0.65, True), (0.9, True)):
        assert go_on(EarlyStopping(), maximize=maximize, others=others, judged=[[sign * value]]) == [goes_on]


def test_a_trial_is_judged_among_those_of_its_rung_alone() -> None:
    others = [[0.9], [0.9], [0.9], [0.1, 0.5], [0.1, 0.4], [0.1, 0.3]]
    assert go_on(EarlyStopping(), maximize=True, others=others, judged=[[0.1, 0.45]]) == [False]
    assert go_on(EarlyStopping(), maximize=True, others=others[3:], judged=[[0.1, 0.6]]) == [True]
    assert go_on(EarlyStopping(), maximize=True, others=others, judged=[[math.nan]]) == [False]


def test_what_decides_is_the_most_important() -> None:
    space = {name: {"type": "float", "low": 0.0, "high": 1.0} for name in ("matters", "noise")}
    numbers = random.Random(1)
    tried = []
    for n in range(40):
        point: Point = {name: numbers.random() for name in space}
        standing = Standing.CUT if n % 3 else Standing.DONE
        tried.append(Tried(point, standing, -abs(point["matters"] - 0.4), 3))  # type: ignore[operator]
    found = importances(plan(Method.RANDOM, space), tried)
    assert [each.name for each in found.items] == ["matters", "noise"]
    assert sum(each.importance for each in found.items) == pytest.approx(1)
    assert found.items[0].importance > 0.7
    assert (found.trials, found.evaluator, found.reason) == (40, "PED-ANOVA", None)
    few = importances(plan(Method.RANDOM, space), tried[:5])
    assert few.items == []
    assert few.reason == "5 trials have ended with a value; from 6 on something can be said"
    same = importances(plan(Method.RANDOM, space), [Tried(each.point, each.standing, 0.5, 3) for each in tried])
    assert "the same value" in (same.reason or "")

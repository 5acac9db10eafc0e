"""What JSON can't hold, and what stands for it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from snellen.contract import numbers
from snellen.contract.plain import plain, whole_number


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 0.0, -1.5, 1e300])
def test_a_number_comes_back_as_it_went(value: float) -> None:
    back = numbers.decode(json.loads(json.dumps(numbers.encode(value), allow_nan=False)))
    assert back == value or (math.isnan(back) and math.isnan(value))


@pytest.mark.parametrize("value", ["nan", "", None, True, [], "1"])
def test_what_is_no_number_is_refused_by_name(value: Any) -> None:
    with pytest.raises(ValueError, match="expected a number"):
        numbers.decode(value)


def test_numpy_values_become_plain_ones() -> None:
    given = {"a": np.int64(3), "b": np.float32(0.5), "c": np.array([1.0, np.nan]), "d": np.bool_(True), 5: Path("x")}
    found = plain(given)
    assert found == {"a": 3, "b": 0.5, "c": [1.0, "NaN"], "d": True, "5": "x"}
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_text_of_another_encoding_stays_readable() -> None:
    assert plain({"k\udcff": ["caf\udce9"]}) == {"k?": ["caf?"]}


@pytest.mark.parametrize("value", [3, 3.0, np.int32(3), np.float64(3.0)])
def test_a_whole_number_is_taken_in_any_dress(value: Any) -> None:
    assert whole_number(value) == 3
    assert type(whole_number(value)) is int


@pytest.mark.parametrize("value", [3.5, "3", None, True, math.nan, math.inf, [3]])
def test_anything_else_is_no_whole_number(value: Any) -> None:
    with pytest.raises(ValueError, match="whole number"):
        whole_number(value)

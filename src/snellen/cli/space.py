"""The words for a search space on a command line."""

from __future__ import annotations

import json
from typing import Any

from snellen.errors import InvalidInput

EXPECTED = "NAME=LOW..HIGH, NAME=LOW..HIGH:STEP, NAME=log:LOW..HIGH, or NAME=A,B,C"


def parse_space(texts: list[str]) -> dict[str, Any]:
    """What ``POST /training/sweeps`` takes as ``space``.

    >>> parse_space(["imgsz=128..320:32", "optimizer=SGD,AdamW"])["imgsz"]
    {'type': 'int', 'low': 128, 'high': 320, 'step': 32}
    >>> parse_space(["lr0=log:1e-4..1e-1"])
    {'lr0': {'type': 'float', 'low': 0.0001, 'high': 0.1, 'log': True}}
    """
    space: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise InvalidInput(f"space: got {text!r}, expected {EXPECTED}")
        if name in space:
            raise InvalidInput(f"space: {name} is there twice; give each name once")
        space[name] = _range(text, value) if ".." in value else _choice(text, value)
    if not space:
        raise InvalidInput(f"space: nothing to search; give one or more of {EXPECTED}")
    return space


def _range(text: str, value: str) -> dict[str, Any]:
    log = value.startswith("log:")
    ends, _, step = value.removeprefix("log:").partition(":")
    low, _, high = ends.partition("..")
    numbers = [_number(text, each) for each in (low, high, *([step] if step else []))]
    whole = all(isinstance(each, int) for each in numbers)
    found: dict[str, Any] = {"type": "int" if whole else "float", "low": numbers[0], "high": numbers[1]}
    if step:
        found["step"] = numbers[2]
    return found | ({"log": True} if log else {})


def _number(text: str, value: str) -> int | float:
    try:
        return int(value)
    except ValueError:
        pass
    try:
        return float(value)
    except ValueError as error:
        raise InvalidInput(f"space: got {text!r} with {value!r} for a number, expected {EXPECTED}") from error


def _choice(text: str, value: str) -> dict[str, Any]:
    values = [_plain(each) for each in value.split(",")]
    if len(values) < 2:
        raise InvalidInput(f"space: got {text!r}, which is one value; give a range, a list, or -p {text}")
    return {"type": "choice", "values": values}


def _plain(text: str) -> Any:
    """A number, true, false or null as such, any other as text."""
    try:
        found = json.loads(text, parse_constant=str)
    except ValueError:
        return text
    return text if isinstance(found, dict | list) else found

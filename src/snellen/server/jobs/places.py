"""No job names a URL: nothing of ours, and no framework, is sent to fetch what a person points at.

A URL in a job would be opened from the server's own network (the address of a cloud's metadata, a neighbour's admin
page). Weights come as a checkpoint of another job, as a name that the framework publishes, or as a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from snellen.errors import HyperparameterInvalid, InvalidInput

#: ``https://…``, ``s3://…``, ``file:…``, ``hf-hub:…``, and ``//host/share``.
_URL = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9+.\-_]*:|//|\\\\)")
ADVICE = "begin with a checkpoint of another job (init_from), name a model that the trainer knows, or a file"


def check_places(model: str | None, hyperparameters: Mapping[str, Any], *, runs_code: bool) -> None:
    """:class:`~snellen.errors.InvalidInput` for a model that is a URL, and for hyperparameters that hold one.

    A trainer that runs a program of the job's own (`runs_code`) hands its hyperparameters to that program; they are
    its affair.
    """
    if runs_code:
        return
    if model is not None and _URL.match(model):
        raise InvalidInput(f"model: got the URL {model[:200]!r}; nothing is fetched from where a job says: {ADVICE}")
    found = [(name, text) for name, text in _texts("", hyperparameters) if "://" in text or text.startswith("//")]
    if found:
        problems = [
            {"severity": "error", "code": "hyperparameter", "message": f"{name}: got the URL {text[:200]!r}"}
            for name, text in found[:20]
        ]
        listed = "; ".join(str(each["message"]) for each in problems)
        raise HyperparameterInvalid(
            f"hyperparameters: {listed}; nothing is fetched from where a job says", problems=problems
        )


def _texts(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """All texts in a value, keys too, with the names under which they lie."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield name, str(key)
            yield from _texts(f"{name}.{key}".lstrip("."), each)
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _texts(f"{name}[{at}]", each)

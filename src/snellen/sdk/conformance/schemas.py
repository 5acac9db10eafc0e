"""The JSON Schema of hyperparameters, looked at from outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema

from snellen.sdk.conformance.failures import expect

#: Each is nonsense for most hyperparameters; one that takes them all has no schema.
NONSENSE: tuple[Any, ...] = (-(10.0**300), "\x00 no such word", [[[None]]], {"\x00": [None]})


def expect_sound(schema: Any, params: Mapping[str, Any]) -> None:
    """Raise :class:`~snellen.sdk.conformance.NotConforming` for a schema that is none, or that refuses its defaults.

    What has no default is taken from `params`.
    """
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        place = ".".join(map(str, error.absolute_path)) or "schema"
        expect(False, f"the schema is no JSON Schema (2020-12): {place}: {error.message}")
    expect(isinstance(schema, dict) and schema.get("type") == "object", 'the schema needs "type": "object"')
    properties = schema.get("properties", {})
    defaults = {name: each["default"] for name, each in properties.items() if "default" in each}
    refused = problems_of(schema, {**params, **defaults})
    expect(not refused, f"the defaults don't pass the schema: {'; '.join(refused[:3])}")
    refused = problems_of(schema, params)
    expect(not refused, f"the hyperparameters of the check don't pass the schema: {'; '.join(refused[:3])}")


def problems_of(schema: Mapping[str, Any], params: Mapping[str, Any]) -> list[str]:
    """What the schema refuses."""
    errors = jsonschema.Draft202012Validator(schema).iter_errors(dict(params))
    return [f"{'.'.join(map(str, error.absolute_path)) or 'hyperparameters'}: {error.message}" for error in errors]


def lax_properties(schema: Mapping[str, Any]) -> list[str]:
    """Hyperparameters that take whatever is given."""
    return [
        name
        for name, each in schema.get("properties", {}).items()
        if all(jsonschema.Draft202012Validator(each).is_valid(value) for value in NONSENSE)
    ]


def refuses_unknown(schema: Mapping[str, Any], params: Mapping[str, Any], name: str) -> bool:
    """Whether a hyperparameter that nobody knows is refused."""
    return bool(problems_of(schema, {**params, name: 1}))

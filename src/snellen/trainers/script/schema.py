"""The hyperparameters of a script: how it is started, and whatever it wants besides."""

from __future__ import annotations

from typing import Any

#: Without NUL, which no program can be given.
_TEXT = {"type": "string", "pattern": "^[^\\u0000]*$"}


def build_schema() -> dict[str, Any]:
    """A JSON Schema that leaves the script its own hyperparameters."""
    return {
        "type": "object",
        "required": ["command"],
        "properties": {
            "command": {
                "type": "array",
                "minItems": 1,
                "maxItems": 10_000,
                "items": _TEXT,
                "prefixItems": [{**_TEXT, "minLength": 1}],
                "description": "The program and its arguments; no shell reads them. python is the trainer's Python.",
            },
            "working_dir": {
                "type": ["string", "null"],
                "pattern": "^/[^\\u0000]*$",
                "default": None,
                "description": "An absolute path on the machine of the training; without, work/ in the job folder.",
            },
            "environment": {
                "type": "object",
                "additionalProperties": _TEXT,
                "propertyNames": {
                    "pattern": "^(?!SNELLEN_)[^=\\u0000]+$",
                    "description": "Names that begin with SNELLEN_ are the trainer's.",
                },
                "default": {},
                "description": "Variables of the script's environment; job.json shows them, so no secrets.",
            },
        },
        "additionalProperties": True,
    }

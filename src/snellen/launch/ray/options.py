"""What the settings say of one Ray cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

from snellen.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class RayOptions:
    """One cluster.

    ``address`` is the URL of its dashboard; ``headers`` go with each request to it, such as the token of one that asks
    for it. On the nodes, ``python`` runs supervisors, ``trainer_python`` trainers (default the same), ``node_dir``
    holds job folders and the cache of datasets, and ``trainer_user`` is who trainers run as. ``runtime_env`` is Ray's,
    for every job. ``slots`` limits how many jobs run at once; 0 is as many as fit. Where the cluster ``autoscales``,
    jobs are handed to Ray also while no node has room for them, so that it adds some.
    """

    address: str
    headers: dict[str, str] = field(default_factory=dict)
    python: str = "python3"
    trainer_python: str | None = None
    node_dir: str = "~/.snellen/node"
    trainer_user: str | None = None
    runtime_env: dict[str, Any] = field(default_factory=dict)
    slots: int = 0
    autoscales: bool = False

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> RayOptions:
        """From the settings; :class:`~snellen.errors.InvalidInput` lists all that is wrong."""
        known = {each.name: each for each in fields(cls)}
        wrong = [f"{name}: unknown; known: {', '.join(known)}" for name in given if name not in known]
        for name, value in given.items():
            if name in known and not _fits(value, str(known[name].type)):
                wrong.append(f"{name}: got {value!r}, expected {known[name].type}")
        address = given.get("address")
        if not isinstance(address, str) or urlsplit(address).scheme not in {"http", "https"}:
            wrong.append(f"address: got {address!r}, expected the URL of Ray's dashboard, such as http://10.0.0.5:8265")
        elif urlsplit(address).username is not None:
            # It is told to whoever waits for the cluster.
            wrong.append("address: got one with a user in it; put credentials into headers")
        if wrong:
            raise InvalidInput("; ".join(wrong))
        return cls(**{**given, "address": str(address).rstrip("/")})


def _fits(value: object, kind: str) -> bool:
    if kind.endswith("| None") and value is None:
        return True
    if kind == "int":
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if kind == "bool":
        return isinstance(value, bool)
    if kind.startswith("dict"):
        return isinstance(value, dict) and (
            kind != "dict[str, str]" or all(isinstance(each, str) for each in value.values())
        )
    return isinstance(value, str)

"""Refuses a wheel without the web app: the wheel is the whole product, and its users have no Node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebAppHook(BuildHookInterface):
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        index = Path(self.root, "src", "snellen", "server", "static", "index.html")
        if version == "standard" and not index.is_file():
            raise RuntimeError(f"{index} is missing: run `make web` first, then build the wheel")

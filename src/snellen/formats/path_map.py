"""``path_map.json``: an export names the paths that its images had in their snapshot."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

from snellen.formats.problems import Problems

PATH_MAP = "path_map.json"


def original_paths(folder: Path, problems: Problems) -> dict[str, str]:
    """Paths in the snapshot by paths here; empty for a folder that is no export of ours."""
    file = folder / PATH_MAP
    if not file.is_file():
        return {}
    try:
        found: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        found = None
    if isinstance(found, dict) and all(map(_is_plain, found.values())):
        return found
    problems.warning("path_map", "maps no paths to paths; not used", PATH_MAP)
    return {}


def _is_plain(path: object) -> bool:
    """A relative path that leads nowhere else."""
    if not isinstance(path, str) or not path or "\\" in path or "\x00" in path:
        return False
    return path == str(PurePosixPath(path)) and not path.startswith("/") and ".." not in path.split("/")

"""``path_map.json``: an export names the paths that its images had in their snapshot."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from snellen.formats.problems import Problems

if TYPE_CHECKING:
    import polars as pl

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


def image_ids(dataset: Path, images: pl.DataFrame) -> dict[str, int]:
    """Image ids by the paths of a job's ``dataset/``; `images` are the snapshot's."""
    by_path = dict(zip(images["path"].to_list(), images["image_id"].to_list(), strict=True))
    return {here: by_path[there] for here, there in _read(dataset).items()}


def snapshot_names(results: Any, dataset: Path) -> Any:
    """``image_results`` with the names that their images have in the snapshot; a trainer names them as `dataset` does.

    What is no path of `dataset` stays as it is, and so does what is no list of objects: the server says what is wrong.
    """
    if not isinstance(results, list):
        return results
    try:
        there = _read(dataset)
    except FileNotFoundError:
        return results  # a job without a dataset of Snellen's
    return [_named(each, there) for each in results]


def _read(dataset: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((dataset / PATH_MAP).read_text(encoding="utf-8"))
    return found


def _named(each: Any, there: dict[str, str]) -> Any:
    name = each.get("image_name") if isinstance(each, dict) else None
    return {**each, "image_name": there[name]} if isinstance(name, str) and name in there else each


def _is_plain(path: object) -> bool:
    """A relative path that leads nowhere else."""
    if not isinstance(path, str) or not path or "\\" in path or "\x00" in path:
        return False
    return path == str(PurePosixPath(path)) and not path.startswith("/") and ".." not in path.split("/")

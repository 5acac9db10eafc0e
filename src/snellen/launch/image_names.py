"""A trainer names an image by its path in ``dataset/``, the server by its path in the snapshot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from snellen.formats.path_map import PATH_MAP


def snapshot_names(results: Any, dataset: Path) -> Any:
    """``image_results`` with the names that their images have in the snapshot.

    What is no path of `dataset` stays as it is, and so does what is no list of objects: the server says what is wrong.
    """
    if not isinstance(results, list):
        return results
    try:
        there: dict[str, str] = json.loads((dataset / PATH_MAP).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return results  # a job without a dataset of Snellen's
    return [_named(each, there) for each in results]


def _named(each: Any, there: dict[str, str]) -> Any:
    name = each.get("image_name") if isinstance(each, dict) else None
    return {**each, "image_name": there[name]} if isinstance(name, str) and name in there else each

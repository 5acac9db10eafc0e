"""Hyperparameters as a JSON Schema, from the installed version's own defaults and kinds."""

from __future__ import annotations

from typing import Any

#: Where things are and what is trained is the job's, not a hyperparameter's.
PLACES = frozenset({"project", "name", "save_dir", "data", "cfg", "resume", "model", "tracker", "source", "split"})
OURS = frozenset({"task", "mode", "epochs", "exist_ok", "save", "val", "plots", "verbose", "save_json", "save_txt"})
#: Keys of prediction, tracking and export, which training does not read.
OTHER_MODES = frozenset(
    {
        "format", "keras", "optimize", "int8", "dynamic", "simplify", "opset", "workspace", "nms", "embed", "vid_stride",
        "stream_buffer", "visualize", "show", "save_frames", "save_conf", "save_crop", "show_labels", "show_conf",
        "show_boxes", "line_width", "retina_masks", "augment", "agnostic_nms", "dnn", "quantize", "end2end", "conf",
    }
)  # fmt: skip
#: Keys whose default is None, or whose default does not tell all that may be given.
KNOWN: dict[str, dict[str, Any]] = {
    "imgsz": {"type": "integer", "minimum": 32, "maximum": 8192},
    "batch": {"type": "number", "minimum": -1, "maximum": 4096},
    "optimizer": {"type": "string", "maxLength": 50},
    "device": {"type": ["string", "integer", "null"]},
    "time": {"type": ["number", "null"], "exclusiveMinimum": 0},
    "freeze": {"type": ["integer", "array", "null"]},
    "classes": {"type": ["array", "null"], "items": {"type": "integer", "minimum": 0}},
    "pretrained": {"type": "boolean"},
    "cache": {"enum": [True, False, "ram", "disk"]},
    "auto_augment": {"enum": ["randaugment", "autoaugment", "augmix", None]},
    "copy_paste_mode": {"enum": ["flip", "mixup"]},
    "compile": {"type": ["boolean", "string"]},
    "patience": {"type": "integer", "minimum": 0},
    "workers": {"type": "integer", "minimum": 0, "maximum": 256},
    "seed": {"type": "integer", "minimum": 0},
    "max_det": {"type": "integer", "minimum": 1, "maximum": 3000},
    "close_mosaic": {"type": "integer", "minimum": 0},
    "multi_scale": {"type": ["boolean", "number"]},
}


def build_schema(
    defaults: dict[str, Any], *, fractions: set[str], floats: set[str], ints: set[str], bools: set[str]
) -> dict[str, Any]:
    """The schema of all hyperparameters that training reads; anything else is refused by name."""
    hidden = PLACES | OURS | OTHER_MODES
    properties = {
        key: {**_kind(key, value, fractions=fractions, floats=floats, ints=ints, bools=bools), "default": value}
        for key, value in sorted(defaults.items())
        if key not in hidden
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "properties": {key: spec for key, spec in properties.items() if "type" in spec or "enum" in spec},
    }


def _kind(
    key: str, value: Any, *, fractions: set[str], floats: set[str], ints: set[str], bools: set[str]
) -> dict[str, Any]:
    if key in KNOWN:
        return KNOWN[key]
    if key in fractions:
        return {"type": "number", "minimum": 0.0, "maximum": 1.0}
    if key in bools or isinstance(value, bool):
        return {"type": "boolean"}
    if key in ints:
        return {"type": "integer"}
    if key in floats or isinstance(value, int | float):
        return {"type": "number"}
    if isinstance(value, str):
        return {"type": "string"}
    return {}

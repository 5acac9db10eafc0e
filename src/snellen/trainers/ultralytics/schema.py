"""Hyperparameters as a JSON Schema, from the installed version's own defaults and kinds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

#: Where things are and what is trained is the job's, not a hyperparameter's.
PLACES = frozenset({"project", "name", "save_dir", "data", "cfg", "resume", "model", "tracker", "source", "split"})
OURS = frozenset({"task", "mode", "epochs", "exist_ok", "save", "val", "plots", "verbose", "save_json", "save_txt"})
#: `single_cls` makes one class of all, so that predictions no longer name the snapshot's classes.
NOT_YET = frozenset({"single_cls"})
#: Keys of prediction, tracking and export, which training does not read.
OTHER_MODES = frozenset(
    {
        "format", "keras", "optimize", "int8", "dynamic", "simplify", "opset", "workspace", "nms", "embed",
        "vid_stride", "stream_buffer", "visualize", "show", "save_frames", "save_conf", "save_crop", "show_labels",
        "show_conf", "show_boxes", "line_width", "retina_masks", "augment", "agnostic_nms", "dnn", "quantize",
        "end2end", "conf",
    }
)  # fmt: skip
#: What version 8.4 takes; an installed version that tells another set is believed.
OPTIMIZERS = ("Adam", "Adamax", "AdamW", "MuSGD", "NAdam", "RAdam", "RMSprop", "SGD", "auto")
NOT_NEGATIVE = {"type": "number", "minimum": 0}
#: Keys whose default is None, or whose default does not tell all that may be given.
KNOWN: dict[str, dict[str, Any]] = {
    "imgsz": {
        "type": "integer",
        "minimum": 32,
        "maximum": 8192,
        "multipleOf": 32,
        "description": "Side of the square that images are brought to, in px: a multiple of 32.",
    },
    "batch": {
        "type": "number",
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": 4096},
            {"const": -1},
            {"exclusiveMinimum": 0, "exclusiveMaximum": 1},
        ],
        "description": "Images a step; -1 chooses by GPU memory, a fraction between 0 and 1 is the part of it to fill.",
    },
    "device": {
        "type": ["string", "integer", "null"],
        "pattern": r"^(cpu|mps|-1|\d{1,3}(,\d{1,3})*|(cuda|npu|xpu):\d{1,3})$",
        "minimum": -1,
        "description": "cpu, mps, the number of a GPU or several as in 0,1, or -1 for the least busy one.",
    },
    "time": {"type": ["number", "null"], "exclusiveMinimum": 0, "description": "Hours; the epochs follow from them."},
    "freeze": {
        "type": ["integer", "array", "null"],
        "minimum": 0,
        "items": {"type": ["integer", "string"], "minimum": 0},
    },
    "classes": {"type": ["array", "null"], "items": {"type": "integer", "minimum": 0}},
    "pretrained": {"type": "boolean", "description": "Whether the weights that the model names are its beginning."},
    "cache": {"enum": [True, False, "ram", "disk"]},
    "auto_augment": {"enum": ["randaugment", "autoaugment", "augmix", None]},
    "copy_paste_mode": {"enum": ["flip", "mixup"]},
    "amp": {"enum": [True, False, "fp16", "bf16", "fp32"]},
    "compile": {"enum": [True, False, "default", "reduce-overhead", "max-autotune-no-cudagraphs"]},
    "channels_last": {"type": ["boolean", "null"]},
    "fraction": {
        "type": "number",
        "exclusiveMinimum": 0,
        "anyOf": [{"maximum": 1}, {"type": "integer"}],
        "description": "Part of the training images, or above 1 their number.",
    },
    "patience": {"type": "integer", "minimum": 0},
    "workers": {"type": "integer", "minimum": 0, "maximum": 256},
    "seed": {"type": "integer", "minimum": 0},
    "max_det": {"type": "integer", "minimum": 1, "maximum": 3000},
    "close_mosaic": {"type": "integer", "minimum": 0},
    "multi_scale": {"type": "number", "minimum": 0, "maximum": 1},
    "scale": {"type": "number", "minimum": 0, "maximum": 1, "description": "scale gain (+/-)"},
    "degrees": {"type": "number", "minimum": -180, "maximum": 180},
    "shear": {"type": "number", "minimum": -90, "maximum": 90},
    "save_period": {"type": "integer", "minimum": -1},
    "nbs": {"type": "integer", "minimum": 1},
    "mask_ratio": {"type": "integer", "minimum": 1},
    **dict.fromkeys(("box", "cls", "dfl", "pose", "kobj", "rle", "angle", "dlog", "dgrad", "dis"), NOT_NEGATIVE),
    "warmup_epochs": NOT_NEGATIVE,
}


def build_schema(
    defaults: dict[str, Any],
    *,
    fractions: set[str],
    floats: set[str],
    ints: set[str],
    bools: set[str],
    optimizers: Iterable[str] = OPTIMIZERS,
    helps: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The schema of all hyperparameters that training reads; anything else is refused by name.

    `helps` are the framework's words on each, which stand where there are none of ours.
    """
    hidden = PLACES | OURS | OTHER_MODES | NOT_YET
    properties = {
        key: {
            **_described(key, helps or {}),
            **_kind(key, value, fractions=fractions, floats=floats, ints=ints, bools=bools),
            "default": value,
        }
        for key, value in sorted(defaults.items())
        if key not in hidden
    }
    if "optimizer" in properties:
        properties["optimizer"] |= {"enum": sorted(optimizers, key=str.lower)}
        properties["optimizer"].pop("type", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "properties": {key: spec for key, spec in properties.items() if "type" in spec or "enum" in spec},
    }


def optimizers_in(constants: Iterable[object]) -> tuple[str, ...]:
    """The names of optimizers among the constants of the framework's ``build_optimizer``: its one list of them."""
    for constant in constants:
        if isinstance(constant, frozenset) and {"SGD", "AdamW", "auto"} <= constant:
            return tuple(str(name) for name in constant)
    return OPTIMIZERS


def helps_in(text: str) -> dict[str, str]:
    """The comments of the framework's ``default.yaml``, by key, without the kind that they begin with.

    >>> helps_in("lr0: 0.01 # (float) initial learning rate (SGD=1e-2)")
    {'lr0': 'initial learning rate (SGD=1e-2)'}
    """
    return dict(re.findall(r"^(\w+):[^#\n]*#\s*(?:\([^)]*\)\s*)?(.+)$", text, re.MULTILINE))


def _described(key: str, helps: Mapping[str, str]) -> dict[str, Any]:
    return {"description": helps[key].strip()} if key in helps else {}


def _kind(
    key: str, value: Any, *, fractions: set[str], floats: set[str], ints: set[str], bools: set[str]
) -> dict[str, Any]:
    # Of an older version it is on or off.
    if key in KNOWN and not (key == "amp" and key in bools):
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

"""The hyperparameters of a training with timm, as a JSON Schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def build_schema(optimizers: Sequence[str]) -> dict[str, Any]:
    """What :mod:`snellen.trainers.timm.training` reads; `optimizers` are the names of the installed version."""
    part = {"type": "number", "minimum": 0, "maximum": 1}
    properties: dict[str, dict[str, Any]] = {
        "img_size": {
            "type": ["integer", "null"],
            "minimum": 16,
            "maximum": 4096,
            "default": None,
            "description": "Side of the input in px; without, the model's own.",
        },
        "batch_size": {
            "type": "integer",
            "minimum": 1,
            "maximum": 8192,
            "default": 32,
            "description": "Images of a step, on all GPUs and nodes together.",
        },
        "opt": {"enum": list(optimizers), "default": "adamw", "description": "timm's optimizer."},
        "lr": {"type": "number", "exclusiveMinimum": 0, "maximum": 100, "default": 0.001},
        "weight_decay": {"type": "number", "minimum": 0, "maximum": 10, "default": 0.05},
        "momentum": {**part, "default": 0.9},
        "sched": {
            "enum": ["cosine", "step", "tanh", "poly", "plateau", "none"],
            "default": "cosine",
            "description": "timm's schedule of the learning rate over the epochs.",
        },
        "warmup_epochs": {"type": "integer", "minimum": 0, "maximum": 1000, "default": 0},
        "min_lr": {"type": "number", "minimum": 0, "maximum": 1, "default": 1e-6},
        "clip_grad": {
            "type": ["number", "null"],
            "exclusiveMinimum": 0,
            "default": None,
            "description": "The largest norm of the gradient.",
        },
        "smoothing": {**part, "default": 0.1, "description": "Label smoothing."},
        "auto_augment": {
            "type": ["string", "null"],
            "pattern": "^(rand|augmix|original|originalr|v0|v0r|3a)(-[a-z]+[0-9.]+)*$",
            "default": None,
            "description": "timm's policy, like rand-m9-mstd0.5 for RandAugment.",
        },
        "hflip": {**part, "default": 0.5},
        "vflip": {**part, "default": 0.0},
        "color_jitter": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.4},
        "scale_min": {
            **part,
            "exclusiveMinimum": 0,
            "default": 0.08,
            "description": "Least part in a crop.",
        },
        "re_prob": {**part, "default": 0.0, "description": "Random erasing."},
        "mixup": {"type": "number", "minimum": 0, "maximum": 10, "default": 0.0, "description": "Mixup's alpha."},
        "cutmix": {"type": "number", "minimum": 0, "maximum": 10, "default": 0.0, "description": "CutMix's alpha."},
        "drop": {**part, "exclusiveMaximum": 1, "default": 0.0, "description": "Dropout."},
        "drop_path": {**part, "exclusiveMaximum": 1, "default": 0.0, "description": "Stochastic depth."},
        "ema": {"type": "boolean", "default": False, "description": "Judge and keep a moving average of the weights."},
        "ema_decay": {**part, "exclusiveMaximum": 1, "default": 0.9998},
        "sync_bn": {
            "type": "boolean",
            "default": False,
            "description": "Statistics of batch norm over the images of all GPUs, where there are several.",
        },
        "amp": {"type": "boolean", "default": True, "description": "Mixed precision, on a GPU."},
        "pretrained": {"type": "boolean", "default": False, "description": "Begin with timm's published weights."},
        "patience": {
            "type": ["integer", "null"],
            "minimum": 1,
            "maximum": 100_000,
            "default": None,
            "description": "Epochs without a better val/top1 after which the training ends; without, it never does.",
        },
        "workers": {
            "type": "integer",
            "minimum": 0,
            "maximum": 64,
            "default": 2,
            "description": "Processes that load images, for each GPU.",
        },
        "seed": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "default": 42},
    }
    return {"type": "object", "additionalProperties": False, "properties": properties}


def with_defaults(params: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The job's hyperparameters, and the schema's defaults for the rest."""
    return {name: params.get(name, each["default"]) for name, each in schema["properties"].items()}

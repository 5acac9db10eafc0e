"""Keeps the framework to itself: no settings of the user's, no telemetry, no loggers of its own."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from snellen.errors import ExtraMissing

INSTALL = "ultralytics is not installed for this Python: pip install 'snellen[ultralytics]' (AGPL-3.0)"


#: Where the framework keeps its settings in a process that only asks what it is; gone when the process ends.
_for_a_look: list[tempfile.TemporaryDirectory[str]] = []


def look() -> Any:
    """The framework, for questions only: the settings of the person who asks are neither read nor written."""
    if "ultralytics" not in sys.modules:
        folder = tempfile.TemporaryDirectory(prefix="snellen-look-", ignore_cleanup_errors=True)
        _for_a_look.append(folder)
        isolate(Path(folder.name))
    return load()


def isolate(config_dir: Path) -> None:
    """Set what must be set before the framework is imported."""
    config_dir.mkdir(parents=True, exist_ok=True)
    os.environ["YOLO_CONFIG_DIR"] = str(config_dir)
    os.environ.setdefault("MPLBACKEND", "Agg")
    # Without it the framework installs what it misses into the Python that it runs in.
    os.environ.setdefault("YOLO_AUTOINSTALL", "false")
    os.environ["WANDB_MODE"] = "disabled"
    os.environ["COMET_MODE"] = "DISABLED"


def load() -> Any:
    """The framework, its integrations off; :class:`~snellen.errors.ExtraMissing` says what to install."""
    try:
        import ultralytics
    except ImportError as error:
        raise ExtraMissing(INSTALL) from error
    from ultralytics import utils
    from ultralytics.utils import callbacks

    quiet = {"sync": False, "vscode_msg": False, "openvino_msg": False, "api_key": "", "openai_api_key": ""}
    loggers = dict.fromkeys(("clearml", "comet", "dvc", "mlflow", "raytune", "tensorboard", "wandb"), False)
    wanted = {k: v for k, v in {**quiet, **loggers}.items() if k in utils.SETTINGS}
    if any(utils.SETTINGS[k] != v for k, v in wanted.items()):
        settings: Any = utils.SETTINGS
        settings.update(wanted)
    # Telemetry and loggers are added by this function to every trainer and validator, whatever the settings.
    callbacks.add_integration_callbacks = _add_nothing
    return ultralytics


def is_offline() -> bool:
    """Whether somebody asked for no downloads."""
    return os.environ.get("YOLO_OFFLINE", "").lower() in {"1", "true", "yes"}


def _add_nothing(_instance: Any) -> None:
    return None

"""Finds the model that a job names: a YAML of the framework, a file, or published weights."""

from __future__ import annotations

from pathlib import Path

from snellen.errors import InvalidInput
from snellen.trainers.ultralytics import environment


def find_model(model: str, folder: Path) -> str:
    """What to tell the framework: a YAML's name as it is, else the path of weights.

    Paths may be relative to the job's folder. Published weights are fetched by the framework's own function, into the
    working directory. Raises :class:`~snellen.errors.InvalidInput` that names the file and says what to do.
    """
    if model.endswith((".yaml", ".yml")):
        return model
    for place in (folder / model, Path(model)):
        if place.is_file():
            return str(place.resolve())
    return _fetched(model)


def _fetched(model: str) -> str:
    from ultralytics.utils import SETTINGS, downloads

    kept = Path(SETTINGS["weights_dir"]) / model
    if kept.is_file():
        return str(kept)
    advice = "give the path of a file on this machine, or train from scratch with a .yaml"
    if environment.is_offline():
        raise InvalidInput(
            f"model: there is no file {model} here, and YOLO_OFFLINE forbids to download it; "
            f"{advice}, or unset YOLO_OFFLINE"
        )
    try:
        found = Path(downloads.attempt_download_asset(model))
    except Exception as error:
        reason = str(error).strip().splitlines()[:1] or [type(error).__name__]
        raise InvalidInput(f"model: {model} could not be downloaded ({reason[0]}); {advice}") from error
    if not found.is_file():
        raise InvalidInput(f"model: {model} is neither a file here nor among the published weights; {advice}")
    return str(found.resolve())

"""Finds the model that a job names: a YAML of the framework, a file, or published weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from snellen.contract.spec import JobSpec
from snellen.errors import InvalidInput
from snellen.trainers.ultralytics import environment
from snellen.trainers.ultralytics.checkpoints import check_weights, read_checkpoint
from snellen.trainers.ultralytics.checks import TASKS


def find_model(job: JobSpec, folder: Path) -> str:
    """What to tell the framework: a YAML's name as it is, else the path of weights of the job's task.

    Paths may be relative to the job's folder. Published weights are fetched by the framework's own function, into the
    working directory. Raises :class:`~snellen.errors.InvalidInput` that names the file and says what to do.
    """
    if is_yaml(job.model):
        return job.model
    places = [place for place in (folder / job.model, Path(job.model)) if place.is_file()]
    found = str(places[0].resolve()) if places else _fetched(job.model)
    if found.endswith(".pt"):
        check_weights(Path(found), their_task=TASKS[job.task], field="model")
    return found


def begin_with(weights: Path, job: JobSpec) -> dict[str, Any]:
    """What to tell the framework to begin a training with the weights of another job.

    A job whose model is a YAML has that architecture, and of the weights what fits into it; else it has the weights'
    own. Classes are found by their names, others begin anew.
    """
    if job.params.get("pretrained", True) is False:
        raise InvalidInput(
            "pretrained: got false, but the job begins with weights of another (init_from); leave one of the two out"
        )
    if is_yaml(job.model):
        read_checkpoint(weights, "init_from")
        return {"model": job.model, "pretrained": str(weights)}
    check_weights(weights, their_task=TASKS[job.task], field="init_from")
    return {"model": str(weights), "pretrained": True}


def is_yaml(model: str) -> bool:
    """Whether a model is an architecture without weights."""
    return model.endswith((".yaml", ".yml"))


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

"""What goes wrong in a training is told with its reason and what to do; the last good checkpoint is kept."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.journals import outcome

from snellen.contract.folder import JobFolder
from snellen.errors import ExtraMissing, InvalidInput
from snellen.sdk import JobContext
from snellen.trainers.ultralytics import checks
from snellen.trainers.ultralytics.checks import check_gpus, check_several
from snellen.trainers.ultralytics.failures import Circumstances, OutOfMemory, explained
from snellen.trainers.ultralytics.hooks import Hooks

pytestmark = pytest.mark.train
Events = Callable[[JobFolder], list[dict[str, Any]]]
RunHere = Callable[..., list[str]]
#: A weight of the loss that float32 doesn't hold: the loss is infinite, the weights NaN after the first step.
TOO_MUCH = 1e39
AT = Circumstances(device="cuda:0", batch=16, imgsz=640, epoch=3, kept_epoch=2, halved=3)


def lines(events: list[dict[str, Any]]) -> list[str]:
    return [line for e in events if e["type"] == "log" for line in e["lines"]]


def checkpoints(events: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(e["name"], e["epoch"]) for e in events if e["type"] == "artifact" and e["kind"] == "checkpoint"]


def test_a_loss_that_is_no_number_from_the_first_step_fails_the_job_and_leaves_no_bad_checkpoint(
    bench: Any, run_here: RunHere, events_of: Events, tmp_path: Path
) -> None:
    params = {"imgsz": 64, "batch": 8, "nbs": 8, "box": TOO_MUCH, "warmup_epochs": 0.0}
    folder = bench.job(tmp_path / "job", epochs=3, params=params)
    run_here(folder)
    said = outcome(folder)
    assert said["state"] == "failed"
    for part in ("NaN or infinite in epoch 1", "knows no way back", "no good checkpoint", "lr0"):
        assert part in said["reason"]
    events = events_of(folder)
    assert checkpoints(events) == []
    assert [e["epoch"] for e in events if e["type"] == "metrics"] == [1]


def test_the_framework_redoes_the_epoch_of_a_bad_loss_and_the_job_fails_when_it_gives_up(
    bench: Any, trained: JobFolder, run_here: RunHere, events_of: Events, tmp_path: Path
) -> None:
    folder = bench.job(tmp_path / "job", epochs=3, attempt=2, resume_from="weights/resume.pt")
    folder.weights.mkdir()
    kept = next(e for e in events_of(trained) if e["type"] == "artifact" and e["name"] == "last.pt")
    content = torch.load(trained.root / kept["path"], map_location="cpu", weights_only=False)
    content["train_args"]["box"] = TOO_MUCH
    torch.save(content, folder.weights / "resume.pt")
    run_here(folder)
    said = outcome(folder)
    assert said["state"] == "failed"
    for part in ("NaN or infinite in epoch 2", "until it gave up", "the last good one is of epoch 1"):
        assert part in said["reason"]
    events = events_of(folder)
    assert checkpoints(events) == []
    attempts = [line for line in lines(events) if "redoes the epoch" in line]
    assert [line[-15:] for line in attempts] == [f"(attempt {n} of 3)"[-15:] for n in (1, 2, 3)]
    assert [e for e in events if e["type"] in ("metrics", "validation")] == []


def test_a_training_that_does_not_fit_into_memory_says_so_with_its_sizes(
    bench: Any, tmp_path: Path, events_of: Events
) -> None:
    folder = bench.job(tmp_path / "job", params={"imgsz": 640, "batch": 16})
    code = f"""
import resource, torch, ultralytics, ultralytics.models.yolo, polars
from pathlib import Path
from snellen.sdk.runner import run_folder
used = int(next(line for line in open("/proc/self/status") if line.startswith("VmSize")).split()[1]) * 1024
resource.setrlimit(resource.RLIMIT_AS, (used + 600_000_000, resource.RLIM_INFINITY))
run_folder(Path({str(folder.root)!r}))
"""
    # Each thread would reserve addresses of its own.
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS", "MALLOC_ARENA_MAX"), "1")
    subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, **one}, capture_output=True, check=False
    )
    said = outcome(folder)
    assert said["state"] == "failed"
    for part in ("no memory: cpu has no room for batch=16 at imgsz=640", "smaller batch or imgsz"):
        assert part in said["reason"]


def allocation() -> BaseException:
    """What PyTorch raises for more memory than there is."""
    with pytest.raises(RuntimeError) as raised:
        torch.empty(2**50)
    return raised.value


def array() -> BaseException:
    with pytest.raises(MemoryError) as raised:
        np.empty(2**50)
    return raised.value


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (allocation, ["cuda:0 has no room for batch=16 at imgsz=640", "half the batch was tried 3 times"]),
        (array, ["batch=16 at imgsz=640", "Unable to allocate"]),
        (lambda: torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), ["Tried to allocate 2.00"]),
        (lambda: RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`"), ["no memory"]),
        (
            lambda: RuntimeError("DataLoader worker (pid 7) is killed by signal: Bus error. It is possible that …"),
            ["loads images was killed", "shared memory", "fewer workers"],
        ),
        (lambda: RuntimeError("Training failed: NaN persisted for 4 epochs"), ["in epoch 3", "is of epoch 2"]),
    ],
)
def test_errors_of_the_framework_are_told_with_what_to_do(error: Callable[[], BaseException], said: list[str]) -> None:
    found = explained(error(), AT)
    assert found is not None
    assert [part for part in said if part not in found.detail] == []


@pytest.mark.parametrize("error", [ValueError("classes"), OutOfMemory("no memory: as said before")])
def test_other_errors_stay_as_they_are(error: Exception) -> None:
    assert explained(error, AT) is None


def test_a_batch_that_the_framework_halves_is_told(bench: Any, events_of: Events, tmp_path: Path) -> None:
    class Halved:
        epoch, batch_size, nan_recovery_attempts = 0, 8, 0

    folder = bench.job(tmp_path / "job")
    hooks = Hooks(JobContext(folder), rank=0)
    hooks._batch_size = 16
    hooks.epoch_begins(Halved)
    hooks.epoch_begins(Halved)
    (said,) = lines(events_of(folder))
    assert "no memory for batch=16: the framework goes on with batch=8" in said


def test_a_pose_job_on_a_dataset_without_keypoints_is_refused(bench: Any, run_here: RunHere, tmp_path: Path) -> None:
    folder = bench.job(tmp_path / "job", task="pose", model="yolo11n-pose.yaml")
    run_here(folder)
    assert "the dataset has no keypoints" in outcome(folder)["reason"]


def test_several_gpus_need_a_batch_for_each_and_cloudpickle(bench: Any, tmp_path: Path, monkeypatch: Any) -> None:
    spec = bench.job(tmp_path / "a", params={"device": "0,1", "batch": 8}).spec()
    check_several(spec)
    for batch in (-1, 0.5, 1):
        with pytest.raises(InvalidInput, match=rf"batch: got {batch}; on 2 GPUs.*from 2 on"):
            check_several(bench.job(tmp_path / f"b{batch}", params={"device": "0,1", "batch": batch}).spec())
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match=r"pip install 'cloudpickle"):
        check_several(spec)


def test_gpus_that_a_job_does_not_have_are_refused(bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def job(**fields: Any) -> Any:
        return bench.job(tmp_path / f"job{len(list(tmp_path.iterdir()))}", **fields).spec()

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    for params in ({}, {"device": None}, {"device": "cpu"}, {"device": -1}, {"device": "cuda:0"}, {"device": 0}):
        check_gpus(job(params=params, resources={"gpus": 1}))
    with pytest.raises(InvalidInput, match=r"gpus: got 2; PyTorch .* sees 1 on this machine; ask for 1"):
        check_gpus(job(resources={"gpus": 2}))
    with pytest.raises(InvalidInput, match=r"device: got 0,1; of GPUs this job has 1, .* sees 1; ask for as many"):
        check_gpus(job(params={"device": "0,1"}, resources={"gpus": 1}))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    check_gpus(job(params={"device": "3"}, resources={"gpus": 1}))
    monkeypatch.setattr("ultralytics.__version__", "8.4.86")
    with pytest.raises(InvalidInput, match=r"given the GPUs 3 .*8\.4\.86 would train on the first .* install 8\.4\.87"):
        check_gpus(job(resources={"gpus": 1}))
    check_gpus(job())
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    check_gpus(job(resources={"gpus": 1}))

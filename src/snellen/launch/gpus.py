"""The GPUs of this machine, as its driver tells."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess

QUERY = "index,utilization.gpu,memory.used,memory.total,temperature.gpu"


@functools.cache
def visible_gpus() -> tuple[str, ...]:
    """Their UUIDs; none where there is no driver. Of those only what ``CUDA_VISIBLE_DEVICES`` leaves."""
    found = tuple(line.strip() for line in _ask("--query-gpu=uuid") if line.strip())
    left = os.environ.get("CUDA_VISIBLE_DEVICES")
    if left is None:
        return found
    by_name = {**{str(index): name for index, name in enumerate(found)}, **{name: name for name in found}}
    return tuple(by_name[part.strip()] for part in left.split(",") if part.strip() in by_name)


def sample_gpus() -> dict[str, float]:
    """``system/gpu0_percent``, ``…_memory_gb``, ``…_memory_percent``, ``…_celsius`` of each GPU."""
    if not visible_gpus():
        return {}
    values: dict[str, float] = {}
    for line in _ask(f"--query-gpu={QUERY}"):
        try:
            index, busy, used, total, celsius = (float(part) for part in line.split(","))
        except ValueError:
            continue
        name = f"system/gpu{int(index)}"
        values[f"{name}_percent"] = busy
        values[f"{name}_memory_gb"] = used / 1024
        values[f"{name}_memory_percent"] = 100 * used / max(total, 1.0)
        values[f"{name}_celsius"] = celsius
    return values


def _ask(query: str) -> list[str]:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    try:
        answer = subprocess.run(
            [tool, query, "--format=csv,noheader,nounits"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return answer.stdout.splitlines() if answer.returncode == 0 else []

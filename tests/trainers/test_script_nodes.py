"""The example of a script on several nodes: two of them on loopback learn together and are stopped together."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.journals import curve, outcome
from tests.ports import free_port

from snellen.contract.folder import JobFolder
from snellen.contract.spec import JobSpec
from snellen.contract.tasks import Task, default_primary

SCRIPT = Path(__file__).parents[2] / "examples" / "several_nodes" / "train.py"


@pytest.mark.train
def test_two_nodes_learn_together_and_leave_together(tmp_path: Path) -> None:
    port = free_port()
    folders, processes = [JobFolder(tmp_path / "first"), JobFolder(tmp_path / "second")], []
    for node, folder in enumerate(folders):
        primary, params = default_primary(Task.DETECTION), {"command": ["python", str(SCRIPT)]}
        folder.create(JobSpec(1, 1, "line", "script", Task.DETECTION, "line", 100_000, primary, params=params))
        if node == 0:
            folder.stop_file.touch()
        nodes = {"SNELLEN_NODES": "2", "SNELLEN_NODE_RANK": str(node), "GLOO_SOCKET_IFNAME": "lo"}
        place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "snellen.sdk", str(folder.root)]
        with folder.log.open("ab") as log:
            processes.append(subprocess.Popen(command, env=os.environ | nodes | place, stdout=log, stderr=log))
    assert [process.wait(200) for process in processes] == [0, 0], folders[0].log.read_text()
    assert [outcome(folder)["state"] for folder in folders] == ["stopped", "completed"]
    assert list(curve(folders[0], "train/loss")) == [1]
    assert not folders[1].events.exists()

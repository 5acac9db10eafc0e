"""Our trainers keep the promises that a third party's must: the suite is the same, and so are its subclasses."""

from __future__ import annotations

import pytest

from snellen.contract.tasks import Task
from snellen.sdk.testing import TrainerSuite


class TestScript(TrainerSuite):
    trainer = "script"


@pytest.mark.train
class TestTimm(TrainerSuite):
    trainer = "timm"


@pytest.mark.train
class TestUltralytics(TrainerSuite):
    trainer = "ultralytics"
    # The trainings of the other tasks are in test_ultralytics_tasks.py.
    tasks = (Task.DETECTION,)

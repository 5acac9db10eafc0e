"""Runs a trainer as a supervisor would and says which promises of the job folder it keeps.

:class:`Conformance` holds the trainings, :data:`CHECKS` are what is looked at; ``snellen trainers check`` and
:class:`snellen.sdk.testing.TrainerSuite` share both.
"""

from snellen.sdk.conformance.checks import CHECKS, Check
from snellen.sdk.conformance.conformance import Conformance, Finding
from snellen.sdk.conformance.failures import NotChecked, NotConforming

__all__ = ["CHECKS", "Check", "Conformance", "Finding", "NotChecked", "NotConforming"]

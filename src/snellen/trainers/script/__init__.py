"""A program of the user's, in any language, that reads and writes the job folder."""

from __future__ import annotations

from snellen.trainers.script.trainer import ScriptTrainer

__all__ = ["ScriptTrainer"]

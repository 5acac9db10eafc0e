"""Browser tests that have not yet passed on a quiet machine: they run where somebody asks for them."""

from __future__ import annotations

import os

import pytest

#: Issue 7 is open: what these find is still to be mended. ``SNELLEN_UNPROVEN=1`` runs them.
unproven = pytest.mark.skipif(
    os.environ.get("SNELLEN_UNPROVEN") != "1", reason="not yet passed: SNELLEN_UNPROVEN=1 runs it"
)

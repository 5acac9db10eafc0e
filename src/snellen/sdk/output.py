"""Standard output and error that a full disk doesn't turn into an exception in the middle of a training."""

from __future__ import annotations

import io
import sys
from typing import Any

from snellen.contract.disk import is_full


class Forgiving(io.FileIO):
    """A descriptor into which writing never fails for want of room; what has no room is lost."""

    def write(self, data: Any) -> int:
        """All bytes, or those for which there is room; says that it was all."""
        rest = memoryview(data).cast("B")
        size = rest.nbytes
        try:
            while rest:
                rest = rest[super().write(rest) or 0 :]
        except OSError as error:
            if not is_full(error):
                raise
        return size


def forgive_full_disks() -> None:
    """Put such ones in place of ``sys.stdout`` and ``sys.stderr``."""
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        raw: Any = Forgiving(descriptor, "wb", closefd=False)
        text = io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", write_through=True)
        setattr(sys, name, text)

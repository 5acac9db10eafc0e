"""What is wrong with a dataset, and where."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from snellen.errors import DatasetInvalid

ERROR, WARNING = "error", "warning"
#: So many of each severity are kept; the rest is counted, so that a hopeless dataset doesn't fill the memory.
KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a dataset, and where: a file relative to the dataset, a line from 1."""

    severity: str
    code: str
    message: str
    file: str | None = None
    line: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return dataclasses.asdict(self)


class Problems:
    """Collects problems: counts all of them, by code, and keeps the first of each severity."""

    def __init__(self) -> None:
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []
        self.counts: Counter[str] = Counter()
        self.error_count = 0

    def error(self, code: str, message: str, file: str | None = None, line: int | None = None) -> None:
        """A reason to refuse the dataset."""
        self.add(Problem(ERROR, code, message, file, line))

    def warning(self, code: str, message: str, file: str | None = None, line: int | None = None) -> None:
        """Odd, but no reason to refuse."""
        self.add(Problem(WARNING, code, message, file, line))

    def add(self, problem: Problem) -> None:
        """Count a problem, and keep it if it is among the first."""
        self.counts[problem.code] += 1
        self.error_count += problem.severity == ERROR
        kept = self.errors if problem.severity == ERROR else self.warnings
        if len(kept) < KEPT:
            file = None if problem.file is None else _whole(problem.file)
            kept.append(dataclasses.replace(problem, message=_whole(problem.message), file=file))

    def extend(self, problems: Iterable[Problem]) -> None:
        """Add several."""
        for problem in problems:
            self.add(problem)

    def refuse(self, headline: str | None = None) -> None:
        """Raise :class:`~snellen.errors.DatasetInvalid` with the errors and their count, if there are any."""
        if not self.errors:
            return
        first = self.errors[0]
        place = f"{first.file}:{first.line}" if first.line else first.file or "the dataset"
        text = headline or f"{place}: {first.message}"
        count = f" ({self.error_count:,} errors in all)" if self.error_count > 1 else ""
        raise DatasetInvalid(text + count, problems=[problem.as_dict() for problem in self.errors])


def _whole(text: str) -> str:
    """Without the halves of characters that names of files in other encodings bring."""
    return text.encode("utf-8", errors="replace").decode()

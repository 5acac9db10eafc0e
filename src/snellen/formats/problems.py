"""What is wrong with a dataset, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from snellen.errors import DatasetInvalid
from snellen.formats.problem_codes import CODES

if TYPE_CHECKING:
    import polars as pl

ERROR, WARNING = "error", "warning"
#: So many of each severity are kept; the rest is counted, so that a hopeless dataset doesn't fill the memory.
KEPT = 10_000
KEPT_WARNINGS = 200_000


class Problem(NamedTuple):
    """Something wrong with a dataset, and where: a file relative to the dataset, a line from 1.

    ``image`` is the path of the image that it concerns, where that isn't ``file`` itself.
    """

    severity: str
    code: str
    message: str
    file: str | None = None
    line: int | None = None
    image: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return dict(zip(self._fields[:5], self[:5], strict=True))


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
        """Count a problem, and keep it if it is among the first. Its code is one of :data:`CODES`."""
        if problem.code not in CODES:
            raise KeyError(problem.code)
        self.counts[problem.code] += 1
        self.error_count += problem.severity == ERROR
        kept, most = (self.errors, KEPT) if problem.severity == ERROR else (self.warnings, KEPT_WARNINGS)
        if len(kept) < most:
            file, image = (None if name is None else _whole(name) for name in (problem.file, problem.image))
            kept.append(problem._replace(message=_whole(problem.message), file=file, image=image))

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
        problems = [problem.as_dict() for problem in self.errors]
        raise DatasetInvalid(text + count, problems=problems, problem_count=self.error_count)


def problem_frame(problems: list[Problem], image_ids: Mapping[str, int]) -> pl.DataFrame:
    """``problems.parquet``: ``severity, code, message, file, line, image_id``; the ids are those of the snapshot."""
    import polars as pl

    schema = {"severity": pl.String, "code": pl.String, "message": pl.String, "file": pl.String, "line": pl.Int64}
    columns = {name: [getattr(problem, name) for problem in problems] for name in schema}
    ids = [image_ids.get(problem.image or problem.file or "") for problem in problems]
    return pl.DataFrame({**columns, "image_id": ids}, schema={**schema, "image_id": pl.Int64})


def _whole(text: str) -> str:
    """Without the halves of characters that names of files in other encodings bring."""
    return text.encode("utf-8", errors="replace").decode()

"""The command line. Commands are thin; what they need is imported when they run."""

from __future__ import annotations


def main() -> None:
    """Entry point of ``snellen``: errors of ours are one clear line and exit status 1, not a traceback."""
    import sys

    from snellen.cli.app import app
    from snellen.errors import SnellenError

    try:
        app()
    except SnellenError as error:
        sys.stderr.write(f"snellen: {error.detail}\n")
        for problem in error.problems[:100]:
            where = ":".join(str(problem[k]) for k in ("file", "line") if problem.get(k) is not None)
            sys.stderr.write(f"  {where + ': ' if where else ''}{problem.get('message')}\n")
        count = getattr(error, "problem_count", 0)
        if count > min(100, len(error.problems)):
            sys.stderr.write(f"  … {count:,} in all\n")
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(0)

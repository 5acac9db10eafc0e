"""Tables as files that any database can be filled from: gzip of JSON, a row a line, JSON columns as their text."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, Text, func, insert, select, text, type_coerce

from snellen.server.db import Json

BATCH = 2000
#: Of no use elsewhere or later: files on their way in, open sessions, who does what at the moment.
LEFT_OUT = frozenset(
    {
        "alembic_version", "uploads", "sessions", "login_failures", "login_codes", "sent_to_provider", "leases",
        "servers", "store_marks",
    }
)  # fmt: skip


def dump(connection: Connection, table: Table, path: Path) -> int:
    """Write the rows of a table in the order of its key; returns how many."""
    columns = [type_coerce(c, Text()).label(c.name) if isinstance(c.type, Json) else c for c in table.columns]
    query = select(*columns).order_by(*table.primary_key.columns)
    rows = connection.execution_options(stream_results=True, yield_per=BATCH).execute(query)
    count = 0
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=4) as file:
        for row in rows:
            file.write(json.dumps(list(row), ensure_ascii=False, allow_nan=False) + "\n")
            count += 1
    return count


def fill(connection: Connection, table: Table, columns: tuple[str, ...], path: Path) -> None:
    """Insert the rows of a file into a table that was read from the database (so that JSON is text)."""
    statement = insert(table)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = (dict(zip(columns, json.loads(line), strict=True)) for line in lines)
        for batch in _batches(rows):
            connection.execute(statement, batch)


def go_on_counting(connection: Connection, table: Table) -> None:
    """PostgreSQL doesn't notice numbers that were given: the next row would get one that is taken."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key.columns:
        sequence = connection.scalar(
            text("SELECT pg_get_serial_sequence(:t, :c)"), {"t": f'"{table.name}"', "c": column.name}
        )
        highest = connection.scalar(select(func.max(column))) if sequence else None
        if highest is not None:
            connection.execute(text("SELECT setval(:s, :n)"), {"s": sequence, "n": highest})


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(rows, BATCH)):
        yield batch

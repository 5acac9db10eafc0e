"""Leases, the servers of this database, and the stores that belong to it."""

from __future__ import annotations

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from snellen.server.db import Base


class Lease(Base):
    """Whose turn a piece of work is. ``token`` grows with each new holder, so that an earlier one is told apart."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(300), primary_key=True)
    holder: Mapped[str] = mapped_column(String(32))
    token: Mapped[int] = mapped_column(BigInteger)
    #: Unix milliseconds of the database's clock.
    expires_at: Mapped[int] = mapped_column(BigInteger)


class Server(Base):
    """A server of this database: one for each data directory."""

    __tablename__ = "servers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    machine: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(Text)
    data_dir: Mapped[str] = mapped_column(Text)
    started_at: Mapped[int] = mapped_column(BigInteger)
    #: When it was there last, by the database's clock.
    seen_at: Mapped[int] = mapped_column(BigInteger)


class StoreMark(Base):
    """The random id in the marker object of a store that this database was used with."""

    __tablename__ = "store_marks"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    mark: Mapped[str] = mapped_column(String(32))
    #: Where the store was when it was marked, for people.
    url: Mapped[str] = mapped_column(Text)

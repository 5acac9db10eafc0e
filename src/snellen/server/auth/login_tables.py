"""What a login needs: failures that were counted, codes that are good once, what went out to a provider."""

from __future__ import annotations

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from snellen.server.db import Base


class LoginFailures(Base):
    """Logins in a row that went wrong for an account, an address, or one from the other."""

    __tablename__ = "login_failures"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    count: Mapped[int]
    last_at: Mapped[int] = mapped_column(BigInteger, index=True)
    blocked_until: Mapped[int] = mapped_column(BigInteger)

"""Single sign-on: who was sent to the provider, and whom it has named."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from snellen.server.db import Base


class SentToProvider(Base):
    """A browser that was sent to the provider of the single sign-on and is expected back."""

    __tablename__ = "sent_to_provider"

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: Of the cookie that the browser got: another one can't come back in its place.
    browser_hash: Mapped[str] = mapped_column(String(64))
    nonce: Mapped[str] = mapped_column(String(100))
    verifier: Mapped[str] = mapped_column(String(100))
    #: Where it wanted to go.
    target: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)


class ProviderIdentity(Base):
    """Whom a provider names by issuer and subject is this user: the one thing by which it is known."""

    __tablename__ = "provider_identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    issuer: Mapped[str] = mapped_column(String(300))
    subject: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[int] = mapped_column(BigInteger)

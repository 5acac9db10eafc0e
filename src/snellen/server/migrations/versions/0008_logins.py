"""logins"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _sessions()
    op.create_table(
        "login_failures",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("blocked_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_failures")),
    )
    op.create_index(op.f("ix_login_failures_last_at"), "login_failures", ["last_at"])
    op.create_table(
        "login_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["token_id"], ["api_tokens.id"], name=op.f("fk_login_codes_token_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_login_codes_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_login_codes_code_hash")),
    )
    for column in ("token_id", "user_id", "expires_at"):
        op.create_index(op.f(f"ix_login_codes_{column}"), "login_codes", [column])
    op.create_table(
        "sent_to_provider",
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=100), nullable=False),
        sa.Column("verifier", sa.String(length=100), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_sent_to_provider")),
    )
    op.create_index(op.f("ix_sent_to_provider_expires_at"), "sent_to_provider", ["expires_at"])
    op.create_table(
        "provider_identities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_provider_identities_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_provider_identities_issuer_subject")),
    )
    op.create_index(op.f("ix_provider_identities_user_id"), "provider_identities", ["user_id"])
    _audit_log()


def _sessions() -> None:
    # Who was logged in stays so: all earlier sessions belong to tokens.
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.alter_column("token_id", existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column("user_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("seen_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("opened_by", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("address", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("agent", sa.String(length=200), nullable=True))
        batch_op.create_foreign_key(op.f("fk_sessions_user_id"), "users", ["user_id"], ["id"], ondelete="CASCADE")
        batch_op.create_index(op.f("ix_sessions_user_id"), ["user_id"])
    op.execute("UPDATE sessions SET seen_at = created_at, opened_by = 'token'")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.alter_column("seen_at", existing_type=sa.BigInteger(), nullable=False)
        batch_op.alter_column("opened_by", existing_type=sa.String(length=20), nullable=False)


def _audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("via", sa.String(length=20), nullable=False),
        sa.Column("via_name", sa.String(length=200), nullable=True),
        sa.Column("action", sa.String(length=100), nullable=False),
        sa.Column("target", sa.String(length=300), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=100), nullable=True),
        sa.Column("request_id", sa.String(length=100), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index("ix_audit_log_project_id_id", "audit_log", ["project_id", "id"])
    for column in ("at", "user_id", "action"):
        op.create_index(op.f(f"ix_audit_log_{column}"), "audit_log", [column])


def downgrade() -> None:
    for table in ("audit_log", "provider_identities", "sent_to_provider", "login_codes", "login_failures"):
        op.drop_table(table)
    op.execute("DELETE FROM sessions WHERE token_id IS NULL")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_sessions_user_id"))
        batch_op.drop_constraint(op.f("fk_sessions_user_id"), type_="foreignkey")
        for name in ("user_id", "seen_at", "opened_by", "address", "agent"):
            batch_op.drop_column(name)
        batch_op.alter_column("token_id", existing_type=sa.Integer(), nullable=False)

"""people"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("name", name=op.f("uq_users_name")),
    )
    op.create_table(
        "memberships",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("run_code", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_memberships_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "project_id", name=op.f("pk_memberships")),
    )
    op.create_index(op.f("ix_memberships_project_id"), "memberships", ["project_id"])
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.add_column(sa.Column("user_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("prefix", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("scopes", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("project_ids", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("expires_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("last_used_at", sa.BigInteger(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_api_tokens_user_id"), "users", ["user_id"], ["id"], ondelete="CASCADE")
        batch_op.create_index(op.f("ix_api_tokens_user_id"), ["user_id"])
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        # What earlier jobs ran is not known: their checkpoints are taken for code.
        batch_op.add_column(sa.Column("runs_code", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("created_by", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_jobs_created_by"), "users", ["created_by"], ["id"])
    op.execute(
        "INSERT INTO projects (name, created_at) SELECT 'default', 0 WHERE NOT EXISTS (SELECT 1 FROM projects) "
        "AND EXISTS (SELECT 1 FROM imports)"
    )
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.add_column(sa.Column("project_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("created_by", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_imports_created_by"), "users", ["created_by"], ["id"])
    op.execute(
        "UPDATE imports SET project_id = coalesce((SELECT project_id FROM datasets WHERE datasets.id = dataset_id), "
        "(SELECT min(id) FROM projects))"
    )
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.alter_column("project_id", existing_type=sa.Integer(), nullable=False)
        batch_op.create_foreign_key(
            op.f("fk_imports_project_id"), "projects", ["project_id"], ["id"], ondelete="CASCADE"
        )
        batch_op.create_index(op.f("ix_imports_project_id"), ["project_id"])


def downgrade() -> None:
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_imports_project_id"))
        batch_op.drop_constraint(op.f("fk_imports_project_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_imports_created_by"), type_="foreignkey")
        batch_op.drop_column("created_by")
        batch_op.drop_column("project_id")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_jobs_created_by"), type_="foreignkey")
        batch_op.drop_column("created_by")
        batch_op.drop_column("runs_code")
    # A token that belonged to a user, was limited or ended would open everything.
    op.execute("DELETE FROM sessions WHERE token_id IN (SELECT id FROM api_tokens WHERE prefix IS NOT NULL)")
    op.execute("DELETE FROM api_tokens WHERE prefix IS NOT NULL")
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_api_tokens_user_id"))
        batch_op.drop_constraint(op.f("fk_api_tokens_user_id"), type_="foreignkey")
        for name in ("user_id", "prefix", "scopes", "project_ids", "expires_at", "last_used_at"):
            batch_op.drop_column(name)
    op.drop_table("memberships")
    op.drop_table("users")

"""sweeps: searches whose trials are jobs"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sweeps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("space", sa.Text(), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("trials", sa.Integer(), nullable=False),
        sa.Column("parallel", sa.Integer(), nullable=True),
        sa.Column("early_stopping", sa.Text(), nullable=True),
        sa.Column("judged", sa.Text(), nullable=False),
        sa.Column("primary_name", sa.String(length=300), nullable=False),
        sa.Column("primary_direction", sa.String(length=3), nullable=False),
        sa.Column("primary_source", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_sweeps_project_id")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_sweeps_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweeps")),
        sa.UniqueConstraint("client_id", name=op.f("uq_sweeps_client_id")),
    )
    op.create_index(op.f("ix_sweeps_project_id"), "sweeps", ["project_id"])
    op.create_index(op.f("ix_sweeps_state"), "sweeps", ["state"])
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stop_reason", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("sweep_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("trial", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_jobs_sweep_id"), "sweeps", ["sweep_id"], ["id"])
        batch_op.create_index("ix_jobs_sweep_id_trial", ["sweep_id", "trial"], unique=True)


def downgrade() -> None:
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index("ix_jobs_sweep_id_trial")
        batch_op.drop_constraint(op.f("fk_jobs_sweep_id"), type_="foreignkey")
        batch_op.drop_column("trial")
        batch_op.drop_column("sweep_id")
        batch_op.drop_column("stop_reason")
    op.drop_table("sweeps")

"""launchers: what a waiting job waits for, restarts by themselves, codes with which supervisors far away enrol"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("waits_for", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("restarts", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("restarted", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("enrolment", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_column("enrolment")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_column("restarted")
        batch_op.drop_column("restarts")
        batch_op.drop_column("waits_for")

"""going on with a job, beginning with the weights of another"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stop_now", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("initial", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("training_from", sa.Float(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_column("training_from")
        batch_op.drop_column("initial")
        batch_op.drop_column("stop_now")

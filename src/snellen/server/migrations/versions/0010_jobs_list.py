"""the list of jobs: tags, small curves, and what it is sorted by"""

import json

import sqlalchemy as sa
from alembic import op

from snellen.server.jobs.history import thin_history

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_jobs_name_id": ["name", "id"],
    "ix_jobs_epochs_id": ["epochs", "id"],
    "ix_jobs_best": ["primary_name", "primary_source", "best_rank", "id"],
    "ix_jobs_kinds": ["project_id", "trainer", "task", "dataset_id", "state"],
    "ix_jobs_dataset_id": ["dataset_id"],
}


def upgrade() -> None:
    op.create_table(
        "job_tags",
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(length=50), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_tags_job_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_job_tags_project_id")),
        sa.PrimaryKeyConstraint("job_id", "tag", name=op.f("pk_job_tags")),
    )
    op.create_index("ix_job_tags_project_id_tag", "job_tags", ["project_id", "tag"])
    op.create_index("ix_job_tags_tag", "job_tags", ["tag"])
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("best_rank", sa.Float(), nullable=False, server_default="-1e308"))
        batch_op.add_column(sa.Column("history", sa.Text(), nullable=False, server_default="[]"))
    op.execute(
        "UPDATE jobs SET best_rank = CASE WHEN primary_direction = 'max' THEN best_value ELSE -best_value END "
        "WHERE best_value IS NOT NULL"
    )
    _fill_histories()
    for name, columns in INDEXES.items():
        op.create_index(name, "jobs", columns)


def _fill_histories() -> None:
    connection = op.get_bind()
    results = sa.text(
        "SELECT job_id, epoch, primary_metric_value FROM validation_results "
        "WHERE primary_metric_kind = 'finite' AND primary_metric_value IS NOT NULL ORDER BY job_id, epoch"
    )
    points: dict[int, list[tuple[int, float]]] = {}
    for job_id, epoch, value in connection.execute(results):
        points.setdefault(job_id, []).append((epoch, value))
    change = sa.text("UPDATE jobs SET history = :history WHERE id = :id")
    for job_id, known in points.items():
        connection.execute(change, {"id": job_id, "history": json.dumps(thin_history(known))})


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, table_name="jobs")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_column("history")
        batch_op.drop_column("best_rank")
    op.drop_table("job_tags")

"""Jobs: each run of one is recorded, and when the service ran at all.

Revision 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

NOW = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables of the service's own life."""
    op.create_table(
        "job_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("due_at", NOW, nullable=False),
        sa.Column("started_at", NOW, nullable=False),
        sa.Column("ended_at", NOW, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job_run"),
    )
    op.create_index("ix_job_run_job_due_at", "job_run", ["job", "due_at"])
    op.create_index("ix_job_run_started_at", "job_run", ["started_at"])
    op.create_table(
        "uptime",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("started_at", NOW, nullable=False),
        sa.Column("seen_at", NOW, nullable=False),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_uptime"),
    )
    op.create_index("ix_uptime_seen_at", "uptime", ["seen_at"])


def downgrade() -> None:
    """Take all of it away."""
    for table in ("uptime", "job_run"):
        op.drop_table(table)

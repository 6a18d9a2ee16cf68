"""The health of sources, and what a Run knows of its listings.

Revision 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

RUN_COLUMNS = ("problems", "retry_after_s", "listings_read", "listings_unchanged")


def upgrade() -> None:
    """Add to what there is; Runs of before get no problems and zero counts."""
    # A default in the database itself: the rows that are there need one.
    op.add_column("run", sa.Column("problems", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("run", sa.Column("retry_after_s", sa.Float(), nullable=True))
    op.add_column("run", sa.Column("listings_read", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("run", sa.Column("listings_unchanged", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_entry_source_listed_at", "entry", ["source", "listed_at"], unique=False)
    op.create_index("ix_snapshot_source_fetched_at", "snapshot", ["source", "fetched_at"], unique=False)
    _make_source_health()
    _make_health_event()


def downgrade() -> None:
    """Back to 0001: the health is judged anew from what stays."""
    op.drop_table("health_event")
    op.drop_table("source_health")
    op.drop_index("ix_snapshot_source_fetched_at", "snapshot")
    op.drop_index("ix_entry_source_listed_at", "entry")
    for column in reversed(RUN_COLUMNS):
        op.drop_column("run", column)


def _make_source_health() -> None:
    op.create_table(
        "source_health",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_bad", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["source.id"], name="fk_source_health_source"),
        sa.PrimaryKeyConstraint("source", name="pk_source_health"),
    )


def _make_health_event() -> None:
    op.create_table(
        "health_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["source.id"], name="fk_health_event_source"),
        sa.PrimaryKeyConstraint("id", name="pk_health_event"),
    )
    op.create_index("ix_health_event_at", "health_event", ["at"], unique=False)
    op.create_index("ix_health_event_source_at", "health_event", ["source", "at"], unique=False)

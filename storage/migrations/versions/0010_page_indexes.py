"""Indexes for pages whose cost would grow with the store.

Revision 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_REJECTED = sa.text("rejection_reason IS NOT NULL")
_FLAGGED = sa.text("grade > 0")


def upgrade() -> None:
    """Make them."""
    op.create_index("ix_run_source_id", "run", ["source", "id"])
    op.create_index("ix_run_source_outcome_ended_at", "run", ["source", "outcome", "ended_at"])
    op.create_index(
        "ix_extraction_rejected",
        "extraction",
        ["extracted_at", "snapshot_id"],
        sqlite_where=_REJECTED,
        postgresql_where=_REJECTED,
    )
    op.create_index(
        "ix_flag_flagged",
        "flag",
        ["topic", "judged_at", "revision_id", "grade"],
        sqlite_where=_FLAGGED,
        postgresql_where=_FLAGGED,
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_flag_flagged", "flag")
    op.drop_index("ix_extraction_rejected", "extraction")
    op.drop_index("ix_run_source_outcome_ended_at", "run")
    op.drop_index("ix_run_source_id", "run")

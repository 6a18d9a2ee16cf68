"""The index of Entries by Source and Fate says when each is tried again: missing pages are, most never come.

Revision 0011.
"""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Widen it."""
    op.create_index("ix_entry_source_fate_next_try_at", "entry", ["source", "fate", "next_try_at"])
    op.drop_index("ix_entry_source_fate", "entry")


def downgrade() -> None:
    """Narrow it."""
    op.create_index("ix_entry_source_fate", "entry", ["source", "fate"])
    op.drop_index("ix_entry_source_fate_next_try_at", "entry")

"""Second looks at fetched pages, and articles whose page is gone.

Revision 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make second_look; add article.vanished_at."""
    op.create_table(
        "second_look",
        sa.Column("entry_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_second_look_entry_id"),
        sa.ForeignKeyConstraint(["source"], ["source.id"], name="fk_second_look_source"),
        sa.PrimaryKeyConstraint("entry_id", name="pk_second_look"),
    )
    op.create_index("ix_second_look_source_due_at", "second_look", ["source", "due_at"])
    op.add_column("article", sa.Column("vanished_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take both away."""
    op.drop_column("article", "vanished_at")
    op.drop_table("second_look")

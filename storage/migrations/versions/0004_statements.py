"""What a flagged text states: quantities, Party documents, places and enterprises.

Revision 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TABLES = ("quantity", "document_mention", "place_mention", "enterprise_mention")


def upgrade() -> None:
    """Make a table for each kind of statement, and the indexes that later questions need."""
    _make(
        "quantity",
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("place_today", sa.Text(), nullable=True),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
    )
    _make(
        "document_mention",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("dated", sa.Date(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
    )
    _make(
        "place_mention",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("today", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
    )
    _make(
        "enterprise_mention",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
    )
    op.create_index("ix_quantity_indicator_place_today", "quantity", ["indicator", "place_today"])
    op.create_index("ix_document_mention_key", "document_mention", ["key"])
    op.create_index("ix_place_mention_today", "place_mention", ["today"])
    op.create_index("ix_enterprise_mention_key", "enterprise_mention", ["key"])
    op.create_index("ix_enterprise_mention_place", "enterprise_mention", ["place"])


def downgrade() -> None:
    """Take them away."""
    for name in TABLES:
        op.drop_table(name)


def _make(name: str, *columns: sa.Column[object]) -> None:
    """The table ``name``: which Revision states it, where in its text, and ``columns``."""
    op.create_table(
        name,
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        *columns,
        sa.Column("exact", sa.Text(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=f"fk_{name}_revision_id"),
        sa.PrimaryKeyConstraint("revision_id", "position", name=f"pk_{name}"),
    )

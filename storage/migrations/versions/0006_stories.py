"""Stories: which articles tell one event, why, and what a person decided about it.

Revision 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

NOW = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables of stories; a digest remembers which Revision of an Article it showed."""
    op.create_table(
        "story",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("made_at", NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_story"),
    )
    op.create_table(
        "story_article",
        sa.Column("article_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("source_article_id", sa.Integer(), nullable=True),
        sa.Column("delay_s", sa.Float(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("joined_at", NOW, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_story_article_article_id"),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name="fk_story_article_story_id"),
        sa.PrimaryKeyConstraint("article_id", name="pk_story_article"),
    )
    op.create_index("ix_story_article_story_id", "story_article", ["story_id"])
    op.create_table(
        "fingerprint",
        sa.Column("article_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_fingerprint_article_id"),
        sa.PrimaryKeyConstraint("article_id", name="pk_fingerprint"),
    )
    op.create_table(
        "story_key",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("article_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_story_key_article_id"),
        sa.PrimaryKeyConstraint("key", "article_id", name="pk_story_key"),
    )
    op.create_table(
        "story_decision",
        sa.Column("first_article_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("second_article_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("is_together", sa.Boolean(), nullable=False),
        sa.Column("decided_at", NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["first_article_id"], ["article.id"], name="fk_story_decision_first_article_id"
        ),
        sa.ForeignKeyConstraint(
            ["second_article_id"], ["article.id"], name="fk_story_decision_second_article_id"
        ),
        sa.PrimaryKeyConstraint("first_article_id", "second_article_id", name="pk_story_decision"),
    )
    op.add_column("digest_article", sa.Column("revision_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Take all of it away."""
    op.drop_column("digest_article", "revision_id")
    for table in ("story_decision", "story_key", "fingerprint", "story_article", "story"):
        op.drop_table(table)

"""The reviewer's desk: reviews, saved searches, people, and what the pages ask of the service.

Revision 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

NOW = sa.DateTime(timezone=True)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def upgrade() -> None:
    """Make the tables of the desk."""
    _make_reviews()
    _make_people()
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("owner"),
        _text("name"),
        _text("query"),
        sa.Column("made_at", NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_search"),
        sa.UniqueConstraint("owner", "name", name="uq_saved_search_owner_name"),
    )
    op.create_table(
        "source_choice",
        _text("source"),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        _text("chosen_by"),
        sa.Column("chosen_at", NOW, nullable=False),
        sa.ForeignKeyConstraint(["source"], ["source.id"], name="fk_source_choice_source"),
        sa.PrimaryKeyConstraint("source", name="pk_source_choice"),
    )
    op.create_table(
        "wish",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("kind"),
        _text("source"),
        _text("asked_by"),
        sa.Column("asked_at", NOW, nullable=False),
        sa.Column("taken_at", NOW, nullable=True),
        sa.Column("ended_at", NOW, nullable=True),
        _text("outcome", nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["source.id"], name="fk_wish_source"),
        sa.PrimaryKeyConstraint("id", name="pk_wish"),
    )
    op.create_index("ix_wish_taken_at", "wish", ["taken_at"])
    op.create_index("ix_wish_source_asked_at", "wish", ["source", "asked_at"])
    op.create_table(
        "planned_poll",
        _text("source"),
        sa.Column("at", NOW, nullable=False),
        _text("why"),
        sa.ForeignKeyConstraint(["source"], ["source.id"], name="fk_planned_poll_source"),
        sa.PrimaryKeyConstraint("source", name="pk_planned_poll"),
    )
    op.add_column("story", sa.Column("moved_article_id", sa.Integer(), nullable=True))
    op.create_index("ix_story_article_way", "story_article", ["way"])
    near_miss = sa.text("grade = 0 AND score > 0")
    op.create_index(
        "ix_flag_near_miss",
        "flag",
        ["topic", "score"],
        sqlite_where=near_miss,
        postgresql_where=near_miss,
    )


def _make_reviews() -> None:
    op.create_table(
        "review_action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", NOW, nullable=False),
        _text("reviewer"),
        sa.Column("undone_at", NOW, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_review_action"),
    )
    op.create_index("ix_review_action_at", "review_action", ["at"])
    op.create_table(
        "review",
        sa.Column("action_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("article_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        _text("verdict", nullable=True),
        _text("note", nullable=True),
        sa.Column("is_starred", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["action_id"], ["review_action.id"], name="fk_review_action_id"),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_review_article_id"),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name="fk_review_revision_id"),
        sa.PrimaryKeyConstraint("action_id", "article_id", name="pk_review"),
    )
    op.create_index("ix_review_article_id_action_id", "review", ["article_id", "action_id"])
    op.create_index("ix_review_revision_id", "review", ["revision_id"])


def _make_people() -> None:
    op.create_table(
        "person",
        _text("name"),
        _text("role"),
        _text("password_hash"),
        sa.Column("made_at", NOW, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_person"),
    )
    op.create_table(
        "sign_in",
        _text("token_sha256"),
        _text("person"),
        sa.Column("made_at", NOW, nullable=False),
        sa.Column("seen_at", NOW, nullable=False),
        sa.Column("expires_at", NOW, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.name"], name="fk_sign_in_person"),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_sign_in"),
    )
    op.create_index("ix_sign_in_person", "sign_in", ["person"])
    op.create_index("ix_sign_in_expires_at", "sign_in", ["expires_at"])
    op.create_table(
        "api_key",
        _text("key_sha256"),
        _text("person"),
        _text("name"),
        sa.Column("made_at", NOW, nullable=False),
        sa.Column("seen_at", NOW, nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.name"], name="fk_api_key_person"),
        sa.PrimaryKeyConstraint("key_sha256", name="pk_api_key"),
        sa.UniqueConstraint("person", "name", name="uq_api_key_person_name"),
    )


def downgrade() -> None:
    """Take all of it away."""
    op.drop_index("ix_flag_near_miss", table_name="flag")
    op.drop_index("ix_story_article_way", "story_article")
    op.drop_column("story", "moved_article_id")
    for table in (
        "planned_poll",
        "wish",
        "source_choice",
        "saved_search",
        "api_key",
        "sign_in",
        "person",
        "review",
        "review_action",
    ):
        op.drop_table(table)

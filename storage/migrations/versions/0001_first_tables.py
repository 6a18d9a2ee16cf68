"""The first tables and the search index.

Revision 0001. The search index is no table of the models: FTS5 on SQLite, two tsvectors under GIN on
PostgreSQL; both hold one row a Revision and two columns, see ``storage.search_index``.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TABLES = (
    "source",
    "run",
    "listing",
    "entry",
    "snapshot",
    "article",
    "revision",
    "extraction",
    "flag",
    "digest",
    "digest_article",
)


def upgrade() -> None:
    """Make the tables, those that others refer to first, then the search index."""
    for make in (
        _make_source,
        _make_run,
        _make_listing,
        _make_entry,
        _make_snapshot,
        _make_article,
        _make_revision,
        _make_extraction,
        _make_flag,
        _make_digest,
        _make_digest_article,
        _make_search_index,
    ):
        make()


def downgrade() -> None:
    """Drop everything."""
    op.execute("DROP TABLE revision_search")
    for name in reversed(TABLES):
        op.drop_table(name)


def _make_source() -> None:
    op.create_table(
        "source",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("home", sa.Text(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_source"),
    )


def _make_run() -> None:
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("received_bytes", sa.BigInteger(), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("fates", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["source.id"], name="fk_run_source"),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
    )
    op.create_index("ix_run_ended_at", "run", ["ended_at"], unique=False)
    op.create_index("ix_run_source_ended_at", "run", ["source", "ended_at"], unique=False)


def _make_listing() -> None:
    op.create_table(
        "listing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("final_url", sa.Text(), nullable=True),
        sa.Column("body_sha256", sa.Text(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["source"], ["source.id"], name="fk_listing_source"),
        sa.PrimaryKeyConstraint("id", name="pk_listing"),
        sa.UniqueConstraint("source", "url", name="uq_listing_source_url"),
    )


def _make_entry() -> None:
    op.create_table(
        "entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fate", sa.Text(), nullable=False),
        sa.Column("fate_detail", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_entry_run_id"),
        sa.ForeignKeyConstraint(["source"], ["source.id"], name="fk_entry_source"),
        sa.PrimaryKeyConstraint("id", name="pk_entry"),
        sa.UniqueConstraint("key", name="uq_entry_key"),
    )
    op.create_index("ix_entry_run_id_fate", "entry", ["run_id", "fate"], unique=False)
    op.create_index("ix_entry_source_fate", "entry", ["source", "fate"], unique=False)


def _make_snapshot() -> None:
    op.create_table(
        "snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("article_key", sa.Text(), nullable=False),
        sa.Column("requested_url", sa.Text(), nullable=False),
        sa.Column("final_url", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body_sha256", sa.Text(), nullable=False),
        sa.Column("archive_file", sa.Text(), nullable=False),
        sa.Column("archive_offset", sa.BigInteger(), nullable=False),
        sa.Column("archive_length", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_snapshot_entry_id"),
        sa.ForeignKeyConstraint(["source"], ["source.id"], name="fk_snapshot_source"),
        sa.PrimaryKeyConstraint("id", name="pk_snapshot"),
    )
    op.create_index("ix_snapshot_article_key", "snapshot", ["article_key"], unique=False)
    op.create_index("ix_snapshot_body_sha256", "snapshot", ["body_sha256"], unique=False)
    op.create_index("ix_snapshot_entry_id", "snapshot", ["entry_id"], unique=False)


def _make_article() -> None:
    op.create_table(
        "article",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["source.id"], name="fk_article_source"),
        sa.PrimaryKeyConstraint("id", name="pk_article"),
        sa.UniqueConstraint("key", name="uq_article_key"),
    )
    op.create_index("ix_article_first_seen_at", "article", ["first_seen_at"], unique=False)
    op.create_index("ix_article_source_first_seen_at", "article", ["source", "first_seen_at"], unique=False)


def _make_revision() -> None:
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("is_newest", sa.Boolean(), nullable=False),
        sa.Column("dated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_from", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("original_url", sa.Text(), nullable=True),
        sa.Column("text_sha256", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("lead", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_revision_article_id"),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshot.id"], name="fk_revision_snapshot_id"),
        sa.PrimaryKeyConstraint("id", name="pk_revision"),
    )
    op.create_index(
        "ix_revision_article_id_text_sha256", "revision", ["article_id", "text_sha256"], unique=False
    )
    op.create_index("ix_revision_dated_at", "revision", ["dated_at"], unique=False)
    op.create_index("ix_revision_snapshot_id", "revision", ["snapshot_id"], unique=False)
    op.create_index(
        "uq_revision_newest",
        "revision",
        ["article_id"],
        unique=True,
        sqlite_where=sa.text("is_newest = 1"),
        postgresql_where=sa.text("is_newest"),
    )


def _make_extraction() -> None:
    op.create_table(
        "extraction",
        sa.Column("snapshot_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("extracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extractor", sa.Text(), nullable=True),
        sa.Column("revision_id", sa.Integer(), nullable=True),
        sa.Column("rejection_reason", sa.Text(), nullable=True),
        sa.Column("rejection_detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name="fk_extraction_revision_id"),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshot.id"], name="fk_extraction_snapshot_id"),
        sa.PrimaryKeyConstraint("snapshot_id", name="pk_extraction"),
    )
    op.create_index(
        "ix_extraction_extracted_at_snapshot_id", "extraction", ["extracted_at", "snapshot_id"], unique=False
    )
    op.create_index("ix_extraction_revision_id", "extraction", ["revision_id"], unique=False)


def _make_flag() -> None:
    op.create_table(
        "flag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("topic_version", sa.Text(), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name="fk_flag_revision_id"),
        sa.PrimaryKeyConstraint("id", name="pk_flag"),
        sa.UniqueConstraint("revision_id", "topic", name="uq_flag_revision_id_topic"),
    )
    op.create_index("ix_flag_topic_grade_judged_at", "flag", ["topic", "grade", "judged_at"], unique=False)
    op.create_index(
        "ix_flag_topic_topic_version_revision_id",
        "flag",
        ["topic", "topic_version", "revision_id"],
        unique=False,
    )


def _make_digest() -> None:
    op.create_table(
        "digest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_digest"),
        sa.UniqueConstraint("on", name="uq_digest_on"),
    )


def _make_digest_article() -> None:
    op.create_table(
        "digest_article",
        sa.Column("article_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_digest_article_article_id"),
        sa.ForeignKeyConstraint(["digest_id"], ["digest.id"], name="fk_digest_article_digest_id"),
        sa.PrimaryKeyConstraint("article_id", name="pk_digest_article"),
    )
    op.create_index("ix_digest_article_digest_id", "digest_article", ["digest_id"], unique=False)


def _make_search_index() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE revision_search USING fts5("
            "folded, marked, content='', tokenize='unicode61 remove_diacritics 0')"
        )
        return
    op.execute(
        "CREATE TABLE revision_search ("
        "revision_id INTEGER CONSTRAINT pk_revision_search PRIMARY KEY "
        "CONSTRAINT fk_revision_search_revision_id REFERENCES revision (id), "
        "folded TSVECTOR NOT NULL, marked TSVECTOR NOT NULL)"
    )
    for column in ("folded", "marked"):  # fastupdate's pending list makes the planner read every text instead
        op.execute(
            f"CREATE INDEX ix_revision_search_{column} ON revision_search "
            f"USING gin ({column}) WITH (fastupdate = off)"
        )

"""The tables. Values come from ``storage.models``; a row is how one is kept.

Rows are read and written by ``storage.ledger``, ``storage.reading``, ``storage.queries`` and
``storage.search``; other packages use those. Datetimes are aware and in UTC.
"""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Index, MetaData, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.columns import bytes_column, index_where, json_column, text_column

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
"""One name for one constraint on both databases, so that a migration can drop it."""


class Row(SQLModel):
    """Base of every table."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)


class SourceRow(Row, table=True):
    """An outlet, as last declared. One whose declaration is gone stays, disabled."""

    __tablename__ = "source"

    id: str = text_column(primary_key=True)
    name: str = text_column()
    home: str = text_column()
    languages: list[str] = json_column()
    is_enabled: bool


class SourceHealthRow(Row, table=True):
    """How a Source is, as last judged. ``state`` is a HealthState."""

    __tablename__ = "source_health"

    source: str = text_column(primary_key=True, foreign_key="source.id")
    state: str = text_column()
    since_at: datetime
    cause: str = text_column()
    facts: dict[str, Any] = json_column()
    reason: str = text_column()
    judged_at: datetime
    is_bad: bool
    """Whether the last HealthEvent said that it is bad."""


class HealthEventRow(Row, table=True):
    """A Source turned bad, or is well again; never two of a kind in a row."""

    __tablename__ = "health_event"
    __table_args__ = (Index(None, "source", "at"), Index(None, "at"))

    id: int | None = Field(default=None, primary_key=True)
    source: str = text_column(foreign_key="source.id")
    state: str = text_column()
    reason: str = text_column()
    at: datetime


class RunRow(Row, table=True):
    """One crawl of one Source. ``outcome`` is a RunOutcome, None while the Run goes on."""

    __tablename__ = "run"
    __table_args__ = (
        Index(None, "source", "ended_at"),
        Index(None, "ended_at"),
        Index(None, "source", "id"),
        Index(None, "source", "outcome", "ended_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str = text_column(foreign_key="source.id")
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = text_column(default=None)
    reason: str | None = text_column(default=None)
    requests: int = 0
    received_bytes: int = bytes_column(default=0)
    listed: int = 0
    """Entries that were new in this Run."""
    fates: dict[str, int] = json_column(default_factory=dict)
    """Count by Fate of the Entries that this Run listed or decided; set when the Run ends."""
    problems: dict[str, int] = json_column(default_factory=dict)
    """Count by code (a Fate or what is wrong with a listing) of what was not read for it."""
    retry_after_s: float | None = None
    """The longest Retry-After that the host asked for in this Run."""
    listings_read: int = 0
    """Listings read or confirmed unchanged."""
    listings_unchanged: int = 0
    """Those of them confirmed by a 304 or by their content's hash: what conditional requests saved."""


class ListingRow(Row, table=True):
    """What is known of one Listing address, for the next conditional request."""

    __tablename__ = "listing"
    __table_args__ = (UniqueConstraint("source", "url"),)

    id: int | None = Field(default=None, primary_key=True)
    source: str = text_column(foreign_key="source.id")
    url: str = text_column()
    etag: str | None = text_column(default=None)
    last_modified: str | None = text_column(default=None)
    final_url: str | None = text_column(default=None)
    body_sha256: str | None = text_column(default=None)
    checked_at: datetime
    read_at: datetime | None = None
    problem: str | None = text_column(default=None)


class EntryRow(Row, table=True):
    """One listed address, once, whoever lists it. ``fate`` is a Fate."""

    __tablename__ = "entry"
    __table_args__ = (
        Index(None, "source", "fate", "next_try_at"),
        Index(None, "run_id", "fate"),
        Index(None, "source", "listed_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str = text_column(foreign_key="source.id")
    key: str = text_column(unique=True)
    url: str = text_column()
    title: str | None = text_column(default=None)
    published_at: datetime | None = None
    modified_at: datetime | None = None
    listed_at: datetime
    fate: str = text_column()
    fate_detail: str = text_column(default="")
    attempts: int = 0
    next_try_at: datetime | None = None
    run_id: int | None = Field(default=None, foreign_key="run.id")
    """The Run that listed it or, later, the one that decided on it; the first of several doubts."""


class SecondLookRow(Row, table=True):
    """When a fetched page is asked for again; gone after the last look. See ``storage.second_looks``."""

    __tablename__ = "second_look"
    __table_args__ = (Index(None, "source", "due_at"),)

    entry_id: int = Field(primary_key=True, foreign_key="entry.id", sa_column_kwargs={"autoincrement": False})
    source: str = text_column(foreign_key="source.id")
    number: int
    """Which look is due, from 1."""
    due_at: datetime
    fetched_at: datetime
    """Of the first Snapshot; the looks are counted from it."""


class SnapshotRow(Row, table=True):
    """A page as received; the body is in the archive. Never changed, but for the body's place there.

    ``archive_file`` is empty once the body was removed by age or size (``storage.retention``).
    """

    __tablename__ = "snapshot"
    __table_args__ = (Index(None, "source", "fetched_at"),)

    id: int | None = Field(default=None, primary_key=True)
    entry_id: int = Field(foreign_key="entry.id", index=True)
    source: str = text_column(foreign_key="source.id")
    article_key: str = text_column(index=True)
    requested_url: str = text_column()
    final_url: str = text_column()
    status: int
    headers: list[list[str]] = json_column()
    fetched_at: datetime
    body_sha256: str = text_column(index=True)
    archive_file: str = text_column()
    archive_offset: int = bytes_column()
    archive_length: int = bytes_column()


class ExtractionRow(Row, table=True):
    """What became of one Snapshot: waiting (``extracted_at`` is None), a Revision, or a Rejection."""

    __tablename__ = "extraction"
    __table_args__ = (
        Index(None, "extracted_at", "snapshot_id"),
        index_where("rejection_reason IS NOT NULL", "ix_extraction_rejected", "extracted_at", "snapshot_id"),
    )

    snapshot_id: int = Field(
        primary_key=True, foreign_key="snapshot.id", sa_column_kwargs={"autoincrement": False}
    )
    extracted_at: datetime | None = None
    extractor: str | None = text_column(default=None)
    revision_id: int | None = Field(default=None, foreign_key="revision.id", index=True)
    rejection_reason: str | None = text_column(default=None)
    rejection_detail: str | None = text_column(default=None)


class ArticleRow(Row, table=True):
    """One article, once; its texts are Revisions."""

    __tablename__ = "article"
    __table_args__ = (Index(None, "source", "first_seen_at"), Index(None, "first_seen_at"))

    id: int | None = Field(default=None, primary_key=True)
    key: str = text_column(unique=True)
    source: str = text_column(foreign_key="source.id")
    url: str = text_column()
    first_seen_at: datetime
    vanished_at: datetime | None = None
    """When its page was found to be gone; its texts stay."""


class RevisionRow(Row, table=True):
    """One text of an Article. Exactly one Revision of an Article is its newest."""

    __tablename__ = "revision"
    __table_args__ = (
        Index(None, "article_id", "text_sha256"),
        Index(
            "uq_revision_newest",
            "article_id",
            unique=True,
            sqlite_where=text("is_newest = 1"),  # as queries spell it, so that SQLite uses the index
            postgresql_where=text("is_newest"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    article_id: int = Field(foreign_key="article.id")
    snapshot_id: int = Field(foreign_key="snapshot.id", index=True)
    is_newest: bool
    dated_at: datetime = Field(index=True)
    """``published_at``; the time of creation where that is unknown or lies in the future."""
    created_at: datetime
    published_at: datetime | None = None
    published_from: str | None = text_column(default=None)
    language: str = text_column()
    author: str | None = text_column(default=None)
    original_url: str | None = text_column(default=None)
    text_sha256: str = text_column()
    """Over title, lead and text."""
    title: str = text_column()
    lead: str = text_column()
    text: str = text_column()


class FlagRow(Row, table=True):
    """The verdict on one Revision and one Topic."""

    __tablename__ = "flag"
    __table_args__ = (
        UniqueConstraint("revision_id", "topic"),
        Index(None, "topic", "grade", "judged_at"),
        Index(None, "topic", "topic_version", "revision_id"),
        index_where("grade = 0 AND score > 0", "ix_flag_near_miss", "topic", "score", "revision_id", "grade"),
        index_where("grade > 0", "ix_flag_flagged", "topic", "judged_at", "revision_id", "grade"),
    )

    id: int | None = Field(default=None, primary_key=True)
    revision_id: int = Field(foreign_key="revision.id")
    topic: str = text_column()
    topic_version: str = text_column()
    grade: int
    score: float
    evidence: list[dict[str, Any]] = json_column()
    judged_at: datetime


class QuantityRow(Row, table=True):
    """A number that one Revision states; ``position`` counts from 0 in the order of the text."""

    __tablename__ = "quantity"
    __table_args__ = (Index(None, "indicator", "place_today"),)

    revision_id: int = Field(primary_key=True, foreign_key="revision.id")
    position: int = Field(primary_key=True)
    indicator: str = text_column()
    value: float
    unit: str = text_column()
    place: str | None = text_column(default=None)
    place_today: str | None = text_column(default=None)
    period: str | None = text_column(default=None)
    kind: str = text_column()
    exact: str = text_column()
    start: int
    end: int


class DocumentMentionRow(Row, table=True):
    """A Party document that one Revision names; ``key`` is the same for every spelling of it."""

    __tablename__ = "document_mention"

    revision_id: int = Field(primary_key=True, foreign_key="revision.id")
    position: int = Field(primary_key=True)
    exact: str = text_column()
    key: str = text_column(index=True)
    number: str | None = text_column(default=None)
    type: str = text_column()
    issuer: str | None = text_column(default=None)
    dated: date | None = None
    title: str | None = text_column(default=None)
    start: int
    end: int


class PlaceMentionRow(Row, table=True):
    """A place that one Revision names; ``today`` is the unit that it belongs to since 1 July 2025."""

    __tablename__ = "place_mention"

    revision_id: int = Field(primary_key=True, foreign_key="revision.id")
    position: int = Field(primary_key=True)
    exact: str = text_column()
    name: str = text_column()
    today: str | None = text_column(default=None, index=True)
    level: str = text_column()
    start: int
    end: int


class EnterpriseMentionRow(Row, table=True):
    """A firm that one Revision names for its Party organisation; ``key`` is the firm's."""

    __tablename__ = "enterprise_mention"

    revision_id: int = Field(primary_key=True, foreign_key="revision.id")
    position: int = Field(primary_key=True)
    exact: str = text_column()
    key: str = text_column(index=True)
    act: str = text_column()
    place: str | None = text_column(default=None, index=True)
    sentence: str = text_column()
    start: int
    end: int


class DigestRow(Row, table=True):
    """A digest as frozen when it was built; ``on`` is the local day."""

    __tablename__ = "digest"

    id: int | None = Field(default=None, primary_key=True)
    on: date = Field(unique=True)
    since: datetime
    until: datetime
    built_at: datetime
    body: dict[str, Any] = json_column()


class DigestArticleRow(Row, table=True):
    """Which digest an Article was new in: one at most."""

    __tablename__ = "digest_article"

    article_id: int = Field(
        primary_key=True, foreign_key="article.id", sa_column_kwargs={"autoincrement": False}
    )
    digest_id: int = Field(foreign_key="digest.id", index=True)
    revision_id: int | None = None
    """The Revision that a digest showed last."""


class DeliveryRow(Row, table=True):
    """One digest on its way to one channel. ``state`` is a DeliveryState."""

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("digest_id", "channel"), Index(None, "state", "due_at"))

    id: int | None = Field(default=None, primary_key=True)
    digest_id: int = Field(foreign_key="digest.id")
    channel: str = text_column()
    state: str = text_column()
    attempts: int = 0
    due_at: datetime
    """When it is next to be tried; while it is being sent, when the attempt counts as cut off."""
    said: str | None = text_column(default=None)


class DeliveryAttemptRow(Row, table=True):
    """One attempt at a delivery; never ended where the process died."""

    __tablename__ = "delivery_attempt"

    delivery_id: int = Field(primary_key=True, foreign_key="delivery.id")
    number: int = Field(primary_key=True)
    started_at: datetime
    ended_at: datetime | None = None
    is_delivered: bool | None = None
    said: str | None = text_column(default=None)

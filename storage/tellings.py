"""What the pages ask about the tellings of a Story: their texts, archived pages, edits and digests."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage import queries
from storage.archive import ArchivedPage
from storage.models import JudgedArticle, Moment, Value
from storage.statements import statements_of
from storage.tables import DigestArticleRow, DigestRow, ExtractionRow, RevisionRow, SnapshotRow


class KeptPage(Value):
    """A Snapshot as the pages show it; its bytes are in the archive."""

    id: int
    """Of the Snapshot."""
    source: str
    requested_url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    fetched_at: Moment
    body_sha256: str
    page: ArchivedPage
    article_id: int | None
    """Whose text came out of it; None where none did."""
    rejection: str | None
    """A RejectionReason; None where a text came out of it."""


def tellings(session: Session, article_ids: Collection[int], topic: str) -> list[JudgedArticle]:
    """These Articles with what they state, the earliest first; one that is not judged is left out."""
    found = queries.judged_articles(session, article_ids, topic)
    ids = [item.revision_id for item in found.values() if item.revision_id is not None]
    stated = statements_of(session, ids)
    whole = [
        item.model_copy(update={"statements": stated[item.revision_id]})
        for item in found.values()
        if item.revision_id is not None
    ]
    return sorted(whole, key=lambda item: (item.revision.published_at or item.first_seen_at, item.article_id))


def digest_days(session: Session, article_ids: Collection[int]) -> dict[int, date]:
    """The day of the digest in which each of these Articles was new; those that none had are left out."""
    query = (
        select(col(DigestArticleRow.article_id), col(DigestRow.on))
        .join(DigestRow, col(DigestRow.id) == DigestArticleRow.digest_id)
        .where(col(DigestArticleRow.article_id).in_(article_ids))
    )
    return dict(session.exec(query).all())


def edited(session: Session, article_ids: Collection[int]) -> set[int]:
    """Those of these Articles that have had more than one text."""
    query = (
        select(col(RevisionRow.article_id))
        .where(col(RevisionRow.article_id).in_(article_ids))
        .group_by(col(RevisionRow.article_id))
        .having(func.count() > 1)
    )
    return set(session.exec(query))


def page_numbers(session: Session, revision_ids: Collection[int]) -> dict[int, int]:
    """The Snapshot that each of these Revisions came out of, by the Revision's number."""
    query = select(col(RevisionRow.id), col(RevisionRow.snapshot_id)).where(
        col(RevisionRow.id).in_(revision_ids)
    )
    return {revision_id: snapshot_id for revision_id, snapshot_id in session.exec(query) if revision_id}


def kept_page(session: Session, snapshot_id: int) -> KeptPage | None:
    """One Snapshot; None where there is none."""
    query = (
        select(SnapshotRow, col(RevisionRow.article_id), col(ExtractionRow.rejection_reason))
        .join(ExtractionRow, col(ExtractionRow.snapshot_id) == SnapshotRow.id, isouter=True)
        .join(RevisionRow, col(RevisionRow.id) == ExtractionRow.revision_id, isouter=True)
        .where(col(SnapshotRow.id) == snapshot_id)
    )
    result = session.exec(query).first()
    if result is None:
        return None
    row, article_id, rejection = result
    return KeptPage(
        id=snapshot_id,
        source=row.source,
        requested_url=row.requested_url,
        final_url=row.final_url,
        status=row.status,
        headers=tuple((name, value) for name, value in row.headers),
        fetched_at=row.fetched_at,
        body_sha256=row.body_sha256,
        page=ArchivedPage(file=row.archive_file, offset=row.archive_offset, length=row.archive_length),
        article_id=article_id,
        rejection=rejection,
    )

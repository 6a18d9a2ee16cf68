"""What the extract and flag stages take and give: Snapshots to read, Revisions to judge.

Every function works in the caller's session, takes the present as ``now`` (aware), and may be
repeated: a second call with the same facts changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import true, update
from sqlmodel import Session, col, exists, select

from storage.archive import ArchivedPage
from storage.dialects import insert_missing
from storage.models import Flag, Rejection, RejectionReason, Revision
from storage.search_index import index_revision
from storage.tables import ArticleRow, ExtractionRow, FlagRow, RevisionRow, SnapshotRow

_BATCH = 500
"""Keys in one statement."""


@dataclass(frozen=True)
class PendingSnapshot:
    """A Snapshot to read; its body is ``page`` of the archive."""

    id: int
    source: str
    article_key: str
    page: ArchivedPage
    requested_url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    fetched_at: datetime


def pending_snapshots(session: Session, limit: int, after: int = 0) -> list[PendingSnapshot]:
    """Up to ``limit`` Snapshots that wait for extraction, in the order they came, ids above ``after``."""
    query = (
        select(SnapshotRow)
        .join(ExtractionRow, col(ExtractionRow.snapshot_id) == SnapshotRow.id)
        .where(col(ExtractionRow.extracted_at).is_(None), ExtractionRow.snapshot_id > after)
        .order_by(col(ExtractionRow.snapshot_id))
        .limit(limit)
    )
    return [_pending(row) for row in session.exec(query)]


def _pending(row: SnapshotRow) -> PendingSnapshot:
    return PendingSnapshot(
        id=row.id or 0,
        source=row.source,
        article_key=row.article_key,
        page=ArchivedPage(file=row.archive_file, offset=row.archive_offset, length=row.archive_length),
        requested_url=row.requested_url,
        final_url=row.final_url,
        status=row.status,
        headers=tuple((name, value) for name, value in row.headers),
        fetched_at=row.fetched_at,
    )


def record_extraction(
    session: Session, snapshot_id: int, extractor: str, outcome: Revision | Rejection, now: datetime
) -> int | None:
    """Keep what ``extractor`` (name and version) made of a Snapshot.

    A Revision makes its Article on first sight and is kept where title, lead or text differ from the
    Article's newest one. Returns the id of the Revision that holds the text, new or not; None for a
    Rejection.
    """
    extraction = session.get_one(ExtractionRow, snapshot_id)
    extraction.extractor, extraction.extracted_at = extractor, now
    if isinstance(outcome, Rejection):
        extraction.revision_id = None
        extraction.rejection_reason, extraction.rejection_detail = outcome.reason.value, outcome.detail
    else:
        snapshot = session.get_one(SnapshotRow, snapshot_id)
        extraction.revision_id = _keep_revision(session, snapshot, extraction.revision_id, outcome, now)
        extraction.rejection_reason = extraction.rejection_detail = None
    session.add(extraction)
    session.flush()
    return extraction.revision_id


def _keep_revision(
    session: Session, snapshot: SnapshotRow, former_id: int | None, revision: Revision, now: datetime
) -> int:
    article_id = _article_of(session, snapshot, now)
    newest = session.exec(
        select(RevisionRow).where(RevisionRow.article_id == article_id, col(RevisionRow.is_newest) == true())
    ).first()
    former = session.get(RevisionRow, former_id) if former_id is not None else None
    digest = _text_sha256(revision)
    for row in (former, newest):
        if row is not None and row.article_id == article_id and row.text_sha256 == digest:
            if row.snapshot_id == snapshot.id:  # a better extractor may read the same text and more facts
                _set_facts(row, revision)
                session.add(row)
            return row.id or 0
    return _add_revision(session, article_id, snapshot, newest, revision, now)


def _article_of(session: Session, snapshot: SnapshotRow, now: datetime) -> int:
    facts = {
        "key": snapshot.article_key,
        "source": snapshot.source,
        "url": snapshot.final_url or snapshot.requested_url,
        "first_seen_at": now,
    }
    insert_missing(session, ArticleRow, [facts], on=["key"])
    article_id = session.exec(select(ArticleRow.id).where(ArticleRow.key == snapshot.article_key)).one()
    assert article_id is not None
    return article_id


def _add_revision(
    session: Session,
    article_id: int,
    snapshot: SnapshotRow,
    newest: RevisionRow | None,
    revision: Revision,
    now: datetime,
) -> int:
    is_newest = newest is None or _is_later(session, snapshot, newest)
    if newest is not None and is_newest:
        newest.is_newest = False
        session.add(newest)
        session.flush()
    assert snapshot.id is not None
    row = RevisionRow(
        article_id=article_id,
        snapshot_id=snapshot.id,
        is_newest=is_newest,
        dated_at=now,
        created_at=now,
        text_sha256=_text_sha256(revision),
        title=revision.title,
        lead=revision.lead,
        text=revision.text,
        language=revision.language,
    )
    _set_facts(row, revision)
    session.add(row)
    session.flush()
    assert row.id is not None
    index_revision(session, row.id, revision)
    return row.id


def _is_later(session: Session, snapshot: SnapshotRow, newest: RevisionRow) -> bool:
    """Reading an old Snapshot again must not put its text before the newer one's."""
    source = session.get_one(SnapshotRow, newest.snapshot_id)
    return (snapshot.fetched_at, snapshot.id or 0) >= (source.fetched_at, source.id or 0)


def _set_facts(row: RevisionRow, revision: Revision) -> None:
    row.author, row.language = revision.author, revision.language
    row.published_at, row.published_from = revision.published_at, revision.published_from
    row.original_url = revision.original_url
    row.dated_at = min(revision.published_at or row.created_at, row.created_at)


def _text_sha256(revision: Revision) -> str:
    text = "\0".join((revision.title, revision.lead, revision.text))
    return sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class RejectedSnapshot:
    """A page in quarantine: fetched and kept, and no text came out of it."""

    id: int
    source: str
    url: str
    archive_file: str
    """Where its bytes are."""
    reason: RejectionReason


def rejected_snapshots(
    session: Session, source: str | None = None, reason: RejectionReason | None = None
) -> list[RejectedSnapshot]:
    """The rejected Snapshots of ``source`` and ``reason`` (None: of all), in the order they came."""
    query = (
        select(SnapshotRow, ExtractionRow.rejection_reason)
        .join(ExtractionRow, col(ExtractionRow.snapshot_id) == SnapshotRow.id)
        .where(col(ExtractionRow.extracted_at).is_not(None), col(ExtractionRow.rejection_reason).is_not(None))
        .order_by(col(SnapshotRow.id))
    )
    if source is not None:
        query = query.where(SnapshotRow.source == source)
    if reason is not None:
        query = query.where(ExtractionRow.rejection_reason == reason.value)
    return [
        RejectedSnapshot(
            row.id or 0, row.source, row.final_url, row.archive_file, RejectionReason(str(rejected))
        )
        for row, rejected in session.exec(query)
    ]


def read_again(session: Session, snapshot_ids: Sequence[int]) -> None:
    """Let those Snapshots wait for extraction again that were rejected.

    The old reason stays beside them until the new outcome takes its place.
    """
    for start in range(0, len(snapshot_ids), _BATCH):
        session.execute(
            update(ExtractionRow)
            .where(
                col(ExtractionRow.snapshot_id).in_(snapshot_ids[start : start + _BATCH]),
                col(ExtractionRow.rejection_reason).is_not(None),
            )
            .values(extracted_at=None)
        )


def outcomes(session: Session, snapshot_ids: Sequence[int]) -> dict[int, str | RejectionReason]:
    """The title, or the reason of rejection, of those Snapshots that have been read."""
    found: dict[int, str | RejectionReason] = {}
    for start in range(0, len(snapshot_ids), _BATCH):
        query = (
            select(ExtractionRow.snapshot_id, ExtractionRow.rejection_reason, RevisionRow.title)
            .join(RevisionRow, col(RevisionRow.id) == ExtractionRow.revision_id, isouter=True)
            .where(col(ExtractionRow.extracted_at).is_not(None))
            .where(col(ExtractionRow.snapshot_id).in_(snapshot_ids[start : start + _BATCH]))
        )
        for snapshot_id, reason, title in session.exec(query):
            found[snapshot_id] = RejectionReason(reason) if reason else title
    return found


def unjudged_revisions(
    session: Session, topic: str, limit: int, after: int = 0
) -> list[tuple[int, Revision]]:
    """Up to ``limit`` Revisions that have no Flag on ``topic``, the oldest first, with ids above ``after``.

    Only the newest Revision of each Article is judged. A verdict by an earlier version of the topic
    stands until somebody has the archive judged again: a changed rule must not rewrite it unseen.
    """
    is_judged = exists().where(col(FlagRow.revision_id) == RevisionRow.id, col(FlagRow.topic) == topic)
    query = (
        select(RevisionRow)
        .where(col(RevisionRow.is_newest) == true(), ~is_judged, col(RevisionRow.id) > after)
        .order_by(col(RevisionRow.id))
        .limit(limit)
    )
    return [(row.id or 0, revision_of(row)) for row in session.exec(query)]


def revision_of(row: RevisionRow) -> Revision:
    """The value that ``row`` keeps."""
    return Revision(
        title=row.title,
        lead=row.lead,
        text=row.text,
        author=row.author,
        published_at=row.published_at,
        published_from=row.published_from,
        language=row.language,
        original_url=row.original_url,
    )


def record_flag(session: Session, revision_id: int, flag: Flag, topic_version: str, now: datetime) -> None:
    """Keep the verdict on a Revision, in place of an earlier one on the same topic.

    A repeated verdict of the same version keeps the time of the first.
    """
    query = select(FlagRow).where(FlagRow.revision_id == revision_id, FlagRow.topic == flag.topic)
    evidence = [item.model_dump(mode="json") for item in flag.evidence]
    row = session.exec(query).first()
    if row is None:
        row = FlagRow(
            revision_id=revision_id,
            topic=flag.topic,
            topic_version=topic_version,
            grade=flag.grade,
            score=flag.score,
            evidence=evidence,
            judged_at=now,
        )
    elif (row.topic_version, row.grade, row.score, row.evidence) != (
        topic_version,
        flag.grade,
        flag.score,
        evidence,
    ):
        row.topic_version, row.grade, row.score = topic_version, flag.grade, flag.score
        row.evidence, row.judged_at = evidence, now
    session.add(row)
    session.flush()

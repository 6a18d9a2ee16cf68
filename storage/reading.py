"""What the extract and flag stages take and give: Snapshots to read, Revisions to judge.

Every function works in the caller's session, takes the present as ``now`` (aware), and may be
repeated: a second call with the same facts changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import bindparam, insert, true, update
from sqlmodel import Session, col, exists, select

from storage.archive import ArchivedPage
from storage.dialects import plain
from storage.models import Flag, Rejection, RejectionReason, Revision
from storage.search_index import index_notable
from storage.tables import ExtractionRow, FlagRow, RevisionRow, SnapshotRow
from storage.texts import record_extractions

_BATCH = 500
"""Keys in one statement."""
_EXTRACTION, _SNAPSHOT = plain(ExtractionRow), plain(SnapshotRow)
_FLAG, _REVISION = plain(FlagRow), plain(RevisionRow)
_REPLACE_FLAG = (
    update(_FLAG)
    .where(_FLAG.c.id == bindparam("of_flag"))
    .values({name: bindparam(name) for name in ("topic_version", "grade", "score", "evidence", "judged_at")})
)


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
        _SNAPSHOT.select()
        .join(_EXTRACTION, _EXTRACTION.c.snapshot_id == _SNAPSHOT.c.id)
        .where(_EXTRACTION.c.extracted_at.is_(None), _EXTRACTION.c.snapshot_id > after)
        .order_by(_EXTRACTION.c.snapshot_id)
        .limit(limit)
    )
    return [_pending(row) for row in session.connection().execute(query)]


def _pending(row: SqlRow[Any]) -> PendingSnapshot:
    return PendingSnapshot(
        id=row.id,
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
    """``storage.texts.record_extractions`` for one Snapshot."""
    return record_extractions(session, extractor, [(snapshot_id, outcome)], now)[0]


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
    """The Revisions of ``unjudged_ids``, with their ids."""
    return revisions(session, unjudged_ids(session, topic, limit, after))


def unjudged_ids(session: Session, topic: str, limit: int, after: int = 0) -> list[int]:
    """Up to ``limit`` Revisions that have no Flag on ``topic``, the oldest first, with ids above ``after``.

    Only the newest Revision of each Article is judged. A verdict by an earlier version of the topic
    stands until somebody has the archive judged again: a changed rule must not rewrite it unseen.
    """
    is_judged = exists().where(col(FlagRow.revision_id) == RevisionRow.id, col(FlagRow.topic) == topic)
    query = (
        select(RevisionRow.id)
        .where(col(RevisionRow.is_newest) == true(), ~is_judged, col(RevisionRow.id) > after)
        .order_by(col(RevisionRow.id))
        .limit(limit)
    )
    return [id or 0 for id in session.exec(query)]


def unjudged_among(session: Session, topic: str, ids: Sequence[int]) -> list[int]:
    """Those Revisions that are their Article's newest and have no Flag on ``topic``."""
    is_judged = exists().where(_FLAG.c.revision_id == _REVISION.c.id, _FLAG.c.topic == topic)
    query = _REVISION.select().with_only_columns(_REVISION.c.id).order_by(_REVISION.c.id)
    unjudged = query.where(_REVISION.c.id.in_(ids), _REVISION.c.is_newest == true(), ~is_judged)
    return list(session.connection().execute(unjudged).scalars())


def revisions(session: Session, ids: Sequence[int]) -> list[tuple[int, Revision]]:
    """Those Revisions with their ids, the oldest first."""
    query = select(RevisionRow).where(col(RevisionRow.id).in_(ids)).order_by(col(RevisionRow.id))
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
    """``record_flags`` for one Revision."""
    record_flags(session, [(revision_id, flag)], topic_version, now)


def record_flags(
    session: Session, flags: Sequence[tuple[int, Flag]], topic_version: str, now: datetime
) -> None:
    """Keep the verdicts on Revisions, each once, in place of earlier ones on the same topic.

    A repeated verdict of the same version keeps the time of the first.
    """
    session.flush()
    for start in range(0, len(flags), _BATCH):
        _record_flags(
            session, [_flag_values(*each, topic_version) for each in flags[start : start + _BATCH]], now
        )


def _record_flags(session: Session, judged: Sequence[dict[str, Any]], now: datetime) -> None:
    connection = session.connection()
    ids = [values["revision_id"] for values in judged]
    query = _FLAG.select().where(_FLAG.c.revision_id.in_(ids))
    known = {(row.revision_id, row.topic): row for row in connection.execute(query)}
    new, changed = [], []
    for values in judged:
        row = known.get((values["revision_id"], values["topic"]))
        if row is None:
            new.append(values | {"judged_at": now})
        elif any(getattr(row, name) != value for name, value in values.items()):
            changed.append(values | {"judged_at": now, "of_flag": row.id})
    if new:
        connection.execute(insert(_FLAG), new)
    if changed:
        connection.execute(_REPLACE_FLAG, changed)
    index_notable(session, {values["revision_id"] for values in [*new, *changed] if values["grade"] > 0})


def _flag_values(revision_id: int, flag: Flag, topic_version: str) -> dict[str, Any]:
    return {
        "revision_id": revision_id,
        "topic": flag.topic,
        "topic_version": topic_version,
        "grade": flag.grade,
        "score": flag.score,
        "evidence": [item.model_dump(mode="json") for item in flag.evidence],
    }

"""Which archived pages may go, by age and size, and what the database says once they are gone.

A page stays while anything may need it: until it was read and its text judged, and for good (or for
a time of its own) where its Article is or was flagged, was in a digest, or a person took it up. Several
Snapshots may share one page; it goes only if none of them needs it. Snapshots themselves stay.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from sqlalchemy import bindparam, exists, func, or_, select, true, update
from sqlmodel import Session, col

from storage.archive import REMOVED, ArchivedPage
from storage.desk_tables import ReviewRow
from storage.dialects import plain
from storage.reviews import ReviewVerdict
from storage.tables import ArticleRow, DigestArticleRow, ExtractionRow, FlagRow, RevisionRow, SnapshotRow

_SNAPSHOT = plain(SnapshotRow)
_MOVE = (
    update(_SNAPSHOT)
    .where(_SNAPSHOT.c.id == bindparam("of_snapshot"))
    .values({name: bindparam(name) for name in ("archive_file", "archive_offset", "archive_length")})
)


class Need(IntEnum):
    """Why a page stays; of several Snapshots the greatest counts."""

    NONE = 0
    EVIDENCE = 1
    """Its Article is or was flagged, was in a digest, or a person took it up."""
    UNREAD = 2
    """It is still to be read, or its text to be judged."""


@dataclass(frozen=True)
class Limits:
    """How long and how much; None: without limit."""

    before: datetime | None = None
    """Pages fetched before this go."""
    evidence_before: datetime | None = None
    """The same for what is evidence."""
    most_bytes: int | None = None
    """Of all files together. Evidence does not go for it."""

    def have_passed(self, page: "KeptPage") -> bool:
        """Whether ``page`` goes for its age."""
        before = {Need.NONE: self.before, Need.EVIDENCE: self.evidence_before}.get(page.need)
        return before is not None and page.fetched_at < before


@dataclass(frozen=True)
class KeptPage:
    """One page of a file, with all that is known of the Snapshots that name it."""

    place: ArchivedPage
    fetched_at: datetime
    """Of the last of them."""
    need: Need
    snapshot_ids: tuple[int, ...]


@dataclass(frozen=True)
class ArchiveFile:
    """What the database knows of one file."""

    name: str
    first_at: datetime
    """When the oldest of its pages was fetched."""


def files_in_use(session: Session) -> list[ArchiveFile]:
    """The files that Snapshots name, those with the oldest pages first."""
    query = (
        select(_SNAPSHOT.c.archive_file, func.min(_SNAPSHOT.c.fetched_at))
        .where(_SNAPSHOT.c.archive_file != REMOVED.file)
        .group_by(_SNAPSHOT.c.archive_file)
    )
    found = [ArchiveFile(*row) for row in session.execute(query)]
    return sorted(found, key=lambda file: (file.first_at, file.name))


def is_in_use(session: Session, file: str) -> bool:
    """Whether any Snapshot names ``file``."""
    query = select(_SNAPSHOT.c.id).where(_SNAPSHOT.c.archive_file == file).limit(1)
    return session.execute(query).first() is not None


def pages_in(session: Session, file: str, needs: "Needs") -> list[KeptPage]:
    """The pages of ``file`` in their order."""
    query = (
        select(
            _SNAPSHOT.c.id,
            _SNAPSHOT.c.archive_offset,
            _SNAPSHOT.c.archive_length,
            _SNAPSHOT.c.fetched_at,
            _SNAPSHOT.c.article_key,
            col(ExtractionRow.extracted_at).is_(None).label("is_unread"),
        )
        .select_from(_SNAPSHOT)
        .outerjoin(ExtractionRow, col(ExtractionRow.snapshot_id) == _SNAPSHOT.c.id)
        .where(_SNAPSHOT.c.archive_file == file)
        .order_by(_SNAPSHOT.c.archive_offset)
    )
    found: dict[int, KeptPage] = {}
    for id, offset, length, fetched_at, key, is_unread in session.connection().execute(query):
        need = Need.UNREAD if is_unread else needs.of(key)
        page = KeptPage(ArchivedPage(file=file, offset=offset, length=length), fetched_at, need, (id,))
        found[offset] = _together(found[offset], page) if offset in found else page
    return list(found.values())


def _together(one: KeptPage, other: KeptPage) -> KeptPage:
    return KeptPage(
        one.place,
        max(one.fetched_at, other.fetched_at),
        max(one.need, other.need),
        (*one.snapshot_ids, *other.snapshot_ids),
    )


class Needs:
    """Which Articles, by key, need their pages."""

    def __init__(self, session: Session) -> None:
        self._evidence = set(_evidence(session))
        self._unjudged = set(_unjudged(session))

    def of(self, article_key: str) -> Need:
        """The Need of a page of that Article that has been read."""
        if article_key in self._unjudged:
            return Need.UNREAD
        return Need.EVIDENCE if article_key in self._evidence else Need.NONE


def _evidence(session: Session) -> Iterable[str]:
    flagged = (
        select(col(RevisionRow.article_id))
        .join(FlagRow, col(FlagRow.revision_id) == RevisionRow.id)
        .where(col(FlagRow.grade) > 0)
    )
    taken_up = select(col(ReviewRow.article_id)).where(
        or_(
            col(ReviewRow.verdict).in_((ReviewVerdict.CONFIRMED.value, ReviewVerdict.UNSURE.value)),
            col(ReviewRow.note) != "",
            col(ReviewRow.is_starred) == true(),
        )
    )
    for ids in (flagged, taken_up, select(col(DigestArticleRow.article_id))):
        yield from session.execute(select(col(ArticleRow.key)).where(col(ArticleRow.id).in_(ids))).scalars()


def _unjudged(session: Session) -> Iterable[str]:
    is_judged = exists().where(col(FlagRow.revision_id) == RevisionRow.id)
    query = (
        select(col(ArticleRow.key))
        .join(RevisionRow, col(RevisionRow.article_id) == ArticleRow.id)
        .where(col(RevisionRow.is_newest) == true(), ~is_judged)
    )
    return session.execute(query).scalars()


def move_pages(session: Session, moved: Sequence[tuple[KeptPage, ArchivedPage]]) -> None:
    """Let the Snapshots of each page name its new place; REMOVED where it has none any more."""
    values: list[dict[str, Any]] = [
        {
            "of_snapshot": id,
            "archive_file": place.file,
            "archive_offset": place.offset,
            "archive_length": place.length,
        }
        for page, place in moved
        for id in page.snapshot_ids
    ]
    if values:
        session.connection().execute(_MOVE, values)

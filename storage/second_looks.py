"""Second looks: news gets edited, so a fresh page is asked for again, twice, and conditionally.

Every function works in the caller's session, takes the present as ``now`` (aware), and may be repeated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from storage.dialects import add_missing
from storage.tables import ArticleRow, EntryRow, SecondLookRow, SnapshotRow

LOOKS_AFTER = (timedelta(hours=2), timedelta(hours=24))
"""When a page is looked at again, counted from its first Snapshot."""
FRESH_FOR = timedelta(days=3)
"""A page whose listing dates it further back is old news: it is not looked at again."""
AGAIN_AFTER = timedelta(hours=1)
"""A look that failed is tried again after this long, until the next one is due."""


@dataclass(frozen=True)
class DueLook:
    """A page to ask for again, with what its last Snapshot said for a conditional request."""

    entry_id: int
    key: str
    url: str
    etag: str | None
    last_modified: str | None
    body_sha256: str


@dataclass(frozen=True)
class FirstFetch:
    """An Entry's page, fetched for the first time."""

    entry_id: int
    source: str
    stated_at: datetime | None
    """As its listing dates it."""
    fetched_at: datetime


def plan_looks(session: Session, fetches: Sequence[FirstFetch]) -> None:
    """Plan the looks at these pages; not where they are old news."""
    looks = [
        {
            "entry_id": fetch.entry_id,
            "source": fetch.source,
            "number": 1,
            "due_at": fetch.fetched_at + LOOKS_AFTER[0],
            "fetched_at": fetch.fetched_at,
        }
        for fetch in fetches
        if fetch.stated_at is None or fetch.stated_at >= fetch.fetched_at - FRESH_FOR
    ]
    add_missing(session, SecondLookRow, looks, on=["entry_id"])


def due_looks(session: Session, source: str, now: datetime, limit: int) -> list[DueLook]:
    """Up to ``limit`` looks of ``source`` that are due at ``now``, those due longest first."""
    query = (
        select(SecondLookRow, EntryRow)
        .join(EntryRow, col(EntryRow.id) == SecondLookRow.entry_id)
        .where(SecondLookRow.source == source, SecondLookRow.due_at <= now)
        .order_by(col(SecondLookRow.due_at))
        .limit(limit)
    )
    return [_due(session, entry) for _, entry in session.exec(query).all()]


def record_look(session: Session, entry_id: int, now: datetime) -> None:
    """A look was had, whether the page had changed or not: plan the next one, or none."""
    look = session.get(SecondLookRow, entry_id)
    if look is None or look.due_at > now:
        return
    upcoming = [after for after in LOOKS_AFTER[look.number :] if look.fetched_at + after > now]
    if not upcoming:
        session.delete(look)
    else:
        look.number = LOOKS_AFTER.index(upcoming[0]) + 1
        look.due_at = look.fetched_at + upcoming[0]
        session.add(look)
    session.flush()


def record_failed_look(session: Session, entry_id: int, now: datetime) -> None:
    """A look failed for a reason that may pass: try again later, but not for ever."""
    look = session.get(SecondLookRow, entry_id)
    if look is None:
        return
    if now - look.fetched_at > LOOKS_AFTER[-1] + FRESH_FOR:
        session.delete(look)
    else:
        look.due_at = now + AGAIN_AFTER
        session.add(look)
    session.flush()


def record_vanished(session: Session, entry_id: int, now: datetime) -> None:
    """The page is gone (404, 410): mark its Article, which stays with all its texts."""
    keys = select(SnapshotRow.article_key).where(SnapshotRow.entry_id == entry_id)
    for article in session.exec(select(ArticleRow).where(col(ArticleRow.key).in_(keys))):
        article.vanished_at = article.vanished_at or now
        session.add(article)
    look = session.get(SecondLookRow, entry_id)
    if look is not None:
        session.delete(look)
    session.flush()


def _due(session: Session, entry: EntryRow) -> DueLook:
    newest = session.exec(
        select(SnapshotRow)
        .where(SnapshotRow.entry_id == entry.id)
        .order_by(col(SnapshotRow.id).desc())
        .limit(1)
    ).one()
    headers = {name.lower(): value for name, value in newest.headers}
    # Validators hold for the address that gave them; after a redirect that is another one.
    is_same = newest.final_url == newest.requested_url
    return DueLook(
        entry_id=entry.id or 0,
        key=entry.key,
        url=entry.url,
        etag=headers.get("etag") if is_same else None,
        last_modified=headers.get("last-modified") if is_same else None,
        body_sha256=newest.body_sha256,
    )

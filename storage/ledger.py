"""What a crawl writes: Sources, Runs, Listings, Entries and Snapshots.

Every function works in the caller's session, takes the present as ``now`` (aware), and may be
repeated: a second call with the same facts changes nothing. A Source must be known
(``sync_sources``) before anything of it is written; otherwise the database raises IntegrityError.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, CursorResult, func, update
from sqlmodel import Session, col, or_, select

from storage.archive import ArchivedPage
from storage.arrivals import Arrival, body_digest, record_snapshots
from storage.dialects import insert_missing
from storage.models import Entry, Fate, RunOutcome, Snapshot
from storage.run_counts import count_fates, take_back
from storage.tables import EntryRow, ListingRow, RunRow, SourceRow

_T = TypeVar("_T")
BATCH = 500
"""Rows or keys in one statement."""


@dataclass(frozen=True)
class SourceFacts:
    """What the store keeps of a Source's declaration."""

    id: str
    name: str
    home: str
    languages: tuple[str, ...]
    is_enabled: bool


@dataclass(frozen=True)
class ListingCounts:
    """What a Run knows of its Listings."""

    read: int = 0
    """Those that were read or are unchanged."""
    unchanged: int = 0
    problems: Mapping[str, int] = field(default_factory=dict)
    """How many had which problem, by its code."""
    retry_after_s: float | None = None
    """The longest wait that the host asked for."""


@dataclass(frozen=True)
class ListingState:
    """What is known of a Listing's address, for the next conditional request."""

    checked_at: datetime
    """Last request, whatever came of it."""
    read_at: datetime | None = None
    """Last time that it was read or confirmed unchanged."""
    etag: str | None = None
    last_modified: str | None = None
    final_url: str | None = None
    """Where the validators came from, after redirects; they hold for that address only."""
    body_sha256: str | None = None
    problem: str | None = None
    """Why the last request failed; None where it did not."""


@dataclass(frozen=True)
class PendingEntry:
    """An Entry to fetch."""

    id: int
    key: str
    url: str
    attempts: int
    """Tries so far that are to be repeated."""


def sync_sources(session: Session, sources: Iterable[SourceFacts]) -> None:
    """Keep ``sources``, all that are declared; a known Source that is not among them is disabled."""
    known = {row.id: row for row in session.exec(select(SourceRow))}
    for facts in sources:
        row = known.pop(facts.id, None) or SourceRow(
            id=facts.id, name="", home="", languages=[], is_enabled=True
        )
        row.name, row.home, row.is_enabled = facts.name, facts.home, facts.is_enabled
        row.languages = list(facts.languages)
        session.add(row)
    for row in known.values():
        row.is_enabled = False
    session.flush()


def open_run(session: Session, source: str, now: datetime) -> int:
    """Begin a Run of ``source`` and return its id."""
    run = RunRow(source=source, started_at=now)
    session.add(run)
    session.flush()
    assert run.id is not None
    return run.id


def close_run(
    session: Session,
    run_id: int,
    outcome: RunOutcome,
    reason: str | None,
    requests: int,
    received_bytes: int,
    now: datetime,
    listings: ListingCounts | None = None,
) -> None:
    """End a Run: its outcome and counts. A Run that has ended keeps what it has."""
    run = session.get_one(RunRow, run_id)
    if run.ended_at is not None:
        return
    run.ended_at, run.outcome, run.reason = now, outcome.value, reason
    run.requests, run.received_bytes = requests, received_bytes
    run.fates = count_fates(session, run_id)
    if listings is not None:
        run.problems, run.retry_after_s = dict(listings.problems), listings.retry_after_s
        run.listings_read, run.listings_unchanged = listings.read, listings.unchanged
    session.add(run)
    session.flush()


def interrupt_open_runs(session: Session, source: str | None, now: datetime) -> int:
    """End, as interrupted, the open Runs of ``source`` (None: of every Source); returns how many.

    For the start of a process that knows that no other one is crawling them.
    """
    query = select(RunRow).where(col(RunRow.ended_at).is_(None))
    if source is not None:
        query = query.where(RunRow.source == source)
    runs = session.exec(query).all()
    for run in runs:
        assert run.id is not None
        reason = "The process ended during the Run."
        close_run(session, run.id, RunOutcome.INTERRUPTED, reason, run.requests, run.received_bytes, now)
    return len(runs)


def add_entries(
    session: Session,
    source: str,
    run_id: int,
    keyed: Sequence[tuple[str, Entry]],
    now: datetime,
    fate: Fate = Fate.PENDING,
) -> int:
    """Keep the Entries whose key is new, with ``fate``; returns how many were new.

    A key belongs to the Source that listed it first. Entries of one call that share a key count once.
    """
    added = 0
    for batch in _batches(keyed):
        rows = [
            {
                "source": source,
                "key": key,
                "url": entry.url,
                "title": entry.title,
                "published_at": entry.published_at,
                "modified_at": entry.modified_at,
                "listed_at": now,
                "fate": fate.value,
                "fate_detail": "",
                "attempts": 0,
                "run_id": run_id,
            }
            for key, entry in batch
        ]
        added += insert_missing(session, EntryRow, rows, on=["key"])
    run = session.get_one(RunRow, run_id)
    run.listed += added
    session.add(run)
    session.flush()
    return added


def pending_entries(session: Session, source: str, now: datetime, limit: int) -> list[PendingEntry]:
    """Up to ``limit`` PENDING Entries of ``source`` to fetch now, the newest first."""
    next_try_at = col(EntryRow.next_try_at)
    is_due = or_(next_try_at.is_(None), next_try_at <= now)
    return _due_entries(session, source, [Fate.PENDING], is_due, limit)


def doubted_entries(session: Session, source: str, now: datetime, limit: int) -> list[PendingEntry]:
    """Up to ``limit`` Entries of ``source`` in doubt to ask for again now, the newest first."""
    doubted = [fate for fate in Fate if fate.is_doubted]
    return _due_entries(session, source, doubted, col(EntryRow.next_try_at) <= now, limit)


def _due_entries(
    session: Session, source: str, fates: Sequence[Fate], is_due: ColumnElement[bool], limit: int
) -> list[PendingEntry]:
    newest = func.coalesce(EntryRow.published_at, EntryRow.modified_at, EntryRow.listed_at)
    query = (
        select(EntryRow.id, EntryRow.key, EntryRow.url, EntryRow.attempts)
        .where(EntryRow.source == source, col(EntryRow.fate).in_([fate.value for fate in fates]), is_due)
        .order_by(newest.desc(), col(EntryRow.id))
        .limit(limit)
    )
    return [PendingEntry(id or 0, key, url, attempts) for id, key, url, attempts in session.exec(query)]


def count_pending(session: Session, source: str) -> int:
    """How many Entries of ``source`` are PENDING, due or not.

    One in doubt that is to be asked for again is none of them: most of these pages never come.
    """
    query = select(func.count()).where(EntryRow.source == source, EntryRow.fate == Fate.PENDING.value)
    return session.exec(query).one()


def wake_old_entries(session: Session, source: str, since: datetime) -> int:
    """Make the TOO_OLD Entries of ``source`` that are dated ``since`` or later PENDING; returns how many.

    For a look further back than the one that put them aside.
    """
    dated_at = func.coalesce(EntryRow.published_at, EntryRow.modified_at)
    woken = session.execute(
        update(EntryRow)
        .where(col(EntryRow.source) == source, col(EntryRow.fate) == Fate.TOO_OLD.value, dated_at >= since)
        .values(fate=Fate.PENDING.value, next_try_at=None)
    )
    return cast("CursorResult[Any]", woken).rowcount


def record_fate(
    session: Session,
    entry_id: int,
    run_id: int,
    fate: Fate,
    detail: str,
    now: datetime,
    retry_at: datetime | None = None,
) -> None:
    """Decide on an Entry: ``fate`` for good, or with ``retry_at`` another try from then on.

    To be tried again, it stays PENDING with one more attempt, and ``fate_detail`` holds
    ``fate: detail``; a Fate in doubt shows at once, for most such pages never come.
    A decision is counted once: repeating it changes nothing, nor does the same doubt in a later Run;
    one that turns out otherwise is no longer counted by the Run that doubted it.
    """
    entry = session.get_one(EntryRow, entry_id)
    before = Fate(entry.fate)
    if retry_at is not None and entry.next_try_at != retry_at:
        entry.attempts += 1
    if retry_at is not None and not fate.is_doubted:
        entry.fate = Fate.PENDING.value
        entry.fate_detail = f"{fate.value}: {detail}" if detail else fate.value
    else:
        entry.fate, entry.fate_detail = fate.value, detail
    entry.next_try_at = retry_at
    if not (before.is_doubted and fate is before):
        if before.is_doubted and entry.run_id is not None:
            take_back(session, [(entry.run_id, before)])
        entry.run_id = run_id
    session.add(entry)
    session.flush()


def record_snapshot(
    session: Session, entry_id: int, run_id: int, article_key: str, snapshot: Snapshot, page: ArchivedPage
) -> int:
    """``storage.arrivals.record_snapshots`` for one page; returns the Snapshot's id."""
    digest = body_digest(snapshot.body)
    return record_snapshots(session, [Arrival(entry_id, run_id, article_key, snapshot, digest, page)])[0]


def known_keys(session: Session, keys: Iterable[str]) -> set[str]:
    """Those of ``keys`` under which an Entry is kept already."""
    return {
        key
        for batch in _batches(list(keys))
        for key in session.exec(select(EntryRow.key).where(col(EntryRow.key).in_(batch)))
    }


def listing_state(session: Session, source: str, url: str) -> ListingState | None:
    """What is known of one Listing address; None before its first request."""
    query = select(ListingRow).where(ListingRow.source == source, ListingRow.url == url)
    row = session.exec(query).first()
    if row is None:
        return None
    return ListingState(
        checked_at=row.checked_at,
        read_at=row.read_at,
        etag=row.etag,
        last_modified=row.last_modified,
        final_url=row.final_url,
        body_sha256=row.body_sha256,
        problem=row.problem,
    )


def save_listing_state(session: Session, source: str, url: str, state: ListingState) -> None:
    """Keep ``state`` for one Listing address, in place of what was known."""
    query = select(ListingRow.id).where(ListingRow.source == source, ListingRow.url == url)
    if session.exec(query).first() is None:
        session.add(ListingRow(source=source, url=url, **vars(state)))
    else:
        session.execute(
            update(ListingRow)
            .where(col(ListingRow.source) == source, col(ListingRow.url) == url)
            .values(**vars(state))
        )
    session.flush()


def _batches(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]

"""Pages as they arrive: archived, kept as Snapshots, their Entries fetched; many in one transaction.

Statements past the ORM, for every page of a crawl comes by here; see docs/benchmarks.md.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, bindparam, insert, update
from sqlmodel import Session

from storage import second_looks
from storage.archive import ArchivedPage
from storage.dialects import plain
from storage.models import Fate, Snapshot
from storage.run_counts import take_back
from storage.second_looks import FirstFetch
from storage.tables import EntryRow, ExtractionRow, SnapshotRow

_BATCH = 500
"""Keys in one statement."""
_ENTRY, _EXTRACTION, _SNAPSHOT = plain(EntryRow), plain(ExtractionRow), plain(SnapshotRow)
_END_ENTRY = (
    update(_ENTRY)
    .where(_ENTRY.c.id == bindparam("of_entry"))
    .values(fate=Fate.FETCHED.value, fate_detail="", next_try_at=None, run_id=bindparam("of_run"))
)


@dataclass(frozen=True)
class Arrival:
    """A fetched page and where its body is in the archive."""

    entry_id: int
    run_id: int
    article_key: str
    snapshot: Snapshot
    body_sha256: str
    page: ArchivedPage


def body_digest(body: bytes) -> str:
    """What tells two bodies apart."""
    return sha256(body).hexdigest()


def archived_pages(session: Session, body_sha256s: Collection[str]) -> dict[str, ArchivedPage]:
    """Which of these bodies are archived already, and where: they need not be stored again."""
    columns = (
        _SNAPSHOT.c.body_sha256,
        _SNAPSHOT.c.archive_file,
        _SNAPSHOT.c.archive_offset,
        _SNAPSHOT.c.archive_length,
    )
    query = _SNAPSHOT.select().with_only_columns(*columns).where(_SNAPSHOT.c.body_sha256.in_(body_sha256s))
    return {
        digest: ArchivedPage(file=file, offset=offset, length=length)
        for digest, file, offset, length in session.connection().execute(query)
        if file  # else its page was removed by age or size
    }


def record_snapshots(session: Session, arrivals: Sequence[Arrival]) -> list[int]:
    """Keep fetched pages, make their Entries FETCHED, let their extraction wait; the Snapshots' ids.

    A page that was fetched before keeps its Run's count: this was a second look. One that was
    in doubt is no longer counted by the Run that missed it. A repeated call with the same page of the
    archive returns the first one's id. Raises KeyError for an Entry that is not known.
    """
    session.flush()
    ids: list[int] = []
    for start in range(0, len(arrivals), _BATCH):
        ids += _record(session, arrivals[start : start + _BATCH])
    return ids


def _record(session: Session, arrivals: Sequence[Arrival]) -> list[int]:
    connection = session.connection()
    entry_ids = {arrival.entry_id for arrival in arrivals}
    entries = {row.id: row for row in connection.execute(_ENTRY.select().where(_ENTRY.c.id.in_(entry_ids)))}
    before = _SNAPSHOT.select().where(_SNAPSHOT.c.entry_id.in_(entry_ids))
    known = {_identity_of_row(row): int(row.id) for row in connection.execute(before)}
    fetched = {id for id, row in entries.items() if row.fate == Fate.FETCHED.value}
    ids, new, first = [], [], []
    for arrival in arrivals:
        id = known.get(_identity(arrival))
        if id is None:
            added = connection.execute(insert(_SNAPSHOT), _values(arrival)).inserted_primary_key
            assert added is not None
            id = known[_identity(arrival)] = added[0]
            new.append(id)
            entry = entries[arrival.entry_id]
            if entry.id in fetched:
                second_looks.record_look(session, entry.id, arrival.snapshot.fetched_at)
            else:
                fetched.add(entry.id)
                first.append((arrival, entry))
        ids.append(id)
    if new:
        connection.execute(insert(_EXTRACTION), [{"snapshot_id": id} for id in new])
    _end_entries(session, first)
    return ids


def _end_entries(session: Session, first: Sequence[tuple[Arrival, Row[Any]]]) -> None:
    if not first:
        return
    ended = [{"of_entry": arrival.entry_id, "of_run": arrival.run_id} for arrival, _ in first]
    session.connection().execute(_END_ENTRY, ended)
    before = [(entry.run_id, Fate(entry.fate)) for _, entry in first]
    take_back(session, [(run_id, fate) for run_id, fate in before if fate.is_doubted])
    second_looks.plan_looks(
        session,
        [
            FirstFetch(
                entry.id, entry.source, entry.published_at or entry.modified_at, arrival.snapshot.fetched_at
            )
            for arrival, entry in first
        ],
    )


def _values(arrival: Arrival) -> dict[str, Any]:
    snapshot, page = arrival.snapshot, arrival.page
    return {
        "entry_id": arrival.entry_id,
        "source": snapshot.source,
        "article_key": arrival.article_key,
        "requested_url": snapshot.requested_url,
        "final_url": snapshot.final_url,
        "status": snapshot.status,
        "headers": snapshot.headers,
        "fetched_at": snapshot.fetched_at,
        "body_sha256": arrival.body_sha256,
        "archive_file": page.file,
        "archive_offset": page.offset,
        "archive_length": page.length,
    }


def _identity(arrival: Arrival) -> tuple[int, str, int, datetime]:
    page = arrival.page
    return arrival.entry_id, page.file, page.offset, arrival.snapshot.fetched_at


def _identity_of_row(row: Row[Any]) -> tuple[int, str, int, datetime]:
    return row.entry_id, row.archive_file, row.archive_offset, row.fetched_at

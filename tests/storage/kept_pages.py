"""A page archive of several files over some months, with every reason why a page stays."""

from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from sqlmodel import Session, select
from storage_samples import BAO_MAU, NOW, VERSION, begin, entry, flag, revision, snapshot
from warcio.archiveiterator import ArchiveIterator

from storage import ledger, reading
from storage.archive import Archive, ArchivedPage
from storage.arrivals import archived_pages, body_digest
from storage.database import Database
from storage.models import Rejection, RejectionReason
from storage.tables import SnapshotRow

KINDS = ("plain", "flagged", "rejected", "unread", "unjudged", "plain", "plain", "shared")
"""By the page's number; "shared" has the same bytes for all of its kind."""


def body_of(number: int) -> bytes:
    text = "the same everywhere" if kind_of(number) == "shared" else f"page {number}"
    return f"<html>{text} ".encode() + sha256(text.encode()).digest() * 60


def kind_of(number: int) -> str:
    return KINDS[number % len(KINDS)]


def fill(database: Database, archive: Archive, pages: int, now: datetime = NOW) -> None:
    """``pages`` pages, one a day, the last of them fetched ``now``."""
    with database.write() as session:
        run_id = begin(session, now)
        for number in range(pages):
            add(session, archive, run_id, number, now - timedelta(days=pages - 1 - number))


def add(session: Session, archive: Archive, run_id: int, number: int, at: datetime) -> int:
    """One page by its number; the Snapshot's id."""
    key, listed = entry(number)
    ledger.add_entries(session, BAO_MAU.id, run_id, [(key, listed)], at)
    pending = ledger.pending_entries(session, BAO_MAU.id, at, 10_000)
    entry_id = next(item.id for item in pending if item.key == key)
    fetched = snapshot(key, body_of(number), at)
    digest = body_digest(fetched.body)
    place = archived_pages(session, [digest]).get(digest) or archive.store(fetched)
    snapshot_id = ledger.record_snapshot(session, entry_id, run_id, key, fetched, place)
    kind = kind_of(number)
    if kind == "rejected":
        rejection = Rejection(reason=RejectionReason.TOO_SHORT)
        reading.record_extraction(session, snapshot_id, "test 1", rejection, at)
    elif kind != "unread":
        revision_id = reading.record_extraction(
            session, snapshot_id, "test 1", revision(f"Bài {number}."), at
        )
        assert revision_id is not None
        if kind != "unjudged":
            reading.record_flag(session, revision_id, flag(2 if kind == "flagged" else 0), VERSION, at)
    return snapshot_id


def check(database: Database, folder: Path) -> dict[int, bool]:
    """Whether the page of each number is there; all that the database names is whole.

    And every file of the archive can be read to its end by another tool.
    """
    with database.read() as session:
        rows = list(session.exec(select(SnapshotRow).order_by(SnapshotRow.id)))  # type: ignore[arg-type]
    archive, there = Archive(folder), {}
    for row in rows:
        number = int(row.article_key.rpartition("-")[2].partition(".")[0])
        place = ArchivedPage(file=row.archive_file, offset=row.archive_offset, length=row.archive_length)
        there[number] = not place.is_removed
        if not place.is_removed:
            assert archive.load(place) == body_of(number), number
    for file in folder.glob("*.warc.gz"):
        with file.open("rb") as opened:
            for record in ArchiveIterator(opened, check_digests="raise"):
                record.content_stream().read()
    return there

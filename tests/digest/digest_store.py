"""Sample articles and runs put into a real database, through the stages' own functions."""

from datetime import datetime, timedelta

from digest_samples import OUTLETS

from storage import ledger, queries, reading
from storage.archive import ArchivedPage
from storage.database import Database
from storage.ledger import SourceFacts
from storage.models import Entry, JudgedArticle, Rejection, RejectionReason, RunOutcome, Snapshot
from storage.statements import record_statements


def sync(database: Database) -> None:
    """All sample outlets known."""
    facts = [
        SourceFacts(source, name, f"https://{source}.example/", (source[-2:],), True)
        for source, name in OUTLETS.items()
    ]
    with database.write() as session:
        ledger.sync_sources(session, facts)


def run(database: Database, source: str, ended_at: datetime, reason: str | None = None) -> None:
    """One ended Run of ``source``, failed where ``reason`` says why."""
    with database.write() as session:
        run_id = ledger.open_run(session, source, ended_at - timedelta(minutes=2))
        outcome = RunOutcome.FAILED if reason else RunOutcome.COMPLETED
        ledger.close_run(session, run_id, outcome, reason, 10, 100_000, ended_at)


def store(
    database: Database, judged: JudgedArticle, judged_at: datetime | None = None, key: str | None = None
) -> int:
    """``judged`` fetched, extracted and judged, at ``judged_at`` where given; returns the Article's id."""
    at = judged_at or judged.judged_at
    key = key or f"{judged.source}/{judged.article_id}"
    # The address of a page is always http(s) where it was fetched; a sample may pretend otherwise.
    with database.write() as session:
        snapshot_id = _fetched(session, judged, key, at)
        revision_id = reading.record_extraction(session, snapshot_id, "test 1", judged.revision, at)
        assert revision_id is not None
        reading.record_flag(session, revision_id, judged.flag, "1", at)
        record_statements(session, [(revision_id, judged.statements)])
    with database.read() as session:
        revision = reading.RevisionRow
        found = session.get(revision, revision_id)
        assert found is not None
        assert queries.article(session, found.article_id, judged.flag.topic) is not None
        return found.article_id


def reject(database: Database, judged: JudgedArticle, at: datetime, reason: RejectionReason) -> None:
    """The page of ``judged`` fetched and rejected."""
    with database.write() as session:
        snapshot_id = _fetched(session, judged, f"{judged.source}/rejected-{judged.article_id}", at)
        reading.record_extraction(session, snapshot_id, "test 1", Rejection(reason=reason), at)


def _fetched(session, judged: JudgedArticle, key: str, at: datetime) -> int:
    run_id = ledger.open_run(session, judged.source, at)
    ledger.add_entries(session, judged.source, run_id, [(key, Entry(url=judged.url))], at)
    (pending,) = [
        item for item in ledger.pending_entries(session, judged.source, at, 1000) if item.key == key
    ]
    snapshot = Snapshot(
        source=judged.source,
        requested_url=judged.url,
        final_url=judged.url,
        status=200,
        headers=(),
        body=key.encode(),
        fetched_at=at,
    )
    page = ArchivedPage(file="pages.warc.gz", offset=0, length=1)
    snapshot_id = ledger.record_snapshot(session, pending.id, run_id, key, snapshot, page)
    ledger.close_run(session, run_id, RunOutcome.COMPLETED, None, 1, 1000, at)
    return snapshot_id

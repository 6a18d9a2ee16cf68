"""What a crawl writes: fates, attempts, counts, and that repeating a call changes nothing."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select
from storage_samples import BAO_MAU, NOW, SAMPLE_NEWS, begin, entry, fetch, minutes, page, revision, snapshot

from storage import health, ledger, reading
from storage.arrivals import archived_pages, body_digest
from storage.database import Database
from storage.ledger import ListingState, SourceFacts
from storage.models import Entry, Fate, Rejection, RejectionReason, RunOutcome
from storage.tables import (
    ArticleRow,
    EntryRow,
    ExtractionRow,
    RevisionRow,
    Row,
    RunRow,
    SnapshotRow,
    SourceRow,
)

DAY = timedelta(days=1)


def rows(session: Session, table: type[Row]) -> list[dict[str, object]]:
    return [row.model_dump() for row in session.exec(select(table)).all()]


def test_sources_are_kept_and_missing_ones_disabled(database: Database) -> None:
    renamed = SourceFacts(BAO_MAU.id, "Báo Mẫu mới", BAO_MAU.home, ("vi", "en"), True)
    for declared in ([BAO_MAU, SAMPLE_NEWS], [renamed], [renamed]):
        with database.write() as session:
            ledger.sync_sources(session, declared)
    with database.read() as session:
        kept = {
            row["id"]: (row["name"], row["languages"], row["is_enabled"]) for row in rows(session, SourceRow)
        }
    assert kept == {
        "bao-mau": ("Báo Mẫu mới", ["vi", "en"], True),
        "sample-news": ("Sample News", ["en"], False),
    }


def test_entries_are_added_once(database: Database) -> None:
    listed = [entry(number) for number in range(1200)]
    with database.write() as session:
        run_id = begin(session)
        assert ledger.add_entries(session, BAO_MAU.id, run_id, listed + listed[:7], NOW) == 1200
    with database.write() as session:
        again = ledger.open_run(session, SAMPLE_NEWS.id, NOW)
        assert ledger.add_entries(session, SAMPLE_NEWS.id, again, [*listed, entry(1200)], NOW) == 1
        assert ledger.add_entries(session, SAMPLE_NEWS.id, again, [], NOW) == 0
    with database.read() as session:
        assert len(rows(session, EntryRow)) == 1201
        assert [row["listed"] for row in rows(session, RunRow)] == [1200, 1]


def test_known_keys(database: Database) -> None:
    listed = [entry(number) for number in range(3)]
    with database.write() as session:
        ledger.add_entries(session, BAO_MAU.id, begin(session), listed, NOW)
    with database.read() as session:
        asked = [key for key, _ in listed[:2]] + [f"https://baomau.example/{n}" for n in range(1500)]
        assert ledger.known_keys(session, asked) == {listed[0][0], listed[1][0]}
        assert ledger.known_keys(session, []) == set()


def test_pending_entries_come_newest_first(database: Database) -> None:
    undated, old, new = entry(1), entry(2, NOW - minutes(60)), entry(3, NOW + minutes(5))
    changed = ("m", Entry(url="https://baomau.example/m", modified_at=NOW - minutes(10)))
    with database.write() as session:
        run_id = begin(session)
        ledger.add_entries(session, BAO_MAU.id, run_id, [undated, old, new, changed], NOW)
        ledger.add_entries(session, BAO_MAU.id, run_id, [entry(4)], NOW, fate=Fate.TOO_OLD)
    with database.read() as session:
        found = ledger.pending_entries(session, BAO_MAU.id, NOW, 10)
        assert [item.key for item in found] == [new[0], undated[0], "m", old[0]]
        assert [item.key for item in ledger.pending_entries(session, BAO_MAU.id, NOW, 2)] == [
            new[0],
            undated[0],
        ]
        assert ledger.pending_entries(session, SAMPLE_NEWS.id, NOW, 10) == []


def test_an_entry_to_be_tried_again_waits_until_then(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        ledger.add_entries(session, BAO_MAU.id, run_id, [entry(1)], NOW)
        [pending] = ledger.pending_entries(session, BAO_MAU.id, NOW, 10)
        for _ in range(2):  # repeated: one attempt all the same
            retry_at = NOW + minutes(30)
            ledger.record_fate(session, pending.id, run_id, Fate.TIMED_OUT, "30 s", NOW, retry_at=retry_at)
    with database.read() as session:
        assert ledger.pending_entries(session, BAO_MAU.id, NOW + minutes(29), 10) == []
        [waiting] = ledger.pending_entries(session, BAO_MAU.id, NOW + minutes(30), 10)
        assert waiting.attempts == 1
        assert session.get_one(EntryRow, pending.id).fate_detail == "timed_out: 30 s"
    with database.write() as session:
        ledger.record_fate(session, pending.id, run_id, Fate.NOT_FOUND, "404", NOW + minutes(31))
    with database.read() as session:
        row = session.get_one(EntryRow, pending.id)
        assert (row.fate, row.fate_detail, row.attempts, row.next_try_at) == ("not_found", "404", 1, None)
        assert ledger.pending_entries(session, BAO_MAU.id, NOW + minutes(60), 10) == []


def test_a_page_not_found_is_asked_for_again_but_does_not_wait(database: Database) -> None:
    with database.write() as session:
        first = begin(session)
        ledger.add_entries(session, BAO_MAU.id, first, [entry(1), entry(2), entry(3)], NOW)
        pending = {item.key: item for item in ledger.pending_entries(session, BAO_MAU.id, NOW, 10)}
        dead, late, gone = (pending[entry(number)[0]].id for number in (1, 2, 3))
        for entry_id in (dead, dead, late):  # repeated: one attempt all the same
            retry_at = NOW + minutes(20)
            ledger.record_fate(session, entry_id, first, Fate.NOT_FOUND, "status 404", NOW, retry_at)
        ledger.record_fate(session, gone, first, Fate.NOT_FOUND, "status 410", NOW)
        ledger.close_run(session, first, RunOutcome.COMPLETED, None, 3, 0, NOW + minutes(1))
    with database.read() as session:
        assert ledger.count_pending(session, BAO_MAU.id) == 0
        assert ledger.pending_entries(session, BAO_MAU.id, NOW + minutes(60), 10) == []
        assert ledger.doubted_entries(session, BAO_MAU.id, NOW + minutes(19), 10) == []
        assert ledger.doubted_entries(session, SAMPLE_NEWS.id, NOW + minutes(20), 10) == []
        assert len(ledger.doubted_entries(session, BAO_MAU.id, NOW + minutes(20), 1)) == 1
        again = ledger.doubted_entries(session, BAO_MAU.id, NOW + minutes(20), 10)
        assert {item.id: item.attempts for item in again} == {dead: 1, late: 1}
        row = session.get_one(EntryRow, dead)
        assert (row.fate, row.fate_detail, row.attempts) == ("not_found", "status 404", 1)
        assert health.progress(session).entries_pending == 0
    with database.write() as session:
        ledger.record_fate(session, dead, first, Fate.NOT_FOUND, "status 404", NOW + minutes(20))
    with database.read() as session:
        assert [item.id for item in ledger.doubted_entries(session, BAO_MAU.id, NOW + DAY, 10)] == [late]


@pytest.mark.parametrize("outcome", [Fate.NOT_FOUND, Fate.FETCHED, Fate.OFF_HOST, Fate.TIMED_OUT])
def test_a_page_that_was_missing_is_counted_once(database: Database, outcome: Fate) -> None:
    key, at = entry(1)[0], NOW + minutes(30)
    with database.write() as session:
        first = begin(session)
        ledger.add_entries(session, BAO_MAU.id, first, [entry(1), entry(2)], NOW)
        for item in ledger.pending_entries(session, BAO_MAU.id, NOW, 10):
            ledger.record_fate(session, item.id, first, Fate.NOT_FOUND, "status 404", NOW, NOW + minutes(20))
        ledger.close_run(session, first, RunOutcome.COMPLETED, None, 2, 0, NOW + minutes(1))
    with database.write() as session:
        again = ledger.open_run(session, BAO_MAU.id, at)
        missing = {item.key: item for item in ledger.doubted_entries(session, BAO_MAU.id, at, 10)}
        for _ in range(2):
            if outcome is Fate.FETCHED:
                ledger.record_snapshot(session, missing[key].id, again, key, snapshot(key, at=at), page(1))
            else:
                retry_at = at + minutes(120) if outcome is Fate.TIMED_OUT else None
                ledger.record_fate(session, missing[key].id, again, outcome, "", at, retry_at)
        ledger.close_run(session, again, RunOutcome.COMPLETED, None, 1, 0, at + minutes(1))
    with database.read() as session:
        counted = [session.get_one(RunRow, run_id).fates for run_id in (first, again)]
        [line] = health.coverage(session, NOW, NOW + DAY, BAO_MAU.id)
        row = session.get_one(EntryRow, missing[key].id)
    if outcome is Fate.NOT_FOUND:
        assert counted == [{"not_found": 2}, {}]
        assert line.fates == {"not_found": 2}
    else:
        shown = "pending" if outcome is Fate.TIMED_OUT else outcome.value
        assert counted == [{"not_found": 1}, {shown: 1}]
        assert line.fates == {"not_found": 1, shown: 1}
        assert row.fate == shown


def test_a_run_counts_the_fates_it_decided(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        ledger.add_entries(session, BAO_MAU.id, run_id, [entry(n) for n in range(2, 6)], NOW)
        ledger.add_entries(session, BAO_MAU.id, run_id, [entry(9)], NOW, fate=Fate.TOO_OLD)
        fetch(session, run_id, 1)
        found = ledger.pending_entries(session, BAO_MAU.id, NOW, 10)
        ledger.record_fate(session, found[0].id, run_id, Fate.BLOCKED, "403", NOW)
        ledger.record_fate(session, found[1].id, run_id, Fate.TIMED_OUT, "", NOW, retry_at=NOW)
        ledger.close_run(session, run_id, RunOutcome.COMPLETED, None, 7, 5_000_000_000, NOW + minutes(2))
    with database.write() as session:  # ended is ended
        ledger.close_run(session, run_id, RunOutcome.FAILED, "late", 0, 0, NOW + minutes(9))
        assert ledger.interrupt_open_runs(session, None, NOW + minutes(9)) == 0
    with database.read() as session:
        run = session.get_one(RunRow, run_id)
    assert run.fates == {"blocked": 1, "fetched": 1, "pending": 3, "too_old": 1}
    assert (run.listed, run.requests, run.received_bytes) == (6, 7, 5_000_000_000)
    assert (run.outcome, run.reason, run.ended_at) == ("completed", None, NOW + minutes(2))


def test_open_runs_are_interrupted(database: Database) -> None:
    with database.write() as session:
        first = begin(session)
        second = ledger.open_run(session, SAMPLE_NEWS.id, NOW)
    with database.write() as session:
        assert ledger.interrupt_open_runs(session, SAMPLE_NEWS.id, NOW + minutes(1)) == 1
        assert session.get_one(RunRow, first).ended_at is None
        assert ledger.interrupt_open_runs(session, None, NOW + minutes(2)) == 1
    with database.read() as session:
        ended = [session.get_one(RunRow, run_id) for run_id in (first, second)]
    assert [run.outcome for run in ended] == ["interrupted", "interrupted"]
    assert [run.ended_at for run in ended] == [NOW + minutes(2), NOW + minutes(1)]


def test_a_snapshot_is_kept_as_received(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        snapshot_id = fetch(session, run_id, 1)
    with database.write() as session:
        key = entry(1)[0]
        entry_id = session.get_one(SnapshotRow, snapshot_id).entry_id
        assert ledger.record_snapshot(session, entry_id, run_id, key, snapshot(key), page(1)) == snapshot_id
        digest, other = body_digest(snapshot(key).body), body_digest(b"other")
        assert archived_pages(session, [digest, other]) == {digest: page(1)}
        assert session.get_one(EntryRow, entry_id).fate == "fetched"
    with database.read() as session:
        [pending] = reading.pending_snapshots(session, 10)
    assert (pending.id, pending.source, pending.article_key) == (snapshot_id, BAO_MAU.id, key)
    assert (pending.requested_url, pending.final_url, pending.status) == (key, key, 200)
    assert pending.headers == snapshot(key).headers
    assert (pending.page, pending.fetched_at) == (page(1), NOW)


def test_a_listing_is_remembered(database: Database) -> None:
    url = "https://baomau.example/rss"
    first = ListingState(NOW, NOW, '"a"', "Sat, 21 Nov 2026 00:00:00 GMT", url, "00ff", None)
    failed = ListingState(NOW + minutes(30), NOW, '"a"', problem="timed out")
    with database.write() as session:
        begin(session)
        assert ledger.listing_state(session, BAO_MAU.id, url) is None
        for state in (first, failed, failed):
            ledger.save_listing_state(session, BAO_MAU.id, url, state)
            assert ledger.listing_state(session, BAO_MAU.id, url) == state
        assert ledger.listing_state(session, SAMPLE_NEWS.id, url) is None


STEPS = ("list", "fetch", "retry", "miss", "read", "edit", "reject")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 2)), max_size=25))
def test_any_order_keeps_one_article_a_key(database: Database, steps: list[tuple[str, int]]) -> None:
    class Undo(Exception):
        pass

    def walk() -> None:
        with database.write() as session:
            run_id = begin(session)
            for clock, (step, number) in enumerate(steps):
                take(session, run_id, step, number, NOW + timedelta(seconds=clock))
            check(session)
            raise Undo

    with pytest.raises(Undo):
        walk()


def take(session: Session, run_id: int, step: str, number: int, now: datetime) -> None:
    key, listed = entry(number)
    due = ledger.pending_entries(session, BAO_MAU.id, now, 99)
    due += ledger.doubted_entries(session, BAO_MAU.id, now, 99)
    pending = {item.key: item for item in due}
    waiting = {item.article_key: item for item in reading.pending_snapshots(session, 99)}
    done = [row.snapshot_id for row in session.exec(select(ExtractionRow))]
    if step == "list":
        ledger.add_entries(session, BAO_MAU.id, run_id, [(key, listed)], now)
    elif step == "fetch" and key in pending:
        ledger.record_snapshot(session, pending[key].id, run_id, "k", snapshot(key, at=now), page(number))
    elif step == "retry" and key in pending:
        ledger.record_fate(session, pending[key].id, run_id, Fate.TIMED_OUT, "", now, retry_at=now)
    elif step == "miss" and key in pending:
        ledger.record_fate(session, pending[key].id, run_id, Fate.NOT_FOUND, "", now, retry_at=now)
    elif step in ("read", "edit") and done:
        text = revision() if step == "read" else revision(f"Bài sửa lần {number}.")
        reading.record_extraction(session, done[number % len(done)], "test 1", text, now)
    elif step == "reject" and waiting:
        empty = Rejection(reason=RejectionReason.EMPTY)
        reading.record_extraction(session, min(item.id for item in waiting.values()), "test 1", empty, now)


def check(session: Session) -> None:
    """Three addresses that redirect to one article: at most one Article, with one newest Revision."""
    articles = session.exec(select(ArticleRow)).all()
    revisions = session.exec(select(RevisionRow)).all()
    assert len(articles) <= 1
    assert sum(row.is_newest for row in revisions) == len(articles)
    assert len(session.exec(select(EntryRow)).all()) == len(set(session.exec(select(EntryRow.key)).all()))

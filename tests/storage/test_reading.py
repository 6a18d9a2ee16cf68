"""Extraction and judging: one Article a key, a Revision for a changed text, the newest one judged."""

from sqlmodel import select
from storage_samples import (
    NOW,
    TOPIC,
    VERSION,
    begin,
    entry,
    fetch,
    flag,
    judge,
    minutes,
    page,
    read,
    revision,
    snapshot,
)

from storage import ledger, queries, reading
from storage.database import Database
from storage.models import Rejection, RejectionReason
from storage.tables import ArticleRow, ExtractionRow, FlagRow, RevisionRow, SnapshotRow

PARIS_NOON = NOW + minutes(600)


def test_pending_snapshots_come_in_order_and_once(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        ids = [fetch(session, run_id, number) for number in (3, 1, 2)]
        assert [item.id for item in reading.pending_snapshots(session, 2)] == ids[:2]
        reading.record_extraction(session, ids[0], "test 1", revision(), NOW)
        empty = Rejection(reason=RejectionReason.TOO_SHORT, detail="12 words")
        assert reading.record_extraction(session, ids[1], "test 1", empty, NOW) is None
        assert [item.id for item in reading.pending_snapshots(session, 9)] == ids[2:]
        row = session.get_one(ExtractionRow, ids[1])
        assert (row.rejection_reason, row.rejection_detail, row.extractor) == (
            "too_short",
            "12 words",
            "test 1",
        )


def test_a_revision_comes_back_whole(database: Database) -> None:
    whole = revision(
        lead="Tóm tắt.",
        author="Người viết",
        published_at=NOW - minutes(90),
        published_from="json-ld",
        original_url="https://other.example/1",
    )
    with database.write() as session:
        revision_id = read(session, begin(session), 1, whole)
    with database.read() as session:
        assert reading.unjudged_revisions(session, TOPIC, 9) == [(revision_id, whole)]
        [article] = session.exec(select(ArticleRow)).all()
    assert (article.key, article.url, article.first_seen_at) == (entry(1)[0], entry(1)[0], NOW)


def test_the_same_text_is_one_revision(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        first = read(session, run_id, 1, revision())
        [snapshot_id] = session.exec(select(SnapshotRow.id)).all()
        assert snapshot_id is not None
        dated = revision(published_at=NOW - minutes(5), author="Người viết")
        assert reading.record_extraction(session, snapshot_id, "test 2", dated, NOW + minutes(1)) == first
    with database.read() as session:
        [row] = session.exec(select(RevisionRow)).all()
        assert reading.revision_of(row) == dated, "a better extractor's facts about the same text are kept"
        assert (row.dated_at, row.created_at) == (NOW - minutes(5), NOW)


def test_an_edited_text_is_a_new_revision_and_is_judged(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        first = judge(session, run_id, 1, flag(), text="Bản đầu.")
        again = _fetch_again(session, run_id, minutes(60))
        second = reading.record_extraction(session, again, "test 1", revision("Bản sửa."), NOW + minutes(61))
        assert second != first
        assert [found for found, _ in reading.unjudged_revisions(session, TOPIC, 9)] == [second]
        assert queries.undigested_articles(session, TOPIC, PARIS_NOON) == []
        assert len(session.exec(select(ArticleRow)).all()) == 1


def test_reading_an_old_page_again_does_not_bring_its_text_back(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        old_page = fetch(session, run_id, 1)
        new_page = _fetch_again(session, run_id, minutes(60))
        old = reading.record_extraction(session, old_page, "test 1", revision("Bản đầu."), NOW)
        new = reading.record_extraction(session, new_page, "test 1", revision("Bản sửa."), NOW)
        assert reading.record_extraction(session, old_page, "test 1", revision("Bản đầu."), NOW) == old
        reading.record_extraction(session, old_page, "test 2", revision("Bản đầu, đọc kỹ hơn."), NOW)
        newest = session.exec(select(RevisionRow).where(RevisionRow.is_newest)).all()
        assert [row.id for row in newest] == [new]


def test_a_text_edited_back_is_the_newest_again(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        pages = [fetch(session, run_id, 1), *(_fetch_again(session, run_id, minutes(n)) for n in (60, 120))]
        for snapshot_id, text in zip(pages, ("A.", "B.", "A."), strict=True):
            reading.record_extraction(session, snapshot_id, "test 1", revision(text), NOW)
        newest = session.exec(select(RevisionRow).where(RevisionRow.is_newest)).all()
        assert [row.text for row in newest] == ["A."]
        assert len(session.exec(select(RevisionRow)).all()) == 3


def test_a_page_that_becomes_readable_loses_its_rejection(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        snapshot_id = fetch(session, run_id, 1)
        reading.record_extraction(session, snapshot_id, "1", Rejection(reason=RejectionReason.EMPTY), NOW)
        revision_id = reading.record_extraction(session, snapshot_id, "2", revision(), NOW)
        row = session.get_one(ExtractionRow, snapshot_id)
        assert (row.revision_id, row.rejection_reason, row.rejection_detail) == (revision_id, None, None)


def test_a_date_in_the_future_does_not_sort_first(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        read(session, run_id, 1, revision(published_at=NOW + minutes(500_000)))
        [row] = session.exec(select(RevisionRow)).all()
        assert (row.dated_at, row.published_at) == (NOW, NOW + minutes(500_000))


def test_a_flag_is_kept_once_a_topic_and_replaced_by_a_new_version(database: Database) -> None:
    with database.write() as session:
        revision_id = judge(session, begin(session), 1, flag(grade=2))
        reading.record_flag(session, revision_id, flag(grade=2), VERSION, NOW + minutes(1))
        assert [row.judged_at for row in session.exec(select(FlagRow))] == [NOW]
        assert reading.unjudged_revisions(session, TOPIC, 9) == []
        assert len(reading.unjudged_revisions(session, "other", 9)) == 1
        reading.record_flag(session, revision_id, flag(grade=0, score=0.2), "2", NOW + minutes(2))
        [row] = session.exec(select(FlagRow)).all()
        assert (row.grade, row.score, row.evidence, row.judged_at) == (0, 0.2, [], NOW + minutes(2))
        assert reading.unjudged_revisions(session, TOPIC, 9) == []


def _fetch_again(session: ledger.Session, run_id: int, later: object) -> int:
    [first] = session.exec(select(SnapshotRow).where(SnapshotRow.archive_offset == 1000)).all()
    at = NOW + later  # type: ignore[operator]
    key = entry(1)[0]
    number = int((at - NOW).total_seconds())
    return ledger.record_snapshot(session, first.entry_id, run_id, key, snapshot(key, at=at), page(number))

"""The questions of digest and pages."""

from datetime import date

import pytest
from sqlmodel import Session
from storage_samples import (
    BAO_MAU,
    NOW,
    SAMPLE_NEWS,
    TOPIC,
    begin,
    entry,
    fetch,
    flag,
    judge,
    minutes,
    read,
    revision,
)

from storage import ledger, queries
from storage.database import Database
from storage.errors import ArticleDigested
from storage.models import Fate, Rejection, RejectionReason, RunOutcome, StoredDigest

LATER = NOW + minutes(60)


def stored(day: int = 21) -> StoredDigest:
    body = {"z": 1, "a": ["Điểm báo", None, 0.5], "m": {"b": 1, "a": 2}}
    return StoredDigest(on=date(2026, 11, day), built_at=LATER, since=NOW, until=LATER, body=body)


def article_ids(session: Session) -> list[int]:
    return [found.article_id for found in queries.undigested_articles(session, TOPIC, LATER)]


def test_undigested_articles_are_the_flagged_ones_best_first(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        for number, verdict in enumerate([flag(1, 0.4), flag(0, 0.3), flag(2, 0.8), flag(1, 0.6)]):
            judge(session, run_id, number, verdict)
        judge(session, run_id, 9, flag(2, 1.0), now=LATER)
    with database.read() as session:
        found = queries.undigested_articles(session, TOPIC, LATER)
        assert [item.url for item in found] == [entry(number)[0] for number in (2, 3, 0)]
        assert queries.undigested_articles(session, "other", LATER) == []
        one = queries.article(session, found[0].article_id, TOPIC)
    assert one == found[0]
    assert (one.source, one.source_name, one.first_seen_at, one.judged_at) == ("bao-mau", "Báo Mẫu", NOW, NOW)
    assert one.revision == revision("Chi bộ 2 kết nạp đảng viên.")
    assert one.flag == flag(2, 0.8)


def test_an_article_that_is_not_judged_or_not_there(database: Database) -> None:
    with database.write() as session:
        read(session, begin(session), 1, revision())
        assert queries.article(session, 1, TOPIC) is None
        assert queries.article(session, 99, TOPIC) is None


def test_near_misses(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        for number, verdict in enumerate([flag(0, 0.2), flag(0, 0.3), flag(0, 0.35), flag(1, 0.4)]):
            judge(session, run_id, number, verdict)
        judge(session, run_id, 9, flag(0, 0.3), now=LATER)
        found = queries.near_misses(session, TOPIC, NOW, LATER, 0.3)
        assert [item.flag.score for item in found] == [0.35, 0.3]
        assert len(queries.near_misses(session, TOPIC, LATER, LATER + minutes(1), 0.3)) == 1


def test_an_article_is_new_in_one_digest(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        for number in range(3):
            judge(session, run_id, number, flag())
        ids = article_ids(session)
        assert queries.freeze_digest(session, stored(21), dict.fromkeys(ids[:2]))
        assert article_ids(session) == ids[2:]
    with pytest.raises(ArticleDigested, match=rf"articles {ids[0]}, {ids[1]} are in another"):
        _freeze(database, stored(22), ids)
    with database.read() as session:
        assert article_ids(session) == ids[2:]
        assert queries.digest_dates(session) == [date(2026, 11, 21)]


def test_a_digest_is_never_overwritten(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        judge(session, run_id, 1, flag())
        assert queries.freeze_digest(session, stored(), {})
    other = stored().model_copy(update={"body": {}, "built_at": LATER + minutes(1)})
    with database.write() as session:
        assert not queries.freeze_digest(session, other, dict.fromkeys(article_ids(session)))
    with database.read() as session:
        assert queries.digest_on(session, date(2026, 11, 21)) == stored()
        assert len(article_ids(session)) == 1, "an Article of a refused digest is still new"


def test_digests_by_day(database: Database) -> None:
    with database.write() as session:
        assert queries.last_digest(session) is None
        for day in (20, 22, 21):
            assert queries.freeze_digest(session, stored(day), {})
    with database.read() as session:
        assert queries.digest_dates(session) == [date(2026, 11, day) for day in (22, 21, 20)]
        assert queries.last_digest(session) == stored(22)
        found = queries.digest_on(session, date(2026, 11, 20))
        assert found == stored(20)
        assert list(found.body) == ["z", "a", "m"], "the order of the keys is kept"
        assert queries.digest_on(session, date(2026, 11, 19)) is None


def test_coverage_of_a_span(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        judge(session, run_id, 1, flag())
        judge(session, run_id, 2, flag(0, 0))
        for number in (3, 4):
            read(session, run_id, number, Rejection(reason=RejectionReason.TOO_SHORT))
        ledger.add_entries(session, BAO_MAU.id, run_id, [entry(5), entry(6)], NOW)
        blocked = ledger.pending_entries(session, BAO_MAU.id, NOW, 1)[0]
        ledger.record_fate(session, blocked.id, run_id, Fate.BLOCKED, "403", NOW)
        ledger.close_run(session, run_id, RunOutcome.COMPLETED, None, 9, 1000, NOW + minutes(5))
        failed = ledger.open_run(session, BAO_MAU.id, NOW + minutes(30))
        ledger.close_run(session, failed, RunOutcome.FAILED, "timed out", 1, 0, NOW + minutes(31))
        cut = ledger.open_run(session, SAMPLE_NEWS.id, NOW + minutes(30))
        ledger.close_run(session, cut, RunOutcome.INTERRUPTED, "killed", 1, 0, NOW + minutes(31))
    with database.read() as session:
        first, second = queries.coverage(session, NOW, LATER)
        empty, _ = queries.coverage(session, LATER, LATER + minutes(60))
        before, _ = queries.coverage(session, NOW - minutes(60), NOW)
    assert (first.source_name, second.source_name) == ("Báo Mẫu", "Sample News")
    assert (first.runs, first.runs_failed, first.articles_new, first.pages_rejected) == (2, 1, 2, 2)
    assert first.rejections == {"too_short": 2}
    assert first.fates == {"blocked": 1, "fetched": 4, "pending": 1}
    assert (first.last_read_at, first.last_reason, first.state) == (NOW + minutes(5), "timed out", "failing")
    assert (second.runs, second.last_read_at, second.last_reason, second.state) == (0, None, None, "unread")
    assert (empty.runs, empty.articles_new, empty.state, empty.last_read_at) == (
        0,
        0,
        "failing",
        NOW + minutes(5),
    )
    assert (before.runs, before.last_read_at, before.state) == (0, None, "unread")


def test_coverage_leaves_disabled_sources_out(database: Database) -> None:
    with database.write() as session:
        begin(session)
        ledger.sync_sources(session, [SAMPLE_NEWS])
        assert [item.source for item in queries.coverage(session, NOW, LATER)] == [SAMPLE_NEWS.id]


def test_a_source_that_recovers_is_read(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        ledger.close_run(session, run_id, RunOutcome.FAILED, None, 1, 0, NOW + minutes(1))
        assert queries.coverage(session, NOW, LATER)[0].last_reason == "No listing could be read."
        run_id = ledger.open_run(session, BAO_MAU.id, NOW + minutes(2))
        assert queries.coverage(session, NOW, LATER)[0].state == "failing", "an open Run says nothing yet"
        ledger.close_run(session, run_id, RunOutcome.COMPLETED, None, 1, 0, NOW + minutes(3))
        assert queries.coverage(session, NOW, LATER)[0].state == "read"


def test_progress(database: Database) -> None:
    with database.write() as session:
        assert queries.progress(session).sources == 0
        run_id = begin(session)
        judge(session, run_id, 1, flag())
        judge(session, run_id, 2, flag(0, 0))
        ledger.add_entries(session, BAO_MAU.id, run_id, [entry(3)], NOW)
        assert queries.progress(session).sources_read == 0
        ledger.close_run(session, run_id, RunOutcome.COMPLETED, None, 1, 0, NOW)
        found = queries.progress(session)
    assert found.model_dump() == {
        "sources": 2,
        "sources_read": 1,
        "entries_listed": 3,
        "entries_pending": 1,
        "articles": 2,
        "flagged": 1,
    }


def test_source_statuses(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        judge(session, run_id, 1, flag())
        fetch(session, run_id, 2)
        ledger.close_run(session, run_id, RunOutcome.COMPLETED, None, 3, 900, NOW + minutes(1))
        ledger.open_run(session, BAO_MAU.id, NOW + minutes(30))
        ledger.sync_sources(session, [BAO_MAU])
        first, second = queries.source_statuses(session)
    assert (first.id, first.name, first.home, first.is_enabled) == (BAO_MAU.id, "Báo Mẫu", BAO_MAU.home, True)
    assert (first.articles, first.last_read_at) == (1, NOW + minutes(1))
    assert first.last_run is not None
    assert (first.last_run.started_at, first.last_run.ended_at) == (NOW + minutes(30), None)
    assert (second.id, second.is_enabled, second.last_run, second.articles) == (
        SAMPLE_NEWS.id,
        False,
        None,
        0,
    )


def _freeze(database: Database, digest: StoredDigest, ids: list[int]) -> None:
    with database.write() as session:
        queries.freeze_digest(session, digest, dict.fromkeys(ids))

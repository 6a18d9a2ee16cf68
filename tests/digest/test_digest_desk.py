"""Freezing on a real database: once, whole, and nothing between two digests."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from digest_samples import ENGLISH, FRENCH, NEAR, NOW, ON, TOPIC, VIETNAMESE, ZONE, judged
from digest_store import reject, run, store, sync

from digest.desk import collecting, digest_for, entries_since, freeze
from digest.errors import UnreadableDigest
from digest.model import Digest
from digest.render import render
from storage import queries
from storage.database import Database
from storage.models import RejectionReason, StoredDigest

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def titles(digest: Digest | None) -> list[str]:
    assert digest is not None
    return [entry.article.title for entry in digest.entries]


@pytest.fixture
def desk(database: Database) -> Database:
    sync(database)
    return database


def test_freezing_twice_gives_the_same_bytes(desk: Database) -> None:
    for article in (ENGLISH, VIETNAMESE, FRENCH, NEAR):
        store(desk, article)
    first = freeze(desk, ON, NOW, ZONE, TOPIC)
    store(desk, judged(50, "Late", "Text."), judged_at=NOW + SECOND)
    again = freeze(desk, ON, NOW + timedelta(hours=3), ZONE, TOPIC)
    assert first.is_final
    assert titles(first) == [a.revision.title for a in (ENGLISH, VIETNAMESE, FRENCH)]
    assert [entry.article.title for entry in first.near_misses] == [NEAR.revision.title]
    for format in ("json", "html", "text", "md"):
        assert render(again, format, "vi", ZONE) == render(first, format, "vi", ZONE)
    assert digest_for(desk, ON, NOW + 9 * DAY, ZONE, TOPIC) == first


def test_what_is_judged_later_belongs_to_the_next_digest(desk: Database) -> None:
    store(desk, ENGLISH)
    first = freeze(desk, ON, NOW, ZONE, TOPIC)
    store(desk, judged(50, "Late", "Text."), judged_at=NOW)
    later = NOW + timedelta(hours=1)
    assert titles(digest_for(desk, ON, later, ZONE, TOPIC)) == [ENGLISH.revision.title]
    upcoming = collecting(desk, later, ZONE, TOPIC)
    assert (upcoming.on, upcoming.is_final, upcoming.since) == (ON + DAY, False, first.until)
    assert titles(upcoming) == ["Late"]
    assert entries_since(desk, first, later, TOPIC) == 1
    second = freeze(desk, ON + DAY, NOW + DAY, ZONE, TOPIC)
    assert titles(second) == ["Late"]
    assert second.since == first.until
    assert titles(collecting(desk, NOW + DAY + SECOND, ZONE, TOPIC)) == []


def test_nothing_is_twice_or_missing_over_many_mornings(desk: Database) -> None:
    shown: list[str] = []
    for number in range(12):
        at = NOW + timedelta(hours=7 * number)
        store(desk, judged(100 + number, f"Title {number}", "Text."), judged_at=at)
        if number % 3 == 2:
            shown += titles(freeze(desk, at.astimezone(ZONE).date(), at, ZONE, TOPIC))
    shown += titles(freeze(desk, ON + 30 * DAY, NOW + 30 * DAY, ZONE, TOPIC))
    assert sorted(shown) == sorted(f"Title {number}" for number in range(12))


def test_today_is_a_preview_until_it_is_frozen(desk: Database) -> None:
    store(desk, ENGLISH)
    preview = digest_for(desk, ON, NOW, ZONE, TOPIC)
    assert preview == collecting(desk, NOW, ZONE, TOPIC)
    assert preview is not None
    assert (preview.on, preview.is_final, preview.since) == (ON, False, None)
    frozen = freeze(desk, ON, NOW, ZONE, TOPIC)
    assert frozen == preview.model_copy(update={"is_final": True})


def test_days_without_a_digest_have_none(desk: Database) -> None:
    assert digest_for(desk, ON - DAY, NOW, ZONE, TOPIC) is None
    assert digest_for(desk, ON + DAY, NOW, ZONE, TOPIC) is None


def test_today_is_the_local_day(desk: Database) -> None:
    evening = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)  # 00:30 on the 22nd in Viet Nam
    assert digest_for(desk, ON, evening, ZONE, TOPIC) is not None
    assert digest_for(desk, ON - DAY, evening, ZONE, TOPIC) is None
    assert collecting(desk, evening, ZONE, TOPIC).on == ON


def test_a_day_without_news_is_a_digest_too(desk: Database) -> None:
    run(desk, "vna-en", NOW - SECOND)
    run(desk, "vns", NOW - SECOND, "blocked: status 403")
    reject(desk, ENGLISH, NOW - timedelta(hours=1), RejectionReason.TOO_SHORT)
    frozen = freeze(desk, ON, NOW, ZONE, TOPIC)
    assert frozen.counts.entries == 0
    states = {line.source: line.state for line in frozen.coverage}
    assert (states["vna-en"], states["vns"], states["vna-fr"]) == ("read", "failing", "unread")
    (line,) = [line for line in frozen.coverage if line.source == "vna-en"]
    assert line.rejections == {"too_short": 1}
    with desk.read() as session:
        assert queries.digest_dates(session) == [ON]


def test_a_clock_that_was_set_back_loses_nothing(desk: Database) -> None:
    freeze(desk, ON, NOW, ZONE, TOPIC)
    earlier = NOW - timedelta(minutes=30)
    store(desk, ENGLISH, judged_at=earlier)
    upcoming = collecting(desk, earlier, ZONE, TOPIC)
    assert upcoming.since == upcoming.until == NOW
    assert titles(upcoming) == [ENGLISH.revision.title]


def test_a_weak_text_is_no_near_miss(desk: Database) -> None:
    store(desk, judged(8, "Far away", "Text.", grade=0, score=0.01))
    assert collecting(desk, NOW, ZONE, TOPIC).near_misses == ()


def test_a_digest_of_another_form_is_refused_by_name(desk: Database) -> None:
    body = {**freeze(desk, ON, NOW, ZONE, TOPIC).to_body(), "version": 99}
    with desk.write() as session:
        stored = StoredDigest(
            on=ON + DAY, built_at=NOW, since=NOW, until=NOW, body=json.loads(json.dumps(body))
        )
        queries.freeze_digest(session, stored, {})
    with pytest.raises(UnreadableDigest, match="2026-11-23 cannot be read: version"):
        digest_for(desk, ON + DAY, NOW, ZONE, TOPIC)


def test_two_services_freeze_one_digest(desk: Database, url_of_database: str) -> None:
    store(desk, ENGLISH)
    other = Database(url_of_database)
    try:
        first = freeze(desk, ON, NOW, ZONE, TOPIC)
        assert freeze(other, ON, NOW + SECOND, ZONE, TOPIC) == first
    finally:
        other.close()

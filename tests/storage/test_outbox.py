"""The outbox on both databases: one attempt at a time, none forgotten, none twice."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from storage import outbox, queries
from storage.database import Database
from storage.models import StoredDigest
from storage.outbox import Delivery, DeliveryState
from storage.tables import DeliveryAttemptRow

NOW = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
ON = date(2026, 11, 22)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(database: Database) -> Database:
    stored = StoredDigest(on=ON, built_at=NOW, since=NOW - timedelta(days=1), until=NOW, body={})
    with database.write() as session:
        queries.freeze_digest(session, stored, {})
    return database


def queue(desk: Database, *channels: str) -> int:
    with desk.write() as session:
        return outbox.queue(session, ON, channels, NOW)


def claim(desk: Database, at: datetime, **options: object) -> Delivery | None:
    with desk.write() as session:
        return outbox.claim(session, at, **options)  # type: ignore[arg-type]


def state(desk: Database) -> dict[str, tuple[str, int, str | None]]:
    with desk.read() as session:
        return {
            item.channel: (item.state.value, item.attempts, item.said)
            for item in outbox.deliveries_of(session, ON)
        }


def test_queueing_twice_queues_once(desk: Database) -> None:
    assert queue(desk, "mail:a@b.vn", "folder:/x") == 2
    assert queue(desk, "mail:a@b.vn", "folder:/x", "chat:1") == 1
    assert set(state(desk)) == {"mail:a@b.vn", "folder:/x", "chat:1"}


def test_there_is_nothing_to_queue_without_a_digest(desk: Database) -> None:
    with desk.write() as session:
        assert outbox.queue(session, ON + timedelta(days=1), ["mail:a@b.vn"], NOW) == 0


def test_a_delivery_is_claimed_by_one(desk: Database) -> None:
    queue(desk, "mail:a@b.vn")
    claimed = claim(desk, NOW)
    assert claimed is not None
    assert (claimed.on, claimed.channel, claimed.attempts) == (ON, "mail:a@b.vn", 1)
    assert claim(desk, NOW) is None
    assert claim(desk, NOW + 2 * MINUTE, on=ON) is None


def test_what_is_delivered_is_never_claimed_again(desk: Database) -> None:
    queue(desk, "mail:a@b.vn")
    claimed = claim(desk, NOW)
    assert claimed is not None
    with desk.write() as session:
        outbox.record_delivered(session, claimed, NOW + MINUTE, "accepted")
    assert state(desk) == {"mail:a@b.vn": ("delivered", 1, "accepted")}
    assert claim(desk, NOW + timedelta(days=9)) is None
    assert claim(desk, NOW + timedelta(days=9), on=ON) is None


def test_a_failed_one_waits_for_its_time_unless_it_is_asked_for(desk: Database) -> None:
    queue(desk, "mail:a@b.vn")
    first = claim(desk, NOW)
    assert first is not None
    with desk.write() as session:
        outbox.record_failed(session, first, NOW, "451 later", NOW + 10 * MINUTE)
    assert claim(desk, NOW + 9 * MINUTE) is None
    assert claim(desk, NOW + 9 * MINUTE, on=ON, tried=[first.id]) is None
    second = claim(desk, NOW + 9 * MINUTE, on=ON)
    assert second is not None
    assert second.attempts == 2


def test_a_given_up_one_stays_so_and_is_listed(desk: Database) -> None:
    queue(desk, "mail:a@b.vn")
    claimed = claim(desk, NOW)
    assert claimed is not None
    with desk.write() as session:
        outbox.record_failed(session, claimed, NOW + MINUTE, "550 no such user", None)
    assert claim(desk, NOW + timedelta(days=9)) is None
    with desk.read() as session:
        [lost] = outbox.given_up(session, NOW, NOW + timedelta(hours=1))
        assert (lost.on, lost.channel, lost.said) == (ON, "mail:a@b.vn", "550 no such user")
        assert outbox.given_up(session, NOW + timedelta(hours=1), NOW + timedelta(hours=2)) == []


def test_an_attempt_whose_process_died_is_made_again_and_known(desk: Database) -> None:
    queue(desk, "mail:a@b.vn")
    first = claim(desk, NOW)
    assert first is not None
    late = NOW + outbox.CLAIM_LASTS
    second = claim(desk, late)
    assert second is not None
    assert (second.id, second.attempts) == (first.id, 2)
    with desk.write() as session:
        outbox.record_delivered(session, second, late + MINUTE, "accepted")
    with desk.read() as session:
        attempts = session.exec(select(DeliveryAttemptRow).order_by(DeliveryAttemptRow.number)).all()
        told = [(item.number, item.is_delivered, item.said, item.ended_at) for item in attempts]
    assert told == [
        (1, None, "cut off before its outcome was known", late),
        (2, True, "accepted", late + MINUTE),
    ]


def test_a_slow_attempt_that_fails_late_does_not_undo_the_later_one(desk: Database) -> None:
    queue(desk, "mail:a@b.vn")
    slow = claim(desk, NOW)
    later = claim(desk, NOW + outbox.CLAIM_LASTS)
    assert slow is not None
    assert later is not None
    with desk.write() as session:
        outbox.record_delivered(session, later, NOW + 6 * MINUTE, "accepted")
    with desk.write() as session:
        outbox.record_failed(session, slow, NOW + 7 * MINUTE, "timed out", NOW + 8 * MINUTE)
    assert state(desk)["mail:a@b.vn"][0] == DeliveryState.DELIVERED


def test_channels_wait_for_one_another_in_the_order_due(desk: Database) -> None:
    queue(desk, "b", "a")
    order = [claim(desk, NOW), claim(desk, NOW), claim(desk, NOW)]
    assert [item.channel for item in order if item] == ["b", "a"]

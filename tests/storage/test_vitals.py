"""What health and polls are judged by, and how a Source's health is kept."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from storage_samples import BAO_MAU, NOW, SAMPLE_NEWS, begin, entry, fetch, minutes, read, revision

from storage import health, ledger, vitals
from storage.database import Database, open_database
from storage.models import Fate, Health, HealthState, Rejection, RejectionReason, RunOutcome
from storage.tables import Row, RunRow
from storage.vitals import EntryTrace, PageTrace, codes_in

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = timedelta(days=1)
INDEXES = ("revision_search", "notable_search")
LISTED = datetime(2026, 11, 21, 1, 20, 30, 5, tzinfo=UTC)


def hour(day: int, at: int) -> datetime:
    return datetime(2026, 11, day, at, tzinfo=UTC)


@pytest.mark.parametrize(
    ("published_at", "counted"),
    [
        (datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC), hour(20, 23)),
        (datetime(2026, 11, 21, 7, 30, tzinfo=ZONE), hour(21, 0)),
        (None, hour(21, 1)),
        (datetime(2026, 11, 21, tzinfo=ZONE), hour(21, 1)),
        (LISTED + DAY, hour(21, 1)),
        (datetime(2020, 1, 1, 12, tzinfo=UTC), datetime(2020, 1, 1, 12, tzinfo=UTC)),
    ],
    ids=["stated", "in its zone", "without a time", "a date alone", "in the future", "long ago"],
)
def test_entries_are_counted_by_the_hour_of_publication(
    database: Database, published_at: datetime | None, counted: datetime
) -> None:
    with database.write() as session:
        run_id = begin(session, NOW - DAY)
        ledger.close_run(session, run_id, RunOutcome.COMPLETED, None, 1, 1, NOW - DAY)
        listed = [entry(number, published_at) for number in range(3)]
        ledger.add_entries(session, BAO_MAU.id, ledger.open_run(session, BAO_MAU.id, LISTED), listed, LISTED)
    with database.read() as session:
        assert vitals.listed_by_hour(session, BAO_MAU.id, NOW - 57 * DAY, ZONE) == {counted: 3}
        assert vitals.listed_by_hour(session, BAO_MAU.id, LISTED + minutes(1), ZONE) == {}
        assert vitals.listed_by_hour(session, SAMPLE_NEWS.id, NOW - 57 * DAY, ZONE) == {}


def test_the_first_reading_counts_only_what_has_a_time(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        dated = entry(1, NOW - minutes(90))
        ledger.add_entries(session, BAO_MAU.id, run_id, [dated, entry(2)], NOW)
        ledger.close_run(session, run_id, RunOutcome.COMPLETED, None, 1, 1, NOW + minutes(1))
        later = ledger.open_run(session, BAO_MAU.id, NOW + minutes(30))
        ledger.add_entries(session, BAO_MAU.id, later, [entry(3)], NOW + minutes(31))
    with database.read() as session:
        counts = vitals.listed_by_hour(session, BAO_MAU.id, NOW - DAY, ZONE)
    assert counts == {hour(21, 0): 1, hour(21, 2): 1}


def test_runs_are_told_newest_first_with_their_problems(database: Database) -> None:
    with database.write() as session:
        first = begin(session)
        ledger.close_run(session, first, RunOutcome.COMPLETED, None, 1, 1, NOW)
        second = ledger.open_run(session, BAO_MAU.id, NOW)
        reason = "https://a.example/rss: blocked: status 403; https://a.example/s.xml: challenge: <html>"
        ledger.close_run(session, second, RunOutcome.FAILED, reason, 1, 1, NOW + minutes(1))
        third = ledger.open_run(session, BAO_MAU.id, NOW)
        ledger.close_run(session, third, RunOutcome.INTERRUPTED, None, 1, 1, NOW + minutes(2))
        fourth = session.get_one(RunRow, ledger.open_run(session, BAO_MAU.id, NOW))
        fourth.problems, fourth.retry_after_s = {"http_error": 2}, 90.0
        session.add(fourth)
        ledger.close_run(session, fourth.id or 0, RunOutcome.FAILED, "words", 1, 1, NOW + minutes(3))
        ledger.open_run(session, BAO_MAU.id, NOW)
    with database.read() as session:
        runs = vitals.recent_runs(session, BAO_MAU.id)
        span = vitals.read_span(session, BAO_MAU.id)
        any_read_at = vitals.last_read_of_any(session)
    assert [(run.problems, run.retry_after_s) for run in runs] == [
        ({"http_error": 2}, 90.0),
        ({"blocked": 1, "challenge": 1}, None),
        ({}, None),
    ]
    assert span == (NOW, NOW)
    assert any_read_at == NOW
    assert any_read_at.tzinfo is not None


@pytest.mark.parametrize(
    ("reason", "codes"),
    [
        ("", {}),
        ("blocked: status 403", {"blocked": 1}),
        ("https://a.example/1: timed_out: x; y; https://a.example/2: timed_out", {"timed_out": 2}),
        (
            "https://a.example/1: not_found: z; blocked 3 times in a row; the rest waits",
            {"not_found": 1, "blocked": 1},
        ),
        ("blocked 3 times in a row; the rest waits", {"blocked": 1}),
        ("https://a.example/1: blocked: 429; the host asked to wait 60 s; the rest waits", {"blocked": 1}),
        ("https://a.example/1: frozen: 2025; timed_out 3 times in a row; x", {"frozen": 1, "timed_out": 1}),
        ("The process ended during the Run.", {}),
    ],
)
def test_the_codes_of_a_recorded_reason(reason: str, codes: dict[str, int]) -> None:
    assert codes_in(reason) == codes


def test_entries_are_told_newest_first_and_what_was_missing_last_of_its_kind(database: Database) -> None:
    later = NOW + minutes(30)
    with database.write() as session:
        run_id = begin(session)
        ledger.add_entries(session, BAO_MAU.id, run_id, [entry(number) for number in range(1, 4)], NOW)
        pending = {item.key: item.id for item in ledger.pending_entries(session, BAO_MAU.id, NOW, 9)}
        ledger.record_fate(session, pending[entry(1)[0]], run_id, Fate.NOT_FOUND, "", NOW, later)
        fetch(session, run_id, 3)
        ledger.add_entries(session, BAO_MAU.id, run_id, [entry(4)], later, Fate.TOO_OLD)
        ledger.close_run(session, run_id, RunOutcome.COMPLETED, None, 1, 1, later)
    with database.read() as session:
        found = vitals.vitals(session, BAO_MAU.id, later, ZONE)
        other = vitals.vitals(session, SAMPLE_NEWS.id, later, ZONE)
    assert found.entries == (
        EntryTrace(later, "too_old"),
        EntryTrace(NOW, "fetched"),
        EntryTrace(NOW, "not_found"),
        EntryTrace(NOW, "pending"),
    )
    assert other.entries == ()


def test_pages_are_told_newest_first(database: Database) -> None:
    full = revision(lead="Bảy nữ công nhân.", author="An", published_at=NOW)
    with database.write() as session:
        run_id = begin(session)
        read(session, run_id, 1, full)
        read(session, run_id, 2, revision("Ngắn."), now=NOW + minutes(1))
        read(session, run_id, 3, Rejection(reason=RejectionReason.TOO_SHORT), now=NOW + minutes(2))
        archived = revision("Bài cũ.", published_at=NOW - 31 * DAY)
        read(session, run_id, 4, archived, now=NOW + minutes(3))
        ledger.close_run(session, run_id, RunOutcome.COMPLETED, None, 1, 1, NOW)
    with database.read() as session:
        found = vitals.vitals(session, BAO_MAU.id, NOW + minutes(5), ZONE)
    assert found.pages == (
        PageTrace("too_short"),
        PageTrace(None, text_length=5),
        PageTrace(None, has_lead=True, has_author=True, has_time=True, text_length=len(full.text)),
    )
    assert found.read_hours == {hour(21, 1)}


def test_nothing_is_known_of_a_source_before_its_first_run(database: Database) -> None:
    with database.write() as session:
        ledger.sync_sources(session, [BAO_MAU])
    with database.read() as session:
        assert vitals.vitals(session, BAO_MAU.id, NOW, ZONE) == vitals.Vitals()
        assert vitals.last_read_of_any(session) is None
        assert health.source_healths(session) == {}


def state(name: HealthState, at: datetime = NOW) -> Health:
    return Health(state=name, since_at=at, cause="c", facts={"runs": 2, "problem": "ô"}, reason=f"{name}!")


def test_a_health_is_kept_and_its_beginning_with_it(database: Database) -> None:
    with database.write() as session:
        begin(session)
        assert health.record_health(session, BAO_MAU.id, state(HealthState.HEALTHY), NOW) is None
        event = health.record_health(session, BAO_MAU.id, state(HealthState.STALE), NOW + DAY)
        again = state(HealthState.STALE, NOW + 2 * DAY)
        assert health.record_health(session, BAO_MAU.id, again, NOW + 2 * DAY) is None
    assert event is not None
    assert (event.source, event.state, event.reason, event.at) == (BAO_MAU.id, "stale", "stale!", NOW + DAY)
    with database.read() as session:
        assert health.source_healths(session) == {BAO_MAU.id: state(HealthState.STALE)}
        assert health.health_events(session, NOW, NOW + 9 * DAY) == [event]
        assert health.health_events(session, NOW, NOW + DAY) == []


def test_no_event_between_turning_bad_and_being_well(database: Database) -> None:
    states = [
        "new",
        "quiet",
        "healthy",
        "blocked",
        "broken",
        "blocked",
        "changed",
        "quiet",
        "healthy",
        "stale",
    ]
    with database.write() as session:
        begin(session)
        events = [
            health.record_health(session, BAO_MAU.id, state(HealthState(name)), NOW + minutes(number))
            for number, name in enumerate(states)
        ]
    assert [event and event.state for event in events] == [
        *(None, None, None, "blocked", None, None, None, "quiet", None, "stale")
    ]


def test_a_database_of_0001_keeps_its_runs_and_gets_the_new_columns(
    database: Database, url_of_database: str
) -> None:
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    with database.write() as session:
        config.attributes["connection"] = session.connection()
        command.downgrade(config, "0001")
        session.execute(text("INSERT INTO source VALUES ('bao-mau', 'Báo Mẫu', 'h', '[]', true)"))
        session.execute(
            text(
                "INSERT INTO run (source, started_at, ended_at, outcome, requests, received_bytes, listed,"
                " fates) VALUES ('bao-mau', '2026-11-21 01:30:00.000000', '2026-11-21 01:31:00.000000',"
                " 'failed', 3, 4, 0, '{}')"
            )
        )
        assert "problems" not in list(session.execute(text("SELECT * FROM run")).keys())
    database.close()
    migrated = open_database(url_of_database)
    with migrated.write() as session:
        [run] = vitals.recent_runs(session, "bao-mau")
        assert (run.problems, run.retry_after_s) == ({}, None)
        row = session.get_one(RunRow, 1)
        assert (row.requests, row.listings_read, row.listings_unchanged) == (3, 0, 0)
        assert health.record_health(session, "bao-mau", state(HealthState.BROKEN), NOW) is not None
        context = MigrationContext.configure(
            session.connection(),
            opts={"include_name": lambda name, *_: not str(name).startswith(INDEXES)},
        )
        assert compare_metadata(context, Row.metadata) == []
    migrated.close()

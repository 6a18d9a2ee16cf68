"""How a source is: each state by its rule, and what must not be taken for it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.i18n import LOCALES, Tongue
from digest.reasons import HEALTH_REASONS, health_reason
from scheduler.health import is_cut_off, judge, judged, keep
from scheduler.polling import OUTLETS_ZONE
from storage import health as stored
from storage import ledger
from storage.database import Database
from storage.ledger import SourceFacts
from storage.models import Health, HealthState, RunOutcome
from storage.vitals import EntryTrace, PageTrace, RunTrace, Vitals

NOW = datetime(2026, 11, 22, 7, 40, tzinfo=UTC)  # Sunday, 14:40 in Viet Nam
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
GOOD = RunTrace(NOW, RunOutcome.COMPLETED)
FULL = PageTrace(None, has_lead=True, has_author=True, has_time=True, text_length=2400)


def failure(problem: str, hours_ago: float = 0) -> RunTrace:
    reason = f"https://baomau.example/rss: {problem}: status 403"
    return RunTrace(NOW - HOUR * hours_ago, RunOutcome.FAILED, reason, {problem: 1})


def found(*newest: RunTrace, per_hour: int = 2, days: int = 57, **facts: object) -> Vitals:
    """A source that has published around the clock and is read every hour."""
    full_hour = NOW.replace(minute=0)
    hours = [full_hour - HOUR * ago for ago in range(1, 24 * days)]
    known = {
        "runs": (*newest, GOOD),
        "read_hours": frozenset(hours),
        "listed": dict.fromkeys(hours, per_hour),
        "pages": (FULL,) * 120,
        "first_read_at": NOW - DAY * days,
        "last_read_at": NOW,
    }
    return Vitals(**{**known, **facts})


def since_midnight(vitals: Vitals, count: int) -> Vitals:
    """The same with ``count`` articles today."""
    midnight = datetime(2026, 11, 22, tzinfo=OUTLETS_ZONE)
    listed = {hour: number for hour, number in vitals.listed.items() if hour < midnight}
    return replace(vitals, listed={**listed, midnight.astimezone(UTC): count})


def test_a_source_that_is_read_as_usual_is_healthy() -> None:
    health = judge(found(), NOW)
    assert (health.state, health.cause, health.reason) == (HealthState.HEALTHY, "", "")


def test_a_source_never_read_is_new_until_it_fails_often_enough() -> None:
    assert judge(Vitals(), NOW).state is HealthState.NEW
    once = Vitals(runs=(failure("not_found"),))
    assert judge(once, NOW).state is HealthState.NEW
    thrice = Vitals(runs=tuple(failure("not_found", ago) for ago in range(3)))
    assert judge(thrice, NOW).state is HealthState.BROKEN


@pytest.mark.parametrize("problem", ["blocked", "challenge"])
def test_two_refusals_are_a_block(problem: str) -> None:
    health = judge(found(failure(problem), failure(problem, 1)), NOW)
    assert health.state is HealthState.BLOCKED
    assert health.since_at == NOW - HOUR
    assert health.reason.startswith("2 times in a row: ")
    assert judge(found(failure(problem)), NOW).state is HealthState.HEALTHY


def test_three_failures_are_a_break() -> None:
    runs = [failure("timed_out", ago) for ago in range(3)]
    health = judge(found(*runs), NOW)
    assert health.state is HealthState.BROKEN
    assert health.since_at == NOW - 2 * HOUR
    assert health.reason == "3 times in a row: no answer in time (status 403)"
    assert judge(found(*runs[:2]), NOW).state is HealthState.HEALTHY


def test_failures_before_the_last_reading_count_no_more() -> None:
    runs = (GOOD, *(failure("blocked", ago) for ago in range(1, 9)))
    assert judge(found(*runs), NOW).state is HealthState.HEALTHY


def test_browser_checks_in_place_of_pages_are_a_block_too() -> None:
    pages = (PageTrace("challenge"),) * 5 + (FULL,) * 100
    health = judge(found(pages=pages), NOW)
    assert (health.state, health.reason) == (
        HealthState.BLOCKED,
        "the last 5 pages were browser checks",
    )
    assert judge(found(pages=(*pages[:4], FULL, *pages)), NOW).state is not HealthState.BLOCKED


def test_an_outlet_without_its_pages_is_broken_though_its_listings_are_read() -> None:
    gone = tuple(EntryTrace(NOW - HOUR * ago, "not_found") for ago in range(5))
    there, waits = EntryTrace(NOW - 5 * HOUR, "fetched"), EntryTrace(NOW, "pending")
    health = judge(found(entries=(waits, *gone, there)), NOW)
    assert (health.state, health.reason) == (
        HealthState.BROKEN,
        "the last 5 pages listed were not found",
    )
    assert health.since_at == NOW - 4 * HOUR
    assert judge(found(entries=(*gone[:4], there, *gone)), NOW).state is HealthState.HEALTHY
    assert judge(found(entries=(there, *gone)), NOW).state is HealthState.HEALTHY


def test_listings_that_stand_still_are_stale() -> None:
    vitals = found()
    listed = {hour: count for hour, count in vitals.listed.items() if hour < NOW - 3 * DAY}
    health = judge(replace(vitals, listed=listed), NOW)
    assert health.state is HealthState.STALE
    assert health.since_at == max(listed)
    assert health.reason == ("nothing newer than 19 Nov 2026, 14:00; its longest pause so far: 1 h")


def test_a_source_that_often_pauses_may_pause() -> None:
    vitals = found()
    listed = {hour: 1 for hour in vitals.listed if (hour - NOW).days % 7 == 0}
    assert judge(replace(vitals, listed=listed), NOW).state is HealthState.HEALTHY


def test_what_was_published_before_the_first_reading_is_no_measure_of_pauses() -> None:
    vitals = found(days=30)
    listed = {hour: 1 for hour in vitals.listed if hour < NOW - 3 * DAY}
    pinned = {NOW.replace(minute=0) - 400 * DAY: 1}
    assert judge(replace(vitals, listed={**pinned, **listed}), NOW).state is HealthState.STALE


def test_the_first_weekend_of_a_source_that_rests_then_is_no_standstill() -> None:
    vitals = found(days=6, per_hour=1)
    listed = {hour: 1 for hour in vitals.listed if hour < NOW - 2.5 * DAY}
    assert judge(replace(vitals, listed=listed), NOW).state is HealthState.HEALTHY
    late = found(days=12)
    listed = {hour: 1 for hour in late.listed if hour < NOW - 8 * DAY}
    assert judge(replace(late, listed=listed), NOW).state is HealthState.STALE


def test_lists_without_a_single_article_are_stale_after_a_month() -> None:
    assert judge(found(listed={}, days=29), NOW).state is HealthState.HEALTHY
    health = judge(found(listed={}, days=31), NOW)
    assert health.state is HealthState.STALE
    assert health.reason == "its lists are read, but no article has been found for 31 days"


def test_a_service_that_was_off_makes_nothing_stale() -> None:
    vitals = found()
    off = {hour: count for hour, count in vitals.listed.items() if hour < NOW - 9 * DAY}
    assert judge(replace(vitals, listed=off, last_read_at=NOW - 9 * DAY), NOW).state is HealthState.HEALTHY


def test_fewer_articles_than_usual_are_quiet_and_no_alarm() -> None:
    health = judge(since_midnight(found(), 3), NOW)
    assert health.state is HealthState.QUIET
    assert not health.state.is_bad
    assert health.reason == "3 since midnight; usually 28 to 28 on a Sunday by 14:00"
    assert judge(since_midnight(found(), 20), NOW).state is HealthState.HEALTHY


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ({"has_lead": False}, "lead: on 0 of the last 20 pages; before, on 100 of a hundred"),
        ({"has_author": False}, "author: on 0 of the last 20 pages; before, on 100 of a hundred"),
        ({"has_time": False}, "time: on 0 of the last 20 pages; before, on 100 of a hundred"),
        ({"rejection": "too_short"}, "text: on 0 of the last 20 pages; before, on 100 of a hundred"),
        ({"text_length": 300}, "the usual text has 300 characters; before, 2,400"),
    ],
)
def test_a_field_that_no_longer_comes_out_is_a_change(field: dict[str, object], reason: str) -> None:
    health = judge(found(pages=(replace(FULL, **field),) * 20 + (FULL,) * 100), NOW)
    assert health.state is HealthState.CHANGED
    assert health.reason == reason
    few = judge(found(pages=(replace(FULL, **field),) * 9 + (FULL,) * 100), NOW)
    assert few.state is HealthState.HEALTHY


def test_a_field_that_came_out_now_and_then_may_be_absent() -> None:
    mixed = tuple(replace(FULL, has_author=number % 5 == 0) for number in range(100))
    without = (replace(FULL, has_author=False),) * 20
    assert judge(found(pages=without + mixed), NOW).state is HealthState.HEALTHY


def test_too_few_pages_tell_nothing() -> None:
    pages = (replace(FULL, has_lead=False),) * 20 + (FULL,) * 29
    assert judge(found(pages=pages), NOW).state is HealthState.HEALTHY


def test_the_gravest_state_is_told() -> None:
    vitals = since_midnight(found(failure("blocked"), failure("blocked", 1), failure("blocked", 2)), 0)
    assert judge(vitals, NOW).state is HealthState.BLOCKED


def test_offline_machines_are_not_the_outlets_fault() -> None:
    vitals = found(failure("connection_failed"), failure("connection_failed", 1))
    assert is_cut_off(vitals, any_read_at=NOW - 2 * HOUR)
    assert is_cut_off(vitals, any_read_at=None)
    assert not is_cut_off(vitals, any_read_at=NOW - HOUR / 2)
    assert not is_cut_off(found(failure("timed_out")), any_read_at=None)
    assert not is_cut_off(found(), any_read_at=None)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("cause", HEALTH_REASONS)
def test_every_reason_can_be_told_in_every_language(cause: str, locale: str) -> None:
    facts = {
        **dict.fromkeys(("runs", "pages", "days", "count", "of", "percent", "low", "high", "length"), 7),
        "problem": "https://a.example/rss: blocked: status 403",
        "newest": NOW.isoformat(),
        "until": NOW.isoformat(),
        "field": "lead",
        "hours": 15,
        "before": 2400,
    }
    if cause.startswith("few_"):
        facts |= {"on": "2026-11-22", "days": "weekday"}
    health = Health(state=HealthState.QUIET, since_at=NOW, cause=cause, facts=facts)
    words = health_reason(health, Tongue(locale, OUTLETS_ZONE))
    assert words
    assert "%(" not in words


def test_a_reason_of_a_later_version_is_told_as_recorded() -> None:
    health = Health(state=HealthState.STALE, since_at=NOW, cause="moon", reason="The moon is full.")
    assert health_reason(health, Tongue("vi", OUTLETS_ZONE)) == "The moon is full."
    assert health_reason(Health(state=HealthState.HEALTHY, since_at=NOW), Tongue("fr", OUTLETS_ZONE)) == ""


def run(database: Database, source: str, at: datetime, reason: str | None = None) -> None:
    with database.write() as session:
        run_id = ledger.open_run(session, source, at)
        outcome = RunOutcome.FAILED if reason else RunOutcome.COMPLETED
        ledger.close_run(session, run_id, outcome, reason, 1, 1, at)


def test_one_event_when_it_turns_bad_and_one_when_it_is_well(database: Database) -> None:
    with database.write() as session:
        ledger.sync_sources(
            session,
            [SourceFacts(name, name, f"https://{name}.example/", ("vi",), True) for name in ("a", "b")],
        )
    reasons = [None, "blocked: status 403", "blocked: status 403", "timed_out: x", "timed_out: x"]
    events = []
    for number, reason in enumerate([*reasons, *reasons[1:], None, None]):
        at = NOW + HOUR * number
        run(database, "a", at, reason)
        run(database, "b", at)
        with database.write() as session:
            events += [(number, event) for event in keep(session, judged(session, ["a", "b"], at), at)]
    assert [(number, event.source, event.state) for number, event in events] == [
        (2, "a", HealthState.BLOCKED),
        (9, "a", HealthState.HEALTHY),
    ]
    with database.read() as session:
        kept = stored.health_events(session, NOW, NOW + DAY)
        healths = stored.source_healths(session)
        [covered] = [item for item in stored.coverage(session, NOW, NOW + DAY) if item.source == "a"]
    assert kept == [event for _, event in events]
    assert healths["a"].since_at == NOW + HOUR * 9
    assert healths["b"].since_at == NOW
    assert covered.health == healths["a"]


def test_a_machine_that_is_offline_changes_nothing(database: Database) -> None:
    with database.write() as session:
        ledger.sync_sources(session, [SourceFacts("a", "a", "https://a.example/", ("vi",), True)])
    run(database, "a", NOW)
    for number in range(1, 6):
        run(database, "a", NOW + HOUR * number, "https://a.example/rss: connection_failed: no route")
    with database.write() as session:
        assert judged(session, ["a"], NOW + HOUR * 6) == {}
        assert keep(session, judged(session, ["a"], NOW + HOUR * 6), NOW + HOUR * 6) == []

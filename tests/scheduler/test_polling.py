"""When the next poll is due, one rule at a time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from scheduler.polling import (
    OUTLETS_ZONE,
    Bounds,
    Grade,
    History,
    HostTurns,
    Rhythm,
    grade_of,
    next_poll,
    poll_of,
    rhythm_of,
)
from storage import ledger
from storage.database import Database
from storage.ledger import SourceFacts
from storage.models import Entry, RunOutcome
from storage.vitals import RunTrace

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)  # Friday, 10:00 in Viet Nam
BOUNDS = Bounds(timedelta(minutes=10), timedelta(minutes=120))
DECLARED = timedelta(minutes=30)
READ = RunTrace(NOW, RunOutcome.COMPLETED)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def failed(problems: dict[str, int], times: int = 1, retry_after_s: float | None = None) -> History:
    runs = [RunTrace(NOW, RunOutcome.FAILED, problems=problems, retry_after_s=retry_after_s)] * times
    return History((*runs, READ))


def wait(history: History, declared: timedelta = DECLARED, chance: float = 0.5) -> timedelta:
    return next_poll(history, declared, BOUNDS, NOW, chance).at - NOW


def constant(rate: float) -> Rhythm:
    return Rhythm((rate,) * 24, (rate,) * 24)


def test_a_source_never_polled_is_polled_now() -> None:
    assert next_poll(History(), DECLARED, BOUNDS, NOW).at == NOW


def test_until_its_rhythm_is_known_the_declared_interval_holds() -> None:
    assert wait(History((READ,))) == DECLARED


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (60, minutes(10)),
        (3, minutes(10)),
        (2, minutes(15)),
        (0.5, minutes(60)),
        (0.01, minutes(120)),
        (0, minutes(120)),
    ],
)
def test_it_is_polled_when_half_an_article_is_to_be_expected(rate: float, expected: timedelta) -> None:
    found = wait(History((READ,), constant(rate)))
    assert abs(found - expected) < timedelta(seconds=1)


def test_a_longer_declared_interval_widens_the_bounds() -> None:
    assert wait(History((READ,), constant(0)), declared=timedelta(hours=12)) == timedelta(hours=12)


@pytest.mark.parametrize("chance", [0, 0.3, 1])
@pytest.mark.parametrize("rate", [0, 0.7, 2, 50])
def test_chance_stays_within_the_bounds(rate: float, chance: float) -> None:
    assert BOUNDS.shortest <= wait(History((READ,), constant(rate)), chance=chance) <= BOUNDS.longest


def test_it_comes_back_when_the_outlet_wakes() -> None:
    at = datetime(2026, 11, 20, 4, 30, tzinfo=OUTLETS_ZONE)
    sleeper = Rhythm((0.0,) * 5 + (4.0,) * 19, (0.0,) * 24)
    poll = next_poll(History((RunTrace(at, RunOutcome.COMPLETED),), sleeper), DECLARED, BOUNDS, at)
    assert abs(poll.at - (at + minutes(37.5))) < timedelta(seconds=1)
    saturday = at + timedelta(days=1)
    poll = next_poll(
        History((RunTrace(saturday, RunOutcome.COMPLETED),), sleeper), DECLARED, BOUNDS, saturday
    )
    assert poll.at - saturday == BOUNDS.longest


@pytest.mark.parametrize(
    ("problems", "retry_after_s", "grade"),
    [
        ({"http_error": 2}, None, Grade.SOFT),
        ({"http_error": 2}, 60, Grade.TEMPORARY),
        ({"timed_out": 1}, None, Grade.SOFT),
        ({"connection_failed": 1}, None, Grade.SOFT),
        ({}, None, Grade.SOFT),
        ({"blocked": 1, "not_found": 3}, None, Grade.TEMPORARY),
        ({"challenge": 1}, None, Grade.TEMPORARY),
        ({"not_found": 2}, None, Grade.HARD),
        ({"tls_failed": 1}, None, Grade.HARD),
        ({"robots_forbidden": 1}, None, Grade.HARD),
        ({"no_article_links": 1, "not_found": 1}, None, Grade.HARD),
        ({"not_found": 2, "timed_out": 1}, None, Grade.SOFT),
    ],
)
def test_failures_are_graded(problems: dict[str, int], retry_after_s: float | None, grade: Grade) -> None:
    assert grade_of(problems, retry_after_s) is grade


@pytest.mark.parametrize(
    ("problem", "first", "last"),
    [
        ("http_error", minutes(30), timedelta(hours=6)),
        ("blocked", minutes(30), timedelta(days=1)),
        ("not_found", timedelta(hours=2), timedelta(days=1)),
    ],
)
def test_each_failure_doubles_the_wait_up_to_its_grades_last(problem, first, last) -> None:
    waits = [wait(failed({problem: 1}, times), chance=0) for times in range(1, 40)]
    assert waits[0] == first
    assert waits[1] == 2 * first
    assert waits[-1] == last
    assert all(earlier <= later for earlier, later in pairwise(waits))
    assert wait(failed({problem: 1}, 39), chance=1) == last * 0.8


def test_an_older_failure_counts_no_more() -> None:
    history = History((READ, RunTrace(NOW - minutes(30), RunOutcome.FAILED, problems={"not_found": 1})))
    assert wait(history) == DECLARED


def test_retry_after_is_waited_for_and_never_longer_than_a_day() -> None:
    assert wait(failed({"http_error": 1}, retry_after_s=7200), chance=1) == timedelta(hours=2)
    assert wait(failed({"http_error": 1}, retry_after_s=10**9)) == timedelta(days=1)
    asked = RunTrace(NOW, RunOutcome.COMPLETED, retry_after_s=5400)
    assert wait(History((asked,), constant(60))) == minutes(90)


def test_a_run_refused_in_part_slows_down_but_stays_within_the_bounds() -> None:
    refused = RunTrace(NOW, RunOutcome.COMPLETED, problems={"blocked": 1})
    waits = [wait(History((refused,) * times, constant(60))) for times in range(1, 7)]
    assert waits[0] == minutes(20)
    assert waits[-1] == BOUNDS.longest


def test_after_a_restart_the_wait_counts_from_the_last_run() -> None:
    later = NOW + timedelta(minutes=20)
    assert next_poll(History((READ,)), DECLARED, BOUNDS, later).at == NOW + DECLARED
    much_later = NOW + timedelta(days=3)
    assert next_poll(failed({"not_found": 1}, 9), DECLARED, BOUNDS, much_later).at == much_later


def test_every_poll_says_why() -> None:
    assert "4.0 articles an hour" in next_poll(History((READ,), constant(4)), DECLARED, BOUNDS, NOW).why
    assert next_poll(failed({"blocked": 1}), DECLARED, BOUNDS, NOW).why == (
        "1 run failed one after another (temporary failure)"
    )
    asked = failed({"blocked": 1}, retry_after_s=7200)
    assert next_poll(asked, DECLARED, BOUNDS, NOW).why == "the outlet asked us to wait so long"


def test_a_rhythm_is_the_mean_by_hour_and_kind_of_day() -> None:
    monday = datetime(2026, 11, 16, 1, tzinfo=UTC)  # 8:00 in Viet Nam
    listed = {monday + timedelta(days=day): 4 for day in (-7, -6, -5, -4, -3, 0, 1, 2, 3)}
    rhythm = rhythm_of(listed, NOW - timedelta(days=100), NOW)
    assert rhythm is not None
    # Eight o'clock was had ten times on working days, this Friday included.
    assert rhythm.workday[8] == pytest.approx(4 * 9 / 10 / 2)
    assert rhythm.workday[7] == rhythm.workday[9] == pytest.approx(4 * 9 / 10 / 4)
    assert rhythm.workday[11] == 0
    assert set(rhythm.weekend) == {0.0}


def test_a_rhythm_needs_three_days_and_guesses_the_weekend_until_it_has_seen_one() -> None:
    listed = {NOW - timedelta(hours=number): 2 for number in range(80)}
    assert rhythm_of(listed, NOW - timedelta(hours=70), NOW) is None
    assert rhythm_of(listed, None, NOW) is None
    rhythm = rhythm_of(listed, NOW - timedelta(hours=75), NOW)
    assert rhythm is not None
    assert rhythm.weekend == rhythm.workday == (2.0,) * 24


def test_hosts_are_left_in_peace_between_two_runs() -> None:
    turns = HostTurns()
    assert turns.wait(["a.example"], NOW) == timedelta()
    turns.leave(["a.example", "b.example"], NOW, timedelta(seconds=5))
    turns.leave(["b.example"], NOW, timedelta(seconds=2))
    assert turns.wait(["b.example", "c.example"], NOW + timedelta(seconds=1)) == timedelta(seconds=4)
    assert turns.wait(["c.example"], NOW) == timedelta()
    assert turns.wait(["a.example"], NOW + timedelta(seconds=9)) == timedelta()


def test_the_store_knows_when_to_poll(database: Database) -> None:
    with database.write() as session:
        ledger.sync_sources(
            session, [SourceFacts("bao-mau", "Báo Mẫu", "https://baomau.example/", ("vi",), True)]
        )
        for day in range(10):
            at = NOW - timedelta(days=9 - day)
            run_id = ledger.open_run(session, "bao-mau", at)
            entries = [
                (
                    f"{day}-{number}",
                    Entry(url=f"https://baomau.example/{day}-{number}", published_at=at - minutes(number)),
                )
                for number in range(1, 9)
            ]
            ledger.add_entries(session, "bao-mau", run_id, entries, at)
            ledger.close_run(session, run_id, RunOutcome.COMPLETED, None, 1, 1, at)
    with database.read() as session:
        poll = poll_of(session, "bao-mau", DECLARED, BOUNDS, NOW, 0.5)
        early = poll_of(session, "bao-mau", DECLARED, BOUNDS, NOW - timedelta(days=8), 0.5)
    assert poll.why.endswith("articles an hour at this time")
    assert BOUNDS.shortest <= poll.at - NOW < DECLARED
    assert "not known yet" in early.why

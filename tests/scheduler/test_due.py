"""When something daily is due: across midnight, another hour, another zone, a clock change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.due import DailyTrigger, due_on, last_due, next_due, turns_between

PARIS = ZoneInfo("Europe/Paris")


def date_from(year: int) -> datetime:
    """What hypothesis wants: a datetime that has no zone yet."""
    return datetime(year, 1, 1)  # noqa: DTZ001


def zone_and_hour(hour: str, zone: str) -> tuple[time, ZoneInfo]:
    return time.fromisoformat(hour), ZoneInfo(zone)


@pytest.mark.parametrize(
    ("now", "hour", "zone", "due"),
    [
        ((2026, 11, 22, 0, 0, 0), "07:00", "Asia/Ho_Chi_Minh", "2026-11-22T07:00:00+07:00"),
        ((2026, 11, 22, 0, 0, 1), "07:00", "Asia/Ho_Chi_Minh", "2026-11-22T07:00:00+07:00"),
        ((2026, 11, 21, 23, 59, 59), "07:00", "Asia/Ho_Chi_Minh", "2026-11-21T07:00:00+07:00"),
        # A laptop that wakes at 01:00 owes the digest of the day before, not of the day that has begun.
        ((2026, 11, 22, 18, 0, 0), "07:00", "Asia/Ho_Chi_Minh", "2026-11-22T07:00:00+07:00"),
        ((2026, 11, 22, 12, 0, 0), "23:30", "Asia/Ho_Chi_Minh", "2026-11-21T23:30:00+07:00"),
        # 02:30 does not exist in Paris on the day that summer time begins.
        ((2026, 3, 29, 3, 0, 0), "02:30", "Europe/Paris", "2026-03-29T03:30:00+02:00"),
        ((2026, 3, 29, 1, 29, 59), "02:30", "Europe/Paris", "2026-03-28T02:30:00+01:00"),
        # It comes twice on the day that summer time ends; the first one counts.
        ((2026, 10, 25, 0, 29, 59), "02:30", "Europe/Paris", "2026-10-24T02:30:00+02:00"),
        ((2026, 10, 25, 0, 30, 0), "02:30", "Europe/Paris", "2026-10-25T02:30:00+02:00"),
        ((2026, 10, 25, 1, 30, 0), "02:30", "Europe/Paris", "2026-10-25T02:30:00+02:00"),
    ],
)
def test_the_last_moment_that_was_due(now: tuple[int, ...], hour: str, zone: str, due: str) -> None:
    assert last_due(*zone_and_hour(hour, zone), datetime(*now, tzinfo=UTC)).at.isoformat() == due


@pytest.mark.parametrize("first", [date(2026, 3, 27), date(2026, 10, 23)])
@pytest.mark.parametrize("hour", ["02:00", "02:30", "03:00", "23:59"])
def test_a_trigger_fires_once_on_each_day_round_a_change(first: date, hour: str) -> None:
    trigger = DailyTrigger(time.fromisoformat(hour), PARIS)
    now = datetime.combine(first, time(), tzinfo=PARIS)
    fired = []
    at = None
    for _ in range(5):
        at = trigger.get_next_fire_time(at, now)
        fired.append(at)
    assert [moment.date() for moment in fired] == [first + timedelta(days=day) for day in range(5)]
    assert {moment.astimezone(UTC) for moment in fired} == {
        moment.astimezone(UTC) for moment in sorted(fired)
    }


def test_an_hour_that_falls_into_the_next_day_belongs_to_its_own() -> None:
    zone = ZoneInfo("America/Nuuk")  # there 23:00 to 24:00 is left out when summer time begins
    turn = due_on(date(2026, 3, 28), time(23, 30), zone)
    assert (turn.on, turn.at.isoformat()) == (date(2026, 3, 28), "2026-03-29T00:30:00-01:00")
    assert last_due(time(23, 30), zone, turn.at).on == date(2026, 3, 28)
    assert next_due(time(23, 30), zone, turn.at).on == date(2026, 3, 29)


def test_the_turns_in_between() -> None:
    hour = time(7)
    until = due_on(date(2026, 3, 31), hour, PARIS)
    assert [turn.on.day for turn in turns_between(hour, PARIS, date(2026, 3, 28), until)] == [29, 30, 31]
    assert turns_between(hour, PARIS, date(2026, 3, 30), until) == [until]
    assert turns_between(hour, PARIS, date(2026, 3, 31), until) == [until]


@given(
    st.datetimes(date_from(2020), date_from(2030), timezones=st.just(UTC)),
    st.times(),
    st.sampled_from(
        ["Europe/Paris", "Asia/Ho_Chi_Minh", "America/Nuuk", "Australia/Lord_Howe", "Africa/Cairo"]
    ),
)
def test_last_and_next_lie_on_either_side(now: datetime, hour: time, name: str) -> None:
    zone = ZoneInfo(name)
    last, following = last_due(hour, zone, now), next_due(hour, zone, now)
    assert last.at <= now < following.at
    assert following.on - last.on == timedelta(days=1)
    assert last_due(hour, zone, following.at) == following
    assert (
        timedelta(hours=22) <= following.at.astimezone(UTC) - last.at.astimezone(UTC) <= timedelta(hours=26)
    )

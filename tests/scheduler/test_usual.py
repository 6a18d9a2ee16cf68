"""Fewer articles than usual: told for the weekday and hour, and only where it can be told."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.polling import OUTLETS_ZONE
from scheduler.usual import shortfall

SUNDAY = datetime(2026, 11, 22, tzinfo=OUTLETS_ZONE)
HOUR = timedelta(hours=1)


def days_with(counts: dict[int, int], at_hour: int = 9) -> dict[datetime, int]:
    """``counts`` by how many days ago, all of a day's articles in one hour."""
    return {
        (SUNDAY - timedelta(days=ago) + HOUR * at_hour).astimezone(UTC): count
        for ago, count in counts.items()
    }


def watched(days: int) -> set[datetime]:
    return {(SUNDAY - timedelta(days=ago)).astimezone(UTC) for ago in range(days)}


WEEKS = {7: 12, 14: 9, 21: 15, 28: 11, 35: 13, 42: 12, 49: 10, 56: 14}
AT_NOON = SUNDAY + HOUR * 12 + timedelta(minutes=25)


def test_a_shortfall_is_explained() -> None:
    short = shortfall(days_with({0: 2, **WEEKS}), watched(60), AT_NOON, OUTLETS_ZONE)
    assert short is not None
    assert (short.count, short.low, short.high, short.days) == (2, 11, 13, "weekday")
    assert short.until == SUNDAY + HOUR * 12
    assert not short.is_whole_day


@pytest.mark.parametrize(("count", "is_short"), [(0, True), (3, True), (4, False), (12, False), (90, False)])
def test_counts_are_held_against_the_median_by_their_square_roots(count: int, is_short: bool) -> None:
    short = shortfall(days_with({0: count, **WEEKS}), watched(60), AT_NOON, OUTLETS_ZONE)
    assert (short is not None) is is_short


def test_one_odd_week_moves_nothing() -> None:
    odd = {**WEEKS, 7: 0, 14: 400}
    assert shortfall(days_with({0: 2, **odd}), watched(60), AT_NOON, OUTLETS_ZONE)
    assert not shortfall(days_with({0: 9, **odd}), watched(60), AT_NOON, OUTLETS_ZONE)


def test_a_source_that_scatters_widely_is_given_room() -> None:
    wide = dict(zip(WEEKS, (2, 30, 5, 25, 12, 40, 3, 18), strict=True))
    assert not shortfall(days_with({0: 2, **wide}), watched(60), AT_NOON, OUTLETS_ZONE)


def test_articles_of_the_afternoon_do_not_count_before_noon() -> None:
    listed = days_with(dict.fromkeys(WEEKS, 40), at_hour=15)
    assert shortfall(listed, watched(60), AT_NOON, OUTLETS_ZONE) is None
    assert shortfall(listed, watched(60), SUNDAY + HOUR * 17, OUTLETS_ZONE) is not None


def test_early_in_the_day_the_day_before_decides() -> None:
    sundays = days_with({0: 2, **WEEKS})
    just_after = SUNDAY + timedelta(days=1, minutes=40)
    short = shortfall(sundays, watched(60) | {just_after.astimezone(UTC)}, just_after, OUTLETS_ZONE)
    assert short is not None
    assert short.is_whole_day
    assert (short.on, short.count) == (SUNDAY.date(), 2)


def test_another_weekday_is_another_matter() -> None:
    mondays_to_saturdays = {ago: 50 for ago in range(1, 57) if ago % 7}
    listed = days_with({0: 12, **WEEKS, **mondays_to_saturdays})
    assert shortfall(listed, watched(60), AT_NOON, OUTLETS_ZONE) is None


def test_with_less_than_three_weeks_the_kind_of_day_is_held_against() -> None:
    friday = SUNDAY - timedelta(days=2) + HOUR * 12
    listed = days_with(dict.fromkeys(range(3, 12), 20))
    short = shortfall(listed, watched(12), friday, OUTLETS_ZONE)
    assert short is not None
    assert short.days == "workday"
    assert shortfall(listed, watched(5), friday, OUTLETS_ZONE) is None


def test_a_day_without_reading_tells_nothing() -> None:
    listed = days_with({0: 0, **WEEKS})
    assert shortfall(listed, watched(60) - watched(1), AT_NOON, OUTLETS_ZONE) is None
    hardly = {hour for hour in watched(60) if (SUNDAY - hour.astimezone(OUTLETS_ZONE)).days < 10}
    assert shortfall(listed, hardly, AT_NOON, OUTLETS_ZONE) is None


def test_where_few_are_usual_none_is_no_surprise() -> None:
    few = dict.fromkeys(WEEKS, 4)
    assert shortfall(days_with({0: 0, **few}), watched(60), AT_NOON, OUTLETS_ZONE) is None
    five = dict.fromkeys(WEEKS, 5)
    assert shortfall(days_with({0: 0, **five}), watched(60), AT_NOON, OUTLETS_ZONE) is not None


def test_the_first_day_of_reading_is_never_whole() -> None:
    friday = SUNDAY - timedelta(days=2) + HOUR * 12
    listed = days_with(dict.fromkeys(range(3, 12), 20))
    from_monday = {hour for hour in watched(12) if hour >= (SUNDAY - timedelta(days=6)).astimezone(UTC)}
    assert shortfall(listed, from_monday, friday, OUTLETS_ZONE) is None
    from_friday = {hour for hour in watched(12) if hour >= (SUNDAY - timedelta(days=9)).astimezone(UTC)}
    assert shortfall(listed, from_friday, friday, OUTLETS_ZONE) is not None

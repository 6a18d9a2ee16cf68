"""What two readings of the clocks tell: sleep, a process without time, a clock that was set."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.awake import CHECK_EVERY, Change, Reading, changes, read_clocks, told
from storage.jobs import StretchEnding

NOW = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
EVERY_S = CHECK_EVERY.total_seconds()


def between(wall_s: float, boot_s: float, awake_s: float) -> list[str]:
    before = Reading(NOW, 1000, 500)
    after = Reading(NOW + timedelta(seconds=wall_s), 1000 + boot_s, 500 + awake_s)
    return [str(change) for change in changes(before, after, CHECK_EVERY)]


@pytest.mark.parametrize(
    ("wall_s", "boot_s", "awake_s", "said"),
    [
        (30, 30, 30, []),
        (31, 31, 31, []),
        (85, 85, 85, []),  # a busy machine
        (30 + 50, 30, 30, []),  # a clock that is put right
        (30 + 8 * 3600, 30 + 8 * 3600, 30, ["the machine was asleep for 8 h"]),
        (300, 300, 300, ["this process was given no time for 4 min"]),
        (30 + 3 * 3600, 30, 30, ["the clock was set forward by 3 h"]),
        (30 - 2 * 3600 - 1200, 30, 30, ["the clock was set back by 2 h 20 min"]),
        (3630, 1830, 30, ["the machine was asleep for 30 min", "the clock was set forward by 30 min"]),
    ],
)
def test_what_happened(wall_s: float, boot_s: float, awake_s: float, said: list[str]) -> None:
    assert between(wall_s, boot_s, awake_s) == said


def test_only_a_clock_that_was_set_back_brings_moments_again() -> None:
    assert Change(StretchEnding.CLOCK, timedelta(hours=-1)).is_set_back
    assert not Change(StretchEnding.CLOCK, timedelta(hours=1)).is_set_back
    assert not Change(StretchEnding.ASLEEP, timedelta(hours=1)).is_set_back


def test_the_real_clocks_go_on_together() -> None:
    before, after = read_clocks(NOW), read_clocks(NOW)
    assert changes(before, after, timedelta()) == []


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(45, "45 s"), (119, "119 s"), (720, "12 min"), (12000, "3 h 20 min"), (97200, "27 h")],
)
def test_a_span_for_a_person(seconds: float, said: str) -> None:
    assert told(timedelta(seconds=seconds)) == said

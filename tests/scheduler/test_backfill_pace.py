"""The estimate of a backfill: never rosier than the delay, never beyond the time that is left."""

import pytest

from scheduler.commands.backfill import Pace, words


def test_before_the_first_page_the_delay_counts() -> None:
    assert Pace(delay_s=2.5, ends_at=1e9).left_s(0, 100, 10.0) == 250


def test_a_host_that_is_slower_than_the_delay_makes_it_longer() -> None:
    pace = Pace(delay_s=2.5, ends_at=1e9)
    pace.left_s(0, 100, 0.0)
    assert pace.left_s(10, 100, 60.0) == pytest.approx(90 * 6)
    assert pace.left_s(90, 100, 91.0) == pytest.approx(10 * 2.5)


def test_it_is_never_longer_than_the_time_that_is_left() -> None:
    assert Pace(delay_s=60, ends_at=100.0).left_s(0, 100, 40.0) == 60


@pytest.mark.parametrize(("seconds", "said"), [(40, "40 s"), (89, "89 s"), (600, "10 min")])
def test_the_estimate_is_told_in_words(seconds: float, said: str) -> None:
    assert words(seconds) == said

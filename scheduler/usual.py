"""Whether a source brings fewer articles than usual for this weekday and hour. Pure.

The present day, up to the last full hour, is held against the same weekdays of eight weeks. Counts of
news scatter like their square roots, so these are compared: the median of the earlier days, less three
times their scatter (1.4826 times the median absolute deviation, Hampel's identifier; at least the 0.5
that the square root of a Poisson count has). A few odd days among the earlier ones move neither median.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import sqrt
from statistics import median, quantiles
from zoneinfo import ZoneInfo

_WEEKS = 8
_FEWEST_WEEKS = 3
_FEWEST_DAYS = 4
_FEWEST_USUAL = 5
"""Where fewer than so many are usual, none at all is no surprise."""
_DEVIATIONS = 3.0
_POISSON_SCATTER = 0.5
_MAD_TO_DEVIATION = 1.4826
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Shortfall:
    """Fewer articles than usual."""

    on: date
    until: datetime
    """The end of the hours that were counted, on the outlet's clock."""
    count: int
    low: int
    high: int
    """The middle half of the earlier days: from the first to the third quartile."""
    days: str
    """What it was held against: weekday, workday or weekend."""

    @property
    def is_whole_day(self) -> bool:
        """Whether the whole day was counted."""
        return self.until.date() > self.on


def shortfall(
    listed: Mapping[datetime, int], read_hours: Collection[datetime], until: datetime, zone: ZoneInfo
) -> Shortfall | None:
    """The Shortfall of the day of ``until``; None where there are as many as usual or nobody can tell.

    ``listed`` counts Entries by the full hour (UTC) of their publication; ``read_hours`` are the hours in
    which the source was read, ``until`` when it was read last. Early in the day, when few are usual, the
    day before decides: a quiet source does not become well at midnight.
    """
    local = until.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    read_on = {hour.astimezone(zone).date() for hour in read_hours}
    today, yesterday = local.date(), local.date() - timedelta(days=1)
    for on, length in ((today, local - _midnight(today, zone)), (yesterday, timedelta(days=1))):
        if on not in read_on:
            return None
        days, kind = _alike(on, read_on)
        usual = [_count(listed, day, length, zone) for day in days]
        if usual and median(usual) >= _FEWEST_USUAL:
            count = _count(listed, on, length, zone)
            if count >= _least(usual):
                return None
            low, _, high = (round(value) for value in quantiles(usual, n=4, method="inclusive"))
            return Shortfall(on, _midnight(on, zone) + length, count, low, high, kind)
    return None


def _alike(on: date, read_on: Collection[date]) -> tuple[list[date], str]:
    """The earlier days to hold ``on`` against; the very first day of reading is never whole."""
    known = set(read_on) - {min(read_on)}
    weeks = [on - timedelta(weeks=number) for number in range(1, _WEEKS + 1)]
    if len(same := [day for day in weeks if day in known]) >= _FEWEST_WEEKS:
        return same, "weekday"
    is_weekend = on.weekday() >= 5
    fortnight = [on - timedelta(days=number) for number in range(1, 15)]
    kind = [day for day in fortnight if day in known and (day.weekday() >= 5) is is_weekend]
    return (kind if len(kind) >= _FEWEST_DAYS else []), "weekend" if is_weekend else "workday"


def _least(usual: Iterable[int]) -> float:
    roots = [sqrt(count) for count in usual]
    middle = median(roots)
    scatter = _MAD_TO_DEVIATION * median(abs(root - middle) for root in roots)
    return max(middle - _DEVIATIONS * max(scatter, _POISSON_SCATTER), 0.0) ** 2


def _count(listed: Mapping[datetime, int], on: date, length: timedelta, zone: ZoneInfo) -> int:
    start = _midnight(on, zone)
    return sum(listed.get((start + _HOUR * number).astimezone(UTC), 0) for number in range(length // _HOUR))


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(), tzinfo=zone)

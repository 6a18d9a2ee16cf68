"""When something daily is due: once for each local day, whatever its zone does to the clock.

An hour that a zone leaves out in spring stands for the moment an hour on; of an hour that comes twice in
autumn the first one counts. Pure: the present comes in as an argument.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Due:
    """One day's turn of something daily."""

    on: date
    """The local day that it belongs to."""
    at: datetime
    """A moment that exists: 02:30 is 03:30 on a day on which 02:00 to 03:00 is left out."""


def due_on(on: date, hour: time, zone: ZoneInfo) -> Due:
    """The turn of the day ``on``, at ``hour`` in ``zone``."""
    moment = datetime.combine(on, hour, tzinfo=zone)
    return Due(on, datetime.fromtimestamp(moment.timestamp(), zone))


def last_due(hour: time, zone: ZoneInfo, now: datetime) -> Due:
    """The latest turn that is not after ``now``."""
    today = now.astimezone(zone).date()
    turns = (due_on(today - _DAY * back, hour, zone) for back in range(3))
    return next(due for due in turns if due.at.timestamp() <= now.timestamp())


def next_due(hour: time, zone: ZoneInfo, now: datetime) -> Due:
    """The earliest turn after ``now``."""
    last = last_due(hour, zone, now)
    # A day that a zone leaves out altogether, as Samoa did once, has no turn of its own.
    turns = (due_on(last.on + _DAY * ahead, hour, zone) for ahead in (1, 2))
    return next(due for due in turns if due.at.timestamp() > now.timestamp())


def turns_between(hour: time, zone: ZoneInfo, after: date, until: Due) -> list[Due]:
    """The turns of the days after ``after`` up to ``until``, the earliest first."""
    days = range(after.toordinal() + 1, until.on.toordinal())
    return [*(due_on(date.fromordinal(day), hour, zone) for day in days), until]


class DailyTrigger(BaseTrigger):  # type: ignore[misc]
    """Fires at each turn: APScheduler's own cron trigger knows neither rule."""

    __slots__ = ("_hour", "_zone")

    def __init__(self, hour: time, zone: ZoneInfo) -> None:
        self._hour = hour
        self._zone = zone

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The turn after the one before; the first one after ``now``."""
        return next_due(self._hour, self._zone, previous_fire_time or now).at

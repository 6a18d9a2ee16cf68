"""When a source is polled next: often while it publishes, seldom while it rests or fails, never not at all.

Pure: the present, chance and what is known of the source come in as arguments. ``poll_of`` alone asks
the store. How an interval comes about is described in docs/health.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlmodel import Session

from storage import vitals
from storage.models import Fate, RunOutcome
from storage.vitals import RunTrace

OUTLETS_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""The outlets keep Vietnamese time, wherever this machine stands."""
RHYTHM_WINDOW = timedelta(days=14)
"""How far back publishing is looked at: two of each weekday, and old habits are soon forgotten."""
LONGEST_BACKOFF = timedelta(days=1)
"""However badly it fails, a source is tried again after so long."""

_FEWEST_DAYS = timedelta(days=3)
_NEW_PER_POLL = 0.5
_HOUR = timedelta(hours=1)
_WEEKEND = (5, 6)


class Grade(StrEnum):
    """How hard a Run failed."""

    TEMPORARY = "temporary"
    """The host asks us to wait, or refuses us: 401, 403, 429, a browser check, any Retry-After."""
    SOFT = "soft"
    """It may pass by itself: 5xx, no answer in time, no connection, a damaged listing."""
    HARD = "hard"
    """It will not pass before somebody mends something: 404, TLS, robots.txt, another page's address."""


_TEMPORARY = frozenset({Fate.BLOCKED.value, "challenge"})
_HARD = frozenset(
    {
        Fate.NOT_FOUND.value,
        Fate.TLS_FAILED.value,
        Fate.ROBOTS_FORBIDDEN.value,
        Fate.ADDRESS_REFUSED.value,
        Fate.OFF_HOST.value,
        Fate.TOO_LARGE.value,
        "index",
        "no_article_links",
    }
)
_FIRST_BACKOFF = {
    Grade.TEMPORARY: timedelta(minutes=30),
    Grade.SOFT: timedelta(minutes=10),
    Grade.HARD: timedelta(hours=2),
}
_LAST_BACKOFF = {
    Grade.TEMPORARY: LONGEST_BACKOFF,
    Grade.SOFT: timedelta(hours=6),  # most outages end within hours, and asking costs one request
    Grade.HARD: LONGEST_BACKOFF,
}


@dataclass(frozen=True)
class Bounds:
    """Between what a source that can be read is polled; a longer declared interval widens them."""

    shortest: timedelta = timedelta(minutes=10)
    longest: timedelta = timedelta(minutes=120)


@dataclass(frozen=True)
class Rhythm:
    """New Entries to expect in each hour of the day, where the outlet is."""

    workday: tuple[float, ...]
    """24 rates, Monday to Friday."""
    weekend: tuple[float, ...]
    """24 rates, Saturday and Sunday."""

    def rate(self, at: datetime) -> float:
        """Entries an hour to expect at ``at``, a moment on the outlet's own clock."""
        return (self.weekend if at.weekday() in _WEEKEND else self.workday)[at.hour]


@dataclass(frozen=True)
class History:
    """What is known of a source when its next poll is planned."""

    runs: tuple[RunTrace, ...] = ()
    """Runs that ended by themselves, the newest first."""
    rhythm: Rhythm | None = None
    """None until it has been watched for three days."""


@dataclass(frozen=True)
class Poll:
    """When a source is polled next, and why then."""

    at: datetime
    why: str


class HostTurns:
    """When each host may be asked again: sources that share one must not follow each other too closely."""

    def __init__(self) -> None:
        self._left: dict[str, tuple[datetime, timedelta]] = {}

    def wait(self, hosts: Iterable[str], now: datetime) -> timedelta:
        """How long a Run that asks ``hosts`` has still to wait; zero where it need not."""
        return max((self._rest(host, now) for host in hosts), default=timedelta())

    def leave(self, hosts: Iterable[str], now: datetime, pause: timedelta) -> None:
        """A Run that asked ``hosts`` ended ``now``: none of them is asked again within ``pause``."""
        for host in hosts:
            self._left[host] = (now, max(self._rest(host, now), pause))

    def _rest(self, host: str, now: datetime) -> timedelta:
        """How long ``host`` is still left alone; never longer than the pause, whatever the clock did."""
        if host not in self._left:
            return timedelta()
        left_at, pause = self._left[host]
        return min(max(left_at + pause - now, timedelta()), pause)


def poll_of(
    session: Session, source: str, declared: timedelta, bounds: Bounds, now: datetime, chance: float
) -> Poll:
    """The next poll of ``source`` by what the store knows; see ``next_poll``."""
    first_read_at, _ = vitals.read_span(session, source)
    listed = vitals.listed_by_hour(session, source, now - RHYTHM_WINDOW, OUTLETS_ZONE)
    runs = tuple(vitals.recent_runs(session, source))
    return next_poll(History(runs, rhythm_of(listed, first_read_at, now)), declared, bounds, now, chance)


def next_poll(
    history: History, declared: timedelta, bounds: Bounds, now: datetime, chance: float = 0.5
) -> Poll:
    """When to poll next, not before ``now``.

    ``declared`` is the source's own interval: kept until its rhythm is known. ``chance``, 0 to 1, spreads
    polls so that sources that failed together do not come back together.
    """
    if not history.runs:
        return Poll(now, "it has not been polled yet")
    last = history.runs[0]
    ended_at = min(last.ended_at, now)  # a clock that was set back must not put the poll off
    longest = max(bounds.longest, declared)
    usual, why = _usual_wait(history.rhythm, ended_at, declared, bounds.shortest, longest)
    wait = min(max(usual * (0.9 + 0.2 * chance), bounds.shortest), longest)
    failures = _failures(history.runs)
    refusals = 0 if failures else _refusals(history.runs)
    if failures:
        wait, why = _backoff(failures, usual, chance)
    elif refusals:
        wait = min(wait * 2 ** min(refusals, 10), longest)
        why = f"the outlet refused part of the last {_counted(refusals, 'run')}"
    asked = timedelta(seconds=last.retry_after_s or 0)
    if asked > wait:
        wait, why = min(asked, LONGEST_BACKOFF), "the outlet asked us to wait so long"
    return Poll(max(ended_at + wait, now), why)


def grade_of(problems: Mapping[str, int], retry_after_s: float | None = None) -> Grade:
    """How hard a Run failed whose ``problems`` are counted by code; the mildest hope decides."""
    if retry_after_s or _TEMPORARY & problems.keys():
        return Grade.TEMPORARY
    return Grade.HARD if problems and problems.keys() <= _HARD else Grade.SOFT


def rhythm_of(listed: Mapping[datetime, int], first_read_at: datetime | None, now: datetime) -> Rhythm | None:
    """The Rhythm of the last two weeks; None where it was watched for less than three days.

    ``listed`` counts Entries by the full hour (UTC) of their publication. Each rate is the mean over
    the days watched, smoothed over the neighbouring hours (1, 2, 1), as an outlet keeps no exact clock.
    Where no weekend was watched yet, it is taken for a working day, and the other way round.
    """
    if first_read_at is None or now - first_read_at < _FEWEST_DAYS:
        return None
    hour = max(first_read_at + _HOUR, now - RHYTHM_WINDOW).replace(minute=0, second=0, microsecond=0)
    sums = {False: [0] * 24, True: [0] * 24}
    watched = {False: [0] * 24, True: [0] * 24}
    while hour + _HOUR <= now:
        local = hour.astimezone(OUTLETS_ZONE)
        is_weekend = local.weekday() in _WEEKEND
        sums[is_weekend][local.hour] += listed.get(hour, 0)
        watched[is_weekend][local.hour] += 1
        hour += _HOUR
    workday, weekend = (_smoothed(sums[kind], watched[kind]) for kind in (False, True))
    return Rhythm(workday or weekend, weekend or workday)


def _smoothed(sums: Sequence[int], watched: Sequence[int]) -> tuple[float, ...]:
    if not all(watched):
        return ()
    rates = [total / days for total, days in zip(sums, watched, strict=True)]
    return tuple((rates[at - 1] + 2 * rates[at] + rates[(at + 1) % 24]) / 4 for at in range(24))


def _usual_wait(
    rhythm: Rhythm | None, start: datetime, declared: timedelta, shortest: timedelta, longest: timedelta
) -> tuple[timedelta, str]:
    """The wait until half an Entry is to be expected, and why: every other poll then finds something."""
    if rhythm is None:
        return declared, "as declared; its rhythm is not known yet"
    at = start.astimezone(OUTLETS_ZONE)
    end = at + longest
    expected = 0.0
    while at < end:
        until = min(at.replace(minute=0, second=0, microsecond=0) + _HOUR, end)
        rate = rhythm.rate(at)
        gained = rate * ((until - at) / _HOUR)
        if expected + gained >= _NEW_PER_POLL:
            at += _HOUR * ((_NEW_PER_POLL - expected) / rate)
            break
        expected, at = expected + gained, until
    rate = rhythm.rate(start.astimezone(OUTLETS_ZONE))
    return max(at - start, shortest), f"{rate:.1f} articles an hour at this time"


def _failures(runs: Sequence[RunTrace]) -> Sequence[RunTrace]:
    """The newest Runs that failed one after another."""
    for count, run in enumerate(runs):
        if run.outcome is not RunOutcome.FAILED:
            return runs[:count]
    return runs


def _refusals(runs: Sequence[RunTrace]) -> int:
    """How many of the newest Runs were refused in part, one after another."""
    for count, run in enumerate(runs):
        if not _TEMPORARY & run.problems.keys():
            return count
    return len(runs)


def _backoff(failures: Sequence[RunTrace], usual: timedelta, chance: float) -> tuple[timedelta, str]:
    """The wait doubles with each failure from the grade's first to its last, less up to a fifth by chance."""
    grade = grade_of(failures[0].problems, failures[0].retry_after_s)
    first = max(_FIRST_BACKOFF[grade], min(usual, _LAST_BACKOFF[grade]))
    wait = min(first * 2 ** min(len(failures) - 1, 20), _LAST_BACKOFF[grade]) * (1 - 0.2 * chance)
    return wait, f"{_counted(len(failures), 'run')} failed one after another ({grade} failure)"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"

"""A week of polling 60 invented sources, in seconds: the clock is a number that the test moves."""

import heapq
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from statistics import quantiles

import pytest

from scheduler.polling import OUTLETS_ZONE, Bounds, History, HostTurns, next_poll, rhythm_of
from storage.models import RunOutcome
from storage.vitals import RUNS, RunTrace

START = datetime(2026, 11, 15, 17, tzinfo=UTC)  # Monday, 16 November, midnight in Viet Nam
END = START + timedelta(days=7)
BEFORE = timedelta(days=14)
BOUNDS = Bounds()
DELAY = timedelta(seconds=2.5)
PLACES = 6
HOUR = timedelta(hours=1)
QUEUE = timedelta(minutes=5)
"""A Run may wait so long for its host and its place."""

Rate = Callable[[datetime], float]


def by_day(rate: Rate) -> Rate:
    """Twice the rate by day, next to nothing at night."""
    return lambda at: rate(at) * (0.05 if at.hour < 5 or at.hour >= 22 else 1.4)


PATTERNS: dict[str, tuple[int, int, Rate]] = {
    # name: (how many, declared minutes, articles an hour)
    "torrent": (2, 30, lambda _: 60.0),
    "fast": (10, 30, by_day(lambda _: 8.0)),
    "steady": (12, 60, by_day(lambda _: 1.5)),
    "slow": (14, 60, by_day(lambda _: 0.2)),
    "workdays": (8, 60, by_day(lambda at: 0.0 if at.weekday() >= 5 else 1.0)),
    "nightless": (6, 60, lambda at: 3.0 if 6 <= at.hour < 20 else 0.0),
    "rare": (4, 720, lambda _: 0.02),
    "ailing": (2, 30, by_day(lambda _: 4.0)),
    "banned": (2, 30, by_day(lambda _: 4.0)),
}
AILS = (START + timedelta(days=2), START + timedelta(days=4))
BANNED = (START + timedelta(days=3, hours=10), START + timedelta(days=3, hours=16))


@dataclass
class Outlet:
    """One invented source and all that happened to it."""

    name: str
    host: str
    listings: int
    declared: timedelta
    published: list[datetime]
    runs: list[RunTrace] = field(default_factory=list)
    started: list[datetime] = field(default_factory=list)
    seen_after: list[timedelta] = field(default_factory=list)
    listed: Counter[datetime] = field(default_factory=Counter)
    taken: int = 0

    @property
    def pattern(self) -> str:
        return self.name.rpartition("-")[0]

    def trouble(self, at: datetime) -> RunTrace | None:
        """What a Run at ``at`` fails with."""
        if self.pattern == "ailing" and AILS[0] <= at < AILS[1]:
            return RunTrace(at, RunOutcome.FAILED, problems={"http_error": self.listings})
        if self.pattern == "banned" and BANNED[0] <= at < BANNED[1]:
            return RunTrace(at, RunOutcome.FAILED, problems={"blocked": self.listings}, retry_after_s=2700)
        return None

    def take(self, until: datetime) -> list[datetime]:
        """What was published ``until`` then and has not been seen."""
        found = []
        while self.taken < len(self.published) and self.published[self.taken] <= until:
            found.append(self.published[self.taken])
            self.taken += 1
        self.listed.update(at.replace(minute=0, second=0, microsecond=0) for at in found)
        return found


class Week:
    """The service in outline: a heap of polls, six places, one Run at a time for a host."""

    def __init__(self, outlets: list[Outlet], chance: random.Random) -> None:
        self.outlets = outlets
        self.chance = chance
        self.turns = HostTurns()
        self.places = [START] * PLACES
        self.asked: defaultdict[str, list[datetime]] = defaultdict(list)
        self.rhythms: dict[tuple[str, int], object] = {}

    def run(self) -> "Week":
        polls = [(START, number) for number in range(len(self.outlets))]
        heapq.heapify(polls)
        while polls and polls[0][0] < END:
            at, number = heapq.heappop(polls)
            outlet = self.outlets[number]
            wanted_at = max(at, self.places[0])
            wait = self.turns.wait([outlet.host], wanted_at)
            if wait:  # the place is not held meanwhile
                heapq.heappush(polls, (wanted_at + wait, number))
                continue
            heapq.heappop(self.places)
            ended_at = self.crawl(outlet, wanted_at)
            heapq.heappush(self.places, ended_at)
            heapq.heappush(polls, (self.plan(outlet, ended_at), number))
        return self

    def crawl(self, outlet: Outlet, at: datetime) -> datetime:
        outlet.started.append(at)
        found = [] if (trace := outlet.trouble(at)) else outlet.take(at)
        if outlet.taken and outlet.runs:
            outlet.seen_after += [at - published for published in found]
        times = [at + DELAY * number for number in range(outlet.listings + len(found))]
        self.asked[outlet.host] += times
        self.turns.leave([outlet.host], times[-1], DELAY)
        outlet.runs.insert(0, trace or RunTrace(times[-1], RunOutcome.COMPLETED))
        del outlet.runs[RUNS:]
        return times[-1]

    def plan(self, outlet: Outlet, now: datetime) -> datetime:
        key = (outlet.name, (now - START) // (6 * HOUR))
        if key not in self.rhythms:
            self.rhythms[key] = rhythm_of(outlet.listed, START - BEFORE, now)
        history = History(tuple(outlet.runs), self.rhythms[key])
        return next_poll(history, outlet.declared, BOUNDS, now, self.chance.random()).at


def invent(chance: random.Random) -> list[Outlet]:
    outlets = []
    for pattern, (count, declared, rate) in PATTERNS.items():
        for number in range(count):
            # Every third one shares its host with the one before, as editions in several languages do.
            host = f"{pattern}-{number - (number % 3 == 1)}.example"
            listings = 1 + number % 3
            published = publish(rate, chance)
            outlet = Outlet(f"{pattern}-{number}", host, listings, timedelta(minutes=declared), published)
            outlet.take(START)
            outlet.runs.append(RunTrace(START, RunOutcome.COMPLETED))
            outlets.append(outlet)
    return outlets


def publish(rate: Rate, chance: random.Random) -> list[datetime]:
    """Moments of a Poisson process over the fortnight before and the week."""
    moments, hour = [], START - BEFORE
    while hour < END:
        expected = rate(hour.astimezone(OUTLETS_ZONE))
        at = hour
        while expected and (at := at + HOUR * chance.expovariate(expected)) < hour + HOUR:
            moments.append(at)
        hour += HOUR
    return moments


@cache
def week() -> Week:
    chance = random.Random(20261116)
    return Week(invent(chance), chance).run()


def of(*patterns: str) -> list[Outlet]:
    return [outlet for outlet in week().outlets if outlet.pattern in patterns]


HEALTHY = tuple(name for name in PATTERNS if name not in ("ailing", "banned"))


def test_there_are_sixty_sources_that_share_hosts() -> None:
    assert len(week().outlets) == 60
    assert len(week().asked) < 50


@pytest.mark.parametrize("pattern", HEALTHY)
def test_every_source_is_polled_within_its_bounds(pattern: str) -> None:
    for outlet in of(pattern):
        gaps = [later - earlier for earlier, later in pairwise(outlet.started)]
        longest = max(BOUNDS.longest, outlet.declared)
        assert min(gaps) >= BOUNDS.shortest
        assert max(gaps) <= longest + QUEUE + DELAY * 200
        assert END - outlet.started[-1] <= longest + QUEUE


def test_spacing_per_host_is_never_broken() -> None:
    for times in week().asked.values():
        assert min(later - earlier for earlier, later in pairwise(sorted(times))) >= DELAY


def test_fast_sources_are_seen_within_a_quarter_of_an_hour() -> None:
    for outlet in of("torrent", "fast"):
        assert quantiles(outlet.seen_after, n=20)[18] <= timedelta(minutes=15), outlet.name
    together = [after for outlet in of("torrent", "fast") for after in outlet.seen_after]
    assert len(together) > 20_000
    assert quantiles(together, n=20)[18] <= timedelta(minutes=12)


def test_nothing_is_missed() -> None:
    for outlet in week().outlets:
        waiting = [at for at in outlet.published[outlet.taken :] if at < outlet.started[-1]]
        assert not waiting or outlet.runs[0].outcome is RunOutcome.FAILED


def test_a_source_that_rests_is_asked_less() -> None:
    for outlet in of("nightless"):
        hours = Counter(at.astimezone(OUTLETS_ZONE).hour for at in outlet.started)
        by_night = sum(hours[hour] for hour in (22, 23, 0, 1, 2, 3)) / 6
        by_day = sum(hours[hour] for hour in range(8, 18)) / 10
        assert by_day > 4 * by_night
        assert by_night > 0
    for outlet in of("workdays"):
        days = Counter(at.astimezone(OUTLETS_ZONE).weekday() for at in outlet.started)
        assert max(days[5], days[6]) < min(days[day] for day in range(5))


def test_a_source_that_fails_for_two_days_is_asked_ever_more_rarely_and_never_forgotten() -> None:
    for outlet in of("ailing"):
        tries = [at for at in outlet.started if AILS[0] <= at < AILS[1]]
        gaps = [later - earlier for earlier, later in pairwise(tries)]
        assert 6 <= len(tries) <= 20
        assert gaps[0] <= BOUNDS.longest < gaps[-1]
        assert max(gaps) <= timedelta(hours=6) + QUEUE
        back_at = next(at for at in outlet.started if at >= AILS[1])
        assert back_at - AILS[1] <= timedelta(hours=6) + QUEUE
        after = [later - earlier for earlier, later in pairwise(at for at in outlet.started if at >= back_at)]
        catching_up = DELAY * 300
        assert max(after) <= BOUNDS.longest + QUEUE + catching_up


def test_a_source_that_bans_us_is_left_in_peace() -> None:
    for outlet in of("banned"):
        tries = [at for at in outlet.started if BANNED[0] <= at < BANNED[1]]
        assert 2 <= len(tries) <= 5
        assert min(later - earlier for earlier, later in pairwise(tries)) >= timedelta(minutes=45)
        assert any(at >= BANNED[1] for at in outlet.started)


def test_the_week_costs_less_than_half_of_asking_everybody_all_the_time() -> None:
    listings = sum(outlet.listings * len(outlet.started) for outlet in week().outlets) / 7
    everybody = sum(outlet.listings for outlet in week().outlets) * (timedelta(days=1) / BOUNDS.shortest)
    print(f"requests for listings a day: {listings:.0f}, of {everybody:.0f} at the shortest interval")
    assert 2_000 < listings < everybody / 2

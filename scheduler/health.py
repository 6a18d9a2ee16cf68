"""How each source is: healthy, quiet, stale, blocked, broken or changed, since when and why.

``judge`` is pure. ``judged`` asks the store and judges; ``keep`` writes down what it found and hands back
an event for each source that turned bad and for each that is well again. The rules: docs/health.md.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise, takewhile
from math import sqrt
from statistics import median

from sqlmodel import Session

from digest.i18n import Tongue
from digest.reasons import health_reason
from scheduler.polling import OUTLETS_ZONE
from scheduler.usual import shortfall
from storage import health as stored
from storage import vitals
from storage.models import Fate, Health, HealthEvent, HealthState, RejectionReason, RunOutcome
from storage.vitals import PageTrace, RunTrace, Vitals

ENGLISH = Tongue("en", OUTLETS_ZONE)

_REFUSALS = frozenset({Fate.BLOCKED.value, "challenge"})
_REFUSED_RUNS = 2
_FAILED_RUNS = 3
"""One failure says little: every host has a bad minute."""
_FEWEST_PAUSE = timedelta(days=2)
_WEEK = timedelta(days=7)
_TWO_WEEKENDS = timedelta(days=14)
_UNKNOWN_PAUSE = timedelta(days=30)
_FEWEST_ITEMS = 3
_RECENT_PAGES = 20
_FEWEST_BEFORE = 30
_CHALLENGED_PAGES = 5
_MISSING_PAGES = 5


def keep(session: Session, healths: Mapping[str, Health], now: datetime) -> list[HealthEvent]:
    """Keep how sources are, by id; the events, at most one for each source.

    Apart from ``judged``, which takes up to a third of a second for a large outlet: no writer should
    wait for that.
    """
    events = (stored.record_health(session, source, health, now) for source, health in healths.items())
    return [event for event in events if event is not None]


def judged(session: Session, sources: Iterable[str], now: datetime) -> dict[str, Health]:
    """The Health of each of ``sources`` as it is now, by id; nothing is written.

    Left out are those that cannot be reached when no other can: then it is this machine that is
    offline, and they are as they were.
    """
    any_read_at = vitals.last_read_of_any(session)
    known = {source: vitals.vitals(session, source, now, OUTLETS_ZONE) for source in sources}
    return {
        source: judge(found, now) for source, found in known.items() if not is_cut_off(found, any_read_at)
    }


def is_cut_off(found: Vitals, any_read_at: datetime | None) -> bool:
    """Whether no connection came about and nothing has been read anywhere since it last did."""
    failures = _failures(found.runs)
    if not failures or any(run.problems.keys() != {Fate.CONNECTION_FAILED.value} for run in failures):
        return False
    return any_read_at is None or any_read_at < failures[-1].ended_at


def judge(found: Vitals, now: datetime) -> Health:
    """The Health that ``found`` tells, by the first rule that applies, the gravest first."""
    rules = _LISTING_RULES if found.last_read_at is None else (*_LISTING_RULES, *_READING_RULES)
    health = next(filter(None, (rule(found) for rule in rules)), None)
    if health is None and found.last_read_at is None:
        health = Health(state=HealthState.NEW, since_at=now, cause="not_read")
    if health is None:
        return Health(state=HealthState.HEALTHY, since_at=now)
    return health.model_copy(update={"reason": health_reason(health, ENGLISH)})


# ---- listings


def _failures(runs: Sequence[RunTrace]) -> list[RunTrace]:
    """The newest Runs that failed one after another."""
    return list(takewhile(lambda run: run.outcome is RunOutcome.FAILED, runs))


def _blocked(found: Vitals) -> Health | None:
    refused = list(takewhile(lambda run: _REFUSALS & run.problems.keys(), _failures(found.runs)))
    return _failing(HealthState.BLOCKED, refused) if len(refused) >= _REFUSED_RUNS else None


def _broken(found: Vitals) -> Health | None:
    failures = _failures(found.runs)
    return _failing(HealthState.BROKEN, failures) if len(failures) >= _FAILED_RUNS else None


def _failing(state: HealthState, runs: Sequence[RunTrace]) -> Health:
    facts: dict[str, str | int | float] = {"runs": len(runs), "problem": runs[0].reason}
    return Health(state=state, since_at=runs[-1].ended_at, cause="not_readable", facts=facts)


# ---- what is listed


def _stale(found: Vitals) -> Health | None:
    assert found.first_read_at is not None
    assert found.last_read_at is not None
    newest_at = max((hour for hour, count in found.listed.items() if count), default=found.first_read_at)
    longest, seen = _longest_pause(found)
    if found.last_read_at - newest_at <= longest:
        return None
    facts: dict[str, str | int | float] = {
        "newest": newest_at.isoformat(),
        "days": (found.last_read_at - newest_at).days,
        "hours": round(seen / timedelta(hours=1)),
    }
    cause = "stands_still" if seen else "nothing_newer" if found.listed else "never_listed"
    return Health(state=HealthState.STALE, since_at=newest_at, cause=cause, facts=facts)


def _longest_pause(found: Vitals) -> tuple[timedelta, timedelta]:
    """How long it may pause, and the longest pause seen since it is read, zero where that is not known.

    Twice the longest one, for holidays; two days at least, and before two weekends were seen a week. A
    source with next to no articles gets a month.
    """
    assert found.first_read_at is not None
    assert found.last_read_at is not None
    hours = sorted(hour for hour, count in found.listed.items() if count and hour >= found.first_read_at)
    if len(hours) < _FEWEST_ITEMS:
        return _UNKNOWN_PAUSE, timedelta()
    is_known = found.last_read_at - found.first_read_at > _TWO_WEEKENDS
    seen = max(_pauses(hours))
    return max(2 * seen, _FEWEST_PAUSE if is_known else _WEEK), seen


def _pauses(hours: Sequence[datetime]) -> list[timedelta]:
    return [later - earlier for earlier, later in pairwise(hours)]


def _quiet(found: Vitals) -> Health | None:
    assert found.last_read_at is not None
    short = shortfall(found.listed, found.read_hours, found.last_read_at, OUTLETS_ZONE)
    if short is None:
        return None
    facts: dict[str, str | int | float] = {
        "count": short.count,
        "low": short.low,
        "high": short.high,
        "on": short.on.isoformat(),
        "days": short.days,
        "until": short.until.isoformat(),
    }
    cause = "few_on_a_day" if short.is_whole_day else "few_since_midnight"
    since_at = datetime.combine(short.on, datetime.min.time(), tzinfo=OUTLETS_ZONE)
    return Health(state=HealthState.QUIET, since_at=since_at, cause=cause, facts=facts)


# ---- pages


def _challenged(found: Vitals) -> Health | None:
    """Listings are read, but each of the newest pages is a browser check."""
    newest = found.pages[:_CHALLENGED_PAGES]
    is_challenged = [page.rejection == RejectionReason.CHALLENGE.value for page in newest]
    if len(newest) < _CHALLENGED_PAGES or not all(is_challenged):
        return None
    since_at = found.last_read_at or found.runs[0].ended_at
    return Health(
        state=HealthState.BLOCKED,
        since_at=since_at,
        cause="pages_challenged",
        facts={"pages": len(newest)},
    )


def _missing(found: Vitals) -> Health | None:
    """Listings are read, but none of the pages listed lately is there: 404 or 410 for each."""
    not_fetched = takewhile(lambda entry: entry.fate != Fate.FETCHED.value, found.entries)
    missing = [entry for entry in not_fetched if entry.fate == Fate.NOT_FOUND.value]
    if len(missing) < _MISSING_PAGES:
        return None
    facts: dict[str, str | int | float] = {"pages": len(missing)}
    since_at = missing[-1].listed_at
    return Health(state=HealthState.BROKEN, since_at=since_at, cause="pages_missing", facts=facts)


_FIELDS: tuple[tuple[str, Callable[[PageTrace], bool]], ...] = (
    ("text", lambda page: page.rejection is None),
    ("lead", lambda page: page.has_lead),
    ("author", lambda page: page.has_author),
    ("time", lambda page: page.has_time),
)


def _changed(found: Vitals) -> Health | None:
    for name, has_field in _FIELDS:
        pages = [page for page in found.pages if name == "text" or page.rejection is None]
        recent, before = pages[:_RECENT_PAGES], pages[_RECENT_PAGES:]
        if len(recent) < _RECENT_PAGES or len(before) < _FEWEST_BEFORE:
            continue
        count = sum(map(has_field, recent))
        ratio = sum(map(has_field, before)) / len(before)
        if _is_gone(count, ratio):
            percent = round(100 * ratio)
            return _change(found, "field_gone", field=name, count=count, of=len(recent), percent=percent)
    return _shrunk(found)


def _is_gone(count: int, ratio: float) -> bool:
    """Fewer than half as often as before, and by more than three standard errors of that share."""
    error = sqrt(max(ratio * (1 - ratio), 0.05) / _RECENT_PAGES)
    share = count / _RECENT_PAGES
    return share < ratio / 2 and ratio - share > 3 * error


def _shrunk(found: Vitals) -> Health | None:
    lengths = [page.text_length for page in found.pages if page.rejection is None]
    recent, before = lengths[:_RECENT_PAGES], lengths[_RECENT_PAGES:]
    if len(recent) < _RECENT_PAGES or len(before) < _FEWEST_BEFORE:
        return None
    now_usual, usual = round(median(recent)), round(median(before))
    if now_usual * 3 >= usual:
        return None
    return _change(found, "text_shrank", length=now_usual, before=usual)


def _change(found: Vitals, cause: str, **facts: str | int | float) -> Health:
    assert found.last_read_at is not None
    return Health(state=HealthState.CHANGED, since_at=found.last_read_at, cause=cause, facts=facts)


Rule = Callable[[Vitals], Health | None]
_LISTING_RULES: tuple[Rule, ...] = (_blocked, _broken)
_READING_RULES: tuple[Rule, ...] = (_challenged, _missing, _stale, _changed, _quiet)
"""For a source that has been read at least once."""

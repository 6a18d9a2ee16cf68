"""Numbers that texts state, laid side by side: where in time each stands, and where sources differ. Pure.

Nothing is added up or averaged: two outlets that state different numbers stay two numbers.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from storage.trends import StatedNumber

_VAGUE = ("other", "share_percent")
"""Indicators of which two numbers need not be of the same thing."""
_YEAR = re.compile(r"(?:by )?(\d{4})|\d{4}-(\d{4})")
_YEARS = range(1900, 2200)
"""Of which an axis can be drawn."""
_DAYS = re.compile(r"\d{4}-\d\d-\d\d/(\d{4}-\d\d-\d\d)")


@dataclass(frozen=True)
class Series:
    """The numbers of one place in one unit, by time."""

    place: str | None
    unit: str
    numbers: list[StatedNumber]


@dataclass(frozen=True)
class Difference:
    """What sources say differently: the same indicator, unit, kind, place and period."""

    indicator: str
    unit: str
    kind: str
    place: str | None
    period: str | None
    is_one_story: bool
    """Whether tellings of one event differ; otherwise they may count different things."""
    values: list[tuple[float, list[StatedNumber]]]
    """Each value with those who state it, the smallest first."""


def stands_on(number: StatedNumber, zone: ZoneInfo) -> date:
    """The day at which ``number`` stands on a time axis: the end of its period, or its Article's day."""
    period = number.period or ""
    if match := _YEAR.fullmatch(period):
        year = int(match[1] or match[2])
        if _YEARS.start <= year < _YEARS.stop:
            return date(year, 12, 31)
    if match := _DAYS.fullmatch(period):
        with suppress(ValueError):
            last = date.fromisoformat(match[1])
            if last.year in _YEARS:
                return last
    return number.dated_at.astimezone(zone).date()


def series(numbers: Iterable[StatedNumber], zone: ZoneInfo) -> list[Series]:
    """``numbers`` by place and unit, places with most numbers first, each by time."""
    groups: dict[tuple[str | None, str], list[StatedNumber]] = defaultdict(list)
    for number in numbers:
        groups[number.place, number.unit].append(number)
    made = [
        Series(
            place,
            unit,
            sorted(group, key=lambda item: (stands_on(item, zone), item.revision_id, item.position)),
        )
        for (place, unit), group in groups.items()
    ]
    # A number without a place may be of anywhere: those come last.
    return sorted(made, key=lambda item: (not item.place, -len(item.numbers), item.place or "", item.unit))


def differences(numbers: Iterable[StatedNumber]) -> list[Difference]:
    """Where Articles state no number in common for the same thing; tellings of one event first.

    Numbers of different Articles are compared where place and period are told, and the indicator says
    what is counted; otherwise only tellings of one Story are. Several numbers in one Article, a whole and
    its part, are no difference.
    """
    groups: dict[tuple[object, ...], list[StatedNumber]] = defaultdict(list)
    for number in numbers:
        is_told = bool(number.place and number.period) and number.indicator not in _VAGUE
        same = (number.indicator, number.unit, number.kind, number.place, number.period)
        if is_told:
            groups[*same, None].append(number)
        elif number.story_id is not None:
            groups[*same, number.story_id].append(number)
    found = [_difference(group) for group in groups.values() if _differ(group)]
    return sorted(found, key=lambda item: (not item.is_one_story, item.indicator, item.place or ""))


def _differ(group: Sequence[StatedNumber]) -> bool:
    """Whether some Articles of ``group`` have no value in common, not even by way of others."""
    sets: dict[int, set[float]] = defaultdict(set)
    for number in group:
        sets[number.article_id].add(number.value)
    pools: list[set[float]] = []
    for values in sets.values():
        touching = [pool for pool in pools if pool & values]
        pools = [pool for pool in pools if not pool & values]
        pools.append(values.union(*touching))
    return len(pools) > 1


def _difference(group: Sequence[StatedNumber]) -> Difference:
    values: dict[float, list[StatedNumber]] = defaultdict(list)
    for number in group:
        values[number.value].append(number)
    first = group[0]
    stories = {number.story_id for number in group}
    return Difference(
        indicator=first.indicator,
        unit=first.unit,
        kind=first.kind,
        place=first.place,
        period=first.period,
        is_one_story=len(stories) == 1 and None not in stories,
        values=sorted(values.items()),
    )

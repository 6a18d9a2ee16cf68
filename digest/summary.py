"""A week or a month on one page, from its daily digests. Pure: the same digests give the same Summary.

Daily digests are frozen and each story is new in one of them, so a Summary counts nothing twice and
never changes once its last day is built.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Literal

from digest.model import Digest, DigestArticle, DigestEntry, StatedQuantity
from storage.models import Value

Period = Literal["week", "month"]


class CitedQuantity(Value):
    """A number with the article that states it."""

    quantity: StatedQuantity
    article: DigestArticle


class DayEntry(Value):
    """An entry with the day of its digest."""

    on: date
    entry: DigestEntry


class ProvinceLine(Value):
    """What was told of one of today's provinces."""

    place: str
    """In Vietnamese."""
    entries: int
    quantities: tuple[CitedQuantity, ...]
    """By day, then in the order of the text."""


class TroubleLine(Value):
    """A source that could not be read on some of the days."""

    outlet: str
    days: int


class Summary(Value):
    """One week (Monday to Sunday) or one month."""

    version: Literal[1] = 1
    period: Period
    first: date
    last: date
    built: tuple[date, ...]
    """Days with a digest."""
    missing: tuple[date, ...]
    """Days without a digest, after the very first one and before the last built one."""
    about: int
    in_passing: int
    outlets: int
    articles_new: int
    entries: tuple[DayEntry, ...]
    """About it before in passing, then by score, outlets and day, the newest first."""
    provinces: tuple[ProvinceLine, ...]
    """Those told of most first."""
    trouble: tuple[TroubleLine, ...]
    """Those with most days first."""

    @property
    def is_whole(self) -> bool:
        """Whether its last day is built."""
        return bool(self.built) and self.built[-1] == self.last


def span_of(period: Period, on: date) -> tuple[date, date]:
    """First and last day of the week or month that ``on`` is in."""
    if period == "week":
        first = on - timedelta(days=on.weekday())
        return first, first + timedelta(days=6)
    first = on.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def build_summary(period: Period, on: date, digests: Iterable[Digest], begun: date | None = None) -> Summary:
    """The Summary of the period around ``on``; ``digests`` in any order, those of other days are left out.

    ``begun`` is the day of the very first digest: before it none is missing.
    """
    first, last = span_of(period, on)
    inside = sorted((item for item in digests if first <= item.on <= last), key=lambda item: item.on)
    entries = [DayEntry(on=digest.on, entry=entry) for digest in inside for entry in digest.entries]
    return Summary(
        period=period,
        first=first,
        last=last,
        built=tuple(digest.on for digest in inside),
        missing=_missing(max(first, begun or first), [digest.on for digest in inside]),
        about=sum(item.entry.grade == 2 for item in entries),
        in_passing=sum(item.entry.grade == 1 for item in entries),
        outlets=len({article.source for item in entries for article in item.entry.articles}),
        articles_new=sum(digest.counts.articles_new for digest in inside),
        entries=tuple(sorted(entries, key=_rank)),
        provinces=_provinces(entries),
        trouble=_trouble(inside),
    )


def _rank(item: DayEntry) -> tuple[int, float, int, int, int]:
    entry = item.entry
    outlets = len({article.source for article in entry.articles})
    return -entry.grade, -entry.score, -outlets, -item.on.toordinal(), entry.article.article_id


def _missing(first: date, built: Sequence[date]) -> tuple[date, ...]:
    if not built:
        return ()
    days = (first + timedelta(days=number) for number in range((built[-1] - first).days))
    return tuple(day for day in days if day not in built)


def _provinces(entries: Sequence[DayEntry]) -> tuple[ProvinceLine, ...]:
    """An entry counts for each place that it names; a number stands with the place that it is for."""
    told: Counter[str] = Counter()
    cited: dict[str, list[CitedQuantity]] = {}
    for item in entries:
        told.update({place for article in item.entry.articles for place in article.places})
        for article in item.entry.articles:
            for quantity in article.quantities:
                if quantity.place is not None:
                    cited.setdefault(quantity.place, []).append(
                        CitedQuantity(quantity=quantity, article=article)
                    )
    places = sorted(told.keys() | cited.keys(), key=lambda place: (-told[place], place))
    return tuple(
        ProvinceLine(place=place, entries=told[place], quantities=tuple(cited.get(place, ())))
        for place in places
    )


def _trouble(digests: Sequence[Digest]) -> tuple[TroubleLine, ...]:
    days = Counter(
        line.outlet for digest in digests for line in digest.coverage if line.state in ("failing", "unread")
    )
    ranked = sorted(days.items(), key=lambda item: (-item[1], item[0]))
    return tuple(TroubleLine(outlet=outlet, days=count) for outlet, count in ranked)

"""What the digest knows of stories, and what changed of one that an earlier digest had."""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import zip_longest

from digest.model import ChangedQuantity
from storage.models import JudgedArticle, Quantity, Value
from storage.stories import Membership


class Stories(Value):
    """Where articles are, and which stories were told before."""

    places: Mapping[int, Membership] = {}
    """By the article's number."""
    outlets: Mapping[int, str] = {}
    """The outlet's name of every article of these stories, by the article's number."""
    told_on: Mapping[int, date] = {}
    """The day of the first digest that had the story, by the story's number; none where none had."""


NO_STORIES = Stories()


class ChangedArticle(Value):
    """An article whose text is another than the one that a digest showed."""

    judged: JudgedArticle
    before: tuple[Quantity, ...]
    """The numbers of the text that was shown."""
    told_on: date
    """The day of the digest in which the article was new."""


def changed_quantities(before: Iterable[Quantity], after: Iterable[Quantity]) -> tuple[ChangedQuantity, ...]:
    """Which numbers changed, by what they count and for which place, in the order first stated."""
    were, are = _values(before), _values(after)
    changes = []
    for key in dict.fromkeys((*were, *are)):
        gone = [value for value in were.get(key, []) if value not in are.get(key, [])]
        come = [value for value in are.get(key, []) if value not in were.get(key, [])]
        indicator, unit, place = key
        changes += [
            ChangedQuantity(indicator=indicator, unit=unit, place=place, before=was, after=now)
            for was, now in zip_longest(gone, come)
        ]
    return tuple(changes)


def _values(quantities: Iterable[Quantity]) -> dict[tuple[str, str, str | None], list[float]]:
    found: dict[tuple[str, str, str | None], list[float]] = {}
    for item in quantities:
        values = found.setdefault((item.indicator, item.unit, item.place_today or item.place), [])
        if item.value not in values:
            values.append(item.value)
    return found

"""Quantities: numbers that a text states of members, Party organisations, enterprises and workers."""

import re
from collections.abc import Sequence
from datetime import date

from analysis.quantities.context import Sentence as ReadSentence
from analysis.quantities.mentions import PERCENT, find_mentions
from analysis.quantities.numbers import Number, find_numbers
from analysis.quantities.periods import Period, find_bounds, find_periods
from analysis.quantities.places import place_of
from analysis.quantities.reading import Reading, read_mentions
from analysis.quantities.words import Words, load_words
from analysis.sentences import Sentence, split_sentences
from storage.models import PlaceMention, Quantity

__all__ = ["INDICATORS", "find_quantities"]

INDICATORS = (
    "members_total",
    "organisations_total",
    "members_admitted",
    "organisations_founded",
    "owners_admitted",
    "fdi_members_admitted",
    "workers_total",
    "enterprises_total",
    "enterprises_with_party_org",
    "share_percent",
    "target_members",
    "target_organisations",
    "other",
)
"""What a Quantity may count; docs/quantities.md explains each."""

MAX_NUMBERS = 2000
"""A text is read up to so many numbers; one with more is a table or a trap."""

_YEAR = re.compile(r"(?:19|20)\d\d")


def find_quantities(
    text: str,
    *,
    language: str,
    title: str = "",
    published_on: date | None = None,
    places: Sequence[PlaceMention] = (),
) -> tuple[Quantity, ...]:
    """The Quantities that ``text`` states, in order.

    ``text`` is in NFC; offsets count its code points. ``language`` is an ISO 639-1 code, and a language
    without words of its own gives none. ``title`` may name the year where the text does not; ``places``
    are those of ``text``, ordered by start. ``published_on`` is the local day by which "so far this year"
    and targets are told; None leaves them open.
    """
    words = load_words(language)
    if words is None:
        return ()
    found: dict[tuple[str, float, str | None, str | None, str], Quantity] = {}
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters have longer lower cases; offsets must stay
        lowered = text
    leading = _year_of_title(title, published_on)
    carried, paragraph, seen = leading, -1, 0
    previous: Reading | None = None
    for sentence in split_sentences(text):
        if sentence.paragraph != paragraph:
            carried, previous, paragraph = leading, None, sentence.paragraph
        if seen > MAX_NUMBERS:
            break
        numbers = find_numbers(text, sentence.start, sentence.end, words)
        seen += len(numbers)
        if not numbers and not _YEAR.search(text, sentence.start, sentence.end):
            continue
        periods = find_periods(lowered, sentence.start, sentence.end, published_on)
        bounds = find_bounds(lowered, sentence.start, sentence.end, periods)
        to_come = [p.start for p in periods if p.year and published_on and p.year > published_on.year]
        readings = _readings(text, sentence, numbers, words, bounds, to_come, previous)
        for reading in readings:
            quantity = _quantity(text, sentence, reading, periods, carried, places)
            key = (quantity.indicator, quantity.value, quantity.place, quantity.period, quantity.kind)
            found.setdefault(key, quantity)
        carried = next((item for item in periods if item.is_bound), carried)
        counted = [reading for reading in readings if reading.mention.noun != PERCENT]
        previous = counted[-1] if counted else None
    return tuple(found.values())


def _year_of_title(title: str, published_on: date | None) -> Period | None:
    """The one year that the title names; a term in it ("2025-2030") is often still to come."""
    named = find_periods(title.lower(), 0, len(title), published_on)
    return named[0] if len(named) == 1 and re.fullmatch(r"\d{4}", named[0].label or "") else None


def _readings(
    text: str,
    sentence: Sentence,
    numbers: Sequence[Number],
    words: Words,
    bounds: Sequence[int],
    to_come: Sequence[int],
    previous: Reading | None,
) -> list[Reading]:
    if not numbers:
        return []
    start, end = sentence.start, sentence.end
    marks = words.find(text, start, end)
    mentions = find_mentions(text, start, end, numbers, marks, words)
    return read_mentions(ReadSentence(text, start, end, marks, words, bounds, to_come), mentions, previous)


def _quantity(
    text: str,
    sentence: Sentence,
    reading: Reading,
    periods: Sequence[Period],
    carried: Period | None,
    places: Sequence[PlaceMention],
) -> Quantity:
    start, end = reading.mention.start, reading.mention.end
    place = place_of(text, sentence, start, places)
    named = [period for period in periods if period.label]
    before = [period for period in named if period.start < start]
    period = before[-1] if before else next(iter(named), carried)
    return Quantity(
        indicator=reading.indicator,
        value=reading.mention.number.value,
        unit=reading.unit,
        place=place.exact if place else None,
        place_today=place.today if place else None,
        period=period.label if period else None,
        kind=reading.kind,
        exact=text[start:end],
        start=start,
        end=end,
    )

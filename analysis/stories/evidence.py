"""Whether two articles tell one event, and why: evidence for and against, weighed and said in words.

Each kind of evidence has a weight, about the logarithm of how much likelier it is in two tellings of one
event than in two articles of the field by chance. A number counts for how rarely another article would
hold it by chance; several names or words count less each than the first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log

from analysis.stories.fingerprint import Fingerprint
from analysis.stories.numbers import significant_digits
from analysis.stories.words import alike

JOINS_FROM = 3.8
"""The weight from which two articles tell one event."""
SURE_FROM = 7.0
"""The weight from which a join needs no support by the other members of a story."""
LONGEST_DAYS = 21
"""Articles further apart tell different events, unless one names the other as its source."""

_RETOLD = 0.45
"""The share of one telling's numbers that another telling repeats."""
_BY_CHANCE = (0.12, 0.12, 0.015, 0.0025, 0.0004, 0.00005)
"""How likely one number of another article equals a number of so many significant digits."""
_IN_PASSING = 0.65
"""What a number is worth that one of the two tells only after its opening: it may be background."""
_NAME_WEIGHTS = {"person": 2.0, "brand": 1.6, "pair": 1.2}
_NAMES_ALONE = 2.6
"""The most that names are worth: the same people and firms are in the news for many things."""
_FALLING = (1.0, 0.6, 0.4, 0.3, 0.2)
_ONE_NUMBER = 2.5
_ONE_SMALL_NUMBER = 1.2
"""The most that one number is worth which no title has: it may be chance or a firm's standing figure."""
_HARD_KINDS = frozenset({"percent", "money"})


class Kind(StrEnum):
    """A kind of evidence."""

    LINK = "link"
    ADDRESS = "address"
    TEXT = "text"
    TITLE = "title"
    PHRASES = "phrases"
    NUMBERS = "numbers"
    NAMES = "names"
    DOCUMENTS = "documents"
    PLACE = "place"
    DAY = "day"
    TIME = "time"
    OPENING = "opening"
    PART = "part"
    SESSION = "session"
    EDITION = "edition"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece of evidence: what is alike, or where ``weight`` is below zero, what differs."""

    kind: Kind
    weight: float
    words: str
    """In English, such as "same numbers: 29, 3390"."""


@dataclass(frozen=True, slots=True)
class Join:
    """Two articles tell one event."""

    a: str
    b: str
    score: float
    """At least ``JOINS_FROM``."""
    reasons: tuple[Reason, ...]
    """The weightiest first."""

    def __str__(self) -> str:
        return "; ".join(reason.words for reason in self.reasons)


def join(a: Fingerprint, b: Fingerprint) -> Join | None:
    """The Join of two articles, the same whichever comes first; None where they tell different events."""
    a, b = sorted((a, b), key=lambda item: item.id)
    reasons = weigh(a, b)
    score = sum(reason.weight for reason in reasons)
    if score < JOINS_FROM:
        return None
    ordered = sorted(reasons, key=lambda reason: (-reason.weight, reason.kind))
    return Join(a.id, b.id, round(score, 2), tuple(ordered))


def weigh(a: Fingerprint, b: Fingerprint) -> list[Reason]:
    """All evidence for and against one event in two articles."""
    if _are_linked(a, b):
        return [Reason(Kind.LINK, 10.0, "one names the other as its source")]
    reasons = [*_numbers(a, b), *_names(a, b), *_documents(a, b), *_places(a, b), *_days(a, b)]
    reasons += [*_times(a, b), *_openings(a, b), *_frames(a, b), *_words(a, b), *_addresses(a, b)]
    return reasons


def _are_linked(a: Fingerprint, b: Fingerprint) -> bool:
    if a.url and a.url == b.url:
        return True
    if a.original_url and a.original_url in (b.url, b.original_url):
        return True
    return bool(b.original_url) and b.original_url == a.url


def _numbers(a: Fingerprint, b: Fingerprint) -> Iterator[Reason]:
    fewer, more = (a, b) if len(a.numbers) <= len(b.numbers) else (b, a)
    of_fewer, of_more = fewer.number_facts, more.number_facts
    shared = [value for value in of_fewer if value in of_more]
    titles = {*a.title_numbers, *b.title_numbers}
    weight = sum(_number_weight(value, of_fewer[value], of_more[value], len(of_more)) for value in shared)
    missed = len(fewer.telling_numbers - more.telling_numbers)
    if any(of_fewer[value][0] and of_fewer[value][0] == of_more[value][0] for value in titles & {*shared}):
        weight += 0.8
    elif len(fewer.telling_numbers) - missed < 2 and len(shared) < 3:
        is_small = all(significant_digits(value) < 3 for value in shared)
        weight = min(weight, _ONE_SMALL_NUMBER if is_small else _ONE_NUMBER)
    if weight > 0:
        yield Reason(Kind.NUMBERS, min(weight, 12.0), f"same numbers: {', '.join(shared[:8])}")
    if missed:
        words = f"{missed} of {len(fewer.telling_numbers)} numbers differ"
        yield Reason(Kind.NUMBERS, max(-0.6 * missed, -3.0), words)


def _number_weight(value: str, one: tuple[str, bool], other: tuple[str, bool], among: int) -> float:
    digits = min(significant_digits(value), len(_BY_CHANCE) - 1)
    chance = min(0.6, among * _BY_CHANCE[digits])
    weight = max(0.0, min(5.0, log(_RETOLD / chance)))
    if not (one[1] and other[1]):
        weight *= _IN_PASSING
    kinds = {one[0], other[0]} - {""}
    if len(kinds) < 2:
        return weight + (0.4 if one[0] and one[0] == other[0] else 0.0)
    return weight * (0.3 if kinds & _HARD_KINDS else 0.7)


def _names(a: Fingerprint, b: Fingerprint) -> Iterator[Reason]:
    shared = sorted((-_NAME_WEIGHTS[kind], name) for name, kind, _ in a.names if name in b.all_names)
    if shared:
        weight = min(_falling([-weight for weight, _ in shared]), _NAMES_ALONE)
        yield Reason(Kind.NAMES, weight, f"same names: {', '.join(name for _, name in shared[:6])}")
    if _have_other_actors(a, b):
        yield Reason(Kind.NAMES, -1.5, "other people and firms")


def _have_other_actors(a: Fingerprint, b: Fingerprint) -> bool:
    return bool(a.actors and b.actors) and not a.actors & b.all_names and not b.actors & a.all_names


def _falling(weights: Sequence[float]) -> float:
    return sum(weight * factor for weight, factor in zip(weights, _FALLING, strict=False))


def _documents(a: Fingerprint, b: Fingerprint) -> Iterator[Reason]:
    shared = [number for number in a.documents if number in b.documents]
    if shared:
        weight = 0.4 if any(number.endswith("/tu") for number in shared) else 0.2
        yield Reason(Kind.DOCUMENTS, weight, f"same documents: {', '.join(shared[:4])}")


def _places(a: Fingerprint, b: Fingerprint) -> Iterator[Reason]:
    shared = sorted(a.early_provinces & b.early_provinces) or sorted(set(a.provinces) & set(b.provinces))
    if shared:
        yield Reason(Kind.PLACE, 0.6, f"same place: {', '.join(shared[:3])}")
    if _are_elsewhere(a, b):
        words = f"{a.provinces[0]} against {b.provinces[0]}"
        yield Reason(Kind.PLACE, -2.0 if shared else -5.0, f"other place: {words}")
    elif a.sites and b.sites and not any(_is_one_site(one, other) for one in a.sites for other in b.sites):
        yield Reason(Kind.PLACE, -1.0, f"other site: {a.sites[0]} against {b.sites[0]}")


def _is_one_site(one: str, other: str) -> bool:
    """Whether one name is the other or its beginning, as "Quế Võ" is of "Quế Võ II"."""
    return one.startswith(other) or other.startswith(one)


def _are_elsewhere(a: Fingerprint, b: Fingerprint) -> bool:
    return bool(a.early_provinces and b.early_provinces) and not a.early_provinces & b.early_provinces


def _days(a: Fingerprint, b: Fingerprint) -> Iterator[Reason]:
    early = sorted(a.early_days & b.early_days)
    if early:
        yield Reason(Kind.DAY, 1.2, f"same day: {', '.join(early[:3])}")
    elif anywhere := sorted(set(a.days) & set(b.days)):
        yield Reason(Kind.DAY, 0.6, f"same day: {', '.join(anywhere[:3])}")
    elif a.early_days and b.early_days:
        yield Reason(Kind.DAY, -1.8, f"other day: {a.days[0]} against {b.days[0]}")


def _times(a: Fingerprint, b: Fingerprint) -> Iterator[Reason]:
    if a.published_on is None or b.published_on is None:
        return
    apart = abs((a.published_on - b.published_on).days)
    slack = 0 if a.is_day_sure and b.is_day_sure else 16
    if apart > LONGEST_DAYS + slack:
        yield Reason(Kind.TIME, -20.0, f"{apart} days apart")
    elif slack:
        return
    elif apart <= 1:
        yield Reason(Kind.TIME, 0.6, "published within a day")
    elif apart > 3:
        yield Reason(Kind.TIME, -0.5 if apart <= 7 else -1.5, f"{apart} days apart")


def _openings(a: Fingerprint, b: Fingerprint) -> Iterator[Reason]:
    """An event's own facts come first; facts that both share further down may be background."""
    for one, other in ((a, b), (b, a)):
        numbers, names = one.early_numbers, one.early_names
        has_numbers = not numbers.isdisjoint(other.number_facts)
        if len(numbers) >= 2 and not has_numbers:
            yield Reason(Kind.OPENING, -1.5, "the other does not tell the numbers that one opens with")
        if len(numbers) + len(names) >= 3 and not has_numbers and not names & other.all_names:
            yield Reason(Kind.OPENING, -1.5, "the other tells nothing that one opens with")


def _frames(a: Fingerprint, b: Fingerprint) -> Iterator[Reason]:
    if a.part and b.part and a.part != b.part:
        yield Reason(Kind.PART, -20.0, f"parts {a.part} and {b.part} of a series")
    elif bool(a.part) != bool(b.part):
        yield Reason(Kind.PART, -0.5, "only one is part of a series")
    if a.editions and b.editions and not set(a.editions) & set(b.editions):
        words = f"the {a.editions[-1]}th time against the {b.editions[-1]}th"
        yield Reason(Kind.EDITION, -4.0, words)
    if a.session and b.session and a.session != b.session:
        yield Reason(Kind.SESSION, -5.0, "opening against closing")
    if a.title_years and b.title_years and not set(a.title_years) & set(b.title_years):
        yield Reason(Kind.YEAR, -5.0, f"years {a.title_years[-1]} and {b.title_years[-1]}")
    elif a.years and b.years and not set(a.years) & set(b.years):
        yield Reason(Kind.YEAR, -1.0, f"years {a.years[-1]} and {b.years[-1]}")


def _words(a: Fingerprint, b: Fingerprint) -> Iterator[Reason]:
    if a.language != b.language:
        return
    likeness = alike(a.sketch, b.sketch)
    trust = 0.25 if _is_one_form(a, b) or _are_elsewhere(a, b) else 1.0
    step = trust * next((weight for least, weight in _TEXT_STEPS if likeness >= least), 0.0)
    if step:
        yield Reason(Kind.TEXT, step, f"same text: {likeness:.0%}")
    yield from _titles(a, b, trust)
    phrases = a.phrase_hashes & b.phrase_hashes
    if phrases:
        yield Reason(Kind.PHRASES, trust * _falling([1.2] * len(phrases)), "same numbers in the same words")


def _titles(a: Fingerprint, b: Fingerprint, trust: float) -> Iterator[Reason]:
    one, other = a.title_hashes, b.title_hashes
    if min(len(one), len(other)) < 4:
        return
    share = len(one & other) / len(one | other)
    if a.title and a.title == b.title:
        yield Reason(Kind.TITLE, trust * (4.2 if len(one) >= 8 else 2.0), "same title")
    elif share >= 0.5:
        yield Reason(Kind.TITLE, trust * (2.0 if share >= 0.8 else 1.0), f"same words in title: {share:.0%}")


def _is_one_form(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether two texts are one form filled in twice: the words are the same, figures or people are not."""
    if _have_other_actors(a, b):
        return True
    fewer = min(len(a.telling_numbers), len(b.telling_numbers))
    return fewer >= 2 and len(a.telling_numbers & b.telling_numbers) < 0.4 * fewer


_TEXT_STEPS = ((0.8, 7.0), (0.55, 5.5), (0.35, 4.0), (0.2, 2.5), (0.1, 1.2))


def _addresses(a: Fingerprint, b: Fingerprint) -> Iterator[Reason]:
    if a.slug and a.slug == b.slug:
        yield Reason(Kind.ADDRESS, 5.0, "same words in the address")

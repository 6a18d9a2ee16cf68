"""StoryIndex: the few of many stored articles that may tell the event of a new one.

An article is entered under keys that another telling of its event is likely to share and that other
articles are not: bands of its MinHash, telling numbers, smaller numbers with their place, names, the
address, the title. Keys are ints of 63 bits, so that they can as well be rows of a table with an index.
"""

from array import array
from collections.abc import Iterator
from datetime import date
from hashlib import blake2b
from math import log2

from analysis.stories.evidence import LONGEST_DAYS
from analysis.stories.fingerprint import Fingerprint
from analysis.stories.numbers import significant_digits

MOST_CANDIDATES = 80
"""Articles worth a full comparison: those with the most and rarest keys in common."""
_BANDS = 12
_BAND_BYTES = 12
"""Twelve bands of three hashes find 80% of the pairs half of whose shingles are alike, 99% at 70%."""
_MOST_KEYS = 64
_MOST_POSTINGS = 600
"""A key that more articles share tells nothing."""
_SLACK_DAYS = 16
_UNKNOWN_DAY = 0


def keys(item: Fingerprint) -> tuple[int, ...]:
    """The keys of one article, at most 64, the most telling first; the same in every process."""
    found = dict.fromkeys(_hash(key) for key in _written_keys(item))
    return tuple(found)[:_MOST_KEYS]


def _written_keys(item: Fingerprint) -> Iterator[str]:
    if item.url:
        yield f"address {item.url}"
    if item.original_url:
        yield f"address {item.original_url}"
    if item.slug:
        yield f"slug {item.slug}"
    if item.title and len(item.title.split()) >= 6:
        yield f"title {item.title}"
    for band in range(_BANDS if item.sketch else 0):
        yield f"text {band} {item.sketch[band * _BAND_BYTES : (band + 1) * _BAND_BYTES].hex()}"
    yield from _fact_keys(item)


def _fact_keys(item: Fingerprint) -> Iterator[str]:
    places = item.provinces[:2] or ("",)
    for value, _, is_early in item.numbers:
        digits = significant_digits(value)
        if digits > 2:
            yield f"number {value}"
        elif digits == 2 and is_early:
            yield from (f"number {value} {place}" for place in places)
    for phrase in sorted(item.phrase_hashes):
        yield f"phrase {phrase}"
    for value in item.title_numbers:
        yield f"headline {value}"
    for name, kind, _ in item.names:
        if kind == "pair":
            yield f"name {name} {places[0]}"
        else:
            yield f"name {name}"


def _hash(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest()) >> 1


class StoryIndex:
    """Articles by their keys, in memory. Adding one takes microseconds, asking for one milliseconds.

    What ``candidates`` returns does not depend on the order in which articles were added.
    """

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._at: dict[str, int] = {}
        self._days = array("l")
        self._postings: dict[int, int | array[int]] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, article: object) -> bool:
        return article in self._at

    def add(self, item: Fingerprint) -> None:
        """Enter an article. One whose id is known is left as it was."""
        if item.id in self._at:
            return
        at = len(self._ids)
        self._at[item.id] = at
        self._ids.append(item.id)
        self._days.append(_day(item.published_on))
        for key in keys(item):
            known = self._postings.get(key)
            if known is None:
                self._postings[key] = at
            elif isinstance(known, int):
                self._postings[key] = array("I", (known, at))
            else:
                known.append(at)

    def candidates(self, item: Fingerprint) -> list[str]:
        """Ids of the articles that may tell the event of ``item``, likeliest first; never its own.

        Articles published more than three weeks apart are left out, where both days are known.
        """
        weights: dict[int, float] = {}
        for key in keys(item):
            known = self._postings.get(key)
            if known is None:
                continue
            positions = (known,) if isinstance(known, int) else known
            if len(positions) > _MOST_POSTINGS:
                continue
            weight = 1 / (1 + log2(len(positions)))
            for at in positions:
                weights[at] = weights.get(at, 0.0) + weight
        day, own = _day(item.published_on), self._at.get(item.id)
        near = [at for at in weights if at != own and self._is_near(at, day)]
        near.sort(key=lambda at: (-weights[at], self._ids[at]))
        return [self._ids[at] for at in near[:MOST_CANDIDATES]]

    def _is_near(self, at: int, day: int) -> bool:
        other = self._days[at]
        return not day or not other or abs(day - other) <= LONGEST_DAYS + _SLACK_DAYS


def _day(on: date | None) -> int:
    return on.toordinal() if on else _UNKNOWN_DAY

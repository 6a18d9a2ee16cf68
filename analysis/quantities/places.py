"""Whose number it is: the place that governs a sentence."""

import re
from bisect import bisect_left
from collections.abc import Sequence

from analysis.sentences import Sentence
from storage.models import PlaceMention

_NATION = re.compile(
    r"cả nước|toàn quốc|trên cả nước|nationwide|nation-wide|the whole country|across the country|countrywide|"
    r"tout le pays|à l['’]échelle nationale|en todo el país|по всей стране|全国",
    re.IGNORECASE,
)


def place_of(text: str, sentence: Sentence, at: int, places: Sequence[PlaceMention]) -> PlaceMention | None:
    """The place that governs the number at ``at``: the nearest before it, in its sentence first.

    None where the sentence speaks of the whole country nearer to the number, or no place is named.
    ``places`` are ordered by start.
    """
    before = bisect_left(places, at, key=lambda place: place.start)
    nearest = places[before - 1] if before else None
    nation = None
    for match in _NATION.finditer(text, sentence.start, at):
        nation = match
    if nation and not (nearest and nearest.start > nation.end()):
        return None
    if nearest is not None and nearest.start >= sentence.start:
        return nearest
    within = next((place for place in places[before:] if place.start < sentence.end), None)
    return within or nearest

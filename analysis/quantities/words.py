"""The words of one language: what is counted, who does what, how numbers are written; from words/*.toml.

A file has [numbers] and [concepts]. Phrases of [concepts] are written as in a topic file: alternatives
in round brackets, an asterisk for an open ending. Where phrases overlap, the one that begins first
counts, and of those the longest, so that "đảng viên mới" hides "đảng viên".
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from analysis.matching import Match, Matcher, expand

__all__ = ["LANGUAGES", "Match", "Words", "load_words"]

LANGUAGES = ("vi", "en", "fr", "es", "ru", "zh")
"""Languages that have a file."""

_MARKS_COUNT = frozenset(["vi", "fr", "es"])
"""Where a mark makes another word: French "a" is no "à"."""


@dataclass(frozen=True, eq=False)
class Words:
    """The words of one language."""

    language: str
    decimal: str
    """The sign before decimals: comma or full stop."""
    scale: dict[str, float]
    """Words behind digits that multiply them: "triệu" is a million."""
    number_words: dict[str, int | str]
    """Numbers in words; "x100" multiplies what stands before it."""
    named_by: re.Pattern[str]
    """Ends before a number that names something: "Resolution", "số", "ngày"."""
    year_after: re.Pattern[str]
    """Ends before a year: "năm", "in", "depuis"."""
    approx: re.Pattern[str]
    """Ends before a number and belongs to it: "nearly"."""
    bare: re.Pattern[str]
    """Begins behind a number that leaves its noun out: "21 from foreign firms"."""
    percent: tuple[str, ...]
    ranges: tuple[str, ...]
    """Words between the ends of a range."""
    never_first: frozenset[str]
    """Number words that only follow others: "mươi", "hundred"."""
    shy: frozenset[str]
    """Number words that are other words too, such as "năm", year."""
    shy_after: re.Pattern[str]
    """Behind these a shy word is not a number."""
    fillers: re.Pattern[str]
    """What may stand between a number and its noun without a meaning of its own."""
    stops: frozenset[str]
    """Words that no noun phrase has inside it; for languages with words before the noun."""
    modifiers: int
    """How many words may stand between number and noun."""
    tally_link: re.Pattern[str]
    """Ends before a number that follows its noun: "lên", "reached"."""
    none: re.Pattern[str]
    """Says that there is none of what follows: "not ... a single", "aucun"."""
    done: re.Pattern[str]
    """Says that something has happened, after talk of a target: "đã", "has admitted"."""
    phrases: tuple[tuple[str, str], ...]
    """(concept, phrase) pairs, alternatives written out."""
    matcher: Matcher

    def find(self, text: str, start: int, end: int) -> list[Match]:
        """The concepts between ``start`` and ``end`` of ``text``, in order and without overlap."""
        kept: list[Match] = []
        matches = self.matcher.find(text[start:end])
        for match in sorted(matches, key=lambda match: (match.start, -match.end)):
            if not kept or start + match.start >= kept[-1].end:
                kept.append(Match(match.concept, start + match.start, start + match.end))
        return kept


@cache
def load_words(language: str) -> Words | None:
    """The words of ``language`` (ISO 639-1); None where there is no file for it."""
    if language not in LANGUAGES:
        return None
    source = (files("analysis.quantities") / "words" / f"{language}.toml").read_text(encoding="utf-8")
    data = tomllib.loads(source)
    numbers = data["numbers"]
    phrases = [
        (concept, phrase)
        for concept, patterns in data["concepts"].items()
        for pattern in patterns
        for phrase in expand(pattern)
    ]
    named_by = rf"(?:{_any_of(numbers['named_by'])}|{numbers.get('number_mark') or '(?!)'})"
    return Words(
        language=language,
        decimal=numbers["decimal"],
        scale=numbers["scale"],
        number_words=numbers["words"],
        named_by=_before(named_by),
        year_after=_before(_any_of(numbers["year_after"])),
        approx=_before(_any_of(numbers["approx"])),
        bare=re.compile(rf"\s*(?:{_any_of(numbers['bare_before'])})(?!\w)", re.IGNORECASE),
        percent=tuple(numbers["percent"]),
        ranges=tuple(numbers["range"]),
        never_first=frozenset(numbers.get("never_first", ())),
        shy=frozenset(numbers.get("shy_words", ())),
        shy_after=_before(_any_of(numbers.get("shy_after", ()))),
        fillers=re.compile(
            rf"(?:{_any_of(numbers.get('fillers', ()))})(?:\s+|(?<=[个名家位]))", re.IGNORECASE
        ),
        stops=frozenset(numbers.get("stops", ())),
        modifiers=numbers.get("modifiers", 0),
        tally_link=_before(_any_of(numbers["tally_link"])),
        none=re.compile(numbers.get("none", "(?!)"), re.IGNORECASE),
        done=re.compile(numbers["done"], re.IGNORECASE),
        phrases=tuple(phrases),
        matcher=Matcher(phrases, marks_count=language in _MARKS_COUNT),
    )


def _any_of(words: list[str] | tuple[str, ...]) -> str:
    """A pattern for any of ``words``, the longest first; one that never matches where there are none."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or "(?!)"


def _before(pattern: str) -> re.Pattern[str]:
    """``pattern`` as whole words at the end of a piece of text."""
    return re.compile(rf"(?:^|(?<=[\W_\u3400-\u9fff]))(?:{pattern})[\s\u00a0\u202f]*$", re.IGNORECASE)

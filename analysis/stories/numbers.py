"""The numbers that a text states, written alike in every language: 3.390, 3,390 and 3 390 are one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from analysis.stories.vocabulary import vocabulary
from storage.folding import to_nfc

_DIGITS = re.compile(
    r"(?<![a-zа-я\d/-])(?<!\d[.,])(?P<whole>\d{1,3}(?:[.,\u00a0\u202f]\d{3})+|\d{1,3}(?: \d{3})+|\d+)"
    r"(?:[.,](?P<part>\d{1,2}))?(?![\d/])(?![.,]\d)"
)
_NOT_COUNTED = re.compile(
    r"(?:st|nd|rd|th|e|er|eme|o)\b|h\d{0,2}\b|-?[a-z]{1,4}\d|-[a-z]{2,6}/|[ap]\.?m\b|:\d"
)
"""What follows an ordinal, a time, the number of a document."""
_BEFORE_LABEL = re.compile(
    r"\b(?:(?:quyet|dinh|thi|luan|hoach|an|dan|duong|nha|quoc lo) so|no|n°|nghi quyet|quyet dinh|chi thi|"
    r"ke hoach|de an|resolution|directive|regulation|plan|project|projet|conclusion|thu|khoa|bai|ky|part|"
    r"partie|lesson|lecon|quarter|quy|tel|dt|hotline)[ .:]*$"
)
_GROUPING_SPACE = frozenset({"fr", "es", "ru"})
_SOON = re.compile(r"[.;:!?()]|  |, | (?:in|at|of them|of whom|tai|o|trong|thuoc|dans|chez|d'entre) ")
_REACH = 44
_LONGEST_DIGITS = 12
_WORD = re.compile(r"[^\W_]+")
_CJK = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text."""

    value: str
    """Digits with a point before decimals, multiplied out: "3390", "82.4", "5600000000"."""
    counts: str
    """people, organisations, enterprises, money, percent; empty where the text does not tell."""
    phrase: str
    """The number with the two words behind it."""
    start: int


def significant_digits(value: str) -> int:
    """How many digits of ``value`` tell something: 3390 has three, 500000 one, 82.4 three."""
    digits = value.replace(".", "").lstrip("0")
    return len(digits.rstrip("0") if "." not in value else digits)


def find_numbers(
    text: str, folded: str, language: str, taken: Iterable[tuple[int, int]] = ()
) -> list[Number]:
    """Numbers from four on that ``text`` counts with, in order; ``folded`` is the same text folded.

    Years, ordinals, times, document numbers and whatever lies in the spans ``taken`` (the days) are not
    among them.
    """
    covered = {offset for start, end in taken for offset in range(start, end)}
    found = []
    for match in _DIGITS.finditer(folded):
        if match.start() in covered or not _is_counting(folded, match):
            continue
        whole = match["whole"]
        if " " in whole and language not in _GROUPING_SPACE:
            continue
        number = _number(folded, match, whole)
        if number is not None:
            found.append(number)
    return sorted(found + _in_words(text, folded, language), key=lambda number: number.start)


def _is_counting(folded: str, match: re.Match[str]) -> bool:
    if _NOT_COUNTED.match(folded, match.end()):
        return False
    return not _BEFORE_LABEL.search(folded, max(0, match.start() - 16), match.start())


def _number(folded: str, match: re.Match[str], whole: str) -> Number | None:
    digits = re.sub(r"\D", "", whole)
    if len(digits) > _LONGEST_DIGITS or (digits.startswith("0") and digits != "0"):
        return None
    is_plain = whole == digits and match["part"] is None
    factor, after = _multiple(folded, match.end())
    if is_plain and factor == 1 and len(digits) == 4 and 1930 <= int(digits) < 2050:
        return None  # a year
    value = float(digits) + (float(f"0.{match['part']}") if match["part"] else 0.0)
    value *= factor
    if value < 4 and match["part"] is None:
        return None
    written = f"{value:.2f}".rstrip("0").rstrip(".")
    return Number(written, _counts(folded, after), _phrase(written, folded, after), match.start())


def _phrase(value: str, folded: str, end: int) -> str:
    words = _WORD.findall(folded, end, end + _REACH)[:2]
    return " ".join([value, *words]) if len(words) == 2 else ""


def _multiple(folded: str, end: int) -> tuple[float, int]:
    multiples = vocabulary().multiples
    match = _word_after(tuple(multiples)).match(folded, end)
    if match is None:
        return 1.0, end
    return multiples[match[1]], match.end()


def _counts(folded: str, end: int) -> str:
    counts = vocabulary().counts
    stop = _SOON.search(folded, end)
    reach = min(end + _REACH, stop.start() if stop else len(folded))
    match = _any_word(tuple(counts)).search(folded, end, reach)
    return counts[match[1]] if match else ""


@cache
def _word_after(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\s?({_alternatives(words)})")


@cache
def _any_word(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"({_alternatives(words)})")


def _alternatives(words: tuple[str, ...]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    return "|".join(
        re.escape(word) if _CJK.search(word) or word == "%" else rf"\b{re.escape(word)}\b"
        for word in longest_first
    )


def _in_words(text: str, folded: str, language: str) -> list[Number]:
    numerals = vocabulary().numerals.get(language)
    if not numerals:
        return []
    return [
        Number(str(_value(match, numerals)), _counts(folded, match.end()), "", match.start())
        for match in _numeral_pattern(language).finditer(to_nfc(text).lower())
    ]


def _value(match: re.Match[str], numerals: dict[str, int]) -> int:
    return numerals[match["first"]] + (numerals.get(match["second"], 0) if match["second"] else 0)


@cache
def _numeral_pattern(language: str) -> re.Pattern[str]:
    numerals = vocabulary().numerals[language]
    first = "|".join(sorted(map(re.escape, numerals), key=len, reverse=True))
    second = "|".join(re.escape(word) for word, value in numerals.items() if value < 10)
    return re.compile(rf"\b(?P<first>{first})\b(?:-(?P<second>{second})\b)?")

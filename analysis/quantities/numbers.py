"""Numbers in a text, as digits and as words, without those that name, date or price something."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from analysis.quantities.words import Words

_MAX_LENGTH = 16
"""Code points; what is longer counts nothing in a newspaper."""
_DIGIT = re.compile(r"\d")
_WINDOW = 28
"""Code points looked at before a number."""
_SPACE = r"[\s\u00a0\u202f]"
_LETTER = r"A-Za-zÀ-ỹа-яА-ЯёЁ"
_GROUPED = r"[1-9]\d{0,2}(?:([.,’'\u00a0\u202f ])\d{3})(?:\1\d{3})*(?!\d)(?:[.,]\d{1,2}(?!\d))?"
_DIGITS = re.compile(rf"(?<![{_LETTER}\d_])(?<!\d[.,/])(?:{_GROUPED}|\d+(?:[.,]\d+)?)(?![{_LETTER}\d_])")
_NOT_COUNTED = re.compile(
    r"""
    \d{1,4}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?\d{2,4}           # a date
    | \d+(?:-\d+)?[-–/][A-ZĐƯ][\wĐđ]*(?:[-–/][\wĐđ]+)*      # the number of a document
    | \d+/\d{4}/[A-ZĐ]\S*
    | (?:1[89]|20)\d\d\s?[-–—]\s?(?:(?:1[89]|20)\d\d|\d\d)(?!\d)   # years from to
    | \d{1,2}\s?[/-]\s?(?:19|20)\d\d(?!\d)                # month and year
    | \d{1,2}:\d\d | \d{1,2}h\d\d
    | (?<![\d.])0\d{2,4}[ .]\d{3}[ .]?\d{3,4}             # a telephone
    | \(?\+?84\)?[ .\d]{8,}
    | (?:https?://|www\.)\S+
    """,
    re.VERBOSE,
)
_DAY = re.compile(r"(?:ngày|sáng|chiều|tối|trưa|đêm|hôm|dịp|từ|đến|on|le|du|el|до|с)\s*$", re.IGNORECASE)
_GROWTH = re.compile(
    r"(?:grew|grow|rose|ris|increas|jump|expand|pass|augment|tăng|nâng|aument|вырос|увелич)\w*(?:\W+\w+){0,5}\W*$",
    re.IGNORECASE,
)
_OF = re.compile(r"\s+d(?:e\s|['’])")
_PAIRED = re.compile(r"\d\s?[-–—]\Z")
_FRACTION = re.compile(rf"(?<![\d/.,])(\d+)/(\d+)(?![\d/{_LETTER}-])")
_HAN_NUMBER = re.compile(r"[一二两三四五六七八九十百]+(?=[个名家位])")
_HAN = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}


@dataclass(frozen=True, slots=True)
class Number:
    """A number in the text, with what belongs to it: "nearly 3,500", "4,7 nghìn", "64.8 per cent"."""

    value: float
    start: int
    """Where it begins, "nearly" included."""
    end: int
    """Exclusive."""
    is_percent: bool = False
    is_word: bool = False
    scale: float = 1
    """What a word behind the digits multiplied them by: "triệu"."""
    is_year: bool = False
    """Four digits that may be a year: they count something only if its noun follows."""


def find_numbers(text: str, start: int, end: int, words: Words) -> list[Number]:
    """The numbers between ``start`` and ``end`` of ``text`` that may count something, in order."""
    has_digits = _DIGIT.search(text, start, end) is not None
    barred = [match.span() for match in _NOT_COUNTED.finditer(text, start, end)] if has_digits else []
    found: list[Number] = []
    for number in sorted(
        _candidates(text, start, end, words), key=lambda number: (number.start, -number.end)
    ):
        is_free = not found or number.start >= found[-1].end
        if is_free and not any(left < number.end and number.start < right for left, right in barred):
            found.append(number)
    return [
        number
        for number in _joined(found, text, words)
        if not _PAIRED.search(text[max(start, number.start - 4) : number.start])
    ]


def _candidates(text: str, start: int, end: int, words: Words) -> Iterator[Number]:
    yield from _in_words(text, start, end, words)
    for match in words.none.finditer(text, start, end):
        yield Number(0, match.start(), match.end(), is_word=True)
    if not _DIGIT.search(text, start, end):
        return
    taken: list[tuple[int, int]] = []
    for fraction in _FRACTION.finditer(text, start, end):
        taken.append(fraction.span())
        part, whole = fraction[1], fraction[2]
        is_share = len(whole) <= 6 and len(part) <= len(whole) and int(part) <= int(whole)
        if is_share and not _DAY.search(text[max(start, fraction.start() - 8) : fraction.start()]):
            yield Number(float(part), fraction.start(), fraction.end())
    for match in _DIGITS.finditer(text, start, end):
        is_taken = any(left < match.end() and match.start() < right for left, right in taken)
        if not is_taken and (number := _of_digits(match, text, start, end, words)) is not None:
            yield number


def _of_digits(match: re.Match[str], text: str, start: int, end: int, words: Words) -> Number | None:
    before = text[max(start, match.start() - _WINDOW) : match.start()]
    percent = _percent(words).match(text, match.end(), end)
    if not percent and words.named_by.search(before):
        return None
    written = match.group()
    if len(written) > _MAX_LENGTH:
        return None
    value = value_of(written, words.decimal, is_percent=percent is not None)
    stop = match.end()
    factor = 1.0
    if percent:
        stop = percent.end()
    elif scale := _scale(words).match(text, match.end(), end):
        factor = words.scale.get(scale[1].lower(), 1.0)
        value = round(value * factor, 6)
        stop = scale.end()
    is_year = len(written) == 4 and written.isdigit() and 1900 <= value <= 2099 and stop == match.end()
    if is_year and words.year_after.search(before):
        return None
    begin = match.start()
    if near := words.approx.search(before):
        begin -= len(before) - near.start()
    return Number(value, begin, stop, is_percent=percent is not None, scale=factor, is_year=is_year)


def value_of(written: str, decimal: str, *, is_percent: bool = False) -> float:
    """The value of digits as written: "3.390" and "3,390" are 3390, "64,8" and "64.8" are 64.8.

    One mark with three digits behind it parts thousands, unless a percentage has it as its decimal mark
    ("12.345%" in English) or only noughts stand before it.
    """
    compact = re.sub(r"[\s\u00a0\u202f’']", "", written)
    marks = re.findall(r"[.,]", compact)
    if not marks:
        return float(compact)
    whole, _, rest = compact.rpartition(marks[-1])
    parts_thousands = len(rest) == 3 and len(set(marks)) == 1
    if len(marks) == 1 and parts_thousands:
        is_decimal = whole.strip("0") == "" or (is_percent and marks[0] == decimal)
        parts_thousands = not is_decimal
    if parts_thousands:
        return float(re.sub(r"[.,]", "", compact))
    return float(f"{re.sub(r'[.,]', '', whole)}.{rest}")


@cache
def _percent(words: Words) -> re.Pattern[str]:
    listed = "|".join(map(re.escape, words.percent)) or "(?!)"
    return re.compile(rf"{_SPACE}?[%％]|{_SPACE}?(?:{listed})(?!\w)", re.IGNORECASE)


@cache
def _scale(words: Words) -> re.Pattern[str]:
    listed = "|".join(sorted(map(re.escape, words.scale), key=len, reverse=True))
    after = "" if words.language == "zh" else r"(?!\w)"
    return re.compile(rf"{_SPACE}?({listed}){after}(?:{_SPACE}(?:de{_SPACE}|d['’]))?", re.IGNORECASE)


@cache
def _words_of_numbers(words: Words) -> re.Pattern[str]:
    listed = "|".join(sorted(map(re.escape, words.number_words), key=len, reverse=True))
    leading = "" if words.language in {"vi", "en"} else r"(?!une?\b|uno\b)"
    return re.compile(
        rf"(?<![\w-]){leading}(?:{listed})(?:(?:[ \u00a0-]|-et-| et | and | y )(?:{listed})(?!\w))*(?!\w)",
        re.IGNORECASE,
    )


def _in_words(text: str, start: int, end: int, words: Words) -> Iterator[Number]:
    if words.language == "zh":
        for match in _HAN_NUMBER.finditer(text, start, end):
            yield Number(_value_of_han(match.group()), match.start(), match.end(), is_word=True)
        return
    for match in _words_of_numbers(words).finditer(text, start, end):
        before = text[max(start, match.start() - _WINDOW) : match.start()]
        written = match.group()
        if _first_word(written) in words.never_first:
            continue
        is_name = written[0].isupper() and before.strip(' «"“(-–') != "" and before.rstrip()[-1:] not in ".:"
        if is_name or words.named_by.search(before):
            continue
        if written.lower() in words.shy and words.shy_after.search(before):
            continue
        percent = _percent(words).match(text, match.end(), end)
        begin = match.start()
        if near := words.approx.search(before):
            begin -= len(before) - near.start()
        stop = percent.end() if percent else match.end()
        if words.language == "fr" and written.lower().endswith("aine") and (of := _OF.match(text, stop, end)):
            stop = of.end()
        value = _value_of_words(re.split(r"[\s-]+", written.lower()), words)
        if value == 1:  # an article more often than a count
            continue
        yield Number(value, begin, stop, is_percent=percent is not None, is_word=True)


def _first_word(written: str) -> str:
    return re.split(r"[\s-]", written.lower(), maxsplit=1)[0]


def _value_of_words(written: list[str], words: Words) -> float:
    total, current = 0, 0
    for word in written:
        value = words.number_words.get(word)
        if value is None:
            continue
        if isinstance(value, str):
            factor = int(value[1:])
            last = (
                current % 10 if factor == 10 else current
            )  # "một trăm hai mươi": only the two is multiplied
            current += (last or 1) * factor - last
            if factor >= 1000:
                total, current = total + current, 0
        elif words.language == "fr" and value == 20 and current % 100 == 4:  # quatre-vingts
            current += 76
        else:
            current += value
    return float(total + current)


def _value_of_han(written: str) -> float:
    total, current = 0, 0
    for sign in written:
        if sign in _HAN:
            current = _HAN[sign]
        else:
            total, current = total + (current or 1) * (10 if sign == "十" else 100), 0
    return float(total + current)


def _joined(numbers: list[Number], text: str, words: Words) -> Iterator[Number]:
    """The numbers, with the two ends of a range as one number: the lower end, over the words of both."""
    skip = False
    for index, number in enumerate(numbers):
        following = numbers[index + 1] if index + 1 < len(numbers) else None
        if skip:
            skip = False
        elif following is not None and _is_range(number, following, text, words):
            skip = True
            begin, end = number.start, following.end
            lower = number.value * (following.scale if number.scale == 1 else 1)  # "1 - 1,2 triệu"
            yield Number(min(lower, following.value), begin, end, is_percent=following.is_percent)
        else:
            yield number


def _is_range(number: Number, following: Number, text: str, words: Words) -> bool:
    between = text[number.end : following.end]
    gap = between[: following.start - number.end].strip().lower()
    if _GROWTH.search(text[max(0, number.start - 40) : number.start]):
        return False
    is_linked = gap in {"-", "–", "—"} or gap in words.ranges
    return is_linked and number.value < following.value and not number.is_year and not following.is_year

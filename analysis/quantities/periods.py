"""The time that a sentence speaks of: a year, a range, a term, "by 2030", or a span up to a day."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

_YEAR = r"((?:19|20)\d\d)"
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january janvier enero", "february février febrero", "march mars marzo", "april avril abril",
            "may mai mayo", "june juin junio", "july juillet julio", "august août agosto",
            "september septembre septiembre", "october octobre octubre", "november novembre noviembre",
            "december décembre diciembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(_MONTHS)
_TO_DATE = (
    r"từ đầu năm (?:đến|tới) nay|so far this year|since the (?:start|beginning) of (?:the|this) year|"
    r"this year to date|depuis le début de l['’]année|desde (?:principios|comienzos) de(?:l| este) año|"
    r"今年以来|с начала (?:этого )?года"
)
_LAST_YEAR = (
    r"năm (?:ngoái|trước|qua)|last year|l['’]an(?:née)? dernièr?e?r?|el año pasado|去年|в прошлом году"
)
_THIS_YEAR = r"(?:trong )?năm nay|this year|cette année|este año|今年|в этом году"
_EACH_YEAR = (
    r"(?:mỗi|hằng|hàng) năm|each year|every year|annually|annual plan|chaque année|par an|"
    r"cada año|每年|ежегодно|/năm"
)
_SPAN_OF_YEARS = (
    r"(?:trong|qua|sau) (\d{1,2}|hai|ba|bốn|năm|mười) năm(?: qua)?|"
    r"(?:in|over|within|during|for) (?:the (?:last|past) )?(\d{1,2}|two|three|four|five|six|ten) years|"
    r"en (\d{1,2}|deux|trois|quatre|cinq|dix) ans"
)
_COUNTS = {
    "hai": 2, "ba": 3, "bốn": 4, "năm": 5, "mười": 10, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "ten": 10, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "dix": 10,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Period:
    """A time that the text names, and where it does."""

    label: str | None
    """None where only the day of publication, which is not known, would tell."""
    start: int
    end: int
    year: int | None = None
    """The year meant, for "by 2030"; None for others."""
    is_bound: bool = True
    """Whether counts beside it are of what happened within; "by" and "each year" only say until when."""


def find_periods(text: str, start: int, end: int, published_on: date | None) -> list[Period]:
    """The periods named between ``start`` and ``end`` of ``text``, in order.

    ``text`` is in lower case. ``published_on`` resolves what it alone tells, such as "so far this year".
    """
    found: list[Period] = []
    cues = {cue for cue in (_A_YEAR, _TIME_WORD, _QUARTER_WORD) if cue.search(text, start, end)}
    for cue, pattern, read in _READERS:
        if cue not in cues:
            continue
        for match in pattern.finditer(text, start, end):
            if any(period.start < match.end() and match.start() < period.end for period in found):
                continue
            period = read(match, published_on)
            if period is not None:
                found.append(period)
    return sorted(found, key=lambda period: period.start)


def find_bounds(text: str, start: int, end: int, periods: Sequence[Period]) -> list[int]:
    """Where the sentence tells within which time something happened, in whatever words.

    ``text`` is in lower case; ``periods`` are those of the sentence.
    """
    named = [period.start for period in periods if period.is_bound]
    named += [match.start() for match in _TERM.finditer(text, start, end)]
    return [at for at in named if not _AS_OF.search(text[max(start, at - 24) : at])]


_AS_OF = re.compile(
    r"(?:(?:tính )?(?:đến|tới)(?: hết| cuối| ngày)?|by|until|as of|up to|fin|au|截至|到)(?:\s|$)"
    r"(?:(?:the end of|end of|đầu|cuối)\s)?[\s\d/.-]*$"
)
_TERM = re.compile(
    r"nhiệm kỳ|giai đoạn|quý [1-4iv]|\btháng\b|tenure|\bterm\b|quarter|mandat|trimestre|五年|任期|"
    r"\b(?:since|from|depuis)\b|срок"
)


def _range(match: re.Match[str], _: date | None) -> Period | None:
    first, last = match[1], match[2]
    last = first[:2] + last if len(last) == 2 else last
    return Period(f"{first}-{last}", *match.span()) if first < last else None


def _by(match: re.Match[str], _: date | None) -> Period:
    year = match[1] or match[2]
    return Period(f"by {year}", *match.span(), year=int(year), is_bound=False)


def _since(match: re.Match[str], published_on: date | None) -> Period:
    until = published_on.year if published_on else None
    label = f"{match[1]}-{until}" if until and until > int(match[1]) else f"since {match[1]}"
    return Period(label, *match.span())


def _quarter(match: re.Match[str], published_on: date | None) -> Period | None:
    quarter = {"i": 1, "ii": 2, "iii": 3, "iv": 4}.get(match[1]) or int(match[1])
    return _months(match, _year_of(match[2], published_on), quarter * 3 - 2, quarter * 3)


def _first_months(match: re.Match[str], published_on: date | None) -> Period | None:
    groups = [group for group in match.groups() if group]
    words = {
        "sáu": 6, "chín": 9, "ba": 3, "six": 6, "nine": 9, "three": 3, "trois": 3, "neuf": 9,
    }  # fmt: skip
    count = words.get(groups[0]) or int(groups[0])
    year = _year_of(groups[1] if len(groups) > 1 else None, published_on)
    return _months(match, year, 1, count) if 1 <= count <= 12 else None


def _month(match: re.Match[str], published_on: date | None) -> Period | None:
    month = _MONTHS.get(match[1]) or int(match[1])
    return _months(match, _year_of(match[2], published_on), month, month) if 1 <= month <= 12 else None


def _months(match: re.Match[str], year: int | None, first: int, last: int) -> Period:
    if year is None:
        return Period(None, *match.span())
    following = date(year + last // 12, last % 12 + 1, 1)
    label = f"{date(year, first, 1)}/{following - timedelta(days=1)}"
    return Period(label, *match.span())


def _year_of(written: str | None, published_on: date | None) -> int | None:
    if written:
        return int(written)
    return published_on.year if published_on else None


def _to_date(match: re.Match[str], published_on: date | None) -> Period:
    label = f"{published_on.year}-01-01/{published_on}" if published_on else None
    return Period(label, *match.span())


def _relative(offset: int) -> Callable[[re.Match[str], date | None], Period | None]:
    def read(match: re.Match[str], published_on: date | None) -> Period | None:
        return Period(str(published_on.year + offset) if published_on else None, *match.span())

    return read


def _years_back(match: re.Match[str], published_on: date | None) -> Period | None:
    written = next(group for group in match.groups() if group)
    count = _COUNTS.get(written) or int(written)
    label = f"{published_on.year - count}-{published_on.year}" if published_on else None
    return Period(label, *match.span())


def _each_year(match: re.Match[str], _: date | None) -> Period:
    return Period("each year", *match.span(), is_bound=False)


def _plain_year(match: re.Match[str], _: date | None) -> Period:
    return Period(match[1] or match[2], *match.span())


_FROM_TO = (
    rf"(?:from|between|từ(?: năm)?|de|entre|desde|с|从)\s*{_YEAR}\s*"
    rf"(?:to|until|and|đến(?: hết| năm| nay)?|à|et|a|hasta|по|至|到)\s*(?:năm\s)?{_YEAR}(?!\d)"
)
_MONTHS_OF = (
    rf"\b(sáu|chín|ba|\d{{1,2}}) tháng(?: đầu năm)?(?: (?:năm )?{_YEAR}|(?<=đầu năm))|"
    rf"\bfirst (six|nine|three|\d{{1,2}}) months of (?:{_YEAR}|this year)|"
    rf"\b(six|neuf|trois|\d{{1,2}}) premiers mois de (?:{_YEAR}|l['’]année|cette année)"
)
_IN_YEAR = rf"(?:năm|in|en|of|fin|début|year|l['’]année|во?|на|,|\d[-/.])\s?{_YEAR}(?![\d.,]\d)|{_YEAR}年"
_UNTIL = (
    rf"(?:by|until|vào năm|(?:phấn đấu |mục tiêu |tính |)đến (?:cuối |hết |)(?:năm )?|"
    rf"d['’]ici (?:à |fin |l['’]an )?|para|до|к)"
    rf"\s*(?:the end of\s)?{_YEAR}(?!\d|\s*[-–—])|到{_YEAR}"
)
_A_YEAR = re.compile(r"(?:19|20)\d\d")
_TIME_WORD = re.compile(r"năm|tháng|year|month|ann|l['’]an|\bans\b|\baño|mois|年|год")
_QUARTER_WORD = re.compile(r"quý|\bq\d|quarter")
_Read = Callable[[re.Match[str], date | None], Period | None]
_READERS: tuple[tuple[re.Pattern[str], re.Pattern[str], _Read], ...] = tuple(
    (cue, re.compile(pattern), read)
    for cue, pattern, read in (
        (_A_YEAR, rf"(?<!\d){_YEAR}\s?[-–—]\s?((?:19|20)\d\d|\d\d)(?!\d)", _range),
        (_A_YEAR, _FROM_TO, _range),
        (
            _A_YEAR,
            rf"(?:since|depuis|desde|từ(?: năm)?|с)\s(?:(?:early|late|đầu năm)\s)?{_YEAR}(?!\d)",
            _since,
        ),
        (
            _QUARTER_WORD,
            rf"\b(?:quý|q|quarter)\s?([1-4]|i{{1,3}}|iv)(?:[\s,/-]*(?:năm|of)?\s?{_YEAR})?\b",
            _quarter,
        ),
        (_TIME_WORD, _MONTHS_OF, _first_months),
        (_A_YEAR, _UNTIL, _by),
        (_A_YEAR, rf"\btháng\s(\d{{1,2}})(?:\s?[-/,]\s?|\snăm\s){_YEAR}", _month),
        (_A_YEAR, rf"\b({_MONTH})\s(?:de\s|of\s)?{_YEAR}", _month),
        (_TIME_WORD, _TO_DATE, _to_date),
        (_TIME_WORD, _LAST_YEAR, _relative(-1)),
        (_TIME_WORD, _THIS_YEAR, _relative(0)),
        (_TIME_WORD, _EACH_YEAR, _each_year),
        (_TIME_WORD, _SPAN_OF_YEARS, _years_back),
        (_A_YEAR, _IN_YEAR, _plain_year),
    )
)

"""The days and years that a text names, in any of its languages, as evidence of when an event was."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from analysis.stories.vocabulary import vocabulary

_NUMERIC = re.compile(
    r"(?<![\d.,/-])(?P<day>\d{1,2})(?P<mark>[/-])(?P<month>\d{1,2})(?:(?P=mark)(?P<year>\d{4}))?(?![\d/-])"
)
_BEFORE_NUMERIC = re.compile(r"(?:ngay|sang|chieu|toi|trua|dem|hom|tu|den|du)\s+\(?$|\($")
_VIETNAMESE = re.compile(r"\bngay (?P<day>\d{1,2}) thang (?P<month>\d{1,2})(?: nam (?P<year>\d{4}))?\b")
_CHINESE = re.compile(r"(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]")
_TODAY = re.compile(
    r"\b(?:hom nay|sang nay|chieu nay|toi nay|trua nay|today|this morning|this afternoon|"
    r"aujourd'hui|ce matin)\b"
)
_YESTERDAY = re.compile(r"\b(?:hom qua|sang qua|chieu qua|toi qua|yesterday|hier)\b")
_YEAR = re.compile(r"(?<![\d.,/-])(?:19[3-9]\d|20[0-4]\d)(?![\d.,]\d|[\d%]|\s?[-–]\s?\d)")
_BEFORE_TARGET = re.compile(
    r"\b(?:den|den nam|cuoi nam|giai doan|by|until|till|towards?|end of|jusqu'en|d'ici|d'ici a|horizon|fin|"
    r"hasta|para)\s+$"
)
_DAYS_OF_MONTH = 31


@dataclass(frozen=True, slots=True)
class Mention:
    """A day named in a text, without its year: ``03-12`` is 12 March."""

    day: str
    start: int
    end: int


@cache
def _named_month() -> re.Pattern[str]:
    names = "|".join(sorted(vocabulary().months, key=len, reverse=True))
    year = r"(?:,? (?:de |del )?(?P<year{0}>\d{{4}}))?"
    return re.compile(
        rf"\b(?P<day1>\d{{1,2}})(?:st|nd|rd|th|er)?(?: de)? (?P<month1>{names})\b{year.format(1)}"
        rf"|\b(?P<month2>{names}) (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?![.,]\d){year.format(2)}"
    )


@cache
def _weekday() -> re.Pattern[str]:
    names = "|".join(vocabulary().weekdays)
    return re.compile(rf"\b(?P<name>{names})\b")


def find_days(folded: str, published_on: date | None = None) -> list[Mention]:
    """Days that ``folded`` (see ``analysis.matching.plain``) names, in order; 12/3 is 12 March.

    With ``published_on``, the local day of publication, "today" and the names of weekdays are days too.
    """
    found = [
        mention
        for pattern in (_VIETNAMESE, _CHINESE)
        for match in pattern.finditer(folded)
        if (mention := _mention(match, match["day"], match["month"])) is not None
    ]
    found += _numeric(folded)
    months = vocabulary().months
    for match in _named_month().finditer(folded):
        side = "1" if match["day1"] else "2"
        mention = _mention(match, match[f"day{side}"], str(months[match[f"month{side}"]]))
        found += [mention] if mention is not None else []
    if published_on is not None:
        found += _relative(folded, published_on)
    return sorted(found, key=lambda mention: mention.start)


def find_years(folded: str) -> list[int]:
    """Years from 1930 to 2049 that are not the end of a term or the date of a target."""
    years = [
        int(match.group())
        for match in _YEAR.finditer(folded)
        if not _BEFORE_TARGET.search(folded, max(0, match.start() - 16), match.start())
    ]
    return years + [int(match["year"]) for match in _NUMERIC.finditer(folded) if match["year"]]


def _numeric(folded: str) -> list[Mention]:
    found = []
    for match in _NUMERIC.finditer(folded):
        is_date = match["year"] or _BEFORE_NUMERIC.search(folded, max(0, match.start() - 8), match.start())
        if is_date or match["mark"] == "/":
            mention = _mention(match, match["day"], match["month"])
            found += [mention] if mention is not None else []
    return found


def _mention(match: re.Match[str], day: str, month: str) -> Mention | None:
    if not (1 <= int(day) <= _DAYS_OF_MONTH and 1 <= int(month) <= 12):
        return None
    return Mention(f"{int(month):02}-{int(day):02}", match.start(), match.end())


def _relative(folded: str, published_on: date) -> list[Mention]:
    found = [_on(published_on, match) for match in _TODAY.finditer(folded)]
    found += [_on(published_on - timedelta(days=1), match) for match in _YESTERDAY.finditer(folded)]
    for match in _weekday().finditer(folded):
        back = (published_on.weekday() - vocabulary().weekdays[match["name"]]) % 7
        found.append(_on(published_on - timedelta(days=back), match))
    return found


def _on(day: date, match: re.Match[str]) -> Mention:
    return Mention(f"{day:%m-%d}", match.start(), match.end())

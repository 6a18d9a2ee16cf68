"""Dates as outlets write them: named formats, never a guess between day and month.

Each format is one regular expression with named groups, so what is day and what is month is decided
by whoever names the format. A moment without a zone is local time of the outlets, Asia/Ho_Chi_Minh.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MAX_CHARS = 400
"""A date stands near the beginning of its element; a longer text is not searched."""

_DMY = (
    r"(?<![0-9./-])(?P<day>[0-3]?[0-9])(?P<sep>[/.-])(?P<month>[01]?[0-9])(?P=sep)(?P<year>[0-9]{4})(?![0-9])"
)
_MDY = r"(?<![0-9/])(?P<month>[01]?[0-9])/(?P<day>[0-3]?[0-9])/(?P<year>[0-9]{4})(?![0-9])"
_TIME = r"(?<![0-9:])(?P<hour>[0-2]?[0-9])[:hg](?P<minute>[0-5][0-9])(?::(?P<second>[0-5][0-9]))?(?![0-9])"
_HALF = r"(?:\s*(?P<half>[AaPp])\.?[Mm]\b\.?)"
_OFFSET = r"(?:GMT|UTC|ICT)?\s?[+-][0-9]{1,2}(?::?[0-9]{2})?(?![0-9])"
_ZONE = r"(?:\s*\(?\s*(?P<zone>Z\b|" + _OFFSET + r"|(?:GMT|UTC|ICT|UT)\b))?"
_MONTH_NAME = r"(?P<name>[A-Za-z]{3,9})\.?"
_BETWEEN = r"\s*[,|–-]?\s*"

_PATTERNS: dict[str, str] = {
    "iso": r"^(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"(?:[T\s]\s?(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]+)?)?"
    + _ZONE
    + r")?\)?$",
    "rfc822": r"^(?:[A-Za-z]{3,9},?\s+)?(?P<day>[0-9]{1,2})\s+" + _MONTH_NAME + r"\s+(?P<year>[0-9]{4})"
    r"(?:\s+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?" + _ZONE + r"\)?)?$",
    "epoch": r"^(?P<epoch>[0-9]{9,10}|[0-9]{12,13})(?:\.0*)?$",
    "dmy-hm": _DMY + _BETWEEN + _TIME + _HALF + "?" + _ZONE,
    "hm-dmy": _TIME + _HALF + "?" + _ZONE + r"\)?" + _BETWEEN + r"(?:[Nn]gày\s+)?" + _DMY,
    "weekday-dmy": r"(?:[Tt]hứ\s+\w+|[Cc]hủ\s+[Nn]hật),?\s*(?:[Nn]gày\s+)?"
    + _DMY
    + r"(?:"
    + _BETWEEN
    + _TIME
    + _ZONE
    + r")?",
    "month-d-y": _MONTH_NAME
    + r",\s*(?P<day>[0-3]?[0-9])/(?P<year>[0-9]{4})(?:"
    + _BETWEEN
    + _TIME
    + _ZONE
    + r")?",
    "month-name": _MONTH_NAME + r"\s+(?P<day>[0-3]?[0-9]),?\s+(?P<year>[0-9]{4})"
    r"(?:" + _BETWEEN + _TIME + _HALF + "?" + _ZONE + r")?",
    "us": _MDY + r"\s+" + _TIME + _HALF,
    "dmy": _DMY,
}

FORMATS: dict[str, re.Pattern[str]] = {name: re.compile(pattern) for name, pattern in _PATTERNS.items()}
"""The formats that a declaration may name.

===========  ====================================================================
iso          2026-09-07T12:48:05+0700, ...+07:00, ...Z, 2026-09-07 12:48, 2026-01-08
rfc822       Mon, 14 Sep 2026 19:44:41 +07:00
epoch        1789390000 or 1789390000000
dmy-hm       25/05/2023 15:00; also 25/05/2023, 15:00 and 25-05-2023 | 15:00
hm-dmy       15:55 | 10/07/2026, 15:55 10/07/2026
weekday-dmy  Thứ 5, Ngày 25/05/2023, 15:00
month-d-y    July, 20/2021 - 08:25
month-name   May 05, 2025 5:18 PM GMT+7
us           1/28/2026 6:52:01 AM: only where the facts name it, since it looks like dmy-hm
dmy          25/05/2023
===========  ====================================================================
"""

FEED_FORMATS = ("rfc822", "iso", "epoch")
"""What feeds, sitemaps and machine-readable attributes use; none of them is ambiguous."""


def parse_date(text: str, formats: Sequence[str]) -> datetime | None:
    """The moment that ``text`` states in the first of ``formats`` that fits, in UTC, or None.

    ``formats`` are keys of FORMATS; iso, rfc822 and epoch must be the whole text, the others may
    stand within it. A date without a time is midnight in Asia/Ho_Chi_Minh. An impossible date
    (31/02) is None. Raises KeyError for a name that FORMATS lacks.
    """
    line = " ".join(text[:_MAX_CHARS].split())
    for name in formats:
        match = FORMATS[name].search(line)
        moment = _moment(match.groupdict()) if match else None
        if moment is not None:
            return moment
    return None


def parse_feed_date(text: str) -> datetime | None:
    """The moment of a feed's or sitemap's date in UTC, or None where it is none.

    RFC 822 with ``+07:00`` counts: email.utils drops that offset and is seven hours wrong.
    """
    return parse_date(text, FEED_FORMATS)


def is_date_only(moment: datetime) -> bool:
    """Whether ``moment`` is local midnight: what a date without a time is turned into."""
    local = moment.astimezone(LOCAL_ZONE)
    return (local.hour, local.minute, local.second) == (0, 0, 0)


def _moment(parts: dict[str, str | None]) -> datetime | None:
    try:
        if epoch := parts.get("epoch"):
            seconds = int(epoch) / (1000 if len(epoch) > 10 else 1)
            return datetime.fromtimestamp(seconds, UTC)
        month = parts.get("month") or _month_number(parts.get("name") or "")
        naive = datetime(  # noqa: DTZ001 - the zone is put on in the next line
            int(parts["year"] or 0),
            int(month),
            int(parts["day"] or 0),
            _hour(parts),
            int(parts.get("minute") or 0),
            int(parts.get("second") or 0),
        )
        return naive.replace(tzinfo=_zone(parts.get("zone"))).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _month_number(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _hour(parts: dict[str, str | None]) -> int:
    hour = int(parts.get("hour") or 0)
    half = (parts.get("half") or "").lower()
    if half == "p" and hour < 12:
        return hour + 12
    return 0 if half == "a" and hour == 12 else hour


def _zone(written: str | None) -> timezone | ZoneInfo:
    if not written or written == "ICT":
        return LOCAL_ZONE
    match = re.search(r"([+-])([0-9]{1,2}):?([0-9]{2})?$", written)
    if match is None:
        return UTC
    offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    return timezone(-offset if match[1] == "-" else offset)

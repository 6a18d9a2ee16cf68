"""What an address tells: who publishes there, the words of the title, perhaps the day."""

import re
from datetime import date
from urllib.parse import unquote, urlsplit

from analysis.matching import plain

_IN_PATH = re.compile(
    r"(?<!\d)(20[0-4]\d)[/-]?(0[1-9]|1[0-2])(?:[/-]?(0[1-9]|[12]\d|3[01]))?(?!\d{1,5}(?!\d))"
)
_SLUG_ENDING = re.compile(r"(?:\.[a-z]{2,5})+$")
_SLUG_NUMBER = re.compile(r"^\d{4,}|(?:[-_.](?:post|c|d|id|a|ar)?\d{4,}[\da-f]*)+$")
_TRACKING = re.compile(r"(?:utm_|fbclid|gclid|gidzl|zarsrc|ref=)")
_SLUG_WORDS = 4
_SLUG_LENGTH = 18


def canonical(url: str | None) -> str:
    """``url`` without scheme, www, tracking and a slash at its end; empty where it is no address."""
    try:
        parts = urlsplit(url or "")
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    asked = sorted(pair for pair in parts.query.split("&") if pair and not _TRACKING.match(pair))
    return f"{host}{unquote(parts.path).rstrip('/')}{'?' if asked else ''}{'&'.join(asked)}" if host else ""


def host_of(url: str | None) -> str:
    """The host without www; empty where unknown."""
    return canonical(url).partition("/")[0]


def slug_of(url: str | None) -> str:
    """The words of the last part of the address that has enough of them, without numbers of the system."""
    for part in reversed(canonical(url).partition("?")[0].split("/")[1:]):
        bare = _SLUG_NUMBER.sub("", _SLUG_ENDING.sub("", plain(part)))
        words = [word for word in re.split(r"[-_\W]+", bare) if word]
        if len(words) >= _SLUG_WORDS and sum(map(len, words)) >= _SLUG_LENGTH:
            return " ".join(words)
    return ""


def day_in(url: str | None) -> tuple[date | None, bool]:
    """The day that the path holds, and whether it is sure: of a month alone the 15th stands for it."""
    match = _IN_PATH.search(canonical(url).partition("/")[2])
    if match is None:
        return None, False
    year, month, day = match.groups()
    try:
        return date(int(year), int(month), int(day or 15)), day is not None
    except ValueError:
        return None, False

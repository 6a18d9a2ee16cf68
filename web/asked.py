"""What an address asks for behind its question mark; a value that means nothing is left aside."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from starlette.requests import Request

from digest.harmless import one_line

LANGUAGES = ("vi", "en", "fr", "zh", "es", "ru")
"""Of articles that can be chosen."""
LONGEST_WORDS = 200
PAGE_SIZE = 50
"""Lines of a list on one page."""


def date_asked(request: Request, name: str) -> date | None:
    """The day that ``name`` asks for."""
    return date_in(request.query_params.get(name, ""))


def date_in(written: str) -> date | None:
    """The day that is ``written`` as 2026-11-21."""
    try:
        on = date.fromisoformat(written)
    except ValueError:
        return None
    # Beyond these a day has no neighbour or no midnight in every zone, and no article either.
    return on if 1900 <= on.year <= 2999 else None


def choice_asked(request: Request, name: str, choices: Collection[str]) -> str | None:
    """The one of ``choices`` that ``name`` asks for."""
    value = request.query_params.get(name)
    return value if value in choices else None


def words_asked(request: Request, name: str = "q") -> str:
    """The words that ``name`` asks for, on one line; empty where it asks for none."""
    return one_line(request.query_params.get(name, ""))[:LONGEST_WORDS]


def midnight(on: date, zone: ZoneInfo) -> datetime:
    """The first moment of ``on`` on ``zone``'s clock."""
    return datetime.combine(on, time(), tzinfo=zone)


@dataclass(frozen=True)
class Pager:
    """Where a page of a list lies among its pages."""

    page: int
    """From 1."""
    pages: int
    total: int
    earlier: str | None
    """The query of the page before."""
    later: str | None
    """The query of the next page."""
    asked: str
    """The query without a page, for the whole list in another form."""


def page_asked(request: Request) -> int:
    """The page of a list that is asked for, from 1."""
    written = request.query_params.get("page", "")
    return max(int(written), 1) if re.fullmatch(r"[0-9]{1,6}", written) else 1


def last_page(total: int, size: int = PAGE_SIZE) -> int:
    """How many pages a list of ``total`` lines has, at least one."""
    return max(-(-total // size), 1)


def pager(request: Request, page: int, total: int, size: int = PAGE_SIZE) -> Pager:
    """The Pager of ``page`` of a list of ``total`` lines, ``size`` on a page."""
    url = request.url

    def to(number: int) -> str:
        return url.include_query_params(page=number).query

    pages = last_page(total, size)
    return Pager(
        page=page,
        pages=pages,
        total=total,
        earlier=to(min(page - 1, pages)) if page > 1 else None,
        later=to(page + 1) if page < pages else None,
        asked=url.remove_query_params("page").query,
    )

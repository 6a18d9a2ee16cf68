"""The form of a search: what an address asks for, and the addresses of searches like it."""

import re
from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Self, get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams

from digest.harmless import one_line
from storage.search import Sort
from storage.search_filters import Filters, Grade, Judged
from web.asked import LONGEST_WORDS, date_in, midnight

PERIODS = ("since", "until")
_LONGEST_NAME = 120
_LANGUAGE = re.compile("[a-z]{2,3}")
_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class SearchForm:
    """What the reader asked for, as understood; it fills the form again."""

    q: str = ""
    since: date | None = None
    until: date | None = None
    """Inclusive."""
    source: str | None = None
    language: str | None = None
    province: str | None = None
    grade: Grade | None = None
    verdict: Judged | None = None
    firm: str | None = None
    document: str | None = None
    sort: Sort = "best"
    after: int | None = None
    """The number of the article that the page begins behind."""

    @classmethod
    def of(cls, asked: QueryParams, sources: Collection[str]) -> Self:
        """The form that ``asked`` fills; what cannot be meant is as if it were not there."""

        def choice(name: str, choices: Collection[str]) -> Any:
            value = asked.get(name)
            return value if value in choices else None

        def name(field: str) -> str | None:
            return one_line(asked.get(field, ""))[:_LONGEST_NAME] or None

        after, language = asked.get("after", ""), asked.get("language", "")
        is_number = after.isascii() and after.isdecimal() and len(after) <= 10 and int(after) <= _LARGEST_ID
        return cls(
            q=one_line(asked.get("q", ""))[:LONGEST_WORDS],
            since=date_in(asked.get("since", "")),
            until=date_in(asked.get("until", "")),
            source=choice("source", sources),
            language=language if _LANGUAGE.fullmatch(language) else None,
            province=name("province"),
            grade=choice("grade", get_args(Grade)),
            verdict=choice("verdict", get_args(Judged)),
            firm=name("firm"),
            document=name("document"),
            sort="newest" if asked.get("sort") == "newest" else "best",
            after=int(after) if is_number else None,
        )

    @classmethod
    def of_query(cls, query: str, sources: Collection[str]) -> Self:
        """The form that the query part of an address fills."""
        return cls.of(QueryParams(query), sources)

    def filters(self, zone: ZoneInfo) -> Filters:
        """Its filters, days being those of ``zone``."""
        facts = {name: getattr(self, name) for name in Filters.model_fields if name not in PERIODS}
        return Filters(
            since=midnight(self.since, zone) if self.since else None,
            until=midnight(self.until + timedelta(days=1), zone) if self.until else None,
            **facts,
        )

    @property
    def is_asking(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.q or self.given)

    @property
    def given(self) -> tuple[str, ...]:
        """The names of the filters that narrow."""
        return tuple(name for name in Filters.model_fields if getattr(self, name) is not None)

    def asked(self, **changes: Any) -> str:
        """The query of the address of this search with ``changes``, from its first page."""
        written = self._written | {"after": ""} | {name: _value(value) for name, value in changes.items()}
        return urlencode([(name, value) for name, value in written.items() if value])

    @cached_property
    def _written(self) -> dict[str, str]:
        """Its fields as an address has them, in their order; empty where one says nothing."""
        return {
            field.name: "" if (value := getattr(self, field.name)) == field.default else _value(value)
            for field in fields(self)
        }


def _value(value: Any) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)

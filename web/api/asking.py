"""What requests of the API may ask: types that refuse what the description does not allow."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from digest.tiles import TILES
from digest.words import INDICATORS
from storage.folding import fold
from web.asked import LANGUAGES, midnight
from web.numbers import LARGEST
from web.pages import Service

MOST = 200
USUAL = 50
MOST_SKIPPED = 10_000
_FIRST, _LAST = date(1900, 1, 1), date(2999, 12, 31)


def _day(written: Any) -> date:
    if not isinstance(written, str) or len(written) != 10:
        raise ValueError("a day is written as 2026-11-22")
    try:
        on = date.fromisoformat(written)
    except ValueError:
        raise ValueError("a day is written as 2026-11-22") from None
    return min(max(on, _FIRST), _LAST)  # beyond these no article is, and a day has no neighbours


def _number(written: Any) -> Any:
    if isinstance(written, str) and not (written.isascii() and written.isdecimal()):
        raise ValueError("a number is written in digits")
    return written


def _one_of(choices: Sequence[str]) -> tuple[AfterValidator, WithJsonSchema]:
    def check(written: str) -> str:
        if written not in choices:
            raise ValueError("this is none of the values that the description names")
        return written

    return AfterValidator(check), WithJsonSchema({"type": "string", "enum": list(choices)})


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A local day."""
_DIGITS = BeforeValidator(_number)

Id = Annotated[int, Field(ge=1, le=LARGEST), _DIGITS, Path()]
"""The number of a story, an article or an act."""
Limit = Annotated[int, Field(ge=1, le=MOST), _DIGITS, Query(description="Items in one answer, at most.")]
Skip = Annotated[
    int,
    Field(ge=0, le=MOST_SKIPPED),
    _DIGITS,
    Query(description="Items before this part; take `next` instead."),
]
_PLACE = _one_of(sorted(TILES, key=fold))
_LANGUAGE = _one_of(LANGUAGES)
_INDICATOR = _one_of(tuple(INDICATORS))
Place = Annotated[
    Annotated[str, *_PLACE] | None,
    Query(description="One of the 34 units since 1 July 2025, in Vietnamese."),
]
Language = Annotated[
    Annotated[str, *_LANGUAGE] | None, Query(description="The article's language, ISO 639-1.")
]
Indicator = Annotated[Annotated[str, *_INDICATOR] | None, Query(description="What a number counts.")]
FlagGrade = Annotated[Literal["1", "2"] | None, Query(description="2: about the topic; 1: in passing.")]
Since = Annotated[Day | None, Query(description="From this local day of publication on.")]
Until = Annotated[Day | None, Query(description="To this local day of publication, included.")]
Words = Annotated[
    str, Query(max_length=200, description="Words that must all be there; marks may be left out.")
]
After = Annotated[
    Annotated[int, Field(ge=0, le=LARGEST), _DIGITS] | None,
    Query(description="Where the answer before ended; take `next` instead."),
]


def first_moment(on: date | None, service: Service) -> datetime | None:
    """The beginning of ``on`` on the service's clock."""
    return None if on is None else midnight(on, service.zone)


def moment_after(on: date | None, service: Service) -> datetime | None:
    """The end of ``on`` on the service's clock."""
    return None if on is None else midnight(on + timedelta(days=1), service.zone)

"""What articles state: firms, Party documents, numbers, and all of it over time."""

from typing import Annotated, Literal

from fastapi import Path, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request

from digest.series import differences
from storage import mentions, registers, trends
from storage.registers import Order
from storage.trends import Selection
from web.api.answers import (
    Differences,
    Differing,
    DocumentMentions,
    Documents,
    FirmMentions,
    Firms,
    Mentions,
    Numbers,
    Trends,
)
from web.api.asking import (
    USUAL,
    FlagGrade,
    Indicator,
    Language,
    Limit,
    Place,
    Since,
    Skip,
    Until,
    Words,
    first_moment,
    moment_after,
)
from web.api.routing import READS, READS_ONE, next_address, router_of
from web.api.stories import next_part
from web.pages import service_of
from web.quantities import MOST_NUMBERS
from web.trends import TrendForm, counted_places, selection_of, span_of

router = router_of("Statements")

Key = Annotated[str, Path(min_length=1, max_length=200, description="The key, as the register has it.")]
Sorted = Annotated[
    Order, Query(description="stories: most first; first or latest: mentioned last first; name.")
]
_AFTER = r"^[0-9]{1,9}-[0-9]{1,5}$"


@router.get("/firms", responses=READS)
def firms(
    request: Request,
    q: Words = "",
    place: Place = None,
    act: Annotated[
        Literal["founds", "admits", "has", "other"] | None,
        Query(description="What is said of its Party organisation."),
    ] = None,
    order: Sorted = "stories",
    limit: Limit = USUAL,
    skip: Skip = 0,
) -> Firms:
    """List the enterprises that flagged articles name for their Party organisation."""
    service = service_of(request)
    with service.database.read() as session:
        found = registers.firms(
            session,
            service.topic,
            place=place,
            act=act,
            words=q,
            order=order,
            offset=skip,
            limit=limit,
        )
    return Firms(items=found.lines, total=found.total, next=next_part(request, skip + limit, found.total))


@router.get("/firms/{key:path}", responses=READS_ONE)
def firm(request: Request, key: Key, limit: Limit = USUAL, skip: Skip = 0) -> FirmMentions:
    """Give one firm and its mentions."""
    service = service_of(request)
    with service.database.read() as session:
        line = registers.firm(session, service.topic, key)
        if line is None:
            raise HTTPException(404)
        found = mentions.mentions_of_firm(session, service.topic, key, skip, limit)
    more = next_part(request, skip + limit, found.total)
    return FirmMentions(firm=line, mentions=Mentions(items=found.lines, total=found.total, next=more))


@router.get("/documents", responses=READS)
def documents(
    request: Request, q: Words = "", order: Sorted = "stories", limit: Limit = USUAL, skip: Skip = 0
) -> Documents:
    """List the Party documents that flagged articles name."""
    service = service_of(request)
    with service.database.read() as session:
        found = registers.documents(session, service.topic, words=q, order=order, offset=skip, limit=limit)
    more = next_part(request, skip + limit, found.total)
    return Documents(items=found.lines, total=found.total, next=more)


@router.get("/documents/{key:path}", responses=READS_ONE)
def document(request: Request, key: Key, limit: Limit = USUAL, skip: Skip = 0) -> DocumentMentions:
    """Give one Party document and its mentions."""
    service = service_of(request)
    with service.database.read() as session:
        line = registers.document(session, service.topic, key)
        if line is None:
            raise HTTPException(404)
        found = mentions.mentions_of_document(session, service.topic, key, skip, limit)
    more = next_part(request, skip + limit, found.total)
    return DocumentMentions(document=line, mentions=Mentions(items=found.lines, total=found.total, next=more))


@router.get("/quantities", responses=READS)
def quantities(
    request: Request,
    indicator: Indicator = None,
    place: Place = None,
    language: Language = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = USUAL,
    after: Annotated[
        str | None, Query(pattern=_AFTER, description="Where the answer before ended; take `next` instead.")
    ] = None,
) -> Numbers:
    """List the numbers that flagged articles state, each with its words; nothing is added up."""
    service = service_of(request)
    selection = Selection(
        since=first_moment(since, service),
        until=moment_after(until, service),
        language=language,
        place=place,
    )
    last = tuple(int(number) for number in after.split("-")) if after else None
    with service.database.read() as session:
        found = trends.stated_numbers(
            session,
            service.topic,
            selection,
            indicator=indicator,
            after=(last[0], last[1]) if last else None,
            limit=limit + 1,
        )
    shown = found[:limit]
    is_more = len(found) > limit
    more = next_address(request, after=f"{shown[-1].revision_id}-{shown[-1].position}") if is_more else None
    return Numbers(items=shown, next=more)


@router.get("/differences", responses=READS)
def differing(
    request: Request,
    indicator: Indicator = None,
    place: Place = None,
    since: Since = None,
    until: Until = None,
) -> Differences:
    """List where sources state different numbers for the same thing, of the 2,000 numbers read last."""
    service = service_of(request)
    selection = Selection(since=first_moment(since, service), until=moment_after(until, service), place=place)
    with service.database.read() as session:
        numbers = trends.stated_numbers(
            session, service.topic, selection, indicator=indicator, limit=MOST_NUMBERS
        )
    return Differences(items=[Differing.of(item) for item in differences(numbers)])


@router.get("/trends", responses=READS)
def trend(
    request: Request,
    since: Since = None,
    until: Until = None,
    language: Language = None,
    grade: FlagGrade = None,
    place: Place = None,
) -> Trends:
    """Count the stories by week and by province, of half a year where no days are named."""
    service = service_of(request)
    first, last = span_of(service, since, until)
    form = TrendForm(since=first, until=last, language=language, grade=grade, place=place)
    with service.database.read() as session:
        weeks = trends.weeks(session, service.topic, selection_of(form, service), service.zone)
        provinces = counted_places(session, service, form)
    return Trends(weeks=weeks, provinces=provinces)

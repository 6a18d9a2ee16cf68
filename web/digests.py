"""Digests: the built ones by month and day, each as a page and as text, Markdown and JSON."""

from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.export import export, rows_of_digest
from digest.i18n import Tongue
from digest.model import Digest
from digest.render import render
from storage import outbox
from storage.digest_outlines import digest_span, neighbours
from storage.outbox import Delivery
from web.asked import date_in
from web.cards import Cards, cards_of
from web.language import language_of
from web.months import Month, month_of
from web.pages import TWINS, Service, day_in_address, service_of, show, table, twin
from web.twins import json_twin

router = APIRouter()

TABLES = ("csv", "jsonl", "xlsx")
"""Suffixes that give the articles as a table."""


@dataclass(frozen=True)
class DigestsPage:
    """``digests.html``."""

    month: Month
    title: str
    """The month, in words."""
    is_begun: bool
    """Whether any digest was built."""


@dataclass(frozen=True)
class DigestPage:
    """``digest_page.html``."""

    cards: Cards
    earlier: date | None
    later: date | None
    deliveries: list[Delivery]
    """How far it is on its way to each channel."""


@router.api_route("/digests", methods=["GET", "HEAD"])
def digests(request: Request) -> Response:
    """A month of digests: the one that is asked for, else the present one."""
    service = service_of(request)
    tongue = Tongue(language_of(request), service.zone)
    with service.database.read() as session:
        span = digest_span(session)
        month = month_of(session, _month(request, service), span, service.clock(), tongue)
    page = DigestsPage(month, tongue.month(month.first), is_begun=span is not None)
    return show(request, "digests.html", page)


@router.api_route("/digests.json", methods=["GET", "HEAD"])
def digests_twin(request: Request) -> Response:
    """A month of digests for a program."""
    service = service_of(request)
    tongue = Tongue(language_of(request), service.zone)
    with service.database.read() as session:
        first = _month(request, service)
        month = month_of(session, first, digest_span(session), service.clock(), tongue)
    days = [
        {
            "on": day.on,
            "state": day.state,
            "said": day.said,
            "judged": day.judged,
            "address": f"/digests/{day.on.isoformat()}.json" if day.state == "built" else None,
            "built_at": day.digest.built_at if day.digest else None,
            "counts": day.digest.counts if day.digest else None,
        }
        for day in month.days
    ]
    return json_twin({"month": f"{month.first:%Y-%m}", "days": days})


def _month(request: Request, service: Service) -> date:
    """First day of the month in the address, such as 2026-11; of the present one where there is none."""
    asked = date_in(f"{request.query_params.get('month', '')}-01")
    return asked or service.clock().astimezone(service.zone).date().replace(day=1)


@router.api_route("/digests/{day}.{suffix}", methods=["GET", "HEAD"])
def digest_twin(request: Request, day: str, suffix: str) -> Response:
    """One digest in a form other than a page."""
    zone = service_of(request).zone
    if suffix in TABLES:
        return table(export(rows_of_digest(_digest(request, day)), suffix, zone), f"digest-{day}", suffix)
    if suffix not in TWINS:
        raise HTTPException(404)
    format, media_type = TWINS[suffix]
    locale = language_of(request)
    written = render(_digest(request, day), format, locale, zone)
    return twin(written, media_type, None if format == "json" else locale)


@router.api_route("/digests/{day}", methods=["GET", "HEAD"])
def digest(request: Request, day: str) -> Response:
    """One digest."""
    service = service_of(request)
    found = _digest(request, day)
    with service.database.read() as session:
        earlier, later = neighbours(session, found.on)
        deliveries = outbox.deliveries_of(session, found.on)
        cards = cards_of(request, session, found)
    page = DigestPage(
        cards=cards,
        earlier=earlier,
        later=later,
        deliveries=deliveries,
    )
    return show(request, "digest_page.html", page)


def _digest(request: Request, day: str) -> Digest:
    service = service_of(request)
    found = service.digest_on(day_in_address(day), service.clock())
    if found is None:
        raise HTTPException(404)
    return found

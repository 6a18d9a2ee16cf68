"""Digests: the built ones by day, each as a page and as text, Markdown and JSON."""

from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.export import export, rows_of_digest
from digest.model import Digest
from digest.render import render, render_fragment
from digest.summary import span_of
from storage import outbox, queries
from storage.outbox import Delivery
from web.language import language_of
from web.pages import TWINS, day_in_address, service_of, show, table, twin

router = APIRouter()

TABLES = ("csv", "jsonl", "xlsx")
"""Suffixes that give the articles as a table."""


@dataclass(frozen=True)
class DigestsPage:
    """``digests.html``."""

    days: list[date]
    """Days with a built digest, the newest first."""
    week: date
    """First day of the present week."""
    month: date
    """First day of the present month."""


@dataclass(frozen=True)
class DigestPage:
    """``digest_page.html``."""

    digest: Digest
    digest_html: Markup
    earlier: date | None
    later: date | None
    deliveries: list[Delivery]
    """How far it is on its way to each channel."""


@router.api_route("/digests", methods=["GET", "HEAD"])
def digests(request: Request) -> Response:
    """All built digests."""
    service = service_of(request)
    with service.database.read() as session:
        days = queries.digest_dates(session)
    today = service.clock().astimezone(service.zone).date()
    page = DigestsPage(days, week=span_of("week", today)[0], month=span_of("month", today)[0])
    return show(request, "digests.html", page)


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
        days = queries.digest_dates(session)
        deliveries = outbox.deliveries_of(session, found.on)
    page = DigestPage(
        digest=found,
        digest_html=render_fragment(found, language_of(request), service.zone),
        earlier=max((other for other in days if other < found.on), default=None),
        later=min((other for other in days if other > found.on), default=None),
        deliveries=deliveries,
    )
    return show(request, "digest_page.html", page)


def _digest(request: Request, day: str) -> Digest:
    service = service_of(request)
    found = service.digest_on(day_in_address(day), service.clock())
    if found is None:
        raise HTTPException(404)
    return found

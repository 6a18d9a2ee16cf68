"""Digests: the built ones by day, each as a page and as text, Markdown and JSON."""

from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.model import Digest
from digest.render import render, render_fragment
from storage import queries
from web.language import language_of
from web.pages import service_of, show

router = APIRouter()

TWINS = {
    "json": ("json", "application/json"),
    "txt": ("text", "text/plain"),
    "md": ("md", "text/markdown"),
}
"""Suffix of an address -> the digest's format and the media type."""


@dataclass(frozen=True)
class DigestsPage:
    """``digests.html``."""

    days: list[date]
    """Days with a built digest, the newest first."""


@dataclass(frozen=True)
class DigestPage:
    """``digest_page.html``."""

    digest: Digest
    digest_html: Markup
    earlier: date | None
    later: date | None


@router.api_route("/digests", methods=["GET", "HEAD"])
def digests(request: Request) -> Response:
    """All built digests."""
    with service_of(request).database.read() as session:
        days = queries.digest_dates(session)
    return show(request, "digests.html", DigestsPage(days))


@router.api_route("/digests/{day}.{suffix}", methods=["GET", "HEAD"])
def digest_twin(request: Request, day: str, suffix: str) -> Response:
    """One digest in a form other than a page."""
    if suffix not in TWINS:
        raise HTTPException(404)
    format, media_type = TWINS[suffix]
    locale = language_of(request)
    written = render(_digest(request, day), format, locale, service_of(request).zone)
    headers = {"vary": "Accept-Language, Cookie", "cache-control": "no-cache"}
    if format != "json":
        headers["content-language"] = locale
    return Response(written, media_type=f"{media_type}; charset=utf-8", headers=headers)


@router.api_route("/digests/{day}", methods=["GET", "HEAD"])
def digest(request: Request, day: str) -> Response:
    """One digest."""
    service = service_of(request)
    found = _digest(request, day)
    with service.database.read() as session:
        days = queries.digest_dates(session)
    page = DigestPage(
        digest=found,
        digest_html=render_fragment(found, language_of(request), service.zone),
        earlier=max((other for other in days if other < found.on), default=None),
        later=min((other for other in days if other > found.on), default=None),
    )
    return show(request, "digest_page.html", page)


def _digest(request: Request, day: str) -> Digest:
    service = service_of(request)
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise HTTPException(404) from None
    # One address a day: fromisoformat knows other spellings of a date.
    found = None
    if on.isoformat() == day:
        found = service.digest_on(on, service.clock())
    if found is None:
        raise HTTPException(404)
    return found

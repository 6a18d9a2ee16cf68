"""Weeks and months: a page for each, and the same as text, Markdown and JSON."""

from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.desk import summary_of
from digest.render import render_summary, render_summary_fragment
from digest.summary import Period, Summary, span_of
from storage import queries
from web.language import language_of
from web.pages import TWINS, day_in_address, service_of, show, twin

router = APIRouter()


@dataclass(frozen=True)
class SummaryPage:
    """``summary_page.html``."""

    summary: Summary
    summary_html: Markup
    earlier: date | None
    """First day of the period before; None where no digest is as old."""
    later: date | None
    """First day of the period after; None where it has not begun."""


@router.api_route("/weeks/{day}.{suffix}", methods=["GET", "HEAD"])
def week_twin(request: Request, day: str, suffix: str) -> Response:
    """A week in a form other than a page."""
    return _twin(request, "week", day, suffix)


@router.api_route("/weeks/{day}", methods=["GET", "HEAD"])
def week(request: Request, day: str) -> Response:
    """The week that begins on ``day``, a Monday."""
    return _page(request, "week", day)


@router.api_route("/months/{day}.{suffix}", methods=["GET", "HEAD"])
def month_twin(request: Request, day: str, suffix: str) -> Response:
    """A month in a form other than a page."""
    return _twin(request, "month", day, suffix)


@router.api_route("/months/{day}", methods=["GET", "HEAD"])
def month(request: Request, day: str) -> Response:
    """The month that begins on ``day``, its first."""
    return _page(request, "month", day)


def _page(request: Request, period: Period, day: str) -> Response:
    service = service_of(request)
    summary = _summary(request, period, day)
    today = service.clock().astimezone(service.zone).date()
    later = summary.last + timedelta(days=1)
    with service.database.read() as session:
        oldest = min(queries.digest_dates(session), default=summary.first)
    page = SummaryPage(
        summary=summary,
        summary_html=render_summary_fragment(summary, language_of(request), service.zone),
        earlier=span_of(period, summary.first - timedelta(days=1))[0] if oldest < summary.first else None,
        later=later if later <= today else None,
    )
    return show(request, "summary_page.html", page)


def _twin(request: Request, period: Period, day: str, suffix: str) -> Response:
    if suffix not in TWINS:
        raise HTTPException(404)
    form, media_type = TWINS[suffix]
    locale = language_of(request)
    written = render_summary(_summary(request, period, day), form, locale, service_of(request).zone)
    return twin(written, media_type, None if form == "json" else locale)


def _summary(request: Request, period: Period, day: str) -> Summary:
    on = day_in_address(day)
    if span_of(period, on)[0] != on:  # one address a period
        raise HTTPException(404)
    return summary_of(service_of(request).database, period, on)

"""Source: one outlet, what the service did with it of late, and what a person asks the service to do."""

from dataclasses import dataclass

from fastapi import APIRouter
from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from storage import source_choices, wishes
from storage.models import HealthEvent
from storage.source_pages import (
    ListingLine,
    QuarantinedPage,
    RunLine,
    health_events_of,
    listings_of,
    quarantine_counts,
    quarantined,
    runs_of,
)
from storage.wishes import Wish, WishKind
from web.forms import Form, text_field
from web.numbers import number_or_none
from web.pages import service_of, show
from web.people import Reviewer
from web.sources import SourceLine, as_json, source_lines

router = APIRouter()

RUNS_SHOWN = 20
QUARANTINED_SHOWN = 50
_EVENTS_SHOWN = 20
_WISHES_SHOWN = 5


@dataclass(frozen=True)
class SourcePage:
    """``source.html``."""

    line: SourceLine
    runs: list[RunLine]
    events: list[HealthEvent]
    listings: list[ListingLine]
    quarantine: dict[str, int]
    """Count by RejectionReason."""
    pages: list[QuarantinedPage]
    """One page of those in quarantine, the newest first."""
    page: int
    has_more: bool
    wishes: list[Wish]
    """What was asked of the service, the newest first."""

    @property
    def is_waiting(self) -> bool:
        """Whether something that was asked for has not ended."""
        return any(wish.ended_at is None for wish in self.wishes)


@router.api_route("/sources/{source}.json", methods=["GET", "HEAD"])
def source_twin(request: Request, source: str) -> Response:
    """One source as JSON."""
    with service_of(request).database.read() as session:
        page = _page(session, request, source)
    return as_json(page)


@router.api_route("/sources/{source}", methods=["GET", "HEAD"])
def source(request: Request, source: str) -> Response:
    """One source."""
    with service_of(request).database.read() as session:
        page = _page(session, request, source)
    return show(request, "source.html", page)


@router.post("/sources/{source}/wishes")
def wish(request: Request, source: str, form: Form, person: Reviewer) -> Response:
    """Ask the service to read the source now, or its quarantined pages again."""
    kind = text_field(form, "kind")
    if kind not in set(WishKind):
        raise HTTPException(400)
    service = service_of(request)
    with service.database.write() as session:
        asked = wishes.ask(session, WishKind(kind), source, person.name, service.clock())
    if asked is None:
        raise HTTPException(404)
    return RedirectResponse(f"/sources/{asked.source}#asked", status_code=303)


@router.post("/sources/{source}/choice")
def choose(request: Request, source: str, form: Form, person: Reviewer) -> Response:
    """Follow the source, leave it alone, or let declaration and settings count again."""
    chosen = text_field(form, "follow")
    service = service_of(request)
    with service.database.write() as session:
        _known(session, request, source)
        if chosen in ("yes", "no"):
            source_choices.choose(session, source, chosen == "yes", person.name, service.clock())
        elif chosen == "settings":
            source_choices.take_back(session, source)
        else:
            raise HTTPException(400)
    return RedirectResponse(f"/sources/{source}#choice", status_code=303)


def _page(session: Session, request: Request, source: str) -> SourcePage:
    line = _known(session, request, source)
    at = max(1, number_or_none(request.query_params.get("page", "")) or 1)
    offset = (at - 1) * QUARANTINED_SHOWN
    counts = quarantine_counts(session, source)
    return SourcePage(
        line=line,
        runs=runs_of(session, source, RUNS_SHOWN),
        events=health_events_of(session, source, _EVENTS_SHOWN),
        listings=listings_of(session, source),
        quarantine=counts,
        pages=quarantined(session, source, QUARANTINED_SHOWN, offset) if counts else [],
        page=at,
        has_more=sum(counts.values()) > offset + QUARANTINED_SHOWN,
        wishes=wishes.wishes_of(session, source, _WISHES_SHOWN),
    )


def _known(session: Session, request: Request, source: str) -> SourceLine:
    lines = source_lines(session, service_of(request).clock(), source)
    if not lines:
        raise HTTPException(404)
    return lines[0]

"""Sources: whether each is read, why not, and what the last day and week brought."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter
from pydantic import TypeAdapter
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from digest.harmless import json_escapes
from storage import queries, wishes
from storage.models import Health, HealthState, SourceCoverage
from storage.queries import SourceStatus
from storage.source_choices import SourceChoice, choices
from storage.source_pages import Traffic, traffic
from storage.upkeep import CrawlingPause, known
from storage.wishes import PlannedPoll
from web.pages import service_of, show, twin

router = APIRouter()

DAY = timedelta(hours=24)
WEEK = timedelta(days=7)

KINDS = ("trouble", "on", "off")
"""What the list can be narrowed to."""


@dataclass(frozen=True)
class Span:
    """What some time brought of one Source."""

    coverage: SourceCoverage | None
    """None for a disabled Source."""
    traffic: Traffic


@dataclass(frozen=True)
class SourceLine:
    """One Source."""

    status: SourceStatus
    state: str
    """A HealthState that says more than the last 24 hours do; else read, failing, unread or disabled."""
    tone: str
    """How it looks: read (good), failing (bad), unread (neither) or disabled."""
    is_reading: bool
    """Whether a Run is under way."""
    reason: str | None
    """Why the last Run failed."""
    health: Health | None
    """As last judged, where ``state`` is from it."""
    day: Span
    week: Span
    planned: PlannedPoll | None
    choice: SourceChoice | None
    """What a person chose for it; None where declaration and settings count."""


@dataclass(frozen=True)
class SourcesPage:
    """``sources.html``."""

    lines: list[SourceLine]
    """Sources in trouble first, disabled ones last, else by name."""
    kind: str
    """One of ``KINDS``, or empty for all."""
    counts: dict[str, int]
    """How many each kind has; all under the empty name."""
    pause: CrawlingPause | None
    """Whether crawling pauses because the disk is nearly full; None: it never did."""


@router.api_route("/sources", methods=["GET", "HEAD"])
def sources(request: Request) -> Response:
    """The health of all sources."""
    service = service_of(request)
    with service.database.read() as session:
        lines = source_lines(session, service.clock())
        pause = known(session, CrawlingPause)
    kind = _kind(request)
    counts = {name: sum(_is_of(line, name) for line in lines) for name in ("", *KINDS)}
    shown = [line for line in lines if _is_of(line, kind)]
    return show(request, "sources.html", SourcesPage(shown, kind, counts, pause))


@router.api_route("/sources.json", methods=["GET", "HEAD"])
def sources_twin(request: Request) -> Response:
    """The same as JSON."""
    service = service_of(request)
    with service.database.read() as session:
        lines = source_lines(session, service.clock())
    kind = _kind(request)
    return as_json([line for line in lines if _is_of(line, kind)])


def as_json(page: object) -> Response:
    """A page's dataclass, or a list of them, as its JSON twin."""
    written = TypeAdapter(type(page)).dump_json(page, indent=1).decode()
    return twin(json_escapes(written), "application/json", None)


def source_lines(session: Session, now: datetime, only: str | None = None) -> list[SourceLine]:
    """Every Source, or ``only`` one; those in trouble first, disabled ones last, else by name."""
    days, weeks = (
        {item.source: item for item in covered}
        for covered in queries.coverages(session, [now - DAY, now - WEEK], now, only)
    )
    day_traffic, week_traffic = traffic(session, now - DAY, now), traffic(session, now - WEEK, now)
    planned, chosen = wishes.planned_polls(session), choices(session)
    lines = [
        _line(
            status,
            Span(days.get(status.id), day_traffic.get(status.id, Traffic())),
            Span(weeks.get(status.id), week_traffic.get(status.id, Traffic())),
            planned.get(status.id) if status.is_enabled else None,
            chosen.get(status.id),
        )
        for status in queries.source_statuses(session, only)
    ]
    order = {"failing": 0, "unread": 1, "read": 2, "disabled": 3}
    return sorted(lines, key=lambda line: (order[line.tone], line.status.name))


def _kind(request: Request) -> str:
    asked = request.query_params.get("show", "")
    return asked if asked in KINDS else ""


def _is_of(line: SourceLine, kind: str) -> bool:
    if kind == "trouble":
        return line.tone == "failing"
    return not kind or (line.tone == "disabled") == (kind == "off")


def _line(
    status: SourceStatus, day: Span, week: Span, planned: PlannedPoll | None, choice: SourceChoice | None
) -> SourceLine:
    coverage = day.coverage
    health = _telling_health(coverage)
    tone = coverage.state if coverage else "disabled"
    if health is not None:
        tone = {HealthState.HEALTHY: "read", HealthState.QUIET: "unread"}.get(health.state, "failing")
    return SourceLine(
        status=status,
        state=health.state if health is not None else tone,
        tone=tone,
        is_reading=status.last_run is not None and status.last_run.ended_at is None,
        reason=coverage.last_reason if coverage else None,
        health=health,
        day=day,
        week=week,
        planned=planned,
        choice=choice,
    )


def _telling_health(coverage: SourceCoverage | None) -> Health | None:
    """The Health, unless the last 24 hours know better: one failed Run makes no source ill, but is told."""
    if coverage is None or coverage.health is None or coverage.health.state is HealthState.NEW:
        return None
    return coverage.health if coverage.health.state.is_bad or coverage.state == "read" else None

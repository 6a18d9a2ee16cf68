"""Sources: whether each is read, and what the last day brought."""

from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from storage import queries
from storage.models import Health, HealthState, SourceCoverage
from storage.queries import SourceStatus
from web.pages import service_of, show

router = APIRouter()

SPAN = timedelta(hours=24)


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
    coverage: SourceCoverage | None
    """Of the last 24 hours; None for a disabled Source."""
    health: Health | None
    """As last judged, where ``state`` is from it."""


@dataclass(frozen=True)
class SourcesPage:
    """``sources.html``."""

    lines: list[SourceLine]
    """Sources in trouble first, disabled ones last, else by name."""


@router.api_route("/sources", methods=["GET", "HEAD"])
def sources(request: Request) -> Response:
    """The health of all sources."""
    service = service_of(request)
    now = service.clock()
    with service.database.read() as session:
        covered = {item.source: item for item in queries.coverage(session, now - SPAN, now)}
        lines = [_line(status, covered.get(status.id)) for status in queries.source_statuses(session)]
    order = {"failing": 0, "unread": 1, "read": 2, "disabled": 3}
    lines.sort(key=lambda line: (order[line.tone], line.status.name))
    return show(request, "sources.html", SourcesPage(lines))


def _line(status: SourceStatus, coverage: SourceCoverage | None) -> SourceLine:
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
        coverage=coverage,
        health=health,
    )


def _telling_health(coverage: SourceCoverage | None) -> Health | None:
    """The Health, unless the last 24 hours know better: one failed Run makes no source ill, but is told."""
    if coverage is None or coverage.health is None or coverage.health.state is HealthState.NEW:
        return None
    return coverage.health if coverage.health.state.is_bad or coverage.state == "read" else None

"""What the page of one Source asks: its Runs, its Listings, its health until now and its quarantine."""

from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.health import RunFacts
from storage.models import HealthEvent, HealthState, Moment, RunOutcome, Value
from storage.tables import ExtractionRow, HealthEventRow, ListingRow, RunRow, SnapshotRow


class RunLine(RunFacts):
    """A Run with what went wrong in it."""

    problems: dict[str, int]
    """Count by code: a Fate, or what is wrong with a listing."""
    listings_read: int
    listings_unchanged: int


class ListingLine(Value):
    """A Listing's address as last asked for."""

    url: str
    checked_at: Moment
    read_at: Moment | None
    """When it was last read or found unchanged."""
    problem: str | None
    """Why it was not; None where it was."""


class QuarantinedPage(Value):
    """A page that gave no text."""

    id: int
    """Of the Snapshot."""
    url: str
    fetched_at: Moment
    reason: str
    """A RejectionReason."""
    detail: str


class Traffic(Value):
    """What a Source's Runs of some time cost."""

    runs: int = 0
    requests: int = 0
    received_bytes: int = 0


def runs_of(session: Session, source: str, limit: int, offset: int = 0) -> list[RunLine]:
    """The newest Runs of ``source``, the newest first."""
    query = select(RunRow).where(RunRow.source == source).order_by(col(RunRow.id).desc())
    query = query.limit(limit).offset(offset)
    return [
        RunLine(
            started_at=run.started_at,
            ended_at=run.ended_at,
            outcome=RunOutcome(run.outcome) if run.outcome else None,
            reason=run.reason,
            requests=run.requests,
            received_bytes=run.received_bytes,
            listed=run.listed,
            fates=run.fates,
            problems=run.problems,
            listings_read=run.listings_read,
            listings_unchanged=run.listings_unchanged,
        )
        for run in session.exec(query)
    ]


def listings_of(session: Session, source: str) -> list[ListingLine]:
    """The Listings of ``source`` that were ever asked for, those in trouble first."""
    query = select(ListingRow).where(ListingRow.source == source).order_by(col(ListingRow.url))
    lines = [
        ListingLine(url=row.url, checked_at=row.checked_at, read_at=row.read_at, problem=row.problem)
        for row in session.exec(query)
    ]
    return sorted(lines, key=lambda line: line.problem is None)


def health_events_of(session: Session, source: str, limit: int) -> list[HealthEvent]:
    """When ``source`` turned bad and was well again, the newest first."""
    query = (
        select(HealthEventRow)
        .where(HealthEventRow.source == source)
        .order_by(col(HealthEventRow.at).desc(), col(HealthEventRow.id).desc())
        .limit(limit)
    )
    return [
        HealthEvent(source=row.source, state=HealthState(row.state), reason=row.reason, at=row.at)
        for row in session.exec(query)
    ]


def quarantined(session: Session, source: str, limit: int, offset: int = 0) -> list[QuarantinedPage]:
    """Pages of ``source`` that were fetched and gave no text, the newest first."""
    query = (
        select(SnapshotRow, ExtractionRow)
        .join(ExtractionRow, col(ExtractionRow.snapshot_id) == SnapshotRow.id)
        .where(SnapshotRow.source == source, col(ExtractionRow.rejection_reason).is_not(None))
        .order_by(col(SnapshotRow.fetched_at).desc(), col(SnapshotRow.id).desc())
        .limit(limit)
        .offset(offset)
    )
    return [
        QuarantinedPage(
            id=snapshot.id or 0,
            url=snapshot.final_url,
            fetched_at=snapshot.fetched_at,
            reason=extraction.rejection_reason or "",
            detail=extraction.rejection_detail or "",
        )
        for snapshot, extraction in session.exec(query)
    ]


def quarantine_counts(session: Session, source: str) -> dict[str, int]:
    """How many pages of ``source`` are in quarantine, by RejectionReason, the most first."""
    reason = col(ExtractionRow.rejection_reason)
    query = (
        select(reason, func.count())
        .join(SnapshotRow, col(SnapshotRow.id) == ExtractionRow.snapshot_id)
        .where(SnapshotRow.source == source, reason.is_not(None))
        .group_by(reason)
    )
    found = {str(name): count for name, count in session.exec(query)}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def traffic(session: Session, since: datetime, until: datetime) -> dict[str, Traffic]:
    """What the Runs that ended in the span cost, by Source; one without Runs is left out."""
    query = (
        select(
            col(RunRow.source),
            func.count(),
            func.sum(RunRow.requests),
            func.sum(RunRow.received_bytes),
        )
        .where(col(RunRow.ended_at) >= since, col(RunRow.ended_at) < until)
        .group_by(col(RunRow.source))
    )
    return {
        source: Traffic(runs=runs, requests=int(requests), received_bytes=int(size))
        for source, runs, requests, size in session.exec(query)
    }

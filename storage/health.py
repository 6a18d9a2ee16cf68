"""What was read and what was not: by Source, for the digest's coverage and the pages."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import func, true
from sqlmodel import Session, col, select

from storage.models import (
    Fate,
    Health,
    HealthEvent,
    HealthState,
    Moment,
    RunOutcome,
    SourceCoverage,
    Value,
)
from storage.tables import (
    ArticleRow,
    EntryRow,
    ExtractionRow,
    FlagRow,
    HealthEventRow,
    RevisionRow,
    RunRow,
    SnapshotRow,
    SourceHealthRow,
    SourceRow,
)

_ENDED = (RunOutcome.COMPLETED.value, RunOutcome.FAILED.value)


class Progress(Value):
    """How far the first reading of the sources has come."""

    sources: int
    """Enabled Sources."""
    sources_read: int
    """Those of them with a completed Run."""
    entries_listed: int
    entries_pending: int
    articles: int
    flagged: int
    """Articles whose newest Revision is flagged on some topic."""


class RunFacts(Value):
    """A Run, as the pages show it."""

    started_at: Moment
    ended_at: Moment | None
    """None while it goes on."""
    outcome: RunOutcome | None
    reason: str | None
    requests: int
    received_bytes: int
    listed: int
    """Entries that were new."""
    fates: dict[str, int]
    """Count by Fate."""


class SourceStatus(Value):
    """A Source, as the pages show it."""

    id: str
    name: str
    home: str
    is_enabled: bool
    last_run: RunFacts | None
    last_read_at: Moment | None
    """End of the last completed Run."""
    articles: int


def coverage(session: Session, since: datetime, until: datetime) -> list[SourceCoverage]:
    """What each enabled Source contributed to the span, in the order of names.

    Runs that were interrupted count neither as read nor as failed. ``fates`` are those decided by the
    Runs that ended in the span; its ``pending`` are the Entries that wait now.
    """
    runs = _runs_ended(session, since, until)
    last_runs = _last_runs(session, outcomes=_ENDED, until=until)
    read_at = _last_read_at(session, until)
    articles = _count_articles(session, since, until)
    rejections = _count_rejections(session, since, until)
    pending = _count_pending(session)
    healths = source_healths(session)
    query = select(SourceRow).where(col(SourceRow.is_enabled) == true()).order_by(SourceRow.name)
    return [
        SourceCoverage(
            source=source.id,
            source_name=source.name,
            runs=sum(run.outcome in _ENDED for run in runs[source.id]),
            runs_failed=sum(run.outcome == RunOutcome.FAILED.value for run in runs[source.id]),
            last_read_at=read_at.get(source.id),
            last_reason=_failure(last_runs.get(source.id)),
            articles_new=articles.get(source.id, 0),
            pages_rejected=sum(rejections[source.id].values()),
            rejections=rejections[source.id],
            fates=_sum_fates(runs[source.id], pending.get(source.id, 0)),
            health=healths.get(source.id),
        )
        for source in session.exec(query)
    ]


def progress(session: Session) -> Progress:
    """How far the first reading of the sources has come."""
    enabled = select(SourceRow.id).where(col(SourceRow.is_enabled) == true())
    is_flagged = (col(RevisionRow.is_newest) == true(), col(FlagRow.grade) > 0)
    flagged = (
        select(func.count(func.distinct(RevisionRow.article_id)))
        .join(FlagRow, col(FlagRow.revision_id) == RevisionRow.id)
        .where(*is_flagged)
    )
    read = select(func.count(func.distinct(RunRow.source))).where(
        RunRow.outcome == RunOutcome.COMPLETED.value, col(RunRow.source).in_(enabled)
    )
    return Progress(
        sources=len(session.exec(enabled).all()),
        sources_read=session.exec(read).one(),
        entries_listed=session.exec(select(func.count()).select_from(EntryRow)).one(),
        entries_pending=sum(_count_pending(session).values()),
        articles=session.exec(select(func.count()).select_from(ArticleRow)).one(),
        flagged=session.exec(flagged).one(),
    )


def source_statuses(session: Session) -> list[SourceStatus]:
    """Every Source that is or was declared, in the order of names, with its last Run."""
    last_runs = _last_runs(session, outcomes=None, until=None)
    read_at = _last_read_at(session, None)
    articles = _count_articles(session, None, None)
    return [
        SourceStatus(
            id=source.id,
            name=source.name,
            home=source.home,
            is_enabled=source.is_enabled,
            last_run=_facts(last_runs.get(source.id)),
            last_read_at=read_at.get(source.id),
            articles=articles.get(source.id, 0),
        )
        for source in session.exec(select(SourceRow).order_by(SourceRow.name))
    ]


def _runs_ended(session: Session, since: datetime, until: datetime) -> dict[str, list[RunRow]]:
    runs: dict[str, list[RunRow]] = defaultdict(list)
    for run in session.exec(select(RunRow).where(*_in_span(RunRow.ended_at, since, until))):
        runs[run.source].append(run)
    return runs


def _last_runs(
    session: Session, outcomes: tuple[str, ...] | None, until: datetime | None
) -> dict[str, RunRow]:
    last = select(func.max(RunRow.id)).group_by(RunRow.source)
    if outcomes is not None:
        last = last.where(col(RunRow.outcome).in_(outcomes))
    last = last.where(*_in_span(RunRow.ended_at, None, until))
    return {run.source: run for run in session.exec(select(RunRow).where(col(RunRow.id).in_(last)))}


def _last_read_at(session: Session, until: datetime | None) -> dict[str, datetime]:
    query = (
        select(RunRow.source, func.max(RunRow.ended_at))
        .where(RunRow.outcome == RunOutcome.COMPLETED.value, *_in_span(RunRow.ended_at, None, until))
        .group_by(RunRow.source)
    )
    return {source: ended_at for source, ended_at in session.exec(query) if ended_at is not None}


def _count_articles(session: Session, since: datetime | None, until: datetime | None) -> dict[str, int]:
    query = (
        select(ArticleRow.source, func.count())
        .where(*_in_span(ArticleRow.first_seen_at, since, until))
        .group_by(ArticleRow.source)
    )
    return dict(session.exec(query).all())


def _count_rejections(session: Session, since: datetime, until: datetime) -> dict[str, dict[str, int]]:
    query = (
        select(SnapshotRow.source, ExtractionRow.rejection_reason, func.count())
        .join(SnapshotRow, col(SnapshotRow.id) == ExtractionRow.snapshot_id)
        .where(col(ExtractionRow.rejection_reason).is_not(None))
        .where(*_in_span(ExtractionRow.extracted_at, since, until))
        .group_by(col(SnapshotRow.source), col(ExtractionRow.rejection_reason))
    )
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for source, reason, count in session.exec(query):
        counts[source][str(reason)] = count
    return counts


def _count_pending(session: Session) -> dict[str, int]:
    query = (
        select(EntryRow.source, func.count())
        .where(EntryRow.fate == Fate.PENDING.value)
        .group_by(EntryRow.source)
    )
    return dict(session.exec(query).all())


def _in_span(column: Any, since: datetime | None, until: datetime | None) -> list[Any]:
    conditions = [column >= since] if since is not None else []
    return [*conditions, column < until] if until is not None else conditions


def _sum_fates(runs: list[RunRow], pending: int) -> dict[str, int]:
    fates: Counter[str] = Counter()
    for run in runs:
        fates.update(run.fates)
    fates.pop(Fate.PENDING.value, None)  # decided by a later Run, or waiting now
    if pending:
        fates[Fate.PENDING.value] = pending
    return dict(sorted(fates.items()))


def _failure(run: RunRow | None) -> str | None:
    if run is None or run.outcome != RunOutcome.FAILED.value:
        return None
    return run.reason or "No listing could be read."


def _facts(run: RunRow | None) -> RunFacts | None:
    if run is None:
        return None
    return RunFacts(
        started_at=run.started_at,
        ended_at=run.ended_at,
        outcome=RunOutcome(run.outcome) if run.outcome else None,
        reason=run.reason,
        requests=run.requests,
        received_bytes=run.received_bytes,
        listed=run.listed,
        fates=run.fates,
    )


def was_running_before(session: Session, moment: datetime) -> bool:
    """Whether a Run began before ``moment``: the service is not new since then."""
    return session.exec(select(RunRow.id).where(RunRow.started_at < moment).limit(1)).first() is not None


# ---- health as last judged


def source_healths(session: Session) -> dict[str, Health]:
    """The Health of each Source that has been judged, by id."""
    return {row.source: _health(row) for row in session.exec(select(SourceHealthRow))}


def record_health(session: Session, source: str, health: Health, now: datetime) -> HealthEvent | None:
    """Keep ``health`` in place of the former one; the event where the Source turned bad or is well again.

    A state that goes on keeps its ``since_at``. From one bad state to another, or from healthy to
    quiet, is no event: there is one when a Source turns bad and one when it is well, none in between.
    A Source that has not been read yet, or has been well from the start, has none either.
    """
    row = session.get(SourceHealthRow, source)
    was_bad = row is not None and row.is_bad
    since_at = row.since_at if row is not None and row.state == health.state else health.since_at
    if row is None:
        row = SourceHealthRow(
            source=source,
            state="",
            since_at=since_at,
            cause="",
            facts={},
            reason="",
            judged_at=now,
            is_bad=False,
        )
    row.state, row.since_at, row.judged_at = health.state.value, since_at, now
    row.cause, row.facts, row.reason = health.cause, dict(health.facts), health.reason
    row.is_bad = health.state.is_bad
    session.add(row)
    event = None
    if row.is_bad != was_bad:
        event = HealthEvent(source=source, state=health.state, reason=health.reason, at=now)
        session.add(HealthEventRow(**event.model_dump()))
    session.flush()
    return event


def health_events(session: Session, since: datetime, until: datetime) -> list[HealthEvent]:
    """The events of the span, in their order."""
    query = (
        select(HealthEventRow)
        .where(*_in_span(HealthEventRow.at, since, until))
        .order_by(col(HealthEventRow.at), col(HealthEventRow.id))
    )
    return [
        HealthEvent(source=row.source, state=HealthState(row.state), reason=row.reason, at=row.at)
        for row in session.exec(query)
    ]


def _health(row: SourceHealthRow) -> Health:
    return Health(
        state=HealthState(row.state),
        since_at=row.since_at,
        cause=row.cause,
        facts=row.facts,
        reason=row.reason,
    )

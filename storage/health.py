"""What was read and what was not: by Source, for the digest's coverage and the pages."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import Text, cast, func, true
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from storage.dialects import IS_FLAGGED
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


def coverage(
    session: Session, since: datetime, until: datetime, only: str | None = None
) -> list[SourceCoverage]:
    """What each enabled Source contributed to the span, in the order of names; ``only`` one, or all.

    Runs that were interrupted count neither as read nor as failed. ``fates`` are those decided by the
    Runs that ended in the span; its ``pending`` are the Entries that wait now.
    """
    return coverages(session, [since], until, only)[0]


def coverages(
    session: Session, begins: Sequence[datetime], until: datetime, only: str | None = None
) -> list[list[SourceCoverage]]:
    """``coverage`` of several spans that end together: what is true at their end is asked for once."""
    failures = _last_failures(session, until, only)
    read_at = _last_read_at(session, until, only)
    pending = _count_pending(session, only)
    healths = source_healths(session)
    query = sql_select(col(SourceRow.id), col(SourceRow.name)).where(col(SourceRow.is_enabled) == true())
    query = query.where(*_is_only(SourceRow.id, only)).order_by(col(SourceRow.name))
    sources = session.execute(query).all()

    def covered(since: datetime) -> list[SourceCoverage]:
        runs = _runs_ended(session, since, until, only)
        articles = _count_articles(session, since, until, only)
        rejections = _count_rejections(session, since, until)
        return [
            SourceCoverage(
                source=source.id,
                source_name=source.name,
                runs=sum(runs[source.id].outcomes[outcome] for outcome in _ENDED),
                runs_failed=runs[source.id].outcomes[RunOutcome.FAILED.value],
                last_read_at=read_at.get(source.id),
                last_reason=_reason(failures.get(source.id), read_at.get(source.id)),
                articles_new=articles.get(source.id, 0),
                pages_rejected=sum(rejections[source.id].values()),
                rejections=rejections[source.id],
                fates=_with_pending(runs[source.id].fates, pending.get(source.id, 0)),
                health=healths.get(source.id),
            )
            for source in sources
        ]

    return [covered(since) for since in begins]


def progress(session: Session) -> Progress:
    """How far the first reading of the sources has come."""
    enabled = select(SourceRow.id).where(col(SourceRow.is_enabled) == true())
    flagged = (
        select(func.count(func.distinct(RevisionRow.article_id)))
        .join(FlagRow, col(FlagRow.revision_id) == RevisionRow.id)
        .where(col(RevisionRow.is_newest) == true(), IS_FLAGGED)
    )
    enabled_ids = set(session.exec(enabled))
    return Progress(
        sources=len(enabled_ids),
        sources_read=len(enabled_ids & _last_read_at(session, None).keys()),
        entries_listed=session.exec(select(func.count()).select_from(EntryRow)).one(),
        entries_pending=sum(_count_pending(session).values()),
        articles=session.exec(select(func.count()).select_from(ArticleRow)).one(),
        flagged=session.exec(flagged).one(),
    )


def source_statuses(session: Session, only: str | None = None) -> list[SourceStatus]:
    """Every Source that is or was declared, or ``only`` one, in the order of names, with its last Run."""
    last_runs = _last_runs(session, only)
    read_at = _last_read_at(session, None, only)
    articles = _count_articles(session, None, None, only)
    facts = (col(getattr(SourceRow, name)) for name in ("id", "name", "home", "is_enabled"))
    query = sql_select(*facts).where(*_is_only(SourceRow.id, only)).order_by(col(SourceRow.name))
    sources = session.execute(query).all()
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
        for source in sources
    ]


@dataclass
class _Ended:
    """The Runs of one Source that ended in a span."""

    outcomes: Counter[str] = field(default_factory=Counter)
    fates: Counter[str] = field(default_factory=Counter)


def _runs_ended(session: Session, since: datetime, until: datetime, only: str | None) -> dict[str, _Ended]:
    # Most Runs end like many others: a row for all of a kind, past the ORM.
    fates = cast(col(RunRow.fates), Text)
    query = (
        select(col(RunRow.source), col(RunRow.outcome), fates, func.count())
        .where(*_in_span(RunRow.ended_at, since, until), *_is_only(RunRow.source, only))
        .group_by(col(RunRow.source), col(RunRow.outcome), fates)
    )
    runs: dict[str, _Ended] = defaultdict(_Ended)
    for source, outcome, decided, count in session.exec(query):
        runs[source].outcomes[str(outcome)] += count
        for fate, number in json.loads(decided).items():
            runs[source].fates[fate] += number * count
    return runs


def _last_runs(session: Session, only: str | None) -> dict[str, SqlRow[Any]]:
    last = (
        select(func.max(RunRow.id))
        .where(RunRow.source == SourceRow.id)
        .correlate(SourceRow)
        .scalar_subquery()
    )
    facts = (col(getattr(RunRow, name)) for name in ("source", *RunFacts.model_fields))
    query = sql_select(*facts).join(SourceRow, col(RunRow.id) == last).where(*_is_only(SourceRow.id, only))
    return {run.source: run for run in session.execute(query).all()}


def _last_read_at(session: Session, until: datetime | None, only: str | None = None) -> dict[str, datetime]:
    is_last = col(RunRow.id) == _last_run_with(RunOutcome.COMPLETED, until)
    query = (
        select(col(RunRow.source), col(RunRow.ended_at))
        .join(SourceRow, is_last)
        .where(*_is_only(SourceRow.id, only))
    )
    return {source: ended_at for source, ended_at in session.exec(query) if ended_at is not None}


def _last_failures(session: Session, until: datetime, only: str | None) -> dict[str, SqlRow[Any]]:
    is_last = col(RunRow.id) == _last_run_with(RunOutcome.FAILED, until)
    query = (
        sql_select(col(RunRow.source), col(RunRow.ended_at), col(RunRow.reason))
        .join(SourceRow, is_last)
        .where(*_is_only(SourceRow.id, only))
    )
    return {run.source: run for run in session.execute(query).all()}


def _last_run_with(outcome: RunOutcome, until: datetime | None) -> Any:
    """The id of each Source's last Run with ``outcome``: one look into the index for each, however many
    Runs there are.
    """
    return (
        select(col(RunRow.id))
        .where(RunRow.source == SourceRow.id, RunRow.outcome == outcome.value)
        .where(*_in_span(RunRow.ended_at, None, until))
        .order_by(col(RunRow.ended_at).desc(), col(RunRow.id).desc())
        .limit(1)
        .correlate(SourceRow)
        .scalar_subquery()
    )


def _count_articles(
    session: Session, since: datetime | None, until: datetime | None, only: str | None
) -> dict[str, int]:
    query = (
        select(ArticleRow.source, func.count())
        .where(*_in_span(ArticleRow.first_seen_at, since, until), *_is_only(ArticleRow.source, only))
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


def _count_pending(session: Session, only: str | None = None) -> dict[str, int]:
    # Asked for each Source, since all of the index would be read otherwise.
    waiting = (
        select(func.count())
        .where(EntryRow.source == SourceRow.id, EntryRow.fate == Fate.PENDING.value)
        .correlate(SourceRow)
        .scalar_subquery()
    )
    query = select(SourceRow.id, waiting).where(*_is_only(SourceRow.id, only))
    return {source: count for source, count in session.exec(query) if count}


def _is_only(column: Any, only: str | None) -> list[Any]:
    return [] if only is None else [column == only]


def _in_span(column: Any, since: datetime | None, until: datetime | None) -> list[Any]:
    conditions = [column >= since] if since is not None else []
    return [*conditions, column < until] if until is not None else conditions


def _with_pending(decided: Counter[str], pending: int) -> dict[str, int]:
    fates = dict(decided)
    fates.pop(Fate.PENDING.value, None)  # decided by a later Run, or waiting now
    if pending:
        fates[Fate.PENDING.value] = pending
    return dict(sorted(fates.items()))


def _reason(failure: SqlRow[Any] | None, read_at: datetime | None) -> str | None:
    if failure is None or failure.ended_at is None or (read_at is not None and read_at >= failure.ended_at):
        return None
    return str(failure.reason or "No listing could be read.")


def _facts(run: SqlRow[Any] | None) -> RunFacts | None:
    return None if run is None else RunFacts(**{name: getattr(run, name) for name in RunFacts.model_fields})


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

"""Totals over everything that was ever kept, for monitoring: only reads, and quick on a large database.

Runs and jobs' runs only come in and end; what has ended never changes. So their totals are kept from
one asking to the next, and only rows that are new since are read.
"""

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import case, func, select, true
from sqlmodel import Session, col

from storage.dialects import IS_FLAGGED
from storage.job_tables import JobRunRow
from storage.models import RunOutcome
from storage.tables import (
    ArticleRow,
    DeliveryRow,
    DigestRow,
    EntryRow,
    FlagRow,
    RevisionRow,
    RunRow,
    SourceHealthRow,
    SourceRow,
)

_T = TypeVar("_T")


@dataclass(frozen=True)
class RunTotals:
    """All Runs of one Source that have ended."""

    outcomes: Counter[str] = field(default_factory=Counter)
    """Count by RunOutcome."""
    requests: int = 0
    received_bytes: int = 0
    listed: int = 0
    """Entries that were new."""
    last_read_at: datetime | None = None
    last_run_id: int = 0
    """Of the last Run that ended by itself."""
    is_up: bool = False
    """Whether that Run could read something."""


@dataclass(frozen=True)
class JobTotals:
    """All runs of one job that have ended."""

    outcomes: Counter[str] = field(default_factory=Counter)
    last_started_at: datetime | None = None
    last_ended_at: datetime | None = None
    last_outcome: str = ""
    last_run_id: int = 0


@dataclass(frozen=True)
class DigestFacts:
    """The last digest that was built."""

    built_at: datetime
    entries: int


class _Kept(Generic[_T]):
    """Totals by name of a table whose rows end for good, counted on from where the last asking ended."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self._settled_to = 0
        self._totals: dict[str, _T] = {}
        self._lock = threading.Lock()

    def totals(self, session: Session) -> dict[str, _T]:
        """By name, every row that has ended."""
        with self._lock:
            newest = session.execute(select(func.max(self._table.id))).scalar() or 0
            if newest < self._settled_to:  # another database has taken this one's place
                self._settled_to, self._totals = 0, {}
            is_open = col(self._table.ended_at).is_(None)
            first_open = session.execute(select(func.min(self._table.id)).where(is_open)).scalar()
            settled_to = newest if first_open is None else first_open - 1
            if settled_to > self._settled_to:
                self._totals = self._with(self._totals, session, self._settled_to, settled_to)
                self._settled_to = settled_to
            return self._with(self._totals, session, self._settled_to, newest)

    def _with(self, totals: dict[str, _T], session: Session, after: int, to: int) -> dict[str, _T]:
        """``totals`` and the rows with ids above ``after`` up to ``to``; ``totals`` stay as they are."""
        totals = dict(totals)
        if to > after:
            within = (col(self._table.id) > after, col(self._table.id) <= to)
            for row in self._groups(session, *within, col(self._table.ended_at).is_not(None)):
                self._add(totals, row)
        return totals

    def _groups(self, session: Session, *conditions: Any) -> Iterable[Any]:
        raise NotImplementedError

    def _add(self, totals: dict[str, _T], row: Any) -> None:
        raise NotImplementedError


class RunTally(_Kept[RunTotals]):
    """The RunTotals of every Source that has any."""

    def __init__(self) -> None:
        super().__init__(RunRow)

    def _groups(self, session: Session, *conditions: Any) -> Iterable[Any]:
        query = (
            select(
                col(RunRow.source),
                col(RunRow.outcome),
                func.count().label("runs"),
                func.sum(RunRow.requests).label("requests"),
                func.sum(RunRow.received_bytes).label("received_bytes"),
                func.sum(RunRow.listed).label("listed"),
                func.max(RunRow.ended_at).label("ended_at"),
                func.max(RunRow.id).label("newest"),
            )
            .where(*conditions)
            .group_by(col(RunRow.source), col(RunRow.outcome))
        )
        return session.execute(query)

    def _add(self, totals: dict[str, RunTotals], row: Any) -> None:
        before = totals.get(row.source, RunTotals())
        is_read = row.outcome == RunOutcome.COMPLETED.value
        is_last = row.outcome != RunOutcome.INTERRUPTED.value and row.newest > before.last_run_id
        read_at = [moment for moment in (before.last_read_at, row.ended_at if is_read else None) if moment]
        totals[row.source] = replace(
            before,
            outcomes=before.outcomes + Counter({row.outcome: row.runs}),
            requests=before.requests + int(row.requests),
            received_bytes=before.received_bytes + int(row.received_bytes),
            listed=before.listed + int(row.listed),
            last_read_at=max(read_at, default=None),
            last_run_id=row.newest if is_last else before.last_run_id,
            is_up=is_read if is_last else before.is_up,
        )


class JobTally(_Kept[JobTotals]):
    """The JobTotals of every job that has any."""

    def __init__(self) -> None:
        super().__init__(JobRunRow)

    def _groups(self, session: Session, *conditions: Any) -> Iterable[Any]:
        query = (
            select(
                col(JobRunRow.job),
                col(JobRunRow.outcome),
                func.count().label("runs"),
                func.max(JobRunRow.started_at).label("started_at"),
                func.max(JobRunRow.ended_at).label("ended_at"),
                func.max(JobRunRow.id).label("newest"),
            )
            .where(*conditions)
            .group_by(col(JobRunRow.job), col(JobRunRow.outcome))
        )
        return session.execute(query)

    def _add(self, totals: dict[str, JobTotals], row: Any) -> None:
        before = totals.get(row.job, JobTotals())
        outcomes = before.outcomes + Counter({row.outcome: row.runs})
        if row.newest > before.last_run_id:
            totals[row.job] = JobTotals(outcomes, row.started_at, row.ended_at, row.outcome, row.newest)
        else:
            totals[row.job] = replace(before, outcomes=outcomes)


def _pairs(session: Session, query: Any) -> list[tuple[Any, Any]]:
    return [(row[0], row[1]) for row in session.execute(query).all()]


def enabled_sources(session: Session) -> list[str]:
    """The ids of the Sources that are followed."""
    return list(
        session.execute(select(col(SourceRow.id)).where(col(SourceRow.is_enabled) == true())).scalars()
    )


def health_states(session: Session) -> dict[str, str]:
    """The HealthState of each Source that was judged."""
    return dict(_pairs(session, select(col(SourceHealthRow.source), col(SourceHealthRow.state))))


def entries_by_fate(session: Session) -> dict[str, int]:
    """How many Entries have which Fate now."""
    # By source too, since that is the order of the index: nothing has to be sorted.
    query = select(col(EntryRow.fate), func.count()).group_by(col(EntryRow.source), col(EntryRow.fate))
    found: Counter[str] = Counter()
    for fate, count in session.execute(query).all():
        found[fate] += count
    return dict(found)


def articles_by_source(session: Session) -> dict[str, int]:
    """How many Articles each Source gave."""
    return dict(
        _pairs(session, select(col(ArticleRow.source), func.count()).group_by(col(ArticleRow.source)))
    )


def flagged_by_grade(session: Session, topic: str) -> dict[int, int]:
    """How many Articles are flagged on ``topic`` now, by grade."""
    query = (
        select(col(FlagRow.grade), func.count())
        .join(RevisionRow, col(RevisionRow.id) == FlagRow.revision_id)
        .where(col(FlagRow.topic) == topic, IS_FLAGGED, col(RevisionRow.is_newest) == true())
        .group_by(col(FlagRow.grade))
    )
    return dict(_pairs(session, query))


def deliveries(session: Session) -> dict[tuple[str, str], int]:
    """How many deliveries there are by kind of channel (mail, folder, chat) and DeliveryState.

    Not by channel: its name may hold a reader's address.
    """
    colon = func.instr if session.get_bind().dialect.name == "sqlite" else func.strpos
    at = colon(DeliveryRow.channel, ":")
    kind = case((at > 0, func.substr(DeliveryRow.channel, 1, at - 1)), else_=DeliveryRow.channel)
    query = select(kind, col(DeliveryRow.state), func.count()).group_by(kind, col(DeliveryRow.state))
    return {(channel, state): count for channel, state, count in session.execute(query).all()}


def last_digest(session: Session) -> DigestFacts | None:
    """The digest that was built last."""
    query = select(DigestRow).order_by(col(DigestRow.id).desc()).limit(1)
    row = session.execute(query).scalars().first()
    if row is None:
        return None
    return DigestFacts(built_at=row.built_at, entries=len(row.body.get("entries", ())))

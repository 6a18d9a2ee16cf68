"""What a Source's health and its next poll are judged by: its Runs, its hours, its pages. Only reads."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, or_, select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from storage.dialects import utc_text
from storage.models import Fate, RunOutcome
from storage.tables import EntryRow, ExtractionRow, RevisionRow, RunRow, SnapshotRow

WINDOW = timedelta(days=57)
"""Eight weeks and the day that began before them."""
RUNS = 40
"""The newest Runs that are looked at."""
PAGES = 120
"""The newest pages that are looked at."""
ENTRIES = 40
"""The Entries listed last that are looked at."""

_OLD_NEWS = timedelta(days=30)
_HOUR = 13  # characters of YYYY-MM-DD HH
_ENDED = (RunOutcome.COMPLETED.value, RunOutcome.FAILED.value)
_NEXT_PROBLEM = re.compile(r"; (?=https?://|[a-z_]+ \d+ times)")
_CODE = re.compile(r"(?:https?://\S+: )?(?P<code>[a-z][a-z_]+)(?::|$| \d+ times)")


@dataclass(frozen=True)
class RunTrace:
    """A Run that ended by itself."""

    ended_at: datetime
    outcome: RunOutcome
    reason: str = ""
    problems: dict[str, int] = field(default_factory=dict)
    """Count by code of listings and pages that were not read for it."""
    retry_after_s: float | None = None


@dataclass(frozen=True)
class PageTrace:
    """What came out of one fetched page."""

    rejection: str | None
    """A RejectionReason; the other fields count only where it is None."""
    has_lead: bool = False
    has_author: bool = False
    has_time: bool = False
    text_length: int = 0
    """In code points."""


@dataclass(frozen=True)
class EntryTrace:
    """What became of one listed address."""

    listed_at: datetime
    fate: str
    """A Fate."""


@dataclass(frozen=True)
class Vitals:
    """All that ``scheduler.health`` asks about one Source. Hours are full hours in UTC."""

    runs: tuple[RunTrace, ...] = ()
    """The newest first."""
    read_hours: frozenset[datetime] = frozenset()
    """Hours of the window in which a Run that read something ended."""
    listed: dict[datetime, int] = field(default_factory=dict)
    """New Entries by the hour of their publication."""
    pages: tuple[PageTrace, ...] = ()
    """The newest first."""
    entries: tuple[EntryTrace, ...] = ()
    """Those listed last come first; of those listed at once, the fetched, then the missing."""
    first_read_at: datetime | None = None
    last_read_at: datetime | None = None


def vitals(session: Session, source: str, now: datetime, zone: ZoneInfo) -> Vitals:
    """The Vitals of ``source``; ``zone`` is where it publishes."""
    first_read_at, last_read_at = read_span(session, source)
    return Vitals(
        runs=tuple(recent_runs(session, source)),
        read_hours=frozenset(_read_hours(session, source, now - WINDOW)),
        listed=listed_by_hour(session, source, now - WINDOW, zone),
        pages=tuple(_recent_pages(session, source)),
        entries=tuple(_recent_entries(session, source)),
        first_read_at=first_read_at,
        last_read_at=last_read_at,
    )


def read_span(session: Session, source: str) -> tuple[datetime | None, datetime | None]:
    """When the first and the last Run of ``source`` ended that read something; None before that."""
    ends = [
        session.execute(
            select(col(RunRow.ended_at))
            .where(col(RunRow.source) == source, col(RunRow.outcome) == RunOutcome.COMPLETED.value)
            .order_by(order)
            .limit(1)
        ).scalar()
        for order in (col(RunRow.ended_at), col(RunRow.ended_at).desc())
    ]
    return ends[0], ends[1]


def last_read_of_any(session: Session) -> datetime | None:
    """When a Run of any Source ended last that read something."""
    query = select(func.max(RunRow.ended_at)).where(col(RunRow.outcome) == RunOutcome.COMPLETED.value)
    return session.execute(query).scalar()


def recent_runs(session: Session, source: str) -> list[RunTrace]:
    """The newest Runs that ended by themselves, the newest first."""
    query = (
        select(RunRow)
        .where(col(RunRow.source) == source, col(RunRow.outcome).in_(_ENDED))
        .order_by(col(RunRow.ended_at).desc(), col(RunRow.id).desc())
        .limit(RUNS)
    )
    return [_trace(run) for run in session.execute(query).scalars()]


def _trace(run: RunRow) -> RunTrace:
    assert run.ended_at is not None
    assert run.outcome is not None
    reason = run.reason or ""
    return RunTrace(
        ended_at=run.ended_at,
        outcome=RunOutcome(run.outcome),
        reason=reason,
        problems=run.problems or codes_in(reason),
        retry_after_s=run.retry_after_s,
    )


def codes_in(reason: str) -> dict[str, int]:
    """Count by code of the problems in a Run's ``reason``: ``ADDRESS: CODE: DETAIL; ADDRESS: ...``."""
    found = (_CODE.match(part) for part in _NEXT_PROBLEM.split(reason))
    return dict(Counter(match["code"] for match in found if match))


def listed_by_hour(session: Session, source: str, since: datetime, zone: ZoneInfo) -> dict[datetime, int]:
    """Count of Entries by the full hour (UTC) that they were published in, for those listed ``since``.

    Where a listing gives no time, or only a day, it is the hour in which the Entry was first seen; but
    what the very first reading found without a time is left out, since it may be of any age.
    """
    hour = _hour_of_entry(session, since, zone)
    first_read_at, _ = read_span(session, source)
    query = (
        select(hour, func.count())
        .where(col(EntryRow.source) == source, col(EntryRow.listed_at) >= since)
        .group_by(hour)
    )
    if first_read_at is not None:
        has_time = col(EntryRow.published_at).is_not(None)
        query = query.where(or_(has_time, col(EntryRow.listed_at) > first_read_at))
    return {_moment(text): count for text, count in session.execute(query).all()}


def _hour_of_entry(session: Session, since: datetime, zone: ZoneInfo) -> ColumnElement[str]:
    # A date without a time is kept as midnight where the outlet is; it says nothing about the hour.
    midnight = since.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    published, listed = utc_text(session, EntryRow.published_at), utc_text(session, EntryRow.listed_at)
    is_vague = or_(
        col(EntryRow.published_at).is_(None),
        func.substr(published, 12, 8) == f"{midnight:%H:%M:%S}",
        col(EntryRow.published_at) > col(EntryRow.listed_at),
    )
    return func.substr(case((is_vague, listed), else_=published), 1, _HOUR)


def _read_hours(session: Session, source: str, since: datetime) -> list[datetime]:
    hour = func.substr(utc_text(session, RunRow.ended_at), 1, _HOUR)
    query = (
        select(hour)
        .where(col(RunRow.source) == source, col(RunRow.outcome) == RunOutcome.COMPLETED.value)
        .where(col(RunRow.ended_at) >= since)
        .distinct()
    )
    return [_moment(text) for text in session.execute(query).scalars()]


def _moment(hour: str) -> datetime:
    return datetime.strptime(f"{hour} +0000", "%Y-%m-%d %H %z")


def _recent_pages(session: Session, source: str) -> list[PageTrace]:
    query = (
        select(
            col(SnapshotRow.fetched_at),
            col(ExtractionRow.rejection_reason),
            col(RevisionRow.lead),
            col(RevisionRow.author),
            col(RevisionRow.published_at),
            func.length(RevisionRow.text),
        )
        .join(ExtractionRow, col(ExtractionRow.snapshot_id) == SnapshotRow.id)
        .outerjoin(RevisionRow, col(RevisionRow.id) == ExtractionRow.revision_id)
        .where(col(SnapshotRow.source) == source, col(ExtractionRow.extracted_at).is_not(None))
        .order_by(col(SnapshotRow.fetched_at).desc(), col(SnapshotRow.id).desc())
        .limit(PAGES)
    )
    return [
        PageTrace(rejection, bool(lead), author is not None, published_at is not None, length or 0)
        for fetched_at, rejection, lead, author, published_at, length in session.execute(query).all()
        # A page from the archive may be of an older layout: it says nothing about today's.
        if published_at is None or fetched_at - published_at < _OLD_NEWS
    ]


def _recent_entries(session: Session, source: str) -> list[EntryTrace]:
    # Of what one listing brings, the oldest may be long gone: that says nothing while the others come.
    fate = col(EntryRow.fate)
    order = case((fate == Fate.FETCHED.value, 0), (fate == Fate.NOT_FOUND.value, 1), else_=2)
    query = (
        select(col(EntryRow.listed_at), fate)
        .where(col(EntryRow.source) == source)
        .order_by(col(EntryRow.listed_at).desc(), order)
        .limit(ENTRIES)
    )
    return [EntryTrace(listed_at, ended) for listed_at, ended in session.execute(query).all()]

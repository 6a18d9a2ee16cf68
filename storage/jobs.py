"""What the service did and when: runs of its jobs, and the stretches in which it ran at all.

Every function works in the caller's session and takes the present as ``now`` (aware).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, update
from sqlmodel import Session, col, select

from storage.job_tables import JobRunRow, UptimeRow
from storage.models import Moment, Value
from storage.tables import RunRow

POLL = "poll"
"""The job that has a source; there are thousands of runs a day."""
POLLS_KEPT = timedelta(days=14)
KEPT = timedelta(days=90)
"""How long the runs of every other job are kept, and the stretches."""
SMALLEST_PAUSE = timedelta(minutes=3)
"""The service says once a minute that it runs, so a shorter gap proves nothing."""


class JobOutcome(StrEnum):
    """How a run of a job ended."""

    DONE = "done"
    FAILED = "failed"
    MISSED = "missed"
    """It did not begin when it was due."""
    LIMIT = "ended at its limit"
    INTERRUPTED = "interrupted"
    """The service stopped or was killed meanwhile."""


class StretchEnding(StrEnum):
    """Why a stretch of running ended. Where it is not known, the process was killed."""

    STOPPED = "stopped"
    """Somebody ended the service."""
    ASLEEP = "asleep"
    """The machine was suspended."""
    HELD = "held"
    """The process was not given any time: stopped by a signal, or the machine was overloaded."""
    CLOCK = "clock"
    """Somebody set the clock; the service ran on."""


class JobRun(Value):
    """One run of a job, or one that did not take place."""

    job: str
    source: str | None = None
    due_at: Moment
    started_at: Moment
    """Of one that was missed: when that was noticed."""
    ended_at: Moment | None = None
    outcome: JobOutcome | None = None
    """None while it goes on."""
    why: str = ""
    """What it did, or why it ended so; English."""


class Stretch(Value):
    """An unbroken stretch in which the service ran."""

    started_at: Moment
    seen_at: Moment
    ending: StretchEnding | None


class Pause(Value):
    """A span in which the service did not run."""

    since: Moment
    until: Moment
    ending: StretchEnding | None
    """How the stretch before it ended; None where the process was killed or the power failed."""

    @property
    def length(self) -> timedelta:
        """How long it did not run."""
        return self.until - self.since


# ---- runs of jobs


def open_job_run(session: Session, job: str, due_at: datetime, now: datetime, source: str | None) -> int:
    """Begin a run of ``job`` and return its number."""
    row = JobRunRow(job=job, source=source, due_at=due_at, started_at=now, why="")
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def close_job_run(session: Session, run_id: int, outcome: JobOutcome, why: str, now: datetime) -> None:
    """End a run; one that has ended keeps what it has."""
    session.execute(
        update(JobRunRow)
        .where(col(JobRunRow.id) == run_id, col(JobRunRow.ended_at).is_(None))
        .values(ended_at=now, outcome=outcome.value, why=why)
    )


def record_job_run(session: Session, run: JobRun) -> None:
    """Keep a run that has ended, or one that did not take place."""
    outcome = run.outcome.value if run.outcome else None
    session.add(JobRunRow(**(run.model_dump() | {"outcome": outcome})))
    session.flush()


def interrupt_open_job_runs(session: Session, now: datetime) -> int:
    """End every open run as interrupted; returns how many. For a service that has just begun or ends."""
    ended = session.execute(
        update(JobRunRow)
        .where(col(JobRunRow.ended_at).is_(None))
        .values(ended_at=now, outcome=JobOutcome.INTERRUPTED.value, why="The service ended meanwhile.")
    )
    return cast("CursorResult[Any]", ended).rowcount


def last_attempt(session: Session, job: str) -> datetime | None:
    """The latest moment for which ``job`` has begun; None where it never has."""
    query = select(func.max(JobRunRow.due_at)).where(
        JobRunRow.job == job, col(JobRunRow.outcome).is_distinct_from(JobOutcome.MISSED.value)
    )
    return session.execute(query).scalar()


def has_outcome(session: Session, job: str, due_at: datetime, outcome: JobOutcome) -> bool:
    """Whether a run of ``job`` that was due at ``due_at`` ended so."""
    query = (
        select(JobRunRow.id)
        .where(JobRunRow.job == job, JobRunRow.due_at == due_at, JobRunRow.outcome == outcome.value)
        .limit(1)
    )
    return session.exec(query).first() is not None


def job_runs(
    session: Session, *, job: str | None = None, since: datetime | None = None, limit: int = 100
) -> list[JobRun]:
    """The newest runs that began ``since``, of one job or of all, the newest first."""
    query = select(JobRunRow).order_by(col(JobRunRow.id).desc()).limit(limit)
    if job is not None:
        query = query.where(JobRunRow.job == job)
    if since is not None:
        query = query.where(col(JobRunRow.started_at) >= since)
    return [JobRun(**row.model_dump(exclude={"id"})) for row in session.exec(query)]


def forget_old_jobs(session: Session, now: datetime) -> int:
    """Remove what is older than it is kept; returns how many runs that were."""
    is_poll = col(JobRunRow.job) == POLL
    forgotten = 0
    for which, kept in ((is_poll, POLLS_KEPT), (~is_poll, KEPT)):
        done = session.execute(delete(JobRunRow).where(which, col(JobRunRow.started_at) < now - kept))
        forgotten += cast("CursorResult[Any]", done).rowcount
    session.execute(delete(UptimeRow).where(col(UptimeRow.seen_at) < now - KEPT))
    return forgotten


# ---- whether the service ran


def begin_stretch(session: Session, now: datetime) -> int:
    """The service runs from ``now`` on; returns the stretch's number."""
    row = UptimeRow(started_at=now, seen_at=now)
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def prolong_stretch(session: Session, stretch_id: int, now: datetime) -> None:
    """The service still runs ``now``."""
    session.execute(update(UptimeRow).where(col(UptimeRow.id) == stretch_id).values(seen_at=now))


def end_stretch(session: Session, stretch_id: int, ending: StretchEnding) -> None:
    """The service did not run any more after it was seen last."""
    session.execute(update(UptimeRow).where(col(UptimeRow.id) == stretch_id).values(ending=ending.value))


def last_stretch(session: Session) -> Stretch | None:
    """The newest stretch; None where no service has run on this database."""
    row = session.exec(select(UptimeRow).order_by(col(UptimeRow.id).desc()).limit(1)).first()
    return None if row is None else _stretch(row)


def ran_first_at(session: Session) -> datetime | None:
    """When a service ran on this database first, as far as is known."""
    # Databases of before are known by their Runs only.
    firsts = [
        session.execute(select(func.min(at))).scalar() for at in (UptimeRow.started_at, RunRow.started_at)
    ]
    return min((first for first in firsts if first is not None), default=None)


def pauses(session: Session, since: datetime, until: datetime) -> list[Pause]:
    """The spans between ``since`` and ``until`` in which the service did not run, the earliest first.

    Before its first stretch nothing is known, and nothing is said.
    """
    before = session.exec(
        select(UptimeRow)
        .where(col(UptimeRow.seen_at) < since)
        .order_by(col(UptimeRow.seen_at).desc(), col(UptimeRow.id).desc())
        .limit(1)
    ).first()
    within = session.exec(
        select(UptimeRow)
        .where(col(UptimeRow.seen_at) >= since, col(UptimeRow.started_at) <= until)
        .order_by(col(UptimeRow.started_at), col(UptimeRow.id))
    ).all()
    stretches = [_stretch(row) for row in (*([before] if before else []), *within)]
    return _between(stretches, since, until)


def _between(stretches: Sequence[Stretch], since: datetime, until: datetime) -> list[Pause]:
    """The gaps; ``stretches`` by their beginning, of which some overlap where a clock was set back."""
    found: list[Pause] = []
    if not stretches:
        return found
    last = stretches[0]
    for stretch in stretches[1:]:
        _add_gap(found, last, min(stretch.started_at, until), since)
        if stretch.seen_at >= last.seen_at:
            last = stretch
    _add_gap(found, last, until, since)
    return found


def _add_gap(found: list[Pause], last: Stretch, until: datetime, since: datetime) -> None:
    begin = max(last.seen_at, since)
    if until - begin >= SMALLEST_PAUSE:
        found.append(Pause(since=begin, until=until, ending=last.ending))


def _stretch(row: UptimeRow) -> Stretch:
    return Stretch(**row.model_dump(exclude={"id"}))

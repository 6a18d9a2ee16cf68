"""The service's jobs: what is done by the clock, and a record of each run in the database."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from scheduler.desk import Desk
from storage import jobs
from storage.errors import StorageError
from storage.jobs import JobOutcome, JobRun

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")

_LONGEST_WHY = 4000
"""Code points; a reload's list of changes is the longest."""

Work = Callable[[Desk], Awaitable[str | None]]
"""What a job does. It returns a short English sentence on what it did; None where it did nothing worth
keeping. What it raises is logged and kept, and the job is run again when it is due next."""


@dataclass(frozen=True)
class Job:
    """Something that the service does by the clock: daily ``at`` an hour, or ``every`` so often."""

    name: str
    """In the record: short, lower case, without spaces."""
    work: Work
    at: time | None = None
    """In the zone of [schedule]. What was missed is caught up once, at the start or on waking."""
    every: timedelta | None = None
    """The first time so long after the start."""

    def __post_init__(self) -> None:
        if (self.at is None) == (self.every is None):
            raise ValueError(f"the job {self.name} needs either at or every")


@dataclass
class Record:
    """What is kept of a run when it ends; the run itself may say more."""

    why: str = ""
    outcome: JobOutcome = JobOutcome.DONE


@asynccontextmanager
async def recorded(
    desk: Desk, job: str, due_at: datetime, *, source: str | None = None, quietly: bool = False
) -> AsyncIterator[Record]:
    """Keep a run of ``job``: that it began, and how it ended.

    What is raised inside ends it as failed and is raised again. ``quietly``: nothing is kept of a run
    that is done and has not set ``why``. Where the database cannot be written, the run goes on without
    a record: the job itself will say what is wrong.
    """
    run = JobRun(job=job, source=source, due_at=due_at, started_at=desk.now())
    run_id = None if quietly else await kept(desk, jobs.open_job_run, job, due_at, run.started_at, source)
    record = Record()
    try:
        yield record
    except Exception as error:
        record.outcome = JobOutcome.FAILED
        record.why = record.why or f"{type(error).__name__}: {error}"
        await _close(desk, run, run_id, record)
        raise
    await _close(desk, run, run_id, record)


async def missed(desk: Desk, job: str, due_at: datetime, why: str) -> None:
    """Keep that ``job`` did not begin at ``due_at``; once, however often it is noticed."""
    now = desk.now()
    run = JobRun(
        job=job, due_at=due_at, started_at=now, ended_at=now, outcome=JobOutcome.MISSED, why=_shortened(why)
    )

    def keep(session: Session) -> None:
        if not jobs.has_outcome(session, job, due_at, JobOutcome.MISSED):
            jobs.record_job_run(session, run)

    await kept(desk, keep)


async def _close(desk: Desk, run: JobRun, run_id: int | None, record: Record) -> None:
    now, why = desk.now(), _shortened(record.why)
    if run_id is not None:
        await kept(desk, jobs.close_job_run, run_id, record.outcome, why, now)
    elif why or record.outcome is not JobOutcome.DONE:
        whole = run.model_copy(update={"ended_at": now, "outcome": record.outcome, "why": why})
        await kept(desk, jobs.record_job_run, whole)


async def kept(desk: Desk, change: Callable[..., Answer], *arguments: Any) -> Answer | None:
    """``change`` made in the database; None where it could not be."""
    try:
        return await desk.intake.write(change, *arguments)
    except (StorageError, SQLAlchemyError) as error:
        logger.warning("a run of a job could not be recorded: %s", str(error).partition("\n")[0])
        return None


def _shortened(why: str) -> str:
    return why if len(why) <= _LONGEST_WHY else f"{why[: _LONGEST_WHY - 1]}…"

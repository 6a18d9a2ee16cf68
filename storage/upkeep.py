"""What the care of data found and did last, one row a subject: the service writes it, the pages read it.

The processes share only the database. Each subject has a Value here that says what is known of it.
"""

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from sqlmodel import Field, Session

from storage.columns import json_column, text_column
from storage.jobs import JobOutcome, JobRun, job_runs, record_job_run
from storage.models import Moment, Value
from storage.tables import Row


class UpkeepRow(Row, table=True):
    """One subject; ``facts`` is its Value."""

    __tablename__ = "upkeep"

    name: str = text_column(primary_key=True)
    facts: dict[str, Any] = json_column()
    at: datetime = Field()


class Subject(Value):
    """Base of what is known of one subject."""

    name: ClassVar[str]


class Household(Subject):
    """Where the service keeps its things and when its digest is due, for processes without its settings."""

    name = "household"
    database: Path | None
    """SQLite's file; None for PostgreSQL."""
    archive: Path
    """Folder of the page archive."""
    digest_time: time
    """On the clock of the pages' zone."""
    free_disk_bytes: int
    """Below this, crawling pauses."""


class CrawlingPause(Subject):
    """Whether crawling pauses because the disk is nearly full."""

    name = "crawling_pause"
    JOB: ClassVar[str] = "disk"
    """Under this name a pause that has ended is among the records of jobs."""
    since_at: Moment | None = None
    """None: it does not pause."""
    free_bytes: int = 0
    """What was left when it began."""
    folder: str = ""


class IntegrityCheck(Subject):
    """The last look at whether what is kept is whole."""

    name = "integrity_check"
    checked_at: Moment
    database_problems: tuple[str, ...] = ()
    """A few words each; nothing where the database is whole."""
    pages_read: int = 0
    """How many archived pages were read and their digests compared."""
    pages_lost: tuple[str, ...] = ()
    """Those that could not be read, a sentence each."""

    @property
    def problems(self) -> tuple[str, ...]:
        """All of it."""
        return self.database_problems + self.pages_lost


class Pruning(Subject):
    """What retention is doing and did last."""

    name = "pruning"
    ended_at: Moment | None = None
    pages: int = 0
    """Removed in all, ever."""
    freed_bytes: int = 0
    """Freed in all, ever."""
    leaving: tuple[str, ...] = ()
    """Files of the archive that go unless a Snapshot names them: copies under way, originals replaced."""


LONGEST_LOOKED_FOR = timedelta(days=90)
"""A pause that began longer ago is told from then on: its record may be gone."""

_Subject = TypeVar("_Subject", bound=Subject)


def known(session: Session, subject: type[_Subject]) -> _Subject | None:
    """What is known of ``subject``; None before the first time, or where another version wrote it."""
    row = session.get(UpkeepRow, subject.name)
    if row is None:
        return None
    try:
        return subject.model_validate(row.facts)
    except ValueError:
        return None


def note(session: Session, facts: Subject, now: datetime) -> bool:
    """Keep ``facts`` in place of the former ones; whether they differ."""
    written = facts.model_dump(mode="json")
    row = session.get(UpkeepRow, facts.name)
    if row is not None and row.facts == written:
        return False
    if row is None:
        row = UpkeepRow(name=facts.name, facts=written, at=now)
    row.facts, row.at = written, now
    session.add(row)
    session.flush()
    return True


def end_crawling_pause(session: Session, pause: CrawlingPause, why: str, now: datetime) -> None:
    """Keep that crawling goes on, and from when to when it paused, for the digest; ``why`` is a sentence."""
    note(session, CrawlingPause(), now)
    if pause.since_at is not None:
        begun, job = pause.since_at, CrawlingPause.JOB
        run = JobRun(job=job, due_at=begun, started_at=begun, ended_at=now, outcome=JobOutcome.DONE, why=why)
        record_job_run(session, run)


def crawling_pauses(session: Session, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """The spans between ``since`` and ``until`` in which crawling paused for lack of room."""
    earliest = max(since, until - LONGEST_LOOKED_FOR)
    records = job_runs(session, job=CrawlingPause.JOB, since=earliest - LONGEST_LOOKED_FOR)
    found = [(run.started_at, run.ended_at) for run in records if run.ended_at is not None and run.why]
    now = known(session, CrawlingPause)
    if now is not None and now.since_at is not None:
        found.append((now.since_at, until))
    clipped = [(max(begun, earliest), min(ended, until)) for begun, ended in found]
    return sorted((begun, ended) for begun, ended in clipped if begun < ended)

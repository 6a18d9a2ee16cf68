"""The tables of the service's own life: what it did on time or not, and when it ran at all.

Written and read by ``storage.jobs``.
"""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from storage.columns import text_column
from storage.tables import Row


class JobRunRow(Row, table=True):
    """One run of a job of the service, or one that did not take place. ``outcome`` is a JobOutcome."""

    __tablename__ = "job_run"
    __table_args__ = (Index(None, "job", "due_at"), Index(None, "started_at"))

    id: int | None = Field(default=None, primary_key=True)
    job: str = text_column()
    source: str | None = text_column(default=None)
    """A poll's; None for every other job."""
    due_at: datetime
    started_at: datetime
    """Of one that was missed: when that was noticed."""
    ended_at: datetime | None = None
    outcome: str | None = text_column(default=None)
    """None while it goes on."""
    why: str = text_column()
    """What it did, or why it ended so; English."""


class UptimeRow(Row, table=True):
    """An unbroken stretch in which the service ran. ``ending`` is a StretchEnding."""

    __tablename__ = "uptime"
    __table_args__ = (Index(None, "seen_at"),)

    id: int | None = Field(default=None, primary_key=True)
    started_at: datetime
    seen_at: datetime
    """When it last said that it runs; its end where it has one."""
    ending: str | None = text_column(default=None)
    """None while it goes on, or where the process was killed."""

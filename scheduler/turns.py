"""Which turns of a daily job are owed, and why one did not take place."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from scheduler.due import Due, last_due, turns_between
from scheduler.jobs import Job
from storage import jobs
from storage.jobs import JobOutcome, Pause, StretchEnding

_ON_TIME = timedelta(minutes=2)
"""So late a job may begin before it counts as missed."""
_MOST_TURNS = 31
"""So many are recorded as missed, the latest ones."""
_CAUSES = {
    StretchEnding.ASLEEP: "the machine was asleep",
    StretchEnding.HELD: "the service was given no time",
    StretchEnding.STOPPED: "the service was stopped",
    StretchEnding.CLOCK: "the clock was set forward",
    None: "the service did not run",
}


def owed_turns(session: Session, job: Job, zone: ZoneInfo, now: datetime) -> list[Due]:
    """The turns of the daily ``job`` that have not taken place; the last one can still be made up for.

    Empty where that one has been done, or where no service was there yet when it was due.
    """
    assert job.at is not None
    latest, first_at = last_due(job.at, zone, now), jobs.ran_first_at(session)
    if first_at is None or first_at > latest.at:
        return []
    if jobs.has_outcome(session, job.name, latest.at, JobOutcome.DONE):
        return []
    begun_at = jobs.last_attempt(session, job.name)
    after = max(begun_at, first_at) if begun_at else first_at
    turns = turns_between(job.at, zone, after.astimezone(zone).date() - timedelta(days=1), latest)
    return [turn for turn in turns[-_MOST_TURNS:] if turn.at > after] or [latest]


def why_not(session: Session, job: str, due_at: datetime, now: datetime) -> str:
    """Why ``job`` did not begin at ``due_at``; empty where it did, or begins in time now."""
    begun_at = jobs.last_attempt(session, job)
    if now - due_at <= _ON_TIME or (begun_at is not None and begun_at >= due_at):
        return ""
    pause = pause_at(jobs.pauses(session, due_at - timedelta(days=1), now), due_at)
    if pause is None:
        return "it could not begin in time"
    span = f"from {pause.since:%Y-%m-%d %H:%M} to {pause.until:%Y-%m-%d %H:%M} UTC"
    return f"{_CAUSES[pause.ending]} {span}"


def pause_at(pauses: list[Pause], moment: datetime) -> Pause | None:
    """The pause in which ``moment`` was."""
    return next((pause for pause in pauses if pause.since - _ON_TIME <= moment <= pause.until), None)

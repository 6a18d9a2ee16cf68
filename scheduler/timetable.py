"""Jobs on the schedule: each runs once at a time, late rather than never, and leaves a record."""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from scheduler.desk import Desk
from scheduler.due import DailyTrigger, Due, last_due
from scheduler.jobs import Job, missed, recorded
from scheduler.turns import owed_turns, why_not

logger = logging.getLogger(__name__)

_LATE_BUT_ONCE = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None, "replace_existing": True}
"""A job that could not start in time (a laptop asleep) starts late, once."""
_FIRST_RETRY = timedelta(minutes=5)
_LAST_RETRY = timedelta(hours=1)


def _is_no_cancelling(record: logging.LogRecord) -> bool:
    """Whether ``record`` tells more than that a job was cancelled: that is how the service ends."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


class Timetable:
    """What is done when. One per service; ``desk`` may be replaced while it runs."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._schedule = AsyncIOScheduler(timezone=desk.zone)
        logging.getLogger("apscheduler.executors.default").addFilter(_is_no_cancelling)
        self._jobs: dict[str, Job] = {}
        self._running: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._failures = Counter[str]()

    def start(self) -> None:
        """Begin to run what is due; needs the event loop."""
        self._schedule.start()

    def stop(self) -> None:
        """Begin nothing more, and cancel what is running."""
        self._schedule.shutdown(wait=False)

    def look_again(self) -> None:
        """Run at once what is due by the clock, which the timer may not know."""
        self._schedule.wakeup()

    # ---- jobs that come again

    def set_jobs(self, jobs: Iterable[Job]) -> None:
        """Have ``jobs`` on the timetable and no others; what is running goes on."""
        wanted = {job.name: job for job in jobs}
        for name in self._jobs.keys() - wanted.keys():
            self.forget(name)
        self._jobs = wanted
        self.plan_anew()

    def plan_anew(self) -> None:
        """Plan every job from the present on: for a clock that was set, another hour or zone."""
        zone = self.desk.zone
        for name, job in self._jobs.items():
            if job.at is not None:
                trigger: Any = DailyTrigger(job.at, zone)
            else:
                assert job.every is not None  # a Job has either
                trigger = IntervalTrigger(seconds=round(job.every.total_seconds()), timezone=zone)
            self._schedule.add_job(self._run, trigger, args=[name], id=name, **_LATE_BUT_ONCE)

    async def catch_up(self) -> None:
        """Run each daily job that was missed, or did not succeed, when it was due last: once."""
        for name, job in list(self._jobs.items()):
            if job.at is not None:
                turns = await self.desk.intake.read(owed_turns, job, self.desk.zone, self.desk.now())
                if turns:
                    logger.info("%s: due at %s and not done; it is done now", name, turns[-1].at.isoformat())
                    await self._run(name)

    async def _run(self, name: str) -> None:
        async with self._running[name]:
            job, desk = self._jobs.get(name), self.desk
            if job is None:
                return
            if job.at is None:
                await self._attempt(job, desk, desk.now())
                return
            due = last_due(job.at, desk.zone, desk.now())
            turns = await desk.intake.read(owed_turns, job, desk.zone, desk.now())
            if turns:
                await self._note_missed(job, desk, turns)
                await self._attempt(job, desk, due.at)

    async def _note_missed(self, job: Job, desk: Desk, turns: list[Due]) -> None:
        for turn in turns:
            if why := await desk.intake.read(why_not, job.name, turn.at, desk.now()):
                await missed(desk, job.name, turn.at, why)

    async def _attempt(self, job: Job, desk: Desk, due_at: datetime) -> None:
        try:
            async with recorded(desk, job.name, due_at, quietly=job.at is None) as record:
                record.why = await job.work(desk) or ""
        except Exception:  # a job that breaks off must not be its last run
            logger.exception("the job %s broke off", job.name)
            if job.at is not None:
                self._failures[job.name] += 1
                pause = min(_FIRST_RETRY * 2 ** min(self._failures[job.name] - 1, 10), _LAST_RETRY)
                self.plan(f"{job.name} again", desk.now() + pause, self._run, job.name)
        else:
            self._failures.pop(job.name, None)

    # ---- what is done once

    def plan(self, name: str, at: datetime, work: Callable[..., Awaitable[None]], *arguments: Any) -> None:
        """``work(*arguments)`` once, ``at``; in place of what was planned under ``name``."""
        trigger = DateTrigger(at, timezone=self.desk.zone)
        self._schedule.add_job(work, trigger, args=arguments, id=name, **_LATE_BUT_ONCE)

    def is_planned(self, name: str) -> bool:
        """Whether ``name`` waits for its moment: False while it runs."""
        return self._schedule.get_job(name) is not None

    def forget(self, name: str) -> None:
        """Take what was planned under ``name`` away."""
        with suppress(JobLookupError):
            self._schedule.remove_job(name)

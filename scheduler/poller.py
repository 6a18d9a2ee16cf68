"""Polls: each source when it is due, one poll of it at a time, its next one planned as it ends."""

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

from crawler.source import Source
from crawler.spiders.news import NewsSpider
from scheduler.crawling import Crawling, crawl_sources
from scheduler.desk import Desk
from scheduler.health import judged, keep
from scheduler.jobs import recorded
from scheduler.polling import Bounds, Grade, Poll, grade_of, poll_of
from scheduler.timetable import Timetable
from storage import wishes
from storage.jobs import POLL, JobOutcome
from storage.models import RunOutcome
from storage.vitals import recent_runs

logger = logging.getLogger(__name__)

_ENOUGH_TO_BE_OFFLINE = 4
"""So many sources on as many hosts do not fail to connect by chance."""
_HELD_FOR = timedelta(minutes=1)
_OUTCOMES = {
    RunOutcome.COMPLETED: JobOutcome.DONE,
    RunOutcome.FAILED: JobOutcome.FAILED,
    RunOutcome.INTERRUPTED: JobOutcome.INTERRUPTED,
}


class Poller:
    """Polls every enabled source of ``desk``, which may be replaced; ``work`` is done after each poll."""

    def __init__(
        self, desk: Desk, timetable: Timetable, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        self._desk = desk
        self._timetable = timetable
        self._work = work
        self._crawling = Crawling(desk)
        self._under_way: dict[str, asyncio.Task[Any]] = {}
        self._is_stopping = False
        self._is_held = False
        self.first_poll_done = asyncio.Event()

    async def start(self) -> None:
        """Poll each source that is due and plan the others; returns when the polls have ended."""
        try:
            due = [source for source in self._desk.enabled_sources if await self._is_due_at_start(source)]
            for source in self._desk.enabled_sources:
                if source not in due:
                    await self._plan(source)
            now = self._desk.now()
            await asyncio.gather(*(self._poll(source, now) for source in due))
        except Exception:  # nobody awaits this task while the service runs
            logger.exception("the first poll broke off; the schedule goes on")
        finally:
            self.first_poll_done.set()

    async def stop(self) -> None:
        """End every poll within a few seconds; what was not fetched stays pending."""
        self._is_stopping = True
        await self._crawling.stop()

    async def settle(self, limit: timedelta) -> None:
        """Wait until the polls that are under way have ended, ``limit`` at most."""
        await asyncio.sleep(0)  # those that begin with us are under way then
        if polls := [task for task in self._under_way.values() if task is not asyncio.current_task()]:
            await asyncio.wait(polls, timeout=limit.total_seconds())

    async def plan_anew(self) -> None:
        """Plan what waits for its moment from the present on: for a clock that was set."""
        for source in self._desk.enabled_sources:
            if source.id not in self._under_way:
                await self._plan(source)

    async def use(self, desk: Desk) -> None:
        """Poll the sources of ``desk`` from now on; polls under way end as they began."""
        before = {source.id for source in self._desk.enabled_sources}
        self._desk = desk
        self._crawling.use(desk)
        for gone in before - {source.id for source in desk.enabled_sources}:
            self._timetable.forget(_job_of(gone))
            await desk.intake.write(wishes.forget_planned, gone)
        await self.plan_anew()

    async def poll_now(self, source: Source) -> None:
        """Poll ``source`` out of turn; nothing where a poll of it is under way."""
        await self._poll(source, self._desk.now())

    # ---- one poll

    async def _poll(self, source: Source, due_at: datetime) -> None:
        task = asyncio.current_task()
        assert task is not None
        if self._is_stopping or source.id in self._under_way or self._hold(source):
            return
        self._under_way[source.id] = task
        self._timetable.forget(_job_of(source.id))
        try:
            async with recorded(self._desk, POLL, due_at, source=source.id) as record:
                spiders = await self._crawl(source)
                if not spiders:
                    record.outcome, record.why = JobOutcome.FAILED, "the run broke off; the log says why"
                for spider in spiders:
                    is_at_limit = spider.limit is not None
                    outcome = spider.outcome or RunOutcome.FAILED
                    record.outcome = JobOutcome.LIMIT if is_at_limit else _OUTCOMES[outcome]
                    record.why = spider.summary
                await self._work()
                await self._examine(spiders)
        except Exception:  # a poll that breaks off must not be the source's last
            logger.exception("%s: the poll broke off", source.id)
        finally:
            self._under_way.pop(source.id, None)
            if not self._is_stopping:
                await self._plan_next(source.id)

    def _hold(self, source: Source) -> bool:
        """Whether polling is held; then this poll is planned again."""
        reasons = "; ".join(self._desk.polling_held.values())
        if bool(reasons) != self._is_held:
            self._is_held = bool(reasons)
            logger.warning("no source is polled: %s", reasons) if reasons else logger.info("polling goes on")
        if reasons:
            at = self._desk.now() + _HELD_FOR
            self._timetable.plan(_job_of(source.id), at, self._poll, source, at)
        return self._is_held

    async def _crawl(self, source: Source) -> list[NewsSpider]:
        """One Run, told in a line when it ends."""
        spiders = await crawl_sources(self._desk, [source], self._crawling)
        is_online = any(run.has_read for run in self._crawling.progress())
        for spider in spiders:
            if self._is_stopping or (spider.is_cut_off and not is_online):
                continue  # being offline is said once for all
            level = logging.WARNING if spider.outcome is RunOutcome.FAILED else logging.INFO
            known = {"source": source.id, "run": spider.run_id}
            logger.log(level, "%s: %s", source.id, spider.summary, extra=known)
        return spiders

    async def _examine(self, spiders: Sequence[NewsSpider]) -> None:
        """Judge the health of what was polled; say it once where a source turns bad or well again."""
        ids = [spider.source.id for spider in spiders]
        now = self._desk.now()
        found = await self._desk.intake.read(judged, ids, now)
        for event in await self._desk.intake.write(keep, found, now):
            level = logging.WARNING if event.state.is_bad else logging.INFO
            known = {"source": event.source}
            logger.log(level, "%s is %s: %s", event.source, event.state, event.reason, extra=known)

    # ---- when

    async def _plan_next(self, source_id: str) -> None:
        source = self._desk.sources.get(source_id)  # as it is declared now
        if source is None or not source.is_enabled:
            return
        try:
            await self._plan(source)
        except Exception:  # the database may be away; a source is never forgotten
            logger.exception("%s: its next poll could not be worked out", source_id)
            at = self._desk.now() + timedelta(minutes=source.interval_min)
            self._timetable.plan(_job_of(source_id), at, self._poll, source, at)

    async def _plan(self, source: Source) -> None:
        """Put the source's next poll on the schedule."""
        if self._is_stopping:
            return
        poll = await self._next_poll(source)
        self._timetable.plan(_job_of(source.id), poll.at, self._poll, source, poll.at)
        await self._desk.intake.write(wishes.note_planned, source.id, poll.at, poll.why)
        logger.debug("%s: next poll at %s: %s", source.id, poll.at.isoformat(), poll.why)

    async def _next_poll(self, source: Source) -> Poll:
        settings = self._desk.settings.schedule
        shortest, longest = settings.poll_shortest_min, settings.poll_longest_min
        fixed = settings.poll_interval_min
        bounds = Bounds(
            shortest=timedelta(minutes=fixed or shortest), longest=timedelta(minutes=fixed or longest)
        )
        declared = timedelta(minutes=fixed or source.interval_min)
        chance = random.random()  # noqa: S311  it only spreads polls
        return await self._desk.intake.read(poll_of, source.id, declared, bounds, self._desk.now(), chance)

    async def _is_due_at_start(self, source: Source) -> bool:
        """All but those that refused us or failed for good a short time ago: a restart is no excuse."""
        runs = await self._desk.intake.read(recent_runs, source.id)
        last = runs[0] if runs else None
        if last is None or last.outcome is not RunOutcome.FAILED:
            return True
        if grade_of(last.problems, last.retry_after_s) is Grade.SOFT:
            return True
        return (await self._next_poll(source)).at <= self._desk.now()

    # ---- offline

    async def tell_if_offline(self) -> None:
        """Say it once, as soon as a few sources have ended and none could be reached."""
        enough = min(_ENOUGH_TO_BE_OFFLINE, len(self._desk.enabled_sources))
        while enough:
            await asyncio.sleep(1)
            ended = self._crawling.ended.values()
            if not all(run.is_cut_off for run in ended):
                return
            if len(ended) >= enough:
                logger.warning(
                    "No outlet could be reached: this machine seems to be offline. The pages stay up and "
                    "polling goes on; `make demo` (or `diembao demo`) shows the product without a network."
                )
                return


def _job_of(source_id: str) -> str:
    return f"poll-{source_id}"

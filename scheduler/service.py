"""The service: polls every source on its interval, reads and judges what comes, builds the digest.

One asyncio loop holds APScheduler and Scrapy; reading and judging happen in worker processes, the
pages in a process of their own. The database is all that they share.
"""

import asyncio
import logging
import os
import random
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlmodel import Session

from crawler.source import Source
from crawler.spiders.news import NewsSpider
from scheduler.crawling import Crawling, crawl_sources
from scheduler.delivery import channels_of, deliver_pending
from scheduler.desk import Desk
from scheduler.health import judged, keep
from scheduler.notify import READY, STOPPING, keep_alive, notify
from scheduler.pipeline import build_digest, work_through
from scheduler.polling import Bounds, Grade, Poll, grade_of, poll_of
from storage import health, ledger, queries
from storage.models import RunOutcome
from storage.vitals import recent_runs

logger = logging.getLogger(__name__)

_LATE_BUT_ONCE = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
"""A job that could not start in time (a laptop asleep) starts late, once."""
_ENOUGH_TO_BE_OFFLINE = 4
"""So many sources on as many hosts do not fail to connect by chance."""
_WEB_STOPS_WITHIN_S = 5
_WEB_IS_CHECKED_EVERY_S = 5


class Service:
    """Runs until it is told to stop. ``stored`` is set whenever a page has been fetched."""

    def __init__(self, desk: Desk, stored: asyncio.Event) -> None:
        self._desk = desk
        self._stored = stored
        self._stopping = asyncio.Event()
        self._crawling = Crawling(desk)
        self._working = asyncio.Lock()
        self._delivering = asyncio.Lock()
        self._schedule = self._make_schedule()
        self._web: subprocess.Popen[bytes] | None = None
        self.first_poll_done = asyncio.Event()

    async def run(self) -> None:
        """Serve until SIGTERM, SIGINT or ``stop``; then end within ten seconds."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        await self._desk.intake.write(ledger.interrupt_open_runs, None, self._desk.now())
        self._start_web()
        self._schedule.start()
        tasks = [
            asyncio.create_task(work)
            for work in (
                self._first_poll(),
                self._tell_if_offline(),
                self._work_as_pages_come(),
                self._keep_web_alive(),
                keep_alive(),
            )
        ]
        notify(READY)
        try:
            await self._stopping.wait()
        finally:
            notify(STOPPING)
            logger.info("stopping")
            self._schedule.shutdown(wait=False)
            await self._crawling.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._stop_web()

    def stop(self) -> None:
        """End the service; what was not fetched stays pending."""
        self._stopping.set()

    # ---- jobs

    def _make_schedule(self) -> AsyncIOScheduler:
        settings = self._desk.settings.schedule
        schedule = AsyncIOScheduler(timezone=settings.zone)
        at = settings.digest_time
        trigger = CronTrigger(hour=at.hour, minute=at.minute, timezone=settings.zone)
        schedule.add_job(self._build_digest, trigger, id="digest", **_LATE_BUT_ONCE)
        if channels_of(self._desk.settings):
            every = IntervalTrigger(minutes=1, timezone=settings.zone)
            schedule.add_job(self._deliver, every, id="deliver", **_LATE_BUT_ONCE)
        return schedule

    async def _poll(self, source: Source) -> None:
        if self._stopping.is_set():
            return
        try:
            spiders = await self._crawl(source)
            await self._work()
            await self._examine(spiders)
        except Exception:  # a poll that breaks off must not be the source's last
            logger.exception("%s: the poll broke off", source.id)
        finally:
            await self._plan(source)

    async def _crawl(self, source: Source) -> list[NewsSpider]:
        """One Run, told in a line when it ends."""
        spiders = await crawl_sources(self._desk, [source], self._crawling)
        is_online = any(spider.has_read for spider in self._crawling.spiders.values())
        for spider in spiders:
            if self._stopping.is_set() or (spider.is_cut_off and not is_online):
                continue  # being offline is said once for all
            level = logging.WARNING if spider.outcome is RunOutcome.FAILED else logging.INFO
            logger.log(level, "%s: %s", source.id, spider.summary)
        return spiders

    async def _plan(self, source: Source) -> None:
        """Put the source's next poll on the schedule."""
        if self._stopping.is_set():
            return
        poll = await self._next_poll(source)
        trigger = DateTrigger(poll.at, timezone=self._desk.zone)
        job = f"poll-{source.id}"
        self._schedule.add_job(
            self._poll, trigger, args=[source], id=job, replace_existing=True, **_LATE_BUT_ONCE
        )
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

    async def _examine(self, spiders: Sequence[NewsSpider]) -> None:
        """Judge the health of what was polled; say it once where a source turns bad or well again."""
        ids = [spider.source.id for spider in spiders]
        now = self._desk.now()
        found = await self._desk.intake.read(judged, ids, now)
        for event in await self._desk.intake.write(keep, found, now):
            level = logging.WARNING if event.state.is_bad else logging.INFO
            logger.log(level, "%s is %s: %s", event.source, event.state, event.reason)

    async def _build_digest(self) -> None:
        try:
            await self._work()
        except Exception:  # a digest of what is judged is better than none
            logger.exception("reading or judging failed; the digest is built from what is judged")
        await build_digest(self._desk, due_at=last_due(self._desk))
        await self._deliver()

    async def _deliver(self) -> None:
        async with self._delivering:
            await deliver_pending(self._desk)

    async def _first_poll(self) -> None:
        try:
            await self._poll_all()
        except Exception:  # nobody awaits this task while the service runs
            logger.exception("the first poll broke off; the schedule goes on")
        finally:
            self.first_poll_done.set()

    async def _poll_all(self) -> None:
        """Each source that is due, its next poll planned as it ends; then the digest that was missed."""
        missed = await self._desk.intake.read(_missed_digest, self._desk)
        due = []
        for source in self._desk.enabled_sources:
            if await self._is_due_at_start(source):
                due.append(source)
            else:
                await self._plan(source)
        await asyncio.gather(*(self._poll(source) for source in due))
        if missed and not self._stopping.is_set():
            logger.info("the digest due at %s was missed; building it now", missed.isoformat())
            await self._build_digest()

    async def _tell_if_offline(self) -> None:
        """Say it once, as soon as a few sources have ended and none could be reached."""
        enough = min(_ENOUGH_TO_BE_OFFLINE, len(self._desk.enabled_sources))
        while enough:
            await asyncio.sleep(1)
            ended = [spider for spider in self._crawling.spiders.values() if spider.has_ended]
            if not all(spider.is_cut_off for spider in ended):
                return
            if len(ended) >= enough:
                logger.warning(
                    "No outlet could be reached: this machine seems to be offline. The pages stay up and "
                    "polling goes on; `make demo` (or `diembao demo`) shows the product without a network."
                )
                return

    async def _is_due_at_start(self, source: Source) -> bool:
        """All but those that refused us or failed for good a short time ago: a restart is no excuse."""
        runs = await self._desk.intake.read(recent_runs, source.id)
        last = runs[0] if runs else None
        if last is None or last.outcome is not RunOutcome.FAILED:
            return True
        if grade_of(last.problems, last.retry_after_s) is Grade.SOFT:
            return True
        return (await self._next_poll(source)).at <= self._desk.now()

    async def _work_as_pages_come(self) -> None:
        while True:
            await self._stored.wait()
            self._stored.clear()
            try:
                await self._work()
            except Exception:
                logger.exception("reading or judging failed; trying again with the next page")

    async def _work(self) -> None:
        async with self._working:  # the stages are not run twice at once: it would only be waste
            await work_through(self._desk)

    # ---- the pages' process

    def _start_web(self) -> None:
        settings = self._desk.settings
        options = {
            "--database": settings.storage.database,
            "--host": settings.web.host,
            "--port": str(settings.web.port),
            "--zone": settings.schedule.zone.key,
            "--topic": self._desk.topic.name,
            "--near-miss-score": str(settings.digest.near_miss_score),
            "--parent": str(os.getpid()),
        }
        words = [word for option in options.items() for word in option]
        # -P: a folder named web where the user stands is not ours. A group of its own: Ctrl-C is for
        # the service, which ends the pages when its work is done.
        command = [sys.executable, "-P", "-m", "web", *words]
        self._web = subprocess.Popen(command, process_group=0)  # noqa: S603  our own words

    async def _keep_web_alive(self) -> None:
        while True:
            await asyncio.sleep(_WEB_IS_CHECKED_EVERY_S)
            if self._web is not None and self._web.poll() is not None:
                logger.error(
                    "the pages' process ended (exit code %s); starting it again", self._web.returncode
                )
                self._start_web()

    def _stop_web(self) -> None:
        if self._web is None:
            return
        self._web.terminate()
        try:
            self._web.wait(_WEB_STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._web.kill()
            self._web.wait()


def last_due(desk: Desk) -> datetime:
    """When a digest was due last: today at its hour, or yesterday where that is still to come."""
    at, local = desk.settings.schedule.digest_time, desk.now().astimezone(desk.zone)
    due = datetime.combine(local.date(), at, tzinfo=desk.zone)
    return due if due <= local else datetime.combine(local.date() - timedelta(days=1), at, tzinfo=desk.zone)


def _missed_digest(session: Session, desk: Desk) -> datetime | None:
    """When the last digest was due, if it was not built though something was collected before."""
    due = last_due(desk)
    if queries.digest_on(session, due.date()) is not None:
        return None
    return due if health.was_running_before(session, due) else None

"""The service: polls every source on its interval, reads and judges what comes, builds the digest.

One asyncio loop holds APScheduler and Scrapy; reading and judging happen in worker processes, the
pages in a process of their own. The database is all that they share.
"""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from scheduler.awake import Change, watch_clocks
from scheduler.care import care_jobs
from scheduler.desk import Desk, note_sources, with_choices
from scheduler.digesting import Digesting
from scheduler.jobs import Job, recorded
from scheduler.notify import READY, STOPPING, keep_alive, notify
from scheduler.pages import Pages
from scheduler.pipeline import work_through
from scheduler.poller import Poller
from scheduler.rejudging import judge_archive_again
from scheduler.reload import RELOAD_ERRORS, has_terminal, read_again
from scheduler.settings import Settings
from scheduler.tasks import use_topic
from scheduler.timetable import Timetable
from scheduler.upkeep.disk import watch_disk
from scheduler.uptime import Uptime
from scheduler.wishes import Hands, Wishes
from storage import jobs, ledger
from storage.errors import StorageError
from storage.service_lock import LockLost, ServiceLock

logger = logging.getLogger(__name__)


class Service:
    """Runs until it is told to stop. ``stored`` is set whenever a page has been fetched.

    The pages are served on ``listener``, which is closed at the end.
    ``lock``, where there is one, is held already; without it the service ends. ``read_settings`` reads
    the settings again when a reload is asked for.
    """

    def __init__(
        self,
        desk: Desk,
        stored: asyncio.Event,
        listener: socket.socket,
        lock: ServiceLock | None = None,
        read_settings: Callable[[], Settings] | None = None,
    ) -> None:
        self.desk = desk
        self._stored = stored
        self._lock = lock
        self._read_settings = read_settings
        self._had_terminal = has_terminal()
        self._reloading = asyncio.Lock()
        self.stopping = asyncio.Event()
        """Set when the service is told to end."""
        self._is_lock_lost = False
        self._working = asyncio.Lock()
        self._uptime = Uptime(desk)
        self._timetable = Timetable(desk)
        self._poller = Poller(desk, self._timetable, self._work)
        self._digesting = Digesting(self._poller, self._work)
        self._pages = Pages(desk, listener)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def first_poll_done(self) -> asyncio.Event:
        """Set when every source has been polled that was due at the start."""
        return self._poller.first_poll_done

    async def run(self) -> None:
        """Serve until SIGTERM, SIGINT or ``stop``; then end within ten seconds.

        Raises LockLost where it had to end by itself.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self._hang_up)
        now = self.desk.now()
        await self.desk.intake.write(ledger.interrupt_open_runs, None, now)
        await self.desk.intake.write(jobs.interrupt_open_job_runs, now)
        await self._uptime.begin()
        await watch_disk(self.desk)  # before anything is fetched
        self._pages.start()
        self._timetable.set_jobs(self._jobs())
        self._timetable.start()
        for work in (
            self._poller.start(),
            self._timetable.catch_up(),
            self._poller.tell_if_offline(),
            self._work_as_pages_come(),
            self._pages.keep_alive(),
            Wishes(Hands(lambda: self.desk, self._poller.poll_now, self._work, self._follow)).run(),
            watch_clocks(self.desk.now, self._look_at_clocks),
            keep_alive(),
        ):
            self._begin(work)
        notify(READY)
        try:
            await self.stopping.wait()
        finally:
            await self._end()
        if self._is_lock_lost:
            raise LockLost(self.desk.database.address)

    def stop(self) -> None:
        """End the service; what was not fetched stays pending."""
        self.stopping.set()

    async def _end(self) -> None:
        notify(STOPPING)
        logger.info("stopping")
        self._timetable.stop()
        await asyncio.gather(self._poller.stop(), self._pages.stop())
        for task in self._tasks:
            task.cancel()
        await asyncio.wait([*self._tasks], timeout=1)
        await self._uptime.end()
        await self.desk.intake.write(jobs.interrupt_open_job_runs, self.desk.now())

    # ---- other settings

    async def use(self, desk: Desk) -> None:
        """Go on by ``desk``, in place of the present one."""
        before, self.desk = self.desk, desk
        if desk.topic_version != before.topic_version:
            desk.failed_judgements.clear()
            desk.intake.workers.renew(partial(use_topic, desk.topic))
            self._begin(judge_archive_again(desk))
        await desk.intake.write(note_sources, desk)
        self._timetable.desk = desk
        self._timetable.set_jobs(self._jobs())
        await self._poller.use(desk)
        await self._pages.use(desk)

    async def _reload(self) -> None:
        """Read settings, sources and topic again; where that fails, all stays as it is."""
        async with self._reloading:
            try:
                async with recorded(self.desk, "reload", self.desk.now()) as record:
                    desk, lines = await asyncio.to_thread(read_again, self.desk, self._read_settings)
                    await self.use(desk)
                    record.why = "\n".join(lines)
            except RELOAD_ERRORS as error:
                logger.error("nothing was changed: %s", error)  # noqa: TRY400  a sentence for the operator
            except Exception:  # nobody awaits a reload
                logger.exception("the reload broke off")
            else:
                for line in lines:
                    logger.info("reload: %s", line)

    async def _follow(self, _chosen: Mapping[str, bool]) -> None:
        """Follow the sources that people chose on the pages, from now on."""
        async with self._reloading:
            await self.use(await asyncio.to_thread(with_choices, self.desk))

    def _hang_up(self) -> None:
        """SIGHUP: a reload is asked for, or the terminal that the service was started from is gone."""
        if self._had_terminal and not has_terminal():
            self.stop()
        else:
            self._begin(self._reload())

    # ---- what goes on all the time

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Have ``work`` done beside everything else; it is cancelled when the service ends."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _jobs(self) -> tuple[Job, ...]:
        return (*self._digesting.jobs(self.desk), *care_jobs(self.desk.settings))

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
            await work_through(self.desk)

    async def _look_at_clocks(self, changes: list[Change]) -> None:
        """Every half minute: is the database still ours, and did time do anything unusual?"""
        if self._lock is not None and not await asyncio.to_thread(self._has_lock, self._lock):
            self._is_lock_lost = True
            self.stop()
        await self._uptime.go_on(changes)
        if not changes:
            return
        logger.warning("%s; what is due is looked up again", " and ".join(map(str, changes)))
        self._timetable.plan_anew()
        if any(change.is_set_back for change in changes):
            await self._poller.plan_anew()  # they lie hours ahead now
        self._timetable.look_again()
        self._begin(self._timetable.catch_up())

    def _has_lock(self, lock: ServiceLock) -> bool:
        """Whether the lock is held; one that was lost is taken again where nobody else has it."""
        if lock.is_held():
            return True
        try:
            lock.take()
        except StorageError as error:
            logger.error("the lock on the database was lost: %s", error)  # noqa: TRY400  the sentence says it
            return False
        logger.warning("the lock on the database was lost and could be had again")
        return True

"""Runs spiders: several sources at once, each host by one of them at a time."""

import asyncio
import gc
import logging
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module
from typing import Any, TypeVar

from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.utils.reactor import install_reactor

from crawler.politeness import SMALLEST_DELAY_S, scrapy_settings
from crawler.source import Source
from crawler.spiders.news import NewsSpider
from scheduler.desk import Desk
from scheduler.polling import HostTurns
from storage.log_lines import log_fields

logger = logging.getLogger(__name__)
Result = TypeVar("Result")

_STOP_WITHIN_S = 5
_HANGING = timedelta(minutes=30)
"""What a Run may take beyond its pages."""
_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"


class StoppedBefore(Exception):
    """The service stopped before ``source`` had its turn."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.source = source


@dataclass(frozen=True)
class Progress:
    """How far a Run has come; kept in place of its spider, which would hold all that it crawled with."""

    to_fetch: int
    fetched: int
    has_read: bool
    """A Listing of the source."""
    is_cut_off: bool
    """Not one connection came about."""

    @classmethod
    def of(cls, spider: NewsSpider) -> "Progress":
        """That of ``spider``."""
        return cls(spider.to_fetch, spider.fetched, spider.has_read, spider.is_cut_off)


class Crawling:
    """Spiders under way. One per process; crawls may follow one another for ever."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._runner = AsyncCrawlerRunner(scrapy_settings(desk.intake))
        self._places = asyncio.Semaphore(desk.settings.crawl.concurrent_sources)
        self._hosts: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._turns = HostTurns()
        self._retired: list[AsyncCrawlerRunner] = []
        """Runners of earlier settings whose Runs have not ended."""
        self._is_stopping = False
        self.spiders: dict[str, NewsSpider] = {}
        """Those under way, by source."""
        self.ended: dict[str, Progress] = {}
        """How the last one of each source ended."""

    def use(self, desk: Desk) -> None:
        """Crawl by the settings and declarations of ``desk`` from now on; Runs under way go on."""
        self._desk = desk
        self._retired = [runner for runner in (*self._retired, self._runner) if runner.crawlers]
        self._runner = AsyncCrawlerRunner(scrapy_settings(desk.intake))
        self._places = asyncio.Semaphore(desk.settings.crawl.concurrent_sources)

    async def crawl(self, source: Source, since: date | None = None, pages: int | None = None) -> NewsSpider:
        """One Run of ``source``; waits while another source is reading one of its hosts.

        ``since`` and ``pages`` replace the settings' look-back and limit of pages.
        """
        async with AsyncExitStack() as held:
            for host in sorted(source.hosts):
                await held.enter_async_context(self._hosts[host])
            await asyncio.sleep(self._turns.wait(source.hosts, self._desk.now()).total_seconds())
            async with self._places:
                if self._is_stopping:
                    raise StoppedBefore(source.id)
                try:
                    with log_fields(source=source.id):
                        return await self._run(source, since, pages)
                finally:
                    self._turns.leave(source.hosts, self._desk.now(), self._pause_of(source))

    def _pause_of(self, source: Source) -> timedelta:
        scale = self._desk.settings.crawl.delay_scale
        return timedelta(seconds=max(SMALLEST_DELAY_S, source.delay_s * scale))

    async def _run(self, source: Source, since: date | None, pages: int | None) -> NewsSpider:
        crawler = self._runner.create_crawler(source.id)
        bounds = {"since": since.isoformat() if since else None, "pages": str(pages) if pages else None}
        task = self._runner.crawl(crawler, **bounds)
        while crawler.spider is None and not task.done():
            await asyncio.sleep(0)
        if isinstance(crawler.spider, NewsSpider):
            self.spiders[source.id] = crawler.spider
        try:
            limit = self._limit_of(source, since, pages)
            done, _ = await asyncio.wait({task}, timeout=limit.total_seconds())
            if not done:
                await _end_at_limit(crawler, task, limit)
            else:
                await task
            assert isinstance(crawler.spider, NewsSpider)
            return crawler.spider
        finally:
            if spider := self.spiders.pop(source.id, None):
                self.ended[source.id] = Progress.of(spider)

    def _limit_of(self, source: Source, since: date | None, pages: int | None) -> timedelta:
        """How long a Run may take: what [crawl] run_limit_min says, or what its pages may well take.

        A Run fetches so many pages and looks again at as many, each after the source's pause; it gets
        twice that time, and half an hour. A walk through an archive (``since``) has its pages alone.
        """
        crawl = self._desk.settings.crawl
        if crawl.run_limit_min and since is None:
            return timedelta(minutes=crawl.run_limit_min)
        return _HANGING + 4 * (pages or crawl.pages_per_run) * self._pause_of(source)

    def progress(self) -> list[Progress]:
        """That of every Run under way and of the last one of each source."""
        return [*map(Progress.of, self.spiders.values()), *self.ended.values()]

    async def stop(self) -> None:
        """End every Run within a few seconds; what was not fetched stays pending.

        A Run that does not end by itself is closed as interrupted.
        """
        self._is_stopping = True
        runners = [self._runner, *self._retired]
        try:
            await asyncio.wait_for(asyncio.gather(*(runner.stop() for runner in runners)), _STOP_WITHIN_S)
        except TimeoutError:
            logger.warning("some requests did not end within %d s and were dropped", _STOP_WITHIN_S)
            for spider in [*self.spiders.values()]:
                await spider.closed("shutdown")


async def _end_at_limit(crawler: Crawler, task: asyncio.Task[None], limit: timedelta) -> None:
    """End a Run that hangs; a request that does not answer either is left to its own time limit."""
    spider = crawler.spider
    if not isinstance(spider, NewsSpider):
        task.cancel()
        await asyncio.wait({task})
        raise TimeoutError(f"the run did not begin within {limit}")
    spider.end_at_limit(limit)
    stopping = asyncio.create_task(crawler.stop_async())
    await asyncio.wait({task, stopping}, timeout=_STOP_WITHIN_S)
    await spider.closed("run_limit")
    task.add_done_callback(_take_error)
    stopping.add_done_callback(_take_error)


def _take_error(task: asyncio.Task[None]) -> None:
    """Whatever such a Run still raises has been told."""
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.debug("after its end a run raised %s", error)


async def crawl_sources(
    desk: Desk, sources: Sequence[Source], crawling: Crawling | None = None
) -> list[NewsSpider]:
    """One Run of each of ``sources``; the spiders that ran, with their counts."""
    crawling = crawling or Crawling(desk)
    outcomes = await asyncio.gather(*(crawling.crawl(source) for source in sources), return_exceptions=True)
    spiders = []
    for source, outcome in zip(sources, outcomes, strict=True):
        if isinstance(outcome, NewsSpider):
            spiders.append(outcome)
        elif isinstance(outcome, StoppedBefore):
            logger.debug("%s had no turn before the stop", source.id)
        elif isinstance(outcome, Exception):  # the stage's boundary: one source must not stop the others
            logger.error("%s: the crawl failed", source.id, exc_info=outcome)
        elif isinstance(outcome, BaseException):
            raise outcome
    return spiders


def run_with_reactor(main: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run ``main`` on Twisted's asyncio reactor, which a process can start only once."""
    # What is loaded by now is there to stay; a full collection that walks it stops the loop for 50 ms.
    gc.collect()
    gc.freeze()
    install_reactor(_REACTOR)
    # Only after install_reactor; its type is known to Twisted at run time alone.
    reactor: Any = import_module("twisted.internet.reactor")
    task = asyncio.get_event_loop().create_task(main())
    task.add_done_callback(lambda _: reactor.callLater(0, reactor.stop))
    reactor.run(installSignalHandlers=False)
    return task.result()

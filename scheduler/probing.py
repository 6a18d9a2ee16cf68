"""Runs spiders that only ask, several sources at once, each host by one of them at a time."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from scrapy.crawler import AsyncCrawlerRunner

from crawler.check import SourceCheck
from crawler.politeness import scrapy_settings
from crawler.source import Source
from crawler.spiders.asking import PageSpider, page_spider_of
from crawler.spiders.checker import CheckSpider, checker_of
from scheduler.desk import Desk, open_desk
from scheduler.settings import Settings


@contextmanager
def open_probing_desk(settings: Settings) -> Iterator[Desk]:
    """A Desk whose database and archive are thrown away: asking a source must leave no trace."""
    with TemporaryDirectory(prefix="diembao-") as folder:
        storage = settings.storage.model_copy(
            update={"database": f"sqlite:///{folder}/none.sqlite3", "archive": Path(folder) / "pages"}
        )
        with open_desk(settings.model_copy(update={"storage": storage})) as desk:
            yield desk


async def check_sources(
    desk: Desk,
    sources: Sequence[Source],
    articles: int = 3,
    on_checked: Callable[[SourceCheck], None] = lambda _: None,
) -> list[SourceCheck]:
    """One polite pass over each of ``sources``, ``articles`` pages of each; called as each is done.

    The order of the answer is that of the ends.
    """
    runner = AsyncCrawlerRunner(scrapy_settings(desk.intake))
    places = asyncio.Semaphore(desk.settings.crawl.concurrent_sources)
    hosts: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
    done: list[SourceCheck] = []

    async def check(source: Source) -> None:
        locks = [hosts[host] for host in sorted(source.hosts)]
        for lock in locks:
            await lock.acquire()
        try:
            async with places:
                crawler = runner.create_crawler(checker_of(source))
                await runner.crawl(crawler, articles=str(articles))
        finally:
            for lock in locks:
                lock.release()
        assert isinstance(crawler.spider, CheckSpider)
        if crawler.spider.check is None:
            raise RuntimeError(f"the check of {source.id} broke off; the log says why")
        done.append(crawler.spider.check)
        on_checked(crawler.spider.check)

    await asyncio.gather(*(check(source) for source in sources))
    return done


async def fetch_page(desk: Desk, source: Source, url: str) -> PageSpider:
    """Fetch one page of ``source``; the spider holds its Snapshot or why there is none."""
    runner = AsyncCrawlerRunner(scrapy_settings(desk.intake))
    crawler = runner.create_crawler(page_spider_of(source))
    await runner.crawl(crawler, url=url)
    assert isinstance(crawler.spider, PageSpider)
    return crawler.spider

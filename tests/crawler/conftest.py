"""Fixtures for crawling a loopback outlet."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from loopback import HOST, Outlet, ReactorThread, source
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.utils.reactor import install_reactor

from crawler.guard import ConnectTo
from crawler.intake import Intake, KnownRobots, Manners
from crawler.politeness import scrapy_settings
from crawler.source import Source
from crawler.spiders.news import NewsSpider
from crawler.workers import Workers
from storage import ledger
from storage.archive import Archive
from storage.database import open_database
from storage.ledger import SourceFacts

# Before any module is read that imports Twisted's endpoints: they install a reactor of another kind, and a
# process has one.
install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[trustme.CA]:
    made = trustme.CA()
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    made.cert_pem.write_to_path(str(file))
    before = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = str(file)
    yield made
    os.environ.pop("SSL_CERT_FILE")
    if before is not None:
        os.environ["SSL_CERT_FILE"] = before


@pytest.fixture(scope="session")
def reactor_thread(authority: trustme.CA) -> ReactorThread:
    return ReactorThread()


@pytest.fixture
def outlet(authority: trustme.CA) -> Iterator[Outlet]:
    made = Outlet(authority, [HOST, "other.example"])
    yield made
    made.close()


@pytest.fixture
def crawl(
    outlet: Outlet, reactor_thread: ReactorThread, tmp_path: Path
) -> Iterator[Callable[..., NewsSpider]]:
    """Crawls the outlet once; the spider that ran, its ``intake`` and database still open."""
    database = open_database(f"sqlite:///{tmp_path}/crawl.sqlite3")
    workers = Workers(1, 10, ("crawler.listings",))

    def run(
        of: Source | None = None,
        *,
        robots: dict[str, KnownRobots] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        pages: str | None = None,
        spider: type[NewsSpider] | None = None,
        **manners: object,
    ) -> NewsSpider:
        chosen = of or source()
        options: dict[str, object] = {
            "version": "0",
            "contact": "https://example.org/contact",
            "delay_scale": 0.01,
            "timeout_s": 5,
            "retries": 0,
            "connect_to": tuple(ConnectTo(host, 443, "127.0.0.1", outlet.port) for host in chosen.hosts),
        }
        intake = Intake(
            sources={chosen.id: chosen},
            database=database,
            archive=Archive(tmp_path / "pages"),
            workers=workers,
            clock=clock,
            robots={} if robots is None else robots,
            manners=Manners(**{**options, **manners}),  # type: ignore[arg-type]
        )
        with database.write() as session:
            ledger.sync_sources(
                session, [SourceFacts(chosen.id, chosen.name, chosen.home, chosen.languages, True)]
            )

        async def work() -> NewsSpider:
            runner = AsyncCrawlerRunner(scrapy_settings(intake))
            crawler = runner.create_crawler(spider or chosen.id)
            await runner.crawl(crawler, pages=pages)
            assert isinstance(crawler.spider, NewsSpider)
            return crawler.spider

        return reactor_thread.run(work())

    yield run
    workers.close()
    database.close()

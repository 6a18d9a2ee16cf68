"""The crawls among traps, each made once."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from trapcrawls import Crawl, feed_crawl, host_crawls, page_crawl


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="session")
def crawls(tmp_path_factory: pytest.TempPathFactory, now: datetime) -> Iterator[dict[str, Future[Any]]]:
    """All crawls, side by side: each of them mostly waits for hosts that do not answer."""
    work = {"pages": page_crawl, "feeds": feed_crawl, "hosts": host_crawls}
    with ThreadPoolExecutor(len(work)) as threads:
        yield {name: threads.submit(each, tmp_path_factory.mktemp(name), now) for name, each in work.items()}


@pytest.fixture(scope="session")
def pages_crawled(crawls: dict[str, Future[Any]]) -> Crawl:
    return crawls["pages"].result()


@pytest.fixture(scope="session")
def feeds_crawled(crawls: dict[str, Future[Any]]) -> Crawl:
    return crawls["feeds"].result()


@pytest.fixture(scope="session")
def hosts_crawled(crawls: dict[str, Future[Any]]) -> list[Crawl]:
    return crawls["hosts"].result()

"""Fixtures of the end-to-end tests."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from house import House, furnish

from newsroom.articles import Article, load_articles
from newsroom.server import Newsroom


@pytest.fixture(scope="session")
def bundled() -> list[Article]:
    """The newsroom's own articles, dated relative to now."""
    return load_articles(datetime.now(UTC))


@pytest.fixture(scope="session")
def newsroom(bundled: list[Article], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """The newsroom with its bundled articles; tests must not change it."""
    folder = tmp_path_factory.mktemp("newsroom")
    with Newsroom(bundled, now=datetime.now(UTC), folder_for_certificates=folder) as opened:
        yield opened


@pytest.fixture(scope="session")
def crawled(newsroom: Newsroom, tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house in which every source has been crawled once."""
    house = furnish(tmp_path_factory.mktemp("house"), newsroom)
    done = house.diembao("crawl")
    assert done.returncode == 0, done.stdout + done.stderr
    house.environment["CRAWL_OUTPUT"] = done.stdout
    return house

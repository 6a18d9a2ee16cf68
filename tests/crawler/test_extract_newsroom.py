"""The newsroom's pages give back what the newsroom printed, by the families' hints and without them."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest
from recorded_pages import snapshot

from crawler.clean import tidy
from crawler.declarations import load_sources
from crawler.extract import extract
from newsroom.articles import Article, load_articles
from newsroom.press import article_page
from newsroom.shelf import Shelf
from storage.models import Rejection, RejectionReason, Revision

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SOURCES = load_sources()


@cache
def shelf() -> Shelf:
    return Shelf(tuple(load_articles(NOW)), NOW, NOW)


def read(article: Article, *, knows_layout: bool = True) -> Revision | Rejection:
    source = SOURCES[article.outlet]
    if not knows_layout:
        source = replace(source, hints=replace(source.hints, title=(), lead=(), body=(), author=(), drop=()))
    return extract(snapshot(article_page(article, shelf()), article.url, fetched_at=NOW), source)


@pytest.mark.parametrize("outlet", sorted({article.outlet for article in load_articles(NOW)}))
def test_every_article_of_an_outlet(outlet: str) -> None:
    for article in shelf().of(outlet):
        revision = read(article)
        assert isinstance(revision, Revision), (article.url, revision)
        assert revision.title == article.title
        assert revision.lead == tidy(article.lead)
        assert revision.text == "\n\n".join(map(tidy, article.paragraphs))
        assert revision.language == article.language
        assert revision.original_url == article.original_url
        assert revision.published_at is not None
        assert abs((revision.published_at - article.published_at).total_seconds()) < 60


@pytest.mark.parametrize("outlet", sorted({article.outlet for article in load_articles(NOW)}))
def test_an_unknown_layout_loses_no_sentence(outlet: str) -> None:
    for article in shelf().of(outlet):
        revision = read(article, knows_layout=False)
        assert isinstance(revision, Revision), (article.url, revision)
        assert revision.title == article.title
        for paragraph in map(tidy, article.paragraphs):
            assert paragraph in revision.judged_text, article.url


def test_a_page_fetched_before_its_date_is_not_dated_in_the_future() -> None:
    article = shelf().of("vna-en")[0]
    early = snapshot(article_page(article, shelf()), article.url, fetched_at=datetime(2020, 1, 1, tzinfo=UTC))
    revision = extract(early, SOURCES["vna-en"])
    assert isinstance(revision, Revision)
    assert revision.published_at is None


def test_an_english_page_in_the_vietnamese_edition_is_refused() -> None:
    article = shelf().of("nhandan-en")[0]
    refused = extract(snapshot(article_page(article, shelf()), article.url), SOURCES["nhandan-vi"])
    assert isinstance(refused, Rejection)
    assert refused.reason is RejectionReason.WRONG_LANGUAGE

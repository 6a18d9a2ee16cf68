"""Feeds and sitemaps as the outlets write them: pure functions from articles to XML."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from newsroom import dates
from newsroom.articles import Article
from newsroom.outlets import Outlet
from newsroom.rendering import image_url, render

FEED_ITEMS = 50
"""A feed holds so many items at most."""


@dataclass(frozen=True)
class Listed:
    """An address in a sitemap."""

    url: str
    modified: str = ""
    title: str = ""
    image: str = ""


@dataclass(frozen=True)
class FeedStyle:
    """The habits of a feed."""

    declared: str = "utf-8"
    """The encoding in the XML declaration; the bytes are UTF-8 whatever it says."""
    offset: str = "+07:00"
    """How the dates spell their zone."""


@dataclass(frozen=True)
class _Item:
    title: str
    url: str
    date: str
    description: str


def feed(
    outlet: Outlet, title: str, articles: Sequence[Article], built_at: datetime, style: FeedStyle
) -> str:
    """An RSS 2.0 feed of the newest of ``articles``."""
    items = [
        _Item(
            article.title,
            article.url,
            dates.rss_date(article.published_at, style.offset),
            f'<a href="{article.url}"><img src="{image_url(article)}" align="left"></a> {article.lead}',
        )
        for article in articles[:FEED_ITEMS]
    ]
    return render(
        "feed.xml",
        outlet=outlet,
        title=title,
        items=items,
        built=dates.rss_date(built_at, style.offset),
        declared=style.declared,
    )


def sitemap(entries: Iterable[Listed], pad: str = "", frequency: str = "never") -> str:
    """A sitemap. ``pad`` is put before and after each address, as some outlets do."""
    return render("sitemap.xml", entries=list(entries), pad=pad, frequency=frequency)


def sitemap_index(entries: Iterable[Listed]) -> str:
    """A sitemap of sitemaps."""
    return render("sitemap_index.xml", entries=list(entries))


def news_sitemap(outlet: Outlet, articles: Iterable[Article]) -> str:
    """A Google News sitemap."""
    entries = [
        Listed(article.url, dates.iso(article.published_at), article.title, image_url(article))
        for article in articles
    ]
    return render("news_sitemap.xml", outlet=outlet, entries=entries)

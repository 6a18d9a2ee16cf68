"""Viet Nam News."""

import re

from newsroom import dates, listings, replies
from newsroom.articles import Article
from newsroom.listings import FeedStyle, Listed
from newsroom.outlets import OUTLETS, Outlet
from newsroom.rendering import article_values, card, frame, render
from newsroom.replies import Reply
from newsroom.robots import robots_txt
from newsroom.shelf import Shelf

_ARTICLE = re.compile(r"^/[a-z0-9-]+(?:/[a-z0-9-]+)?/(?P<id>\d+)/[^/]+\.html$")
_FEED = re.compile(r"^/rss/(?P<slug>[a-z-]+)\.rss$")
_ON_A_PAGE = 20
_DECLARED_UTF_16 = {"politics-laws"}
"""These feeds claim UTF-16 in their declaration and send UTF-8."""


def answer(outlet: Outlet, shelf: Shelf, path: str, query: dict[str, str]) -> Reply | None:
    """What ``outlet`` answers to ``path``, or None where it has nothing there."""
    articles = shelf.of(outlet.id)
    if path == "/robots.txt":
        return robots_txt(("/search", "/ajax/"), f"{outlet.home}sitemap.xml")
    if path == "/sitemap.xml":
        sections = [Listed(f"{outlet.home}{section.slug}") for section in outlet.sections]
        listed = [Listed(article.url, dates.iso_day(article.published_at)) for article in articles]
        return replies.xml(listings.sitemap([Listed(outlet.home), *sections, *listed]))
    if match := _FEED.match(path):
        return _feed(outlet, shelf, match["slug"])
    if match := _ARTICLE.match(path):
        article = shelf.numbered(outlet.id, int(match["id"]))
        return replies.page(article_page(article, shelf)) if article else None
    return _section(outlet, shelf, path.strip("/"), query)


def article_page(article: Article, shelf: Shelf) -> str:
    """The page of one article."""
    return render(
        "vns_article.html",
        **article_values(article, shelf),
        visible=dates.vns_minute(article.published_at),
        today=dates.vns_minute(shelf.now),
    )


def _in_section(slug: str, articles: tuple[Article, ...]) -> tuple[Article, ...]:
    return tuple(a for a in articles if OUTLETS[a.outlet].section(a.section).slug == slug)


def _feed(outlet: Outlet, shelf: Shelf, slug: str) -> Reply | None:
    for section in outlet.sections:
        if section.slug == slug:
            style = FeedStyle("utf-16" if slug in _DECLARED_UTF_16 else "utf-8", "+0700")
            articles = _in_section(slug, shelf.of(outlet.id))
            return replies.xml(listings.feed(outlet, section.label, articles, shelf.now, style))
    return None


def _section(outlet: Outlet, shelf: Shelf, slug: str, query: dict[str, str]) -> Reply | None:
    articles = shelf.of(outlet.id)
    labels = {"": outlet.name} | {section.slug: section.label for section in outlet.sections}
    if slug not in labels:
        return None
    if slug:
        articles = _in_section(slug, articles)
    pages = max(1, -(-len(articles) // _ON_A_PAGE))
    wanted = query.get("page") or query.get("p") or "1"
    current = int(wanted) if wanted.isdigit() else 1
    start = (max(current, 1) - 1) * _ON_A_PAGE
    values = {
        **frame(outlet),
        "heading": labels[slug],
        "canonical": f"{outlet.home}{slug}",
        "cards": [card(article) for article in articles[start : start + _ON_A_PAGE]],
        "today": dates.vns_minute(shelf.now),
        "pages": pages,
        "current": current,
    }
    return replies.page(render("vns_section.html", **values))

"""The newsroom CMS behind VietnamPlus and Nhan Dan."""

import gzip
import re
from collections.abc import Iterator
from datetime import datetime

from newsroom import dates, listings, replies
from newsroom.articles import Article
from newsroom.listings import FeedStyle, Listed
from newsroom.outlets import OUTLETS, Outlet, Section
from newsroom.rendering import article_values, card, frame, image_url, render
from newsroom.replies import Reply
from newsroom.robots import robots_txt
from newsroom.shelf import Shelf

_CLOSED = ("/api/", "/search/", "/tim-kiem/", "/print.html", "/tag.html")
_ARTICLE = re.compile(r"^/(?P<slug>[^/]+)-post(?P<id>\d+)\.(?:vnp|html)$")
_OLD_ARTICLE = re.compile(r"^/(?P<slug>[^/]+)/(?P<id>\d+)\.vnp$")
_MONTH = re.compile(r"^/sitemaps/news-(?P<year>\d{4})-(?P<month>[1-9]|1[0-2])\.xml$")
_FEED = re.compile(r"^/rss/(?P<slug>[a-z0-9/-]+?)(?:-(?P<zone>\d+))?\.rss$")
_FIRST_YEAR = 2010
_ON_A_PAGE = 60
_IN_THE_NEWS_SITEMAP = 380
_GZIPPED = {"nhandan-en"}
"""Their monthly sitemaps are gzip files, whatever the client accepts."""
_PADDED = {"vna-en", "vna-vi"}
"""Their sitemaps have blanks around each address and only dates."""
_WITH_JSON_LD = {"vna-en", "vna-fr", "vna-vi"}


def answer(outlet: Outlet, shelf: Shelf, path: str) -> Reply | None:
    """What ``outlet`` answers to ``path``, or None where it has nothing there."""
    if path == "/robots.txt":
        return robots_txt(_CLOSED, f"{outlet.home}sitemap.xml")
    if path.startswith(("/sitemap", "/sitemaps/")):
        return _sitemaps(outlet, shelf, path)
    if path.startswith("/rss"):
        return _feeds(outlet, shelf, path)
    if match := _ARTICLE.match(path) or _OLD_ARTICLE.match(path):
        return _article(outlet, shelf, path, int(match["id"]))
    return _section(outlet, shelf, path)


def _article(outlet: Outlet, shelf: Shelf, path: str, number: int) -> Reply | None:
    """The number alone counts: another slug, or the address of old, is sent on."""
    article = shelf.numbered(outlet.id, number)
    if article is None:
        return None
    if not article.url.endswith(path):
        return replies.moved(article.url)
    return replies.page(article_page(article, shelf))


def article_page(article: Article, shelf: Shelf) -> str:
    """The page of one article."""
    outlet = OUTLETS[article.outlet]
    published = dates.compact_iso(article.published_at)
    return render(
        "cms_article.html",
        **article_values(article, shelf),
        published=published,
        epoch=int(article.published_at.timestamp()),
        visible=dates.plain_minute(article.published_at),
        today=dates.plain_day(shelf.now),
        is_nhan_dan=outlet.id.startswith("nhandan"),
        suffix="html" if outlet.id.startswith("nhandan") else "vnp",
        json_ld=_json_ld(article, outlet) if outlet.id in _WITH_JSON_LD else None,
    )


def _json_ld(article: Article, outlet: Outlet) -> dict[str, object]:
    moment = dates.iso(article.published_at)
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": {"@type": "WebPage", "@id": article.url},
        "headline": article.title,
        "description": article.lead,
        "image": {"@type": "ImageObject", "url": image_url(article), "width": 700, "height": 420},
        "datePublished": moment,
        "dateModified": moment,
        "author": {"@type": "Person", "name": article.author or outlet.name},
        "publisher": {"@type": "Organization", "name": outlet.name, "url": outlet.home},
    }


def _section(outlet: Outlet, shelf: Shelf, path: str) -> Reply | None:
    articles = shelf.of(outlet.id)
    wanted = path.strip("/").removesuffix(".vnp")
    if not wanted:
        return _section_page(outlet, shelf, None, articles)
    for section in outlet.sections:
        if section.slug == wanted:
            return _section_page(outlet, shelf, section, _in_section(outlet, section, articles))
    return None


def _section_page(
    outlet: Outlet, shelf: Shelf, section: Section | None, articles: tuple[Article, ...]
) -> Reply:
    values = {
        **frame(outlet),
        "heading": section.label if section else outlet.name,
        "canonical": f"{outlet.home}{section.slug}/" if section else outlet.home,
        "zone": section.zone if section else None,
        "cards": [card(article) for article in articles[:_ON_A_PAGE]],
        "today": dates.plain_day(shelf.now),
    }
    return replies.page(render("cms_section.html", **values))


def _in_section(outlet: Outlet, section: Section, articles: tuple[Article, ...]) -> tuple[Article, ...]:
    """The articles of a section and of the sections below it."""
    below = f"{section.slug}/"
    return tuple(
        article
        for article in articles
        if (own := outlet.section(article.section)) == section or own.slug.startswith(below)
    )


def _feeds(outlet: Outlet, shelf: Shelf, path: str) -> Reply | None:
    match = _FEED.match(path)
    if match is None:
        return None
    articles = shelf.of(outlet.id)
    for section in outlet.sections:
        zone_fits = match["zone"] in {None, str(section.zone)}
        if section.slug == match["slug"] and zone_fits and not _needs_zone(outlet, match["zone"]):
            return _feed(outlet, shelf, section.label, _in_section(outlet, section, articles))
    # Nhan Dan sends its home feed for any section it does not know; VietnamPlus says 404.
    if path == "/rss/home.rss" or outlet.id.startswith("nhandan"):
        return _feed(outlet, shelf, outlet.name, articles)
    return None


def _needs_zone(outlet: Outlet, zone: str | None) -> bool:
    return outlet.id.startswith("nhandan") and zone is None


def _feed(outlet: Outlet, shelf: Shelf, title: str, articles: tuple[Article, ...]) -> Reply:
    return replies.xml(listings.feed(outlet, title, articles, shelf.now, FeedStyle()))


def _sitemaps(outlet: Outlet, shelf: Shelf, path: str) -> Reply | None:
    articles = shelf.of(outlet.id)
    base = f"{outlet.home}sitemaps/"
    if path == "/sitemap.xml":
        names = ["categories", "topics", "google-news", *(f"news-{y}-{m}" for y, m in _months(shelf.now))]
        today = dates.iso_day(shelf.now)  # frozen at build time, as on the real outlets
        return replies.xml(listings.sitemap_index(Listed(f"{base}{name}.xml", today) for name in names))
    if path == "/sitemaps/google-news.xml":
        return replies.xml(listings.news_sitemap(outlet, articles[:_IN_THE_NEWS_SITEMAP]))
    if path == "/sitemaps/daily-news.xml" and outlet.id.startswith("nhandan"):
        today = dates.iso_day(shelf.now)
        todays = [article for article in articles if dates.iso_day(article.published_at) == today]
        return replies.xml(listings.sitemap(_listed(outlet, todays)))
    if path == "/sitemaps/categories.xml":
        sections = [Listed(f"{outlet.home}{s.slug}/", dates.iso_day(shelf.now)) for s in outlet.sections]
        return replies.xml(listings.sitemap(sections, frequency="hourly"))
    if path == "/sitemaps/topics.xml":
        topics = [Listed(f"{outlet.home}topic/tp-{n}.vnp", dates.iso_day(shelf.now)) for n in (107, 820, 946)]
        return replies.xml(listings.sitemap(topics, frequency="daily"))
    if match := _MONTH.match(path):
        return _month(outlet, shelf, int(match["year"]), int(match["month"]))
    return None


def _months(now: datetime) -> Iterator[tuple[int, int]]:
    """Every month of the archive, newest first."""
    local = now.astimezone(dates.ICT)
    for year in range(local.year, _FIRST_YEAR - 1, -1):
        last = local.month if year == local.year else 12
        yield from ((year, month) for month in range(last, 0, -1))


def _month(outlet: Outlet, shelf: Shelf, year: int, month: int) -> Reply | None:
    local = shelf.now.astimezone(dates.ICT)
    if not (_FIRST_YEAR, 1) <= (year, month) <= (local.year, local.month):
        return None
    wanted = f"{year}-{month:02}-"
    articles = [a for a in shelf.of(outlet.id) if dates.iso_day(a.published_at).startswith(wanted)]
    pad = "\n    " if outlet.id in _PADDED else ""
    text = listings.sitemap(_listed(outlet, articles), pad)
    if outlet.id in _GZIPPED:
        return Reply(gzip.compress(text.encode(), mtime=0), "application/x-gzip")
    return replies.xml(text)


def _listed(outlet: Outlet, articles: list[Article]) -> list[Listed]:
    spell = dates.iso_day if outlet.id in _PADDED else dates.iso
    return [Listed(article.url, spell(article.published_at)) for article in articles]

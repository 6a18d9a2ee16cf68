"""What points at listings: robots.txt, a page's head, a sitemap of sitemaps. Pure.

The way out where the declared listings fail: an outlet that moves its feed still names it in one of
these places. Fit for hostile input in a worker process.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from urllib.parse import unquote, urlsplit

from lxml import etree

from crawler.dates import LOCAL_ZONE, parse_feed_date
from crawler.documents import ExpandsTooFar, expand, parse_page, tag_of, text_of, to_declared_encoding
from crawler.source import Listing, ListingKind, ListingPage, Source
from crawler.urls import canonicalize

MAX_CHILDREN = 8
"""Sitemaps taken from an index: the news, and two months or a week of days."""

_MAX_POINTERS = 100
_MAX_CHILDREN_READ = 50_000
_SITEMAP_LINE = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml"})
_COMMENTS = re.compile(r"/comments?(?:/|$|\?)|[?&]feed=comments", re.IGNORECASE)

_WORD = re.compile(r"[a-z]+")
_NOT_ARTICLES = frozenset(
    _WORD.findall(
        "category categories cat tag tags topic topics author authors organization organizations zone zones"
        " organisation organisations section sections event events image images video videos photo photos"
        " media menu taxonomy user users product products member members live podcast podcasts"
    )
)
_MAYBE_ARTICLES = frozenset({"page", "pages", "static", "home", "misc"})
_ARTICLES = frozenset({"article", "articles", "post", "posts", "news", "story", "stories", "tin", "bai"})
_NEWEST = frozenset({"google", "news", "latest", "newest", "today", "recent", "daily"})
_DAY = re.compile(
    r"(?<!\d)(20\d\d)[-/_.]?(0?[1-9]|1[0-2])(?:[-/_.](0?[1-9]|[12]\d|3[01])|(?<=\d\d)([0-3]\d))?(?!\d)"
)
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


def sitemaps_in_robots(text: str) -> list[str]:
    """Addresses on the ``Sitemap:`` lines of a robots.txt, each once; canonical, http(s) only."""
    named = (canonicalize(match[1].partition("#")[0]) for match in _SITEMAP_LINE.finditer(text[:500_000]))
    return list(dict.fromkeys(filter(None, named)))[:_MAX_POINTERS]


def feeds_in_page(html: bytes, base_url: str, content_type: str | None = None) -> list[Listing]:
    """The feeds that a page names by ``<link rel="alternate">``, in its order, comments left out."""
    page = parse_page(html, content_type)
    if page is None:
        return []
    base = next((element.get("href", "") for element in page.iter("base") if element.get("href")), "")
    joined_to = canonicalize(base, base_url) or base_url
    found: dict[str, Listing] = {}
    for link in page.iter("link"):
        is_alternate = "alternate" in link.get("rel", "").lower().split()
        kind = link.get("type", "").partition(";")[0].strip().lower()
        url = canonicalize(link.get("href", ""), joined_to) if is_alternate and kind in _FEED_TYPES else None
        if url and not _COMMENTS.search(url):
            found.setdefault(url, Listing(ListingKind.FEED, url))
    return list(found.values())[:_MAX_POINTERS]


def sitemaps_in_index(body: bytes, now: datetime, lookback_days: int) -> list[Listing]:
    """The sitemaps named in a sitemap of sitemaps that may hold articles of the last days.

    In this order, at most MAX_CHILDREN: those that name themselves the newest; those of a month or
    day in the look-back, the newest first; of the undated, those with a ``lastmod`` in the look-back,
    or where there is none the first and the last, since outlets count from either end. Categories,
    tags, topics, authors, organisations, pictures and the like are left out by name: their
    ``lastmod`` is always fresh. [] for what is no index. ``now`` is aware.
    """
    newest = now.astimezone(LOCAL_ZONE).date()
    oldest_at = now - timedelta(days=lookback_days)
    oldest = oldest_at.astimezone(UTC).date()
    latest: list[str] = []
    dated: list[tuple[date, str]] = []
    undated: list[tuple[datetime | None, str]] = []
    for url, changed_at in _children(body):
        words, span = _words(url), _span(url)
        if not _may_list_articles(words):
            continue
        if span is not None:
            if span[0] <= newest and span[1] > oldest:
                dated.append((span[0], url))
        elif words & _NEWEST and not re.search(r"\d", url.rpartition("/")[2]):
            latest.append(url)
        else:
            undated.append((changed_at, url))
    dated.sort(reverse=True)
    chosen = [*latest, *(url for _, url in dated), *_chosen_undated(undated, oldest_at)]
    return [Listing(_kind(url), url) for url in dict.fromkeys(chosen)][:MAX_CHILDREN]


def usable(found: Iterable[Listing], source: Source) -> list[ListingPage]:
    """Those of ``found`` that are on a host of ``source`` and not declared, as pages to fetch."""
    declared = {listing.url for listing in source.listings}
    return [
        ListingPage(listing, listing.url)
        for listing in found
        if urlsplit(listing.url).hostname in source.hosts and listing.url not in declared
    ]


def _children(body: bytes) -> Iterator[tuple[str, datetime | None]]:
    """Address and lastmod of each child; broken markup gives what can be told from it."""
    try:
        expanded, _ = expand(body)
    except ExpandsTooFar:
        return
    elements = etree.iterparse(
        BytesIO(to_declared_encoding(expanded)),
        tag="{*}sitemap",
        recover=True,
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for count, (_, element) in enumerate(elements):
            fields = {tag_of(child)[1]: text_of(child) for child in element.iterchildren("*")}
            element.clear()
            if url := canonicalize(fields.get("loc", "")):
                yield url, parse_feed_date(fields.get("lastmod", ""))
            if count == _MAX_CHILDREN_READ:
                return
    except (etree.LxmlError, UnicodeError):
        return


def _words(url: str) -> set[str]:
    parts = urlsplit(url)
    return set(_WORD.findall(unquote(f"{parts.path} {parts.query}").lower()))


def _may_list_articles(words: set[str]) -> bool:
    if words & _NOT_ARTICLES:
        return False
    return not words & _MAYBE_ARTICLES or bool(words & _ARTICLES)


def _span(url: str) -> tuple[date, date] | None:
    """First day of the period in an address's name, and the first day after it."""
    parts = urlsplit(url)
    name = f"{parts.path}?{parts.query}"
    if match := _DAY.search(name):
        year, month, day = int(match[1]), int(match[2]), match[3] or match[4]
        try:
            if day:
                start = date(year, month, int(day))
                return start, start + timedelta(days=1)
            return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
        except ValueError:
            return None
    if match := _YEAR.search(name):
        return date(int(match[1]), 1, 1), date(int(match[1]) + 1, 1, 1)
    return None


def _chosen_undated(undated: list[tuple[datetime | None, str]], oldest_at: datetime) -> list[str]:
    if len(undated) <= 2:
        return [url for _, url in undated]
    fresh = [(changed_at, url) for changed_at, url in undated if changed_at and changed_at >= oldest_at]
    # A lastmod of the moment of asking on every child says nothing, as none at all.
    if fresh and len(fresh) < len(undated):
        return [url for _, url in sorted(fresh, reverse=True)]
    return [undated[0][1], undated[-1][1]]


def _kind(url: str) -> ListingKind:
    words = _words(url)
    is_news = _span(url) is None and "news" in words
    return ListingKind.NEWS_SITEMAP if is_news else ListingKind.SITEMAP

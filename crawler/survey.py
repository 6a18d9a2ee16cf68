"""What an answer to a Listing's address really is, and where else its source can be found. Pure.

``crawler.listings`` reads what is declared; this looks at the same bytes without believing the
declaration. Fit for hostile input in a worker process.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from crawler.documents import ExpandsTooFar, expand, is_challenge, is_html, root_name, to_declared_encoding
from crawler.endpoints import is_json
from crawler.feeds import read_feed
from crawler.listings import ListingResult, parse_listing
from crawler.pointers import feeds_in_page, sitemaps_in_index
from crawler.reading import Link
from crawler.sections import read_section
from crawler.sitemaps import read_sitemap
from crawler.source import Listing, ListingKind, ListingPage, Source
from crawler.urls import canonicalize

_FEWEST_ALIKE = 5
_FEWEST_HYPHENS = 3
_NUMBER_LAST = re.compile(r"(?P<before>[/_-][a-z]{0,8})(?P<id>\d{4,})(?P<after>(?:\.[a-z]{2,5})?/?)$")
_NUMBER_AHEAD = re.compile(r"/(?P<id>\d{5,})/[^/]+?(?P<after>\.[a-z]{2,5})$")
_IN_NEWS = b"schemas/sitemap-news"
_MONTH = re.compile(
    r"(?<!\d)(?P<year>20\d\d)(?P<sep>[-/_.]?)(?P<month>\d{1,2})(?:(?P<sep2>[-/_.]?)(?P<day>\d{2}))?(?!\d)"
)
_ROOTS = {"rss": "feed", "feed": "feed", "rdf": "feed", "urlset": "sitemap", "sitemapindex": "sitemap index"}
_KINDS = {
    "feed": ListingKind.FEED,
    "sitemap": ListingKind.SITEMAP,
    "news sitemap": ListingKind.NEWS_SITEMAP,
    "page": ListingKind.SECTION,
    "JSON": ListingKind.JSON,
}


@dataclass(frozen=True)
class Survey:
    """What was found at one address."""

    result: ListingResult
    """As the declared kind reads it."""
    found: str
    """feed, sitemap, news sitemap, sitemap index, page, JSON, challenge or nothing."""
    fitting: tuple[ListingKind, ListingResult] | None = None
    """Another kind by which it gives Entries, where the declared one gives none."""
    feeds: tuple[Listing, ...] = ()
    """Named by the page."""
    children: tuple[Listing, ...] = ()
    """Of a sitemap of sitemaps, those that may hold recent articles; dates as placeholders."""
    article: str | None = None
    """Where no address is an article: an expression that the addresses of headlines share."""


def survey(
    body: bytes,
    content_type: str | None,
    page: ListingPage,
    source: Source,
    now: datetime,
    lookback_days: int,
) -> Survey:
    """Look at ``body``, the answer (status 200) to the address of ``page``. ``now`` is aware."""
    result = parse_listing(body, content_type, page, source)
    try:
        document = to_declared_encoding(expand(body)[0])
    except ExpandsTooFar:
        return Survey(result, "nothing")
    found = found_in(document)
    kind = _KINDS.get(found)
    fitting = None
    if kind is not None and kind is not page.listing.kind and not result.entries:
        read = parse_listing(body, content_type, _as(page, kind), source)
        fitting = (kind, read) if read.entries else None
    article = None
    if kind is not None and not result.entries and fitting is None:
        article = article_expression(_links(document, content_type, page.url, kind), page.url, source)
    children = sitemaps_in_index(body, now, lookback_days) if found == "sitemap index" else []
    return Survey(
        result,
        found,
        fitting,
        feeds=tuple(feeds_in_page(body, page.url, content_type)) if found == "page" else (),
        children=tuple(replace(child, url=template(child.url, document)) for child in children),
        article=article,
    )


def found_in(document: bytes) -> str:
    """What ``document`` (expanded) is, by its first bytes."""
    if not document.strip():
        return "nothing"
    if is_json(document):
        return "JSON"
    if is_html(document):
        return "challenge" if is_challenge(document) else "page"
    found = _ROOTS.get(root_name(document), "nothing")
    return "news sitemap" if found == "sitemap" and _IN_NEWS in document[:5000] else found


def article_expression(links: Iterable[Link], base: str, source: Source) -> str | None:
    """A regular expression for ``article`` of a declaration, or None.

    It is that of the largest group, five or more, of addresses of headlines (three hyphens in the path)
    on the source's hosts that have their number in the same place between the same letters.
    """
    alike: dict[str, set[str]] = defaultdict(set)
    for link in links:
        url = canonicalize(link.url, base, source.hosts) if link.url else None
        if url is None or urlsplit(url).hostname not in source.hosts:
            continue
        path = urlsplit(url).path
        if path.count("-") < _FEWEST_HYPHENS:
            continue
        if match := _NUMBER_LAST.search(path):
            alike[rf"{match['before']}(?P<id>\d+){_escaped(match['after'])}$"].add(url)
        elif match := _NUMBER_AHEAD.search(path):
            alike[rf"/(?P<id>\d+)/[^/?#]+{_escaped(match['after'])}$"].add(url)
    expression, urls = max(alike.items(), key=lambda group: len(group[1]), default=("", set()))
    return expression if len(urls) >= _FEWEST_ALIKE else None


def template(url: str, index: bytes) -> str:
    """``url`` with the date in its name as placeholders; unchanged where it has none.

    Whether months have two digits is told from the other addresses of ``index``.
    """
    start = len(url) - len(urlsplit(url)._replace(scheme="", netloc="").geturl())
    matches = list(_MONTH.finditer(url, start))
    if not matches:
        return url
    match = matches[-1]
    before, sep = url[: match.start()], match["sep"]
    is_padded = not sep or match["month"].startswith("0")
    if not is_padded:
        one_digit = re.escape(before) + r"20\d\d" + re.escape(sep) + r"[1-9](?!\d)"
        is_padded = re.search(one_digit.encode(), index) is None
    month = "{MM}" if is_padded else "{M}"
    day = f"{match['sep2']}{{DD}}" if match["day"] else ""
    return f"{before}{{YYYY}}{sep}{month}{day}{url[match.end() :]}"


def _escaped(ending: str) -> str:
    return ending.replace(".", r"\.")


def _as(page: ListingPage, kind: ListingKind) -> ListingPage:
    return replace(page, listing=replace(page.listing, kind=kind))


def _links(document: bytes, content_type: str | None, url: str, kind: ListingKind) -> tuple[Link, ...]:
    if kind is ListingKind.SECTION:
        return read_section(document, content_type, url).links
    if kind is ListingKind.FEED:
        return read_feed(document).links
    return () if kind is ListingKind.JSON else read_sitemap(document).links

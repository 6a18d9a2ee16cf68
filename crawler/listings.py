"""A Listing -> the addresses to fetch, and their bodies -> Entries. Pure; results can be pickled.

A block is never "no news": whatever comes in place of a listing is a ListingProblem with a name.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from crawler.dates import parse_feed_date
from crawler.documents import (
    ExpandsTooFar,
    clean_title,
    declares_entities,
    expand,
    is_challenge,
    is_html,
    root_name,
    to_declared_encoding,
)
from crawler.endpoints import is_json, read_endpoint
from crawler.feeds import read_feed
from crawler.paging import next_page, pages_to_fetch
from crawler.reading import UNSAID, Channel, Link, ListingProblem, Reading
from crawler.resemblance import TOP, fingerprint_of, newest_first
from crawler.sections import read_section
from crawler.sitemaps import read_sitemap
from crawler.source import ListingKind, ListingPage, Source
from crawler.urls import canonicalize, identify
from storage.models import Entry

__all__ = ["ListingProblem", "ListingResult", "next_page", "pages_to_fetch", "parse_listing"]

_ROOTS = {
    ListingKind.FEED: frozenset({"rss", "feed", "rdf"}),
    ListingKind.SITEMAP: frozenset({"urlset"}),
    ListingKind.NEWS_SITEMAP: frozenset({"urlset"}),
    ListingKind.SECTION: frozenset[str](),
    ListingKind.JSON: frozenset[str](),
}
"""Local names of the root elements that each kind may have; a section page is told by its HTML."""
_LISTS_WITHOUT_END = frozenset({ListingKind.SECTION, ListingKind.JSON})
"""Kinds whose further pages are asked for by number, until one has nothing."""


@dataclass(frozen=True)
class ListingResult:
    """What one ListingPage gave. ``len(entries) + ignored + repeated == links_seen``."""

    entries: tuple[Entry, ...] = ()
    """Articles of the source, each once, in the listing's order, addresses canonical."""
    links_seen: int = 0
    ignored: int = 0
    """Links that are no articles of the source."""
    repeated: int = 0
    """Further links to an Article that the listing has already."""
    problem: ListingProblem | None = None
    """None exactly where there are Entries."""
    detail: str = ""
    """A few words on the problem for the operator: "<html> of 177 bytes"."""
    is_partial: bool = False
    """The body was damaged or longer than our caps: there may have been more."""
    channel: Channel = UNSAID
    """What a feed says about itself; empty for every other kind."""
    top_keys: tuple[str, ...] = ()
    """``article_key`` of the newest Entries, at most TOP, newest first as far as times are stated."""

    @property
    def fingerprint(self) -> str:
        """Equal for two results exactly where the same articles are at their tops; "" without Entries."""
        return fingerprint_of(self.top_keys)

    @property
    def is_read(self) -> bool:
        """Whether the listing did its work: it has Entries, or it is honestly empty."""
        return self.problem in (None, ListingProblem.EMPTY)

    @property
    def newest_at(self) -> datetime | None:
        """The newest time that it states: a feed that suddenly ends years ago is another feed."""
        times = (entry.published_at or entry.modified_at for entry in self.entries)
        return max(filter(None, times), default=None)

    def __str__(self) -> str:
        return f"{self.problem}: {self.detail}" if self.problem else f"{len(self.entries)} entries"


def parse_listing(body: bytes, content_type: str | None, page: ListingPage, source: Source) -> ListingResult:
    """The Entries in ``body``, which ``page`` was answered with (status 200, decompressed, capped).

    1. Take off gzip and put the XML declaration right.
    2. See what it is; anything but the declared kind is a problem.
    3. Read its links by kind.
    4. Keep the articles of the source, each once.

    Beyond the first page a list that has ended is EMPTY, however its outlet says so. Never raises on
    bad input. ``published_at`` comes only from a publication date, ``lastmod`` and
    Atom's ``updated`` go to ``modified_at``; a date without a time is midnight, Asia/Ho_Chi_Minh.
    """
    try:
        expanded, is_complete = expand(body)
    except ExpandsTooFar as error:
        return ListingResult(problem=ListingProblem.TOO_LARGE, detail=f"expands to {error}")
    if not expanded and not is_complete:
        return ListingResult(problem=ListingProblem.UNREADABLE, detail="a gzip file that does not expand")
    document = to_declared_encoding(expanded)
    chosen = source.hints.links if page.listing.kind is ListingKind.SECTION else ()
    result = _result(document, _read(document, content_type, page, source, chosen), page, source)
    if chosen and not result.entries:
        # A changed layout must cost precision, not the source: every link of the page counts.
        result = _result(document, _read(document, content_type, page, source, ()), page, source)
    has_ended = page.number > 1 and result.problem in (
        ListingProblem.REFUSED,
        ListingProblem.NO_ARTICLE_LINKS,
    )
    if has_ended and page.listing.kind in _LISTS_WITHOUT_END:
        result = replace(result, problem=ListingProblem.EMPTY)
    return result if is_complete else replace(result, is_partial=True)


def _read(
    document: bytes, content_type: str | None, page: ListingPage, source: Source, selectors: tuple[str, ...]
) -> Reading:
    kind = page.listing.kind
    problem = _mismatch(document, kind)
    if problem is not None:
        return Reading(problem=problem)
    if kind is ListingKind.SECTION:
        return read_section(document, content_type, page.url, selectors)
    if kind is ListingKind.JSON:
        return read_endpoint(document, source.home)
    return read_feed(document) if kind is ListingKind.FEED else read_sitemap(document)


def _mismatch(document: bytes, kind: ListingKind) -> ListingProblem | None:
    if not document:
        return ListingProblem.BLANK
    if is_json(document):
        return None if kind is ListingKind.JSON else ListingProblem.WRONG_TYPE
    if is_html(document):
        if kind is ListingKind.SECTION:
            return None
        return ListingProblem.CHALLENGE if is_challenge(document) else ListingProblem.WRONG_TYPE
    root = root_name(document)
    if not root or declares_entities(document):
        return ListingProblem.UNREADABLE
    if root in _ROOTS[kind]:
        return None
    return ListingProblem.INDEX if root == "sitemapindex" else ListingProblem.WRONG_TYPE


def _result(document: bytes, reading: Reading, page: ListingPage, source: Source) -> ListingResult:
    if reading.problem is not None:
        return ListingResult(problem=reading.problem, detail=_description(document), channel=reading.channel)
    entries: dict[str, Entry] = {}
    repeated = 0
    for link in reading.links:
        identified = _identified(link, page, source)
        if identified is None:
            continue
        url, key = identified
        entry = _entry(url, link)
        repeated += key in entries
        entries[key] = _joined(entries[key], entry) if key in entries else entry
    counted = ListingResult(
        entries=tuple(entries.values()),
        links_seen=len(reading.links),
        ignored=len(reading.links) - len(entries) - repeated,
        repeated=repeated,
        is_partial=reading.is_partial,
        channel=reading.channel,
        top_keys=tuple(newest_first(entries)[:TOP]),
    )
    if entries:
        return counted
    has_nothing_to_read = page.listing.kind is ListingKind.SECTION and is_challenge(document)
    problem = ListingProblem.CHALLENGE if has_nothing_to_read else ListingProblem.NO_ARTICLE_LINKS
    detail = f"no article among {counted.links_seen} links in {_description(document)}"
    return replace(counted, problem=problem, detail=detail)


def _identified(link: Link, page: ListingPage, source: Source) -> tuple[str, str] | None:
    if not link.url:
        return None
    # An endpoint on a host of its own lists addresses relative to the site, not to itself.
    base = source.home if page.listing.kind is ListingKind.JSON else page.url
    if page.listing.rewrite is None:
        return identify(source, link.url, base)
    url = canonicalize(link.url, base, source.hosts)
    pattern, replacement = page.listing.rewrite
    rewritten, times = re.subn(pattern, replacement, url or "", count=1)
    return identify(source, rewritten) if times else None


def _entry(url: str, link: Link) -> Entry:
    return Entry(
        url=url,
        title=clean_title(link.title),
        published_at=parse_feed_date(link.published),
        modified_at=parse_feed_date(link.modified),
    )


def _joined(first: Entry, other: Entry) -> Entry:
    """Two cards of one Article, as for wide and narrow screens: the longer title, the dates there are."""
    return Entry(
        url=first.url,
        title=max(first.title or "", other.title or "", key=len) or None,
        published_at=first.published_at or other.published_at,
        modified_at=first.modified_at or other.modified_at,
    )


def _description(document: bytes) -> str:
    if not document:
        return "an empty answer"
    if is_json(document):
        return f"JSON of {len(document)} bytes"
    root = root_name(document)
    return f"<{root}> of {len(document)} bytes" if root else f"{len(document)} bytes without markup"

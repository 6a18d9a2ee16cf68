"""A Source: an outlet that we follow, as its declaration says."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property


class ListingKind(StrEnum):
    """How a Listing lists its Entries."""

    FEED = "feed"
    """RSS or Atom."""
    SITEMAP = "sitemap"
    """A sitemap; ``{YYYY}``, ``{MM}``, ``{M}``, ``{DD}`` in its address are filled from the date."""
    NEWS_SITEMAP = "news_sitemap"
    """A Google News sitemap: the newest articles with titles and times."""
    SECTION = "section"
    """An HTML page with links to articles."""
    JSON = "json"
    """What a "load more" button asks for: items as JSON, or mark-up wrapped in it."""


@dataclass(frozen=True)
class Listing:
    """An address that lists articles."""

    kind: ListingKind
    url: str
    rewrite: tuple[str, str] | None = None
    """A regular expression and its replacement, applied to each listed address; an address that
    does not match is not an Entry of this Source. For editions that share one sitemap."""
    pages: int = 1
    """The most pages that one poll reads; ``{page}`` in ``url`` is filled with 1, 2, and so on."""


@dataclass(frozen=True)
class Hints:
    """Where an outlet's pages keep what; CSS selectors, in the order of trust. All may be empty."""

    title: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    """Elements with a ``datetime`` attribute or a visible date."""
    date_formats: tuple[str, ...] = ()
    """Names of formats in ``crawler.dates`` that the visible date may have."""
    drop: tuple[str, ...] = ()
    """Elements removed before the page is read: advertisements, related stories, share bars."""
    cut_from: tuple[str, ...] = ()
    """A paragraph of the text that begins with one of these ends the text."""
    original: tuple[str, ...] = ()
    """Words before the original's address on a re-host: "Source:"."""
    links: tuple[str, ...] = ()
    """Links to articles on a section page; empty: every link."""


@dataclass(frozen=True)
class Source:
    """An outlet that we follow. Made by ``crawler.declarations.load_sources``."""

    id: str
    """The declaration's file name without .toml: the spider's name."""
    name: str
    home: str
    languages: tuple[str, ...]
    """ISO 639-1; with more than one, the language is told from the text."""
    hosts: frozenset[str]
    """Hosts whose pages belong to this Source, lower case."""
    article: str
    """Regular expression that an article's address matches; a group ``id`` is its numeric id."""
    listings: tuple[Listing, ...]
    exclude: str | None = None
    """Regular expression of addresses that match ``article`` and are no articles."""
    delay_s: float = 2.5
    """Seconds between two requests to the host."""
    interval_min: int = 30
    """Minutes between two polls."""
    is_enabled: bool = True
    family: str | None = None
    hints: Hints = Hints()
    """The family's hints with the declaration's own put before them."""

    @cached_property
    def article_pattern(self) -> re.Pattern[str]:
        """``article``, compiled."""
        return re.compile(self.article)

    @cached_property
    def exclude_pattern(self) -> re.Pattern[str] | None:
        """``exclude``, compiled."""
        return re.compile(self.exclude) if self.exclude else None


@dataclass(frozen=True)
class ListingPage:
    """One address to fetch: a Listing with its date filled in."""

    listing: Listing
    url: str
    on: date | None = None
    """The day or the first day of the month that the address stands for."""
    number: int = 1
    """Which page of the Listing it is, counted from 1."""

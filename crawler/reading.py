"""What a Listing's body says, before its Source has a word: links, or why there are none."""

from dataclasses import dataclass
from enum import StrEnum


class ListingProblem(StrEnum):
    """Why a Listing that was answered with 200 gave no Entries."""

    EMPTY = "empty"
    """Well-formed and without a single item: an honest "no news"; the only problem that is none."""
    BLANK = "blank"
    """No bytes, or white space only."""
    CHALLENGE = "challenge"
    """A page that shows next to nothing and has a script to get further: a cookie challenge."""
    WRONG_TYPE = "wrong_type"
    """A page in place of a feed, a feed in place of a sitemap, and so on."""
    INDEX = "index"
    """A sitemap of sitemaps where one of articles is declared."""
    UNREADABLE = "unreadable"
    """Neither feed, sitemap nor page, or broken before its first item."""
    TOO_LARGE = "too_large"
    """A gzip file that expands beyond the cap."""
    NO_ARTICLE_LINKS = "no_article_links"
    """It has links, and none is an article of the source: its addresses changed, or the listing did."""
    REFUSED = "refused"
    """A JSON endpoint that answers with an error code of its own."""


@dataclass(frozen=True)
class Link:
    """One item as listed, nothing judged: every field is raw text."""

    url: str
    title: str = ""
    published: str = ""
    modified: str = ""


@dataclass(frozen=True)
class Channel:
    """What a feed says about itself. A witness only: some outlets give every feed the home page's."""

    title: str = ""
    link: str = ""
    self_link: str = ""
    """``<atom:link rel="self">``: the feed's own address."""


UNSAID = Channel()


@dataclass(frozen=True)
class Reading:
    """The links of one body in their order."""

    links: tuple[Link, ...] = ()
    problem: ListingProblem | None = None
    is_partial: bool = False
    """Broken markup or a cap: there may have been more."""
    channel: Channel = UNSAID
    """Of a feed; empty for every other kind."""

"""What one polite pass over a source's real addresses found, and what it means. Pure.

``crawler.spiders.checker`` makes the pass, ``crawler.mending`` writes the lines to change.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from crawler.reading import ListingProblem
from crawler.resemblance import is_frozen
from crawler.source import Listing, ListingKind, Source
from crawler.survey import Survey
from storage.models import Fate

UNWANTED = frozenset({Fate.BLOCKED, Fate.ROBOTS_FORBIDDEN})
AWAY = frozenset({Fate.CONNECTION_FAILED, Fate.TIMED_OUT, Fate.TLS_FAILED, Fate.ROBOTS_UNREACHABLE})


class State(StrEnum):
    """How one address answered."""

    FOUND = "found"
    EMPTY = "empty"
    """As declared, and without a single item."""
    BLOCKED = "blocked"
    """The host does not want us: a refusal, a challenge, or robots.txt."""
    AWAY = "away"
    """No connection, no certificate, no answer in time."""
    WRONG = "wrong"
    """It is not what was declared, or not there."""


class Judgement(StrEnum):
    """Whether a declaration can stay as it is."""

    HOLDS = "holds"
    DIFFERS = "differs"
    BLOCKED = "blocked"
    """No listing could be read because the host refuses us; no line of the declaration mends that."""
    AWAY = "away"
    """The host could not be reached; check again before anything is changed."""


@dataclass(frozen=True)
class RobotsCheck:
    """robots.txt of one site."""

    site: str
    state: State
    """FOUND: read; EMPTY: there is none, so nothing is forbidden; AWAY: not read, so all is."""
    detail: str = ""
    allows_home: bool = True
    crawl_delay_s: float | None = None
    sitemaps: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListingCheck:
    """One address that lists articles."""

    listing: Listing
    url: str
    """The address asked: the listing's with its date and page filled in."""
    state: State
    detail: str = ""
    """One clause in words."""
    origin: str = "declared"
    """Who named it: declared, robots.txt, a page's link, an index."""
    final_url: str | None = None
    """Where it was redirected to."""
    found: str = ""
    entries: int = 0
    ignored: int = 0
    """Links that are no articles by the declaration's expressions."""
    newest_at: datetime | None = None
    same_as: str | None = None
    """Another listing of the source that shows the same list."""
    is_frozen: bool = False
    reads_as: ListingKind | None = None
    """A kind by which it has Entries, where it has none by its own."""
    article: str | None = None
    """An expression that its addresses share, where none is an article."""

    @property
    def is_sound(self) -> bool:
        """Whether it can stay as it is."""
        return self.state in (State.FOUND, State.EMPTY) and not self.is_frozen and self.same_as is None

    @property
    def is_useful(self) -> bool:
        """Whether it brings Entries of its own."""
        return self.is_sound and self.entries > 0


@dataclass(frozen=True)
class ArticleCheck:
    """One article's page."""

    url: str
    state: State
    detail: str = ""
    """Why there is no text, in words."""
    final_url: str | None = None
    title: str = ""
    lead_chars: int = 0
    text_chars: int = 0
    author: str | None = None
    published_at: datetime | None = None
    language: str | None = None
    rejection: str | None = None
    witnesses: dict[str, str] = field(default_factory=dict)
    matched: dict[str, dict[str, int]] = field(default_factory=dict)
    suggested: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class SourceCheck:
    """All of one source."""

    source: Source
    checked_at: datetime
    requests: int
    robots: tuple[RobotsCheck, ...]
    listings: tuple[ListingCheck, ...]
    """The declared ones, in their order."""
    candidates: tuple[ListingCheck, ...]
    """Others that were tried because a declared one failed."""
    articles: tuple[ArticleCheck, ...]

    @property
    def selectors(self) -> dict[str, dict[str, int]]:
        """By hint and selector: on how many of the pages read it found something."""
        counts: dict[str, dict[str, int]] = {}
        for article in self.articles:
            for hint, found in article.matched.items():
                for selector, elements in found.items():
                    of_hint = counts.setdefault(hint, {})
                    of_hint[selector] = of_hint.get(selector, 0) + (elements > 0)
        return counts

    @property
    def pages_read(self) -> int:
        """Articles whose page came."""
        return sum(article.state is State.FOUND for article in self.articles)


def state_of_fate(fate: Fate) -> State:
    """The State of an address that was not answered with 200."""
    if fate in UNWANTED:
        return State.BLOCKED
    return State.AWAY if fate in AWAY else State.WRONG


def listing_words(listing: Listing, survey: Survey, now: datetime, *, holds_today: bool) -> tuple[State, str]:
    """State and clause for an address answered with 200; ``holds_today``: it is not a past month's."""
    result, kind = survey.result, listing.kind.replace("_", " ")
    if result.problem is None:
        if holds_today and is_frozen(result.newest_at, now):
            return State.FOUND, f"frozen: nothing newer than {result.newest_at:%Y-%m-%d}"
        return State.FOUND, "damaged or cut off: there may be more" if result.is_partial else ""
    problem = result.problem
    if problem is ListingProblem.CHALLENGE:
        return State.BLOCKED, "a cookie or script challenge in place of the list"
    words = {
        ListingProblem.EMPTY: f"a {kind} without a single item",
        ListingProblem.BLANK: "an empty answer",
        ListingProblem.WRONG_TYPE: f"declared as a {kind}, and is a {survey.found}",
        ListingProblem.INDEX: "a sitemap of sitemaps: its children list the articles",
        ListingProblem.NO_ARTICLE_LINKS: f"{result.links_seen} links, and none is an article by `article`",
    }
    if survey.found == "challenge":
        return State.BLOCKED, "a cookie or script challenge in place of the list"
    state = State.EMPTY if problem is ListingProblem.EMPTY else State.WRONG
    return state, words.get(problem, f"{problem.replace('_', ' ')}: {result.detail}")


def judge(check: SourceCheck, differences: Iterable[str]) -> Judgement:
    """The Judgement on ``check``, whose differences from the declaration are ``differences``."""
    states = {listing.state for listing in check.listings}
    if states and states <= {State.AWAY}:
        return Judgement.AWAY
    # Where only robots.txt and refusals answer there is nothing that a line could mend.
    if states and states <= {State.BLOCKED, State.AWAY}:
        return Judgement.BLOCKED
    if any(differences):
        return Judgement.DIFFERS
    pages = {article.state for article in check.articles}
    if State.BLOCKED in states | pages:
        return Judgement.BLOCKED
    return Judgement.AWAY if State.AWAY in states | pages else Judgement.HOLDS

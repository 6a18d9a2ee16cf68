"""The vocabulary: the values that travel between stages.

Values are frozen and validated when made. Their tables are in ``storage.tables``. Every datetime is
aware and in UTC; a naive one is refused.
"""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


def _to_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""An aware datetime, turned to UTC."""


class Value(BaseModel):
    """Base of every value: frozen, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Fate(StrEnum):
    """What became of an Entry. Every listed Entry ends in exactly one of them, PENDING excepted."""

    PENDING = "pending"
    """Listed and not yet fetched, or to be tried again."""
    FETCHED = "fetched"
    """The page is kept as a Snapshot."""
    TOO_OLD = "too_old"
    """A sitemap lists it with a date before the source's look-back."""
    ROBOTS_FORBIDDEN = "robots_forbidden"
    """The host's robots.txt does not allow this address."""
    ROBOTS_UNREACHABLE = "robots_unreachable"
    """robots.txt could not be read, which is not taken as consent."""
    ADDRESS_REFUSED = "address_refused"
    """The host resolves to an address outside the public Internet."""
    OFF_HOST = "off_host"
    """The page redirected to a host that the source does not declare."""
    NOT_FOUND = "not_found"
    """404 or 410; after a 404 it is asked for twice more."""
    BLOCKED = "blocked"
    """401, 403, 429 or 451: the host does not want us, for now or for good."""
    HTTP_ERROR = "http_error"
    """Any other status that is not 200."""
    TOO_LARGE = "too_large"
    """The body exceeds the size cap, before or after decompression."""
    NOT_HTML = "not_html"
    """The content type is not that of a page."""
    TLS_FAILED = "tls_failed"
    """The certificate could not be verified or the handshake failed."""
    CONNECTION_FAILED = "connection_failed"
    """No name, no connection, or it broke."""
    TIMED_OUT = "timed_out"
    """The page did not arrive within the time cap."""
    CRAWL_ERROR = "crawl_error"
    """Something of ours failed; the log has the traceback."""

    @property
    def is_doubted(self) -> bool:
        """Whether it is asked for again though it stands: an outlet, a portal or a name server in trouble
        answers so for every page.
        """
        return self in {Fate.NOT_FOUND, Fate.OFF_HOST, Fate.TOO_LARGE, Fate.NOT_HTML, Fate.ADDRESS_REFUSED}


class RejectionReason(StrEnum):
    """Why a Snapshot gave no text."""

    EMPTY = "empty"
    """No bytes, or nothing but white space."""
    CHALLENGE = "challenge"
    """A cookie or script challenge in place of the page."""
    NOT_AN_ARTICLE = "not_an_article"
    """A home page, a section page, a video or photo page without text."""
    TOO_SHORT = "too_short"
    """Less text than an article has."""
    RELATED_ONLY = "related_only"
    """Only cards of related stories were found where the body should be."""
    NO_TITLE = "no_title"
    """Nothing on the page can serve as its title."""
    WRONG_LANGUAGE = "wrong_language"
    """The text is in a language that the source does not declare."""
    UNREADABLE = "unreadable"
    """The bytes are no text in any encoding that we know."""
    PARSER_TIMED_OUT = "parser_timed_out"
    """Reading the page took longer than its time limit; the worker was ended."""
    PARSER_FAILED = "parser_failed"
    """The parser raised or its worker died; the log has the traceback."""


class RunOutcome(StrEnum):
    """How a Run ended."""

    COMPLETED = "completed"
    """At least one listing was read; the counts by fate say the rest."""
    FAILED = "failed"
    """No listing could be read; ``Run.reason`` says why."""
    INTERRUPTED = "interrupted"
    """The service stopped or was killed during the Run."""


class HealthState(StrEnum):
    """How a Source is."""

    NEW = "new"
    """Not read yet."""
    HEALTHY = "healthy"
    """Read as usual."""
    QUIET = "quiet"
    """Read, with fewer new articles than usual for this weekday and hour."""
    STALE = "stale"
    """Read, but its listings stand still: nothing new for far longer than it ever paused."""
    BLOCKED = "blocked"
    """The outlet refuses us: 401, 403, 429, or a browser check in place of listings or pages."""
    BROKEN = "broken"
    """No listing could be read in several Runs, or the pages listed last are not there."""
    CHANGED = "changed"
    """Pages are fetched, but fields that used to come out of them no longer do."""

    @property
    def is_bad(self) -> bool:
        """Whether somebody should look; a quiet source may only have little to say."""
        return self in (HealthState.STALE, HealthState.BLOCKED, HealthState.BROKEN, HealthState.CHANGED)


class Health(Value):
    """How a Source is, since when, and why."""

    state: HealthState
    since_at: Moment
    cause: str = ""
    """Which rule found it; empty where nothing is wrong."""
    facts: dict[str, str | int | float] = {}
    """What the rule saw: with ``cause`` enough to say the reason in any language."""
    reason: str = ""
    """The same in an English sentence, for the log and the command line."""


class HealthEvent(Value):
    """A Source turned bad, or is well again."""

    source: str
    state: HealthState
    reason: str
    at: Moment


class Entry(Value):
    """One item on a Listing, as listed."""

    url: str
    """Absolute address as listed, tracking parameters removed."""
    title: str | None = None
    published_at: Moment | None = None
    """As the listing states it; the page is the better witness."""
    modified_at: Moment | None = None
    """A sitemap's lastmod."""


class Snapshot(Value):
    """A page as received. Never changes; everything else is computed from it."""

    source: str
    requested_url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    """Response headers in order, names as sent."""
    body: bytes
    """After transfer and content decoding."""
    fetched_at: Moment


class Revision(Value):
    """The text of an Article as one Snapshot gave it."""

    title: str
    lead: str = ""
    """The sapo; empty where the page has none."""
    text: str
    """Body in NFC, without the lead where the page repeats it; one blank line between paragraphs."""
    author: str | None = None
    published_at: Moment | None = None
    published_from: str | None = None
    """Which witness gave ``published_at``: json-ld, time, meta, id, visible, htmldate."""
    language: str
    """ISO 639-1."""
    original_url: str | None = None
    """The address a re-host names as its source."""

    @property
    def judged_text(self) -> str:
        """Lead and body as judged and shown; Evidence offsets count its code points."""
        return f"{self.lead}\n\n{self.text}" if self.lead else self.text


class Rejection(Value):
    """Why a Snapshot gave no Revision."""

    reason: RejectionReason
    detail: str = ""


class Evidence(Value):
    """A sentence behind a Flag, with the names of the W3C Web Annotation selectors."""

    exact: str
    prefix: str
    """Up to 32 code points before ``exact``."""
    suffix: str
    """Up to 32 code points after ``exact``."""
    start: int = Field(ge=0)
    """Offset of ``exact`` in the judged text, in code points."""
    end: int
    """Exclusive."""
    rule: str
    """Name of the topic's rule that found it."""
    weight: float
    """What the sentence added, 0 to 1."""
    marks: tuple[tuple[int, int], ...] = ()
    """The matched words: (start, end) offsets in the judged text, ascending, not overlapping."""


class Flag(Value):
    """The verdict on one text and one topic. ``grade`` 0 is kept too: a near miss can be audited."""

    topic: str
    grade: int = Field(ge=0, le=2)
    """2: the article is about the topic; 1: it says so in passing; 0: neither."""
    score: float = Field(ge=0, le=1)
    evidence: tuple[Evidence, ...] = ()

    @property
    def is_flagged(self) -> bool:
        """Whether the text is on the topic at all."""
        return self.grade > 0


class Quantity(Value):
    """A number that the text states."""

    indicator: str
    """What is counted: a name of ``analysis.quantities``, such as members_admitted."""
    value: float
    unit: str
    """people, organisations, enterprises, percent, or another plural noun."""
    place: str | None = None
    """As written; None where the text is national or names none."""
    place_today: str | None = None
    """Vietnamese name of the unit that the place belongs to today; None where it is not known."""
    period: str | None = None
    """A year ("2025"), a range ("2020-2025"), "by 2030", or a span up to a day ("2026-01-01/2026-06-30")."""
    kind: str
    """result, target or total."""
    exact: str
    """The words it came from."""
    start: int = 0
    """Offset of ``exact`` in the judged text, in code points."""
    end: int = 0
    """Exclusive."""


class DocumentMention(Value):
    """A Party document that the text names. The same number of another year is another document."""

    exact: str
    """As written, such as "Chỉ thị số 33-CT/TW"."""
    key: str
    """The same for every spelling: the number and, where it is known, the year, such as 33-CT/TW/2014."""
    number: str | None = None
    """As the Party writes it, such as 33-CT/TW; None where the text names the document without one."""
    type: str
    """Abbreviation in Vietnamese: NQ, CT, QĐ, KL, HD, KH, ĐA, CTr …"""
    issuer: str | None = None
    """TW, or TU with the province where the text tells it."""
    dated: date | None = None
    title: str | None = None
    """What it is about, in English, where the document is a known one."""
    start: int = 0
    end: int = 0


class PlaceMention(Value):
    """A province, a district or an industrial park that the text names."""

    exact: str
    name: str
    """In Vietnamese, as the unit was called at the time, such as Bắc Giang."""
    today: str | None = None
    """The unit it belongs to since 1 July 2025, such as Bắc Ninh."""
    level: str
    """province, district or park."""
    start: int = 0
    end: int = 0


class EnterpriseMention(Value):
    """A firm that has, founds or joins a Party organisation, or whose people are admitted."""

    exact: str
    """As written."""
    key: str
    """The same for every spelling of the firm, such as "luxshare ict"."""
    act: str
    """has, founds, admits, or other."""
    place: str | None = None
    """Today's unit."""
    sentence: str
    """The words that say so."""
    start: int = 0
    end: int = 0


class Statements(Value):
    """What a text states beside its Flag, each in the order of the text."""

    quantities: tuple[Quantity, ...] = ()
    documents: tuple[DocumentMention, ...] = ()
    places: tuple[PlaceMention, ...] = ()
    enterprises: tuple[EnterpriseMention, ...] = ()


class Verdict(Statements):
    """All that the analysis says of one text."""

    flag: Flag


class JudgedArticle(Value):
    """An Article with its newest Revision and Flag, as the digest and the pages need it."""

    article_id: int
    revision_id: int | None = None
    """Of the Revision that was judged."""
    source: str
    """The Source's name in the command line, such as vna-en."""
    source_name: str
    """The outlet's name, such as VietnamPlus (English)."""
    url: str
    first_seen_at: Moment
    judged_at: Moment
    revision: Revision
    flag: Flag
    statements: Statements = Statements()
    """Read for flagged Articles only; a text that is not flagged has none."""


class SourceCoverage(Value):
    """What one Source contributed to one span of time; the digest's answer to "was it read?"."""

    source: str
    source_name: str
    runs: int
    """Runs that ended in the span."""
    runs_failed: int
    last_read_at: Moment | None
    """End of the last completed Run, ever."""
    last_reason: str | None
    """Why the last Run failed; None where it did not."""
    articles_new: int
    pages_rejected: int
    rejections: dict[str, int]
    """Count by RejectionReason."""
    fates: dict[str, int]
    """Count by Fate."""
    health: Health | None = None
    """As last judged; None before the first time."""

    @property
    def state(self) -> str:
        """read, failing or unread."""
        if self.last_reason is not None:
            return "failing"
        return "read" if self.runs > self.runs_failed else "unread"


class StoredDigest(Value):
    """A digest as frozen when it was built."""

    on: date
    built_at: Moment
    since: Moment
    until: Moment
    body: dict[str, Any]
    """The digest's JSON form."""

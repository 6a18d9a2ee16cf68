"""The Digest: what one day's readers are shown, free of any language, zone or format.

Its JSON form (``to_body``) is what is frozen in storage and what ``--format json`` prints; reading it
back gives an equal Digest. Entries, near misses and coverage are already in the order shown.
"""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field

from storage.models import Moment, Value


def _by_name(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))


Counted = Annotated[dict[str, int], AfterValidator(_by_name)]
"""Counts by name, sorted: a database may return the keys of stored JSON in another order."""


class Sentence(Value):
    """A sentence behind a Flag, as quoted in the digest."""

    exact: str
    marks: tuple[tuple[int, int], ...]
    """The matched words: (start, end) in code points of ``exact``, ascending, not overlapping."""
    start: int
    """Offset of the sentence in the article's judged text, in code points."""
    rule: str
    weight: float


class DigestArticle(Value):
    """One outlet's telling, as it was when the digest was built."""

    article_id: int
    source: str
    outlet: str
    url: str
    language: str
    """ISO 639-1."""
    title: str
    lead: str
    """The article's lead, or the beginning of its text where it has none."""
    published_at: Moment | None
    first_seen_at: Moment
    grade: int
    score: float
    evidence: tuple[Sentence, ...]
    """In the order of the text."""


class DigestEntry(Value):
    """One item of the digest: today one article, later every outlet's telling of one story."""

    grade: int
    score: float
    articles: tuple[DigestArticle, ...] = Field(min_length=1)
    """The first one lends the entry its title."""

    @property
    def article(self) -> DigestArticle:
        """The telling whose title and lead stand for the entry."""
        return self.articles[0]


class CoverageLine(Value):
    """What one Source gave in the digest's span, and whether it could be read at all."""

    source: str
    outlet: str
    state: Literal["read", "failing", "unread"]
    reason: str | None
    """Why the last Run failed."""
    last_read_at: Moment | None
    articles_new: int
    pages_rejected: int
    rejections: Counted
    """Count by RejectionReason."""
    fates: Counted
    """Count by Fate."""


class Counts(Value):
    """The digest in numbers."""

    about: int
    in_passing: int
    outlets: int
    """Sources with at least one entry."""
    near_misses: int
    """All of them; the digest lists the best only."""
    sources: int
    sources_read: int
    sources_failing: int
    sources_unread: int
    articles_new: int
    pages_rejected: int

    @property
    def entries(self) -> int:
        """Entries in all."""
        return self.about + self.in_passing


class Digest(Value):
    """One local day's selection."""

    version: Literal[1] = 1
    """Of this form; raised when a field changes its meaning, since frozen digests are kept."""
    on: date
    built_at: Moment
    since: Moment | None
    """End of the span of the digest before; None for the first one."""
    until: Moment
    is_final: bool
    """Frozen, or to be; False for a look at what is collected so far."""
    counts: Counts
    entries: tuple[DigestEntry, ...]
    """By grade, score and time; the best first."""
    near_misses: tuple[DigestEntry, ...]
    coverage: tuple[CoverageLine, ...]
    """The sources in trouble first, then by name."""

    def to_body(self) -> dict[str, Any]:
        """The JSON form, as ``StoredDigest.body`` keeps it."""
        return self.model_dump(mode="json")

    @classmethod
    def from_body(cls, body: dict[str, Any]) -> Self:
        """The Digest of which ``body`` is the JSON form; pydantic's ValidationError where it is none."""
        return cls.model_validate(body)

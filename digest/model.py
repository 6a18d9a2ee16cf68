"""The Digest: what one day's readers are shown, free of any language, zone or format.

Its JSON form (``to_body``) is what is frozen in storage and what ``--format json`` prints; reading it
back gives an equal Digest. Entries, near misses and coverage are already in the order shown.
"""

from datetime import date, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field

from storage.models import Health, Moment, Value


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


class StatedQuantity(Value):
    """A number that the article states."""

    indicator: str
    value: float
    unit: str
    place: str | None
    """Today's unit where it is known, else as written; None where the text names none."""
    period: str | None
    """As in ``storage.models.Quantity``."""
    kind: str
    """result, target or total."""
    exact: str
    """The words it came from."""


class StatedDocument(Value):
    """A Party document that the article names."""

    exact: str
    key: str
    number: str | None
    dated: date | None
    title: str | None
    """What it is about, in English."""


class StatedFirm(Value):
    """An enterprise that the article names for its Party organisation."""

    name: str
    key: str
    act: str
    """has, founds, admits or other."""
    place: str | None
    """Today's unit."""


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
    # Digests frozen before these four were known lack them.
    quantities: tuple[StatedQuantity, ...] = ()
    """In the order of the text."""
    places: tuple[str, ...] = ()
    """Today's units in Vietnamese, each once."""
    documents: tuple[StatedDocument, ...] = ()
    """Each once, by its key."""
    firms: tuple[StatedFirm, ...] = ()
    """Each once, by its key."""
    way: str | None = None
    """How it came into its story, as ``storage.stories.Membership`` has it; None where it has none."""
    source_outlet: str | None = None
    """Whose telling it comes from; None for the first."""
    delay_s: float | None = None
    """After that telling, in seconds."""
    reasons: tuple[str, ...] = ()
    """Why it was joined to the story, in English."""


class ChangedQuantity(Value):
    """A number that an outlet changed after a digest had shown it."""

    indicator: str
    unit: str
    place: str | None
    before: float | None
    """None where the text stated none."""
    after: float | None
    """None where it states none any more."""


class DigestEntry(Value):
    """One story: every outlet's telling of one event that this digest has."""

    grade: int
    """The highest of its tellings."""
    score: float
    """The highest of its tellings."""
    articles: tuple[DigestArticle, ...] = Field(min_length=1)
    """By time; the first one told it first."""
    story_id: int | None = None
    told_on: date | None = None
    """An update's: the day of the digest in which the story was new."""
    changes: tuple[ChangedQuantity, ...] = ()
    """An update's: what the outlet changed."""

    @property
    def article(self) -> DigestArticle:
        """The telling whose title and lead stand for the entry: the first of the highest grade."""
        return self.telling(None)

    def telling(self, language: str | None) -> DigestArticle:
        """The telling for a reader of ``language``: in that language if one is, else the first."""
        best = [article for article in self.articles if article.grade == self.grade] or list(self.articles)
        return next((article for article in best if article.language == language), best[0])


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
    health: Health | None = None
    """How the Source is, where it is neither healthy nor new; None otherwise."""


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
    updates: int = 0

    @property
    def entries(self) -> int:
        """New stories in all."""
        return self.about + self.in_passing


class ServicePause(Value):
    """A span in which the service did not run."""

    since: Moment
    until: Moment
    cause: Literal["asleep", "held", "stopped", "killed", "clock"]
    """As in ``storage.jobs.StretchEnding``; killed where nothing is known. "clock": it ran, and somebody
    set the clock forward."""


LATE_AFTER = timedelta(minutes=30)
"""A digest that is built so long after its hour says so; reading what came last may take minutes."""
_MINUTE = timedelta(minutes=1)


class Digest(Value):
    """One local day's selection."""

    version: Literal[1] = 1
    """Of this form; raised when a field changes its meaning, since frozen digests are kept."""
    on: date
    built_at: Moment
    due_at: Moment | None = None
    """When it was to be built; None where it was asked for."""
    since: Moment | None
    """End of the span of the digest before; None for the first one."""
    until: Moment
    is_final: bool
    """Frozen, or to be; False for a look at what is collected so far."""
    counts: Counts
    entries: tuple[DigestEntry, ...]
    """By grade, score, outlets and time; the best first."""
    updates: tuple[DigestEntry, ...] = ()
    """What is new of stories that an earlier digest had, by that digest's day, the latest first."""
    near_misses: tuple[DigestEntry, ...]
    coverage: tuple[CoverageLine, ...]
    """The sources in trouble first, then by name."""
    pauses: tuple[ServicePause, ...] | None = None
    """When the service did not run in the span, the earliest first; None: not known."""
    short_of_room: tuple[tuple[Moment, Moment], ...] = ()
    """Spans in which nothing was crawled because the disk was nearly full, the earliest first."""

    @property
    def is_late(self) -> bool:
        """Whether it was built well after its hour, since the service did not run or the machine slept."""
        return self.due_at is not None and self.built_at - self.due_at > LATE_AFTER

    @property
    def late_cause(self) -> str | None:
        """Why it is late: a ``ServicePause.cause``, "work" where reading took so long, None: not known."""
        if self.pauses is None or self.due_at is None:
            return None
        # A pause is known to a minute.
        due = self.due_at
        at = (pause for pause in self.pauses if pause.since - _MINUTE <= due <= pause.until)
        return next((pause.cause for pause in at), "work")

    @property
    def down_s(self) -> float:
        """For how many seconds of the span the service did not run."""
        pauses = (pause for pause in self.pauses or () if pause.cause != "clock")
        return sum((pause.until - pause.since).total_seconds() for pause in pauses)

    def to_body(self) -> dict[str, Any]:
        """The JSON form, as ``StoredDigest.body`` keeps it."""
        return self.model_dump(mode="json")

    @classmethod
    def from_body(cls, body: dict[str, Any]) -> Self:
        """The Digest of which ``body`` is the JSON form; pydantic's ValidationError where it is none."""
        return cls.model_validate(body)

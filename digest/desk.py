"""The digest's only door to storage: collect what is new, freeze it once, hand it out again.

An Article is new in exactly one digest. Freezing takes every flagged Article that no digest has yet, in
the transaction that also keeps the digest; whatever is judged later belongs to the next one. So nothing
is shown twice and nothing falls between two digests, whenever they are built.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlmodel import Session

from digest.build import build_digest
from digest.errors import NoDigest, UnreadableDigest
from digest.model import Digest, ServicePause
from digest.summary import Period, Summary, build_summary, span_of
from digest.updates import ChangedArticle, Stories
from storage import jobs, outbox, queries, stories, upkeep
from storage.database import Database
from storage.jobs import Pause
from storage.models import JudgedArticle, StoredDigest
from storage.statements import statements_of

NEAR_MISS_SCORE = 0.05
"""Unless the caller says otherwise: below this score a text that was not flagged did not come close."""

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def digest_for(
    database: Database,
    on: date,
    now: datetime,
    zone: ZoneInfo,
    topic: str,
    *,
    near_miss_score: float = NEAR_MISS_SCORE,
) -> Digest | None:
    """The digest of ``on``, a date in ``zone``: the frozen one where there is one.

    For today (by ``now``) without one it is what is collected so far, with ``is_final`` False; for any
    other day None. Raises UnreadableDigest.
    """
    with database.read() as session:
        stored = queries.digest_on(session, on)
        if stored is not None:
            return _thawed(stored)
        is_today = on == now.astimezone(zone).date()
        return _collected(session, on, now, topic, near_miss_score) if is_today else None


def collecting(
    database: Database, now: datetime, zone: ZoneInfo, topic: str, *, near_miss_score: float = NEAR_MISS_SCORE
) -> Digest:
    """What has come since the last frozen digest: the next one as it would be now, not final."""
    today = now.astimezone(zone).date()
    with database.read() as session:
        on = today if queries.digest_on(session, today) is None else today + timedelta(days=1)
        return _collected(session, on, now, topic, near_miss_score)


def entries_since(database: Database, digest: Digest, now: datetime, topic: str) -> int:
    """How many entries ``collecting`` has now beside the frozen ``digest``, without making them."""
    with database.read() as session:
        articles = queries.undigested_articles(session, topic, max(now, digest.until))
        places = stories.memberships(session, [item.article_id for item in articles])
        told = stories.told_on(session, {place.story_id for place in places.values()})
    alone = sum(item.article_id not in places for item in articles)
    return alone + len({place.story_id for place in places.values()} - set(told))


def freeze(
    database: Database,
    on: date,
    now: datetime,
    zone: ZoneInfo,
    topic: str,
    *,
    near_miss_score: float = NEAR_MISS_SCORE,
    channels: Collection[str] = (),
    due_at: datetime | None = None,
) -> Digest:
    """The digest of ``on``, built and frozen at ``now`` where that has not been done yet.

    Its delivery to ``channels`` is queued with it; ``due_at`` is said where it comes late. Running it
    again, from wherever, returns what the first run has frozen. ``zone`` says what ``on`` means and must
    be the one of all other calls. Raises UnreadableDigest.
    """
    with database.write() as session:
        stored = queries.digest_on(session, on)
        if stored is None:
            found = _gathered(session, now, topic)
            digest = _built(session, on, now, topic, near_miss_score, found, is_final=True)
            digest = digest.model_copy(update={"due_at": due_at})
            stored = _frozen(digest)
            if queries.freeze_digest(session, stored, found.shown):
                queries.note_shown(session, found.shown_again)
                outbox.queue(session, on, channels, now)
            else:
                stored = queries.digest_on(session, on) or stored
        return _thawed(stored)


def frozen_digest(database: Database, on: date) -> Digest:
    """The digest of ``on`` as it was frozen. Raises NoDigest and UnreadableDigest."""
    with database.read() as session:
        stored = queries.digest_on(session, on)
    if stored is None:
        raise NoDigest(on)
    return _thawed(stored)


def last_digests(database: Database, limit: int) -> list[Digest]:
    """The frozen digests of the last days, the newest first. Raises UnreadableDigest."""
    with database.read() as session:
        return [_thawed(stored) for stored in queries.last_digests(session, limit)]


def summary_of(database: Database, period: Period, on: date) -> Summary:
    """The week or month that ``on`` is in, from its frozen digests. Raises UnreadableDigest."""
    first, last = span_of(period, on)
    with database.read() as session:
        digests = [_thawed(_of_trouble(stored)) for stored in queries.digests_between(session, first, last)]
        begun = min(queries.digest_dates(session), default=None)
    return build_summary(period, on, digests, begun)


@dataclass(frozen=True)
class _Gathered:
    """What a digest is made of, read once."""

    since: datetime | None
    until: datetime
    articles: list[JudgedArticle]
    """Flagged, in no digest yet."""
    changed: list[tuple[JudgedArticle, int, date]]
    """As ``queries.changed_articles`` has them."""

    @property
    def shown(self) -> dict[int, int | None]:
        """The articles that this digest is the first to have, with the text that it shows."""
        return {item.article_id: item.revision_id for item in self.articles}

    @property
    def shown_again(self) -> dict[int, int]:
        """The articles that an earlier digest had, whose new text this one has told of."""
        return {
            judged.article_id: judged.revision_id
            for judged, _, _ in self.changed
            if judged.revision_id is not None
        }


def _gathered(session: Session, now: datetime, topic: str) -> _Gathered:
    last = queries.last_digest(session)
    since = last.until if last else None
    # A clock that was set back must not turn the span around.
    until = max(now, since) if since else now
    return _Gathered(
        since=since,
        until=until,
        articles=queries.undigested_articles(session, topic, until),
        changed=queries.changed_articles(session, topic, until),
    )


def _collected(session: Session, on: date, now: datetime, topic: str, near_miss_score: float) -> Digest:
    """What the digest of ``on`` would be now; not final."""
    found = _gathered(session, now, topic)
    return _built(session, on, now, topic, near_miss_score, found, is_final=False)


def _built(
    session: Session,
    on: date,
    now: datetime,
    topic: str,
    near_miss_score: float,
    found: _Gathered,
    *,
    is_final: bool,
) -> Digest:
    start = found.since or _BEGINNING
    pauses = jobs.pauses(session, start, found.until)
    everyone = [item.article_id for item in (*found.articles, *(one for one, _, _ in found.changed))]
    digest = build_digest(
        on,
        found.since,
        found.until,
        now,
        found.articles,
        queries.near_misses(session, topic, start, found.until, near_miss_score),
        queries.coverage(session, start, found.until),
        is_final=is_final,
        stories=_stories(session, everyone),
        changed=_changed(session, found.changed),
    )
    short = tuple(upkeep.crawling_pauses(session, start, found.until))
    return digest.model_copy(update={"pauses": tuple(map(_pause, pauses)), "short_of_room": short})


def _pause(pause: Pause) -> ServicePause:
    cause = pause.ending.value if pause.ending else "killed"
    return ServicePause.model_validate({"since": pause.since, "until": pause.until, "cause": cause})


def _stories(session: Session, article_ids: Collection[int]) -> Stories:
    places = stories.memberships(session, article_ids)
    numbers = {place.story_id for place in places.values()}
    everyone = [item.article_id for group in stories.members(session, numbers).values() for item in group]
    return Stories(
        places=places,
        outlets=queries.outlet_names(session, everyone),
        told_on=stories.told_on(session, numbers),
    )


def _changed(session: Session, found: Sequence[tuple[JudgedArticle, int, date]]) -> list[ChangedArticle]:
    stated = statements_of(session, [revision_id for _, revision_id, _ in found])
    return [
        ChangedArticle(judged=judged, before=stated[revision_id].quantities, told_on=on)
        for judged, revision_id, on in found
    ]


def _frozen(digest: Digest) -> StoredDigest:
    return StoredDigest(
        on=digest.on,
        built_at=digest.built_at,
        since=digest.since or _BEGINNING,
        until=digest.until,
        body=digest.to_body(),
    )


def _of_trouble(stored: StoredDigest) -> StoredDigest:
    """Without the coverage of sources that were read: most of what a month has, and none of its Summary."""
    lines = stored.body.get("coverage")
    if not isinstance(lines, list):
        return stored
    kept = [line for line in lines if not (isinstance(line, dict) and line.get("state") == "read")]
    return stored.model_copy(update={"body": {**stored.body, "coverage": kept}})


def _thawed(stored: StoredDigest) -> Digest:
    try:
        return Digest.from_body(stored.body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "the document"
        raise UnreadableDigest(stored.on, f"{field}: {first['msg']}") from error

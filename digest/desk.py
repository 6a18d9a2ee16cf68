"""The digest's only door to storage: collect what is new, freeze it once, hand it out again.

An Article is new in exactly one digest. Freezing takes every flagged Article that no digest has yet, in
the transaction that also keeps the digest; whatever is judged later belongs to the next one. So nothing
is shown twice and nothing falls between two digests, whenever they are built.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlmodel import Session

from digest.build import build_digest
from digest.errors import UnreadableDigest
from digest.model import Digest
from storage import queries
from storage.database import Database
from storage.models import StoredDigest

NEAR_MISS_SCORE = 0.25
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
        return _collected(session, on, now, topic, near_miss_score, is_final=False) if is_today else None


def collecting(
    database: Database, now: datetime, zone: ZoneInfo, topic: str, *, near_miss_score: float = NEAR_MISS_SCORE
) -> Digest:
    """What has come since the last frozen digest: the next one as it would be now, not final."""
    today = now.astimezone(zone).date()
    with database.read() as session:
        on = today if queries.digest_on(session, today) is None else today + timedelta(days=1)
        return _collected(session, on, now, topic, near_miss_score, is_final=False)


def freeze(
    database: Database,
    on: date,
    now: datetime,
    zone: ZoneInfo,
    topic: str,
    *,
    near_miss_score: float = NEAR_MISS_SCORE,
) -> Digest:
    """The digest of ``on``, built and frozen at ``now`` where that has not been done yet.

    Running it again, from wherever, returns what the first run has frozen. ``zone`` says what ``on``
    means and must be the one of all other calls. Raises UnreadableDigest.
    """
    with database.write() as session:
        stored = queries.digest_on(session, on)
        if stored is None:
            digest = _collected(session, on, now, topic, near_miss_score, is_final=True)
            stored = _frozen(digest)
            articles = [article.article_id for entry in digest.entries for article in entry.articles]
            if not queries.freeze_digest(session, stored, articles):
                stored = queries.digest_on(session, on) or stored
        return _thawed(stored)


def _collected(
    session: Session, on: date, now: datetime, topic: str, near_miss_score: float, *, is_final: bool
) -> Digest:
    last = queries.last_digest(session)
    since = last.until if last else None
    # A clock that was set back must not turn the span around.
    until = max(now, since) if since else now
    start = since or _BEGINNING
    return build_digest(
        on,
        since,
        until,
        now,
        queries.undigested_articles(session, topic, until),
        queries.near_misses(session, topic, start, until, near_miss_score),
        queries.coverage(session, start, until),
        is_final=is_final,
    )


def _frozen(digest: Digest) -> StoredDigest:
    return StoredDigest(
        on=digest.on,
        built_at=digest.built_at,
        since=digest.since or _BEGINNING,
        until=digest.until,
        body=digest.to_body(),
    )


def _thawed(stored: StoredDigest) -> Digest:
    try:
        return Digest.from_body(stored.body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "the document"
        raise UnreadableDigest(stored.on, f"{field}: {first['msg']}") from error

"""Stories in the store: which Articles tell one event, and the keys by which other tellings are found.

What a Fingerprint holds and how two are compared is the analysis' matter; here it is a JSON form.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import bindparam, delete, func, insert, true, update
from sqlmodel import Session, col, exists, select

from storage.dialects import plain
from storage.models import Moment, Revision, Value
from storage.reading import revision_of
from storage.story_tables import (
    FingerprintRow,
    StoryArticleRow,
    StoryDecisionRow,
    StoryKeyRow,
    StoryRow,
)
from storage.tables import (
    ArticleRow,
    DigestArticleRow,
    DigestRow,
    FlagRow,
    RevisionRow,
)

_MOST_SHARED = 2000
"""A key that more Articles share tells nothing."""
_MOST_CANDIDATES = 80
_BATCH = 500
_FINGERPRINT, _KEY, _MEMBERSHIP = plain(FingerprintRow), plain(StoryKeyRow), plain(StoryArticleRow)
_MOVE = (
    update(_MEMBERSHIP)
    .where(_MEMBERSHIP.c.article_id == bindparam("of_article"))
    .values(
        {name: bindparam(name) for name in ("story_id", "way", "source_article_id", "delay_s", "reasons")}
    )
)


class Membership(Value):
    """An Article's place in its Story."""

    article_id: int
    story_id: int
    way: str
    """first, reprinted, rehosted, translated, rewrote or joined."""
    source_article_id: int | None = None
    """The telling that it comes from; None for the first."""
    delay_s: float | None = None
    """After its source, in seconds; None where either time is unknown."""
    reasons: tuple[str, ...] = ()
    """Why it was joined, in English; empty for the first."""


@dataclass(frozen=True, slots=True)
class Ungrouped:
    """A flagged Article that no Story has."""

    article_id: int
    source: str
    url: str
    first_seen_at: Moment
    revision: Revision


def ungrouped_articles(session: Session, topic: str, limit: int, after: int = 0) -> list[Ungrouped]:
    """Flagged Articles without a Story whose number is above ``after``, in order."""
    is_grouped = exists().where(col(StoryArticleRow.article_id) == ArticleRow.id)
    query = (
        select(ArticleRow, RevisionRow)
        .join(RevisionRow, col(RevisionRow.article_id) == ArticleRow.id)
        .join(FlagRow, col(FlagRow.revision_id) == RevisionRow.id)
        .where(col(RevisionRow.is_newest) == true(), FlagRow.topic == topic, col(FlagRow.grade) > 0)
        .where(~is_grouped, col(ArticleRow.id) > after)
        .order_by(col(ArticleRow.id))
        .limit(limit)
    )
    found = []
    for article, revision in session.exec(query):
        assert article.id is not None
        found.append(
            Ungrouped(article.id, article.source, article.url, article.first_seen_at, revision_of(revision))
        )
    return found


def candidates(session: Session, keys: Sequence[int], besides: int) -> list[int]:
    """Articles that share the most and rarest of ``keys``, the likeliest first; never ``besides``."""
    if not keys:
        return []
    key, article = col(StoryKeyRow.key), col(StoryKeyRow.article_id)
    counts = dict(session.execute(select(key, func.count()).where(key.in_(keys)).group_by(key)).all())
    telling = [item for item, count in counts.items() if count <= _MOST_SHARED]
    weights: dict[int, float] = {}
    for found_key, article_id in session.execute(select(key, article).where(key.in_(telling))):
        weights[article_id] = weights.get(article_id, 0.0) + 1 / counts[found_key]
    weights.pop(besides, None)
    return sorted(weights, key=lambda id: (-weights[id], id))[:_MOST_CANDIDATES]


def record_fingerprint(session: Session, article_id: int, form: dict[str, Any], keys: Iterable[int]) -> None:
    """Keep an Article's fingerprint and the keys it is found by, in place of earlier ones."""
    session.flush()
    connection = session.connection()
    connection.execute(delete(_KEY).where(_KEY.c.article_id == article_id))
    connection.execute(delete(_FINGERPRINT).where(_FINGERPRINT.c.article_id == article_id))
    connection.execute(insert(_FINGERPRINT), {"article_id": article_id, "form": form})
    rows = [{"key": key, "article_id": article_id} for key in sorted(set(keys))]
    if rows:
        connection.execute(insert(_KEY), rows)


def fingerprints(session: Session, article_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """The forms of these Articles, by number; one that has none is left out."""
    query = _FINGERPRINT.select().where(_FINGERPRINT.c.article_id.in_(list(article_ids)))
    return {row.article_id: row.form for row in session.connection().execute(query)}


def memberships(session: Session, article_ids: Collection[int]) -> dict[int, Membership]:
    """Where these Articles are, by number; one without a Story is left out."""
    ordered, found = sorted(set(article_ids)), {}
    for start in range(0, len(ordered), _BATCH):
        ids = ordered[start : start + _BATCH]
        query = _MEMBERSHIP.select().where(_MEMBERSHIP.c.article_id.in_(ids))
        found.update({row.article_id: _membership(row) for row in session.connection().execute(query)})
    return found


def members(session: Session, story_ids: Collection[int]) -> dict[int, list[Membership]]:
    """The Articles of these Stories, by Story, each in the order of their numbers."""
    is_told = _MEMBERSHIP.c.story_id.in_(list(story_ids))
    query = _MEMBERSHIP.select().where(is_told).order_by(_MEMBERSHIP.c.article_id)
    found: dict[int, list[Membership]] = {}
    for row in session.connection().execute(query):
        found.setdefault(row.story_id, []).append(_membership(row))
    return found


def make_story(session: Session, now: datetime) -> int:
    """A Story without Articles; its number."""
    row = StoryRow(made_at=now)
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def record_memberships(session: Session, placed: Sequence[Membership], now: datetime) -> None:
    """Keep where Articles are, in place of where they were; a Story left empty leads to where they are."""
    session.flush()
    connection = session.connection()
    facts = {item.article_id: item.model_dump() | {"reasons": list(item.reasons)} for item in placed}
    query = _MEMBERSHIP.select().where(_MEMBERSHIP.c.article_id.in_(list(facts)))
    former = {row.article_id: row.story_id for row in connection.execute(query)}
    new = [values | {"joined_at": now} for id, values in facts.items() if id not in former]
    if new:
        connection.execute(insert(_MEMBERSHIP), new)
    if former:
        connection.execute(_MOVE, [facts[id] | {"of_article": id} for id in former])
        _keep_emptied(session, former)


def _keep_emptied(session: Session, former: Mapping[int, int]) -> None:
    """Note of Stories that have no Article left where one of theirs is now; they keep their numbers."""
    story_id = col(StoryArticleRow.story_id)
    told = set(session.exec(select(story_id).where(story_id.in_(set(former.values())))))
    for number in set(former.values()) - told:
        moved = min(article_id for article_id, was_in in former.items() if was_in == number)
        session.execute(update(StoryRow).where(col(StoryRow.id) == number).values(moved_article_id=moved))


def decide(session: Session, one: int, other: int, now: datetime, *, is_together: bool) -> None:
    """A person says that two Articles tell one event, or two; the last word counts."""
    first, second = sorted((one, other))
    pair = {"first_article_id": first, "second_article_id": second}
    session.execute(
        delete(StoryDecisionRow).where(
            col(StoryDecisionRow.first_article_id) == first, col(StoryDecisionRow.second_article_id) == second
        )
    )
    session.execute(insert(StoryDecisionRow), [pair | {"is_together": is_together, "decided_at": now}])


def decisions(session: Session, article_ids: Collection[int]) -> dict[tuple[int, int], bool]:
    """What was decided of pairs among these Articles: (smaller, larger number) to whether together."""
    query = select(StoryDecisionRow).where(
        col(StoryDecisionRow.first_article_id).in_(article_ids),
        col(StoryDecisionRow.second_article_id).in_(article_ids),
    )
    return {(row.first_article_id, row.second_article_id): row.is_together for row in session.exec(query)}


def told_on(session: Session, story_ids: Collection[int]) -> dict[int, date]:
    """The day of the first digest that had each of these Stories; those that none had are left out."""
    query = (
        select(col(StoryArticleRow.story_id), func.min(DigestRow.on))
        .join(DigestArticleRow, col(DigestArticleRow.article_id) == StoryArticleRow.article_id)
        .join(DigestRow, col(DigestRow.id) == DigestArticleRow.digest_id)
        .where(col(StoryArticleRow.story_id).in_(story_ids))
        .group_by(col(StoryArticleRow.story_id))
    )
    return {story_id: _day(on) for story_id, on in session.execute(query)}


def _day(on: date | str) -> date:
    return date.fromisoformat(on) if isinstance(on, str) else on


def _membership(row: SqlRow[Any]) -> Membership:
    return Membership.model_validate({name: getattr(row, name) for name in Membership.model_fields})

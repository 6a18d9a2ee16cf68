"""A person's word on Stories: two are one event, or some tellings of one are another.

The Articles move at once, by that word alone. How each telling came to its new Story is left open
(``JOINED``) where it is no longer known, until whoever can compare texts finds out.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import product

from sqlalchemy import delete, insert, true
from sqlmodel import Session, col, select

from storage import stories
from storage.stories import Membership
from storage.story_tables import StoryArticleRow, StoryDecisionRow, StoryKeyRow, StoryRow
from storage.tables import ArticleRow, RevisionRow

FIRST = "first"
JOINED = "joined"
"""The way of a telling that a person put where it is, before its source is known."""

_MOST_KEYS = 400
_MOST_TELLINGS = 8
"""So many tellings of a Story say what others might be the same event."""


class NothingToMove(ValueError):
    """The Story has no such tellings, or none would stay or go."""


def standing_for(session: Session, story_id: int) -> int | None:
    """The Story that stands under the number ``story_id`` today.

    Another one where it was merged away; None where there never was one.
    """
    if story_id in stories.members(session, [story_id]):
        return story_id
    row = session.get(StoryRow, story_id)
    if row is None or row.moved_article_id is None:
        return None
    place = stories.memberships(session, [row.moved_article_id]).get(row.moved_article_id)
    return place.story_id if place else None


def merge(session: Session, one: int, other: int, now: datetime) -> int:
    """Make one Story of two, for good; the number kept is the smaller one.

    Raises NothingToMove where they are the same, or one is no Story.
    """
    groups = stories.members(session, {one, other})
    if len(groups) != 2:
        raise NothingToMove(f"stories {one} and {other} are not two")
    kept, gone = sorted(groups)
    everyone = [*groups[kept], *groups[gone]]
    _take_back(session, _pairs(*(_ids(group) for group in groups.values())))
    stories.decide(session, _first_of(groups[kept]), _first_of(groups[gone]), now, is_together=True)
    _place(session, kept, everyone, now)
    return kept


def split(session: Session, story_id: int, article_ids: Collection[int], now: datetime) -> int:
    """Make a Story of its own of some tellings of one, for good; its number.

    That is the number under which they stood before a merge, where they did. Raises NothingToMove where
    none of the Story's tellings would go, or none would stay.
    """
    group = stories.members(session, [story_id]).get(story_id, [])
    going = [item for item in group if item.article_id in article_ids]
    staying = [item for item in group if item.article_id not in article_ids]
    if not going or not staying or len(going) != len(set(article_ids)):
        raise NothingToMove(f"story {story_id} cannot be split so")
    pairs = _pairs(_ids(staying), _ids(going))
    _take_back(session, pairs)
    session.execute(
        insert(StoryDecisionRow),
        [
            {"first_article_id": one, "second_article_id": other, "is_together": False, "decided_at": now}
            for one, other in sorted(pairs)
        ],
    )
    new = _former_number(session, _ids(going))
    if new is None:
        new = stories.make_story(session, now)
    _place(session, story_id, staying, now)
    _place(session, new, going, now)
    return new


def open_stories(session: Session, limit: int) -> list[int]:
    """Stories with a telling whose way is ``JOINED``, in order."""
    query = (
        select(col(StoryArticleRow.story_id))
        .where(StoryArticleRow.way == JOINED)
        .distinct()
        .order_by(col(StoryArticleRow.story_id))
        .limit(limit)
    )
    return list(session.exec(query))


def likest(session: Session, story_id: int, limit: int) -> list[int]:
    """Other Stories whose tellings share the most and rarest keys with this one's, the likeliest first."""
    own = [item.article_id for item in stories.members(session, [story_id]).get(story_id, [])]
    found: list[int] = []
    for article_id in own[:_MOST_TELLINGS]:
        keys = session.exec(
            select(col(StoryKeyRow.key)).where(StoryKeyRow.article_id == article_id).limit(_MOST_KEYS)
        ).all()
        found += [id for id in stories.candidates(session, keys, article_id) if id not in found]
    places = stories.memberships(session, found)
    numbers = dict.fromkeys(places[id].story_id for id in found if id in places)
    return [number for number in numbers if number != story_id][:limit]


def _place(session: Session, story_id: int, group: Collection[Membership], now: datetime) -> None:
    """Put ``group`` into one Story: the earliest is the first; who lost its source has it to be found."""
    ids = set(_ids(group))
    told_at = _told_at(session, ids)
    first = min(ids, key=lambda id: (told_at[id], id))
    stories.record_memberships(session, [_placed(item, story_id, first, ids) for item in group], now)


def _placed(item: Membership, story_id: int, first: int, ids: Collection[int]) -> Membership:
    alone = {"story_id": story_id, "source_article_id": None, "delay_s": None, "reasons": ()}
    if item.article_id == first:
        return item.model_copy(update=alone | {"way": FIRST})
    if item.source_article_id in ids:
        return item.model_copy(update={"story_id": story_id})
    return item.model_copy(update=alone | {"way": JOINED})


def _first_of(group: Collection[Membership]) -> int:
    return next((item.article_id for item in group if item.way == FIRST), min(_ids(group)))


def _ids(group: Iterable[Membership]) -> list[int]:
    return [item.article_id for item in group]


def _pairs(some: Iterable[int], others: Iterable[int]) -> set[tuple[int, int]]:
    return {(min(pair), max(pair)) for pair in product(some, others)}


def _take_back(session: Session, pairs: Collection[tuple[int, int]]) -> None:
    """Forget what was decided of ``pairs``: the last word counts."""
    ids = {id for pair in pairs for id in pair}
    for one, other in stories.decisions(session, ids):
        if (one, other) in pairs:
            session.execute(
                delete(StoryDecisionRow).where(
                    col(StoryDecisionRow.first_article_id) == one,
                    col(StoryDecisionRow.second_article_id) == other,
                )
            )


def _former_number(session: Session, article_ids: Collection[int]) -> int | None:
    """The smallest number without Articles under which one of these stood."""
    is_told = select(StoryArticleRow.article_id).where(StoryArticleRow.story_id == StoryRow.id).exists()
    query = (
        select(col(StoryRow.id))
        .where(col(StoryRow.moved_article_id).in_(article_ids), ~is_told)
        .order_by(col(StoryRow.id))
        .limit(1)
    )
    return session.exec(query).first()


def _told_at(session: Session, article_ids: Collection[int]) -> Mapping[int, datetime]:
    """When each was published, or first seen where that is unknown."""
    query = (
        select(col(ArticleRow.id), col(RevisionRow.published_at), col(ArticleRow.first_seen_at))
        .join(RevisionRow, col(RevisionRow.article_id) == ArticleRow.id)
        .where(col(ArticleRow.id).in_(article_ids), col(RevisionRow.is_newest) == true())
    )
    return {id: published or seen for id, published, seen in session.exec(query) if id is not None}

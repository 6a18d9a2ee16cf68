"""Reviews: what people say of Articles, act by act, each undone as one.

Nothing is overwritten. What counts of an Article is, for verdict, note and star each, the latest act that
says something of it and was not undone. The tellings of one Story are judged together, and a telling that
comes later shares what was said of the others.
"""

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ScalarSelect, Subquery, func, true
from sqlmodel import Session, col, select

from storage.desk_tables import ReviewActionRow, ReviewRow
from storage.models import Moment, Value
from storage.search_index import index_notable
from storage.story_tables import StoryArticleRow
from storage.tables import DigestArticleRow, DigestRow, RevisionRow

TAKEN_BACK = ""
"""In place of a verdict: there is none any more."""
LONGEST_NOTE = 2000
"""Code points."""
LONGEST_PAUSE = timedelta(minutes=5)
"""Two acts that lie further apart are not the same sitting."""
_BATCH = 500


class ReviewVerdict(StrEnum):
    """What a reviewer makes of an Article."""

    CONFIRMED = "confirmed"
    """It is on the topic."""
    REJECTED = "rejected"
    UNSURE = "unsure"


class Review(Value):
    """What is said of an Article, or of the tellings of one Story together."""

    verdict: ReviewVerdict | None = None
    judged_by: str = ""
    """Empty too where nobody signs in."""
    judged_at: Moment | None = None
    revision_id: int | None = None
    """The text that was judged."""
    note: str = ""
    noted_by: str = ""
    noted_at: Moment | None = None
    is_starred: bool = False


UNREVIEWED = Review()


class Act(Value):
    """One act of a reviewer; None where it says nothing of that kind."""

    id: int
    at: Moment
    reviewer: str
    article_ids: tuple[int, ...]
    verdict: str | None
    """A ReviewVerdict or ``TAKEN_BACK``."""
    note: str | None
    is_starred: bool | None


class ReviewProgress(Value):
    """How far the stories of a digest are judged."""

    stories: int
    judged: int
    first_at: Moment | None = None
    """Of the first act, be it undone since."""
    last_at: Moment | None = None
    spent_s: float = 0
    """The pauses between two acts that are no longer than ``LONGEST_PAUSE``, in all."""

    @property
    def left(self) -> int:
        """Stories without a verdict."""
        return self.stories - self.judged


def record(
    session: Session,
    article_ids: Collection[int],
    reviewer: str,
    now: datetime,
    *,
    verdict: str | None = None,
    note: str | None = None,
    is_starred: bool | None = None,
) -> int | None:
    """Keep one act of ``reviewer`` on these Articles; its number.

    ``verdict`` is a ReviewVerdict or ``TAKEN_BACK``; an empty ``note`` takes the note away. None where
    the same reviewer's word on all of them is this already (a button pressed twice), or none is known.
    """
    if verdict not in (None, TAKEN_BACK):
        verdict = ReviewVerdict(verdict).value
    note = None if note is None else note.strip()[:LONGEST_NOTE]
    query = select(col(RevisionRow.article_id), col(RevisionRow.id)).where(
        col(RevisionRow.article_id).in_(article_ids), col(RevisionRow.is_newest) == true()
    )
    judged = dict(session.execute(query).all())
    said = reviews_of(session, judged)
    if all(_is_said(said.get(id, UNREVIEWED), reviewer, verdict, note, is_starred) for id in judged):
        return None
    action = ReviewActionRow(at=now, reviewer=reviewer)
    session.add(action)
    session.flush()
    assert action.id is not None
    session.add_all(
        ReviewRow(
            action_id=action.id,
            article_id=article_id,
            revision_id=revision_id,
            verdict=verdict,
            note=note,
            is_starred=is_starred,
        )
        for article_id, revision_id in sorted(judged.items())
    )
    session.flush()
    index_notable(session, judged.values())
    return action.id


def undo(session: Session, action_id: int, reviewer: str, now: datetime) -> Act | None:
    """Undo an act of ``reviewer``; None where there is none with that number, or it is undone already."""
    row = session.get(ReviewActionRow, action_id)
    if row is None or row.reviewer != reviewer or row.undone_at is not None:
        return None
    row.undone_at = now
    session.add(row)
    session.flush()
    return _act(session, row)


def last_act(session: Session, reviewer: str) -> Act | None:
    """The latest act of ``reviewer`` that was not undone."""
    query = (
        select(ReviewActionRow)
        .where(col(ReviewActionRow.reviewer) == reviewer, col(ReviewActionRow.undone_at).is_(None))
        .order_by(col(ReviewActionRow.id).desc())
        .limit(1)
    )
    row = session.exec(query).first()
    return None if row is None else _act(session, row)


def reviews_of(session: Session, article_ids: Iterable[int]) -> dict[int, Review]:
    """What is said of each of these Articles alone; one of which nothing is said is left out."""
    said: dict[int, list[_Said]] = {}
    for item in _said(session, article_ids):
        said.setdefault(item.article_id, []).append(item)
    return {id: review for id, items in said.items() if (review := _folded(items)) != UNREVIEWED}


def reviews_of_stories(session: Session, stories: Sequence[Collection[int]]) -> list[Review]:
    """What is said of each group of Articles and of all other tellings of their Stories, together."""
    whole = _with_other_tellings(session, stories)
    said: dict[int, list[_Said]] = {}
    for item in _said(session, {id for group in whole for id in group}):
        said.setdefault(item.article_id, []).append(item)
    return [_folded(item for id in group for item in said.get(id, ())) for group in whole]


def is_known(session: Session, article_id: int) -> bool:
    """Whether there is an Article with this number, and a text of it to judge."""
    query = select(RevisionRow.id).where(RevisionRow.article_id == article_id)
    return session.exec(query.limit(1)).first() is not None


def tellings_of(session: Session, article_id: int) -> list[int]:
    """``article_id`` and the other tellings of its Story, in order."""
    return sorted(_with_other_tellings(session, [[article_id]])[0])


def progress_of(
    session: Session, stories: Sequence[Collection[int]], reviews: Sequence[Review]
) -> ReviewProgress:
    """How far these stories are judged: each is given as those of its Articles that a digest has, and
    what is said of it by ``reviews_of_stories``.
    """
    moments = _moments(session, {id for group in stories for id in group})
    return _progress([review.verdict is not None for review in reviews], moments.values())


def progress_by_day(session: Session, first: date, last: date) -> dict[date, ReviewProgress]:
    """How far the frozen digests of the local days from ``first`` to ``last``, both included, are judged."""
    query = (
        select(col(DigestRow.on), col(DigestArticleRow.article_id), col(StoryArticleRow.story_id))
        .select_from(DigestRow)
        .outerjoin(DigestArticleRow, col(DigestArticleRow.digest_id) == col(DigestRow.id))
        .outerjoin(StoryArticleRow, col(StoryArticleRow.article_id) == col(DigestArticleRow.article_id))
        .where(col(DigestRow.on) >= first, col(DigestRow.on) <= last)
    )
    days: dict[date, dict[tuple[str, int], list[int]]] = {}
    for on, article_id, story_id in session.execute(query).all():
        groups = days.setdefault(on, {})
        if article_id is not None:
            key = ("article", article_id) if story_id is None else ("story", story_id)
            groups.setdefault(key, []).append(article_id)
    ordered = [(on, group) for on, groups in days.items() for group in groups.values()]
    reviews = reviews_of_stories(session, [group for _, group in ordered])
    moments = _moments(session, {id for _, group in ordered for id in group})
    found = {}
    for on in days:
        here = [(group, review) for (day, group), review in zip(ordered, reviews, strict=True) if day == on]
        ids = {id for group, _ in here for id in group}
        found[on] = _progress(
            [review.verdict is not None for _, review in here],
            (at for (_, article_id), at in moments.items() if article_id in ids),
        )
    return found


def latest(field: Any) -> Subquery:
    """The latest word of one kind on each Article, for joins: ``article_id``, ``said``, ``action_id``.

    ``field`` is ReviewRow's verdict, note or is_starred. What is taken back is among them, as it was said.
    """
    newest = (
        select(col(ReviewRow.article_id).label("id"), func.max(ReviewRow.action_id).label("action_id"))
        .join(ReviewActionRow, col(ReviewActionRow.id) == col(ReviewRow.action_id))
        .where(col(ReviewActionRow.undone_at).is_(None), field.is_not(None))
        .group_by(col(ReviewRow.article_id))
        .subquery()
    )
    return (
        select(col(ReviewRow.article_id), field.label("said"), col(ReviewRow.action_id))
        .join(
            newest, (newest.c.id == ReviewRow.article_id) & (newest.c.action_id == col(ReviewRow.action_id))
        )
        .subquery()
    )


def latest_verdicts() -> Subquery:
    """``latest`` of the verdicts: ``said`` is a ReviewVerdict, or ``TAKEN_BACK``."""
    return latest(col(ReviewRow.verdict))


def verdict_of(article_id: Any) -> ScalarSelect[str]:
    """The latest verdict on the Article of an outer query, empty where it was taken back, NULL where there is
    none: for few Articles sooner than a join with ``latest_verdicts``, which gathers all that was said.
    """
    return (
        select(col(ReviewRow.verdict))
        .join(ReviewActionRow, col(ReviewActionRow.id) == col(ReviewRow.action_id))
        .where(col(ReviewRow.article_id) == article_id)
        .where(col(ReviewActionRow.undone_at).is_(None), col(ReviewRow.verdict).is_not(None))
        .order_by(col(ReviewRow.action_id).desc())
        .limit(1)
        .scalar_subquery()
    )


class _Said(Value):
    """What one act that stands says of one Article."""

    article_id: int
    revision_id: int
    verdict: str | None
    note: str | None
    is_starred: bool | None
    action_id: int
    at: datetime
    reviewer: str


def _said(session: Session, article_ids: Iterable[int]) -> Iterator[_Said]:
    names = ("article_id", "revision_id", "verdict", "note", "is_starred", "action_id")
    for ids in _batches(article_ids):
        query = (
            select(ReviewRow, col(ReviewActionRow.at), col(ReviewActionRow.reviewer))
            .join(ReviewActionRow, col(ReviewActionRow.id) == col(ReviewRow.action_id))
            .where(col(ReviewRow.article_id).in_(ids), col(ReviewActionRow.undone_at).is_(None))
        )
        for row, at, reviewer in session.execute(query).all():
            yield _Said(**{name: getattr(row, name) for name in names}, at=at, reviewer=reviewer)


def _folded(said: Iterable[_Said]) -> Review:
    facts: dict[str, Any] = {}
    for item in sorted(said, key=lambda item: (item.action_id, item.article_id)):
        if item.verdict is not None:
            is_there = item.verdict != TAKEN_BACK
            facts |= {
                "verdict": ReviewVerdict(item.verdict) if is_there else None,
                "judged_by": item.reviewer if is_there else "",
                "judged_at": item.at if is_there else None,
                "revision_id": item.revision_id if is_there else None,
            }
        if item.note is not None:
            facts |= {
                "note": item.note,
                "noted_by": item.reviewer if item.note else "",
                "noted_at": item.at if item.note else None,
            }
        if item.is_starred is not None:
            facts["is_starred"] = item.is_starred
    return Review(**facts)


def _is_said(
    review: Review, reviewer: str, verdict: str | None, note: str | None, is_starred: bool | None
) -> bool:
    if verdict is not None and (review.verdict or TAKEN_BACK) != verdict:
        return False
    if verdict and review.judged_by != reviewer:
        return False
    if note is not None and review.note != note:
        return False
    return is_starred is None or review.is_starred == is_starred


def _with_other_tellings(session: Session, groups: Sequence[Collection[int]]) -> list[set[int]]:
    ids = {id for group in groups for id in group}
    article, story = col(StoryArticleRow.article_id), col(StoryArticleRow.story_id)
    story_of: dict[int, int] = {}
    for batch in _batches(ids):
        story_of.update(session.execute(select(article, story).where(article.in_(batch))).all())
    members: dict[int, set[int]] = {}
    for batch in _batches(story_of.values()):
        for article_id, story_id in session.execute(select(article, story).where(story.in_(batch))):
            members.setdefault(story_id, set()).add(article_id)
    return [set(group).union(*(members[story_of[id]] for id in group if id in story_of)) for group in groups]


def _moments(session: Session, article_ids: Iterable[int]) -> dict[tuple[int, int], tuple[datetime, ...]]:
    """When these Articles were acted on, by act and Article; an act that was undone counts twice."""
    found: dict[tuple[int, int], tuple[datetime, ...]] = {}
    for ids in _batches(article_ids):
        query = (
            select(
                col(ReviewRow.action_id),
                col(ReviewRow.article_id),
                col(ReviewActionRow.at),
                col(ReviewActionRow.undone_at),
            )
            .join(ReviewActionRow, col(ReviewActionRow.id) == col(ReviewRow.action_id))
            .where(col(ReviewRow.article_id).in_(ids))
        )
        for action_id, article_id, at, undone_at in session.execute(query).all():
            found[action_id, article_id] = (at,) if undone_at is None else (at, undone_at)
    return found


def _progress(judged: Sequence[bool], moments: Iterable[tuple[datetime, ...]]) -> ReviewProgress:
    ordered = sorted({at for pair in moments for at in pair})
    pauses = (later - earlier for earlier, later in itertools.pairwise(ordered))
    return ReviewProgress(
        stories=len(judged),
        judged=sum(judged),
        first_at=ordered[0] if ordered else None,
        last_at=ordered[-1] if ordered else None,
        spent_s=sum(pause.total_seconds() for pause in pauses if pause <= LONGEST_PAUSE),
    )


def _act(session: Session, row: ReviewActionRow) -> Act:
    assert row.id is not None
    said = session.exec(
        select(ReviewRow).where(ReviewRow.action_id == row.id).order_by(col(ReviewRow.article_id))
    ).all()
    return Act(
        id=row.id,
        at=row.at,
        reviewer=row.reviewer,
        article_ids=tuple(item.article_id for item in said),
        verdict=said[0].verdict,
        note=said[0].note,
        is_starred=said[0].is_starred,
    )


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), _BATCH):
        yield ordered[start : start + _BATCH]

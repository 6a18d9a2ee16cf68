"""The audit queue: what was left out and came close, and what reviewers rejected, doubted or marked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CTE, ColumnElement, exists, func, text, true, union_all
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.desk_tables import ReviewActionRow, ReviewRow
from storage.models import JudgedArticle
from storage.queries import judged_articles
from storage.reviews import TAKEN_BACK, ReviewVerdict, latest, latest_verdicts
from storage.story_tables import StoryArticleRow
from storage.tables import ArticleRow, FlagRow, RevisionRow


class Queue(StrEnum):
    """A list of Articles to look at."""

    NEAR = "near"
    """Not flagged, but close, and without a verdict."""
    REJECTED = "rejected"
    UNSURE = "unsure"
    STARRED = "starred"
    NOTES = "notes"


@dataclass(frozen=True)
class Wanted:
    """Which Articles of a queue; None is any."""

    source: str | None = None
    language: str | None = None
    since: datetime | None = None
    """Of publication, or of first sight where that is unknown; included."""
    until: datetime | None = None
    """Excluded."""
    min_score: float = 0.0
    """Of near misses."""
    newest_first: bool = False
    """Near misses by time and not by score."""


def queued(
    session: Session, queue: Queue, topic: str, wanted: Wanted, limit: int, offset: int = 0
) -> list[JudgedArticle]:
    """The Articles of ``queue`` from ``offset`` on: near misses by score, the others by the last word."""
    query, order = _query(queue, topic, wanted)
    found = session.exec(query.order_by(*order).limit(limit).offset(offset)).all()
    articles = judged_articles(session, found, topic)
    return [articles[id] for id in found if id in articles]


def count(session: Session, queue: Queue, topic: str, wanted: Wanted) -> int:
    """How many Articles ``queue`` has."""
    query, _ = _query(queue, topic, wanted)
    return session.exec(select(func.count()).select_from(query.subquery())).one()


def queued_stories(
    session: Session, queue: Queue, topic: str, wanted: Wanted, limit: int, offset: int = 0
) -> list[list[JudgedArticle]]:
    """The stories of ``queue`` from ``offset`` on, each once and with all its judged tellings by number.

    What counts of a story is the last word on any of its tellings, as ``reviews_of_stories`` has it; one
    telling that fits ``wanted`` is enough. A near miss, and what else has no Story, stands alone.
    """
    if queue is Queue.NEAR:
        return [[article] for article in queued(session, queue, topic, wanted, limit, offset)]
    query = _stories_query(queue, topic, wanted).limit(limit).offset(offset)
    groups = [_tellings(session, key) for key in session.exec(query)]
    articles = judged_articles(session, [id for group in groups for id in group], topic)
    return [[articles[id] for id in group if id in articles] for group in groups]


def count_stories(session: Session, queue: Queue, topic: str, wanted: Wanted) -> int:
    """How many stories ``queue`` has."""
    if queue is Queue.NEAR:
        return count(session, queue, topic, wanted)
    query = _stories_query(queue, topic, wanted).order_by(None)
    return session.exec(select(func.count()).select_from(query.subquery())).one()


def _stories_query(queue: Queue, topic: str, wanted: Wanted) -> SelectOfScalar[int]:
    """The keys of the stories of a queue that is no near misses', the one with the last word first."""
    field, is_it = _word(queue)
    said = _latest_of_stories(field)
    # From the words to the Articles: the other way round, each Article's key would be computed.
    tellings = select(said.c.key, said.c.action_id, col(StoryArticleRow.article_id)).join(
        StoryArticleRow, col(StoryArticleRow.story_id) == said.c.key
    )
    alone = select(said.c.key, said.c.action_id, (-said.c.key).label("article_id")).where(said.c.key < 0)
    told = union_all(*(part.where(is_it(said.c.said)) for part in (tellings, alone))).subquery()
    return (
        select(told.c.key)
        .select_from(told)
        .join(RevisionRow, col(RevisionRow.article_id) == told.c.article_id)
        .join(FlagRow, col(FlagRow.revision_id) == col(RevisionRow.id))
        .where(col(RevisionRow.is_newest) == true(), col(FlagRow.topic) == topic, *_filters(wanted))
        .group_by(told.c.key, told.c.action_id)
        .order_by(told.c.action_id.desc(), told.c.key)
    )


def _story_key(article_id: Any) -> ColumnElement[int]:
    """The number of an Article's Story, or minus its own where it has none; StoryArticleRow is joined."""
    return func.coalesce(col(StoryArticleRow.story_id), -article_id)


def _latest_of_stories(field: Any) -> CTE:
    """As ``storage.reviews.latest``, of a Story's tellings together: ``key``, ``said``, ``action_id``."""
    key = _story_key(col(ReviewRow.article_id))
    word = (
        select(key.label("key"), col(ReviewRow.action_id), field.label("said"))
        .select_from(ReviewRow)
        .join(ReviewActionRow, col(ReviewActionRow.id) == col(ReviewRow.action_id))
        .outerjoin(StoryArticleRow, col(StoryArticleRow.article_id) == col(ReviewRow.article_id))
        .where(col(ReviewActionRow.undone_at).is_(None), field.is_not(None))
        .subquery()
    )
    newest = select(word.c.key, func.max(word.c.action_id).label("action_id")).group_by(word.c.key).subquery()
    # One act says the same of all its articles.
    return (
        select(word.c.key, word.c.said, word.c.action_id)
        .join(newest, (newest.c.key == word.c.key) & (newest.c.action_id == word.c.action_id))
        .distinct()
        .cte()
    )


def _tellings(session: Session, key: int) -> list[int]:
    """The Articles behind a ``_story_key``, in order."""
    if key < 0:
        return [-key]
    query = select(StoryArticleRow.article_id).where(col(StoryArticleRow.story_id) == key)
    return sorted(session.exec(query))


def _query(queue: Queue, topic: str, wanted: Wanted) -> tuple[SelectOfScalar[int], list[Any]]:
    """The numbers of the Articles, and their order."""
    query = (
        select(col(RevisionRow.article_id))
        .join(FlagRow, col(FlagRow.revision_id) == col(RevisionRow.id))
        .where(col(RevisionRow.is_newest) == true(), col(FlagRow.topic) == topic, *_filters(wanted))
    )
    if queue is Queue.NEAR:
        said = latest_verdicts()
        judged = select(said.c.article_id).where(said.c.said != TAKEN_BACK)
        # As the index spells it, so that SQLite uses it; of two lower bounds it seeks the first.
        near = query.where(col(FlagRow.score) >= wanted.min_score)
        near = near.where(
            text("flag.grade = 0 AND flag.score > 0"), col(RevisionRow.article_id).not_in(judged)
        )
        newest = [col(FlagRow.judged_at).desc(), col(RevisionRow.article_id).desc()]
        return near, newest if wanted.newest_first else [col(FlagRow.score).desc(), *newest]
    field, is_it = _word(queue)
    said = latest(field)
    kept = query.join(said, said.c.article_id == RevisionRow.article_id).where(is_it(said.c.said))
    return kept, [said.c.action_id.desc(), col(RevisionRow.article_id)]


def _word(queue: Queue) -> tuple[Any, Callable[[Any], ColumnElement[bool]]]:
    """The kind of word that a queue is about, and which of those it has."""
    if queue is Queue.STARRED:
        return col(ReviewRow.is_starred), lambda said: said == true()
    if queue is Queue.NOTES:
        return col(ReviewRow.note), lambda said: said != ""
    wanted = ReviewVerdict.REJECTED if queue is Queue.REJECTED else ReviewVerdict.UNSURE
    return col(ReviewRow.verdict), lambda said: said == wanted.value


def _filters(wanted: Wanted) -> list[ColumnElement[bool]]:
    filters: list[ColumnElement[bool]] = []
    if wanted.source is not None:
        is_article = col(ArticleRow.id) == RevisionRow.article_id
        filters.append(exists().where(is_article, col(ArticleRow.source) == wanted.source))
    if wanted.language is not None:
        filters.append(col(RevisionRow.language) == wanted.language)
    if wanted.since is not None:
        filters.append(col(RevisionRow.dated_at) >= wanted.since)
    if wanted.until is not None:
        filters.append(col(RevisionRow.dated_at) < wanted.until)
    return filters

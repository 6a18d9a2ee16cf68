"""What flagged Articles amount to over time: stories by week and by province, and the numbers they state.

A story is counted once, at the time of its first flagged telling, whoever tells it again; an Article that
no Story has yet counts as one. A telling's time is ``dated_at``: published, or first read where that is
unknown. Only the newest Revision of an Article counts.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, Subquery, and_, exists, func, or_, select, true
from sqlalchemy import Row as SqlRow
from sqlmodel import Session, col

from storage.dialects import IS_FLAGGED
from storage.models import Moment, Value
from storage.story_tables import StoryArticleRow
from storage.tables import (
    ArticleRow,
    FlagRow,
    PlaceMentionRow,
    QuantityRow,
    RevisionRow,
    SourceRow,
)


class Selection(Value):
    """Which tellings count."""

    since: Moment | None = None
    until: Moment | None = None
    """Exclusive."""
    language: str | None = None
    """ISO 639-1."""
    grades: tuple[int, ...] = (1, 2)
    """2: about the topic; 1: in passing."""
    place: str | None = None
    """One of today's units, in Vietnamese, that the text names."""


EVERYTHING = Selection()


class ToldStory(Value):
    """One event, as its first telling in a Selection has it."""

    story_id: int | None
    """None where the Article is not grouped yet."""
    article_id: int
    title: str
    language: str
    source_name: str
    told_at: Moment
    grade: int
    """The highest of its tellings."""
    tellings: int


class Week(Value):
    """An ISO week and the stories that were told first in it."""

    monday: date
    about: int
    """Of grade 2."""
    in_passing: int

    @property
    def stories(self) -> int:
        """All of them."""
        return self.about + self.in_passing


class StatedNumber(Value):
    """A number that an Article states, and where its words are."""

    revision_id: int
    position: int
    """From 0, in the order of the text; with ``revision_id`` it is the number's own."""
    article_id: int
    story_id: int | None
    title: str
    source_name: str
    url: str
    language: str
    dated_at: Moment
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


def weeks(session: Session, topic: str, selection: Selection, zone: ZoneInfo) -> list[Week]:
    """The stories of each ISO week on ``zone``'s clock, in order.

    From the first week with a story to the last one, or those of the selection's bounds where it has
    them; a week without a story is there too.
    """
    told = _told(topic, selection)
    return _weeks(session.execute(select(told.c.told_at, told.c.grade)).all(), selection, zone)


def weeks_and_latest(
    session: Session, topic: str, selection: Selection, zone: ZoneInfo, limit: int
) -> tuple[list[Week], list[ToldStory]]:
    """``weeks``, and ``told_stories`` up to ``limit``, from one walk through the tellings."""
    told = _told(topic, selection)
    rows = session.execute(select(told).order_by(told.c.told_at.desc(), told.c.story.desc())).all()
    return _weeks(rows, selection, zone), _with_first_tellings(session, topic, selection, rows[:limit])


def _weeks(told: Iterable[SqlRow[Any]], selection: Selection, zone: ZoneInfo) -> list[Week]:
    about: Counter[date] = Counter()
    in_passing: Counter[date] = Counter()
    for row in told:
        (about if row.grade == 2 else in_passing)[monday_of(row.told_at.astimezone(zone).date())] += 1
    known = about.keys() | in_passing.keys()
    if selection.since is not None:
        known |= {monday_of(selection.since.astimezone(zone).date())}
    if selection.until is not None and known:
        known |= {monday_of((selection.until.astimezone(zone) - timedelta(seconds=1)).date())}
    if not known:
        return []
    first, last = min(known), max(known)
    mondays = (first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1))
    return [Week(monday=monday, about=about[monday], in_passing=in_passing[monday]) for monday in mondays]


def monday_of(on: date) -> date:
    """The first day of the ISO week that ``on`` is in."""
    return on - timedelta(days=on.weekday())


def stories_by_place(session: Session, topic: str, selection: Selection) -> dict[str, int]:
    """How many stories name each of today's units; a story that names several counts for each."""
    told, tellings = _told(topic, selection), _tellings(topic, selection).subquery("telling")
    today = col(PlaceMentionRow.today)
    query = (
        select(today, func.count(tellings.c.story.distinct()))
        .join(tellings, tellings.c.revision_id == PlaceMentionRow.revision_id)
        .join(told, told.c.story == tellings.c.story)
        .where(today.is_not(None))
        .group_by(today)
    )
    return dict(session.execute(query).all())


def story_count(session: Session, topic: str, selection: Selection) -> int:
    """How many stories the selection has."""
    count: int = session.execute(select(func.count()).select_from(_told(topic, selection))).scalar_one()
    return count


def told_stories(
    session: Session,
    topic: str,
    selection: Selection,
    limit: int,
    *,
    after: int | None = None,
    are_grouped: bool = False,
) -> list[ToldStory]:
    """The stories told last, the newest first, each by its first telling in the selection.

    ``after`` is the ``story_id`` of the last one had; the list begins anew where it is not there any
    more. ``are_grouped`` leaves out Articles that no Story has.
    """
    told = _told(topic, selection)
    query = select(told).order_by(told.c.told_at.desc(), told.c.story.desc()).limit(limit)
    if are_grouped:
        query = query.where(told.c.story > 0)
    if after is not None:
        last = session.execute(select(told.c.told_at).where(told.c.story == after)).scalar()
        if last is not None:
            is_as_old = and_(told.c.told_at == last, told.c.story < after)
            query = query.where(or_(told.c.told_at < last, is_as_old))
    return _with_first_tellings(session, topic, selection, session.execute(query).all())


def _with_first_tellings(
    session: Session, topic: str, selection: Selection, told: Sequence[SqlRow[Any]]
) -> list[ToldStory]:
    first = _first_tellings(session, topic, selection, [row.story for row in told])
    return [_told_story(row, first[row.story]) for row in told]


def _first_tellings(
    session: Session, topic: str, selection: Selection, stories: Collection[int]
) -> dict[int, SqlRow[Any]]:
    """Article, title, language and outlet of the first telling of each of these stories."""
    grouped = select(col(StoryArticleRow.article_id)).where(
        col(StoryArticleRow.story_id).in_([number for number in stories if number > 0])
    )
    # By their Articles, which have an index: a story's number is no column of one table.
    articles = [*session.execute(grouped).scalars(), *(-number for number in stories if number < 0)]
    tellings = _tellings(topic, selection).where(col(RevisionRow.article_id).in_(articles))
    query = (
        tellings.add_columns(
            col(RevisionRow.title), col(RevisionRow.language), col(SourceRow.name).label("source_name")
        )
        .join(ArticleRow, col(ArticleRow.id) == RevisionRow.article_id)
        .join(SourceRow, col(SourceRow.id) == ArticleRow.source)
        .order_by(col(RevisionRow.dated_at).desc(), col(RevisionRow.article_id).desc())
    )
    return {row.story: row for row in session.execute(query).all()}  # the earliest comes last, and stays


def indicators(session: Session, topic: str, selection: Selection) -> dict[str, int]:
    """How many numbers of each indicator the selected Articles state; the place is the number's own."""
    query = _stated(topic, selection, [col(QuantityRow.indicator), func.count()])
    return dict(session.execute(query.group_by(col(QuantityRow.indicator))).all())


def stated_numbers(
    session: Session,
    topic: str,
    selection: Selection = EVERYTHING,
    *,
    indicator: str | None = None,
    after: tuple[int, int] | None = None,
    limit: int = 2000,
) -> list[StatedNumber]:
    """The numbers that Articles state, those of the Revision read last first.

    The selection's place is the number's own. ``after`` is (revision_id, position) of the last one had.
    """
    query = _numbers(topic, selection)
    revision_id, position = col(QuantityRow.revision_id), col(QuantityRow.position)
    if indicator is not None:
        query = query.where(col(QuantityRow.indicator) == indicator)
    if after is not None:
        later = and_(revision_id == after[0], position > after[1])
        query = query.where((revision_id < after[0]) | later)
    query = query.order_by(revision_id.desc(), position).limit(limit)
    return [StatedNumber.model_validate(row._asdict()) for row in session.execute(query).all()]


def _flagged(columns: list[Any], topic: str, selection: Selection) -> Select[Any]:
    """``columns`` of the flagged tellings that the selection has, its times and place left aside."""
    query = (
        select(*columns)
        .select_from(RevisionRow)
        .join(FlagRow, col(FlagRow.revision_id) == RevisionRow.id)
        .outerjoin(StoryArticleRow, col(StoryArticleRow.article_id) == RevisionRow.article_id)
        .where(
            col(RevisionRow.is_newest) == true(),
            col(FlagRow.topic) == topic,
            IS_FLAGGED,
            col(FlagRow.grade).in_(selection.grades),
        )
    )
    if selection.language is not None:
        query = query.where(col(RevisionRow.language) == selection.language)
    return query


def _tellings(topic: str, selection: Selection) -> Select[Any]:
    columns = [
        story_number().label("story"),
        col(RevisionRow.article_id),
        col(RevisionRow.id).label("revision_id"),
        col(RevisionRow.dated_at),
        col(FlagRow.grade),
    ]
    query = _flagged(columns, topic, selection)
    if selection.place is None:
        return query
    names = and_(
        col(PlaceMentionRow.revision_id) == RevisionRow.id, col(PlaceMentionRow.today) == selection.place
    )
    return query.where(exists().where(names))


def story_number() -> ColumnElement[int]:
    """The Story of an Article; where it has none, the Article's own number with a minus sign."""
    return func.coalesce(col(StoryArticleRow.story_id), -col(RevisionRow.article_id))


def _told(topic: str, selection: Selection) -> Subquery:
    """One row for each story whose first telling lies within the selection's times."""
    tellings = _tellings(topic, selection).subquery()
    told_at = func.min(tellings.c.dated_at)
    query = select(
        tellings.c.story,
        told_at.label("told_at"),
        func.max(tellings.c.grade).label("grade"),
        func.count().label("tellings"),
    ).group_by(tellings.c.story)
    return query.having(and_(true(), *_within(told_at, selection.since, selection.until))).subquery("told")


def _numbers(topic: str, selection: Selection) -> Select[Any]:
    columns = [
        col(QuantityRow.revision_id),
        col(QuantityRow.position),
        col(RevisionRow.article_id),
        col(StoryArticleRow.story_id),
        col(RevisionRow.title),
        col(SourceRow.name).label("source_name"),
        col(ArticleRow.url),
        col(RevisionRow.language),
        col(RevisionRow.dated_at),
        *(
            col(getattr(QuantityRow, name))
            for name in ("indicator", "value", "unit", "period", "kind", "exact")
        ),
        func.coalesce(col(QuantityRow.place_today), col(QuantityRow.place)).label("place"),
    ]
    query = _stated(topic, selection, columns)
    query = query.join(ArticleRow, col(ArticleRow.id) == RevisionRow.article_id)
    return query.join(SourceRow, col(SourceRow.id) == ArticleRow.source)


def _stated(topic: str, selection: Selection, columns: list[Any]) -> Select[Any]:
    """``columns`` of the numbers that the selected Articles state."""
    query = (
        _flagged(columns, topic, selection)
        .join(QuantityRow, col(QuantityRow.revision_id) == RevisionRow.id)
        .where(*_within(col(RevisionRow.dated_at), selection.since, selection.until))
    )
    return query if selection.place is None else query.where(col(QuantityRow.place_today) == selection.place)


def _within(moment: Any, since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    bounds = []
    if since is not None:
        bounds.append(moment >= since)
    if until is not None:
        bounds.append(moment < until)
    return bounds


def _told_story(told: SqlRow[Any], first: SqlRow[Any]) -> ToldStory:
    return ToldStory(
        story_id=told.story if told.story > 0 else None,
        article_id=first.article_id,
        title=first.title,
        language=first.language,
        source_name=first.source_name,
        told_at=told.told_at,
        grade=told.grade,
        tellings=told.tellings,
    )

"""The registers: one line for each firm or Party document that flagged Articles name, whatever its
spellings. Every mention of one: ``storage.mentions``.

They cover the newest Revision of every Article flagged on the topic.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, Literal, TypeVar

from sqlalchemy import ColumnElement, Label, Select, case, func, select, true
from sqlalchemy.sql.elements import KeyedColumnElement
from sqlmodel import Session, col

from storage.dialects import IS_FLAGGED
from storage.folding import fold
from storage.models import Moment, Value
from storage.story_tables import StoryArticleRow
from storage.tables import (
    ArticleRow,
    DocumentMentionRow,
    EnterpriseMentionRow,
    FlagRow,
    RevisionRow,
    Row,
    SourceRow,
)
from storage.trends import story_number

ACTS = ("founds", "admits", "has", "other")
"""What a firm is told to do, the weightiest first."""

Order = Literal["stories", "name", "first", "latest"]
"""Of a register: most stories, by name, first mentioned last, mentioned last."""


class Mentioned(Value):
    """Something in a register: its first mention, and how often there are others."""

    key: str
    """The same for every spelling."""
    exact: str
    """As the first mention spells it."""
    articles: int
    """How many Articles name it."""
    stories: int
    """How many stories do; an Article that no Story has counts as one."""
    article_id: int
    """The Article that named it first."""
    title: str
    """Of that Article."""
    source_name: str
    """The outlet of that Article."""
    language: str
    """Of that Article, ISO 639-1."""
    mentioned_at: Moment
    """When that Article was published, or first read where that is unknown."""
    latest_at: Moment
    """The same of the Article that named it last."""


class Firm(Mentioned):
    """One firm of the register."""

    acts: tuple[str, ...]
    """What its mentions say, of founds, admits, has and other; the weightiest first."""
    place: str | None
    """Today's unit, by the first mention that tells one."""
    evidence: str
    """The sentence of the first mention."""

    @property
    def act(self) -> str:
        """The weightiest of its acts."""
        return self.acts[0]


class PartyDocument(Mentioned):
    """One Party document of the register."""

    number: str | None
    """As the Party writes it. The same number of another year is another document."""
    type: str
    """Abbreviation in Vietnamese: NQ, CT, QĐ, KL, HD, KH, ĐA, CTr …"""
    issuer: str | None
    """TW, or TU with the province where a text tells it."""
    dated: date | None
    """When it was issued."""
    subject: str | None
    """What it is about, in English, where the document is a known one."""


Line = TypeVar("Line")


@dataclass(frozen=True)
class Part(Generic[Line]):
    """Some lines of a list."""

    lines: list[Line]
    total: int
    """How many there are in all."""


def firms(
    session: Session,
    topic: str,
    *,
    place: str | None = None,
    act: str | None = None,
    words: str = "",
    order: Order = "stories",
    offset: int = 0,
    limit: int = 500,
) -> Part[Firm]:
    """The firms that flagged Articles name.

    ``place`` keeps those of one of today's units, ``act`` those with such a mention, ``words`` those whose
    name or key has every word, with its marks or without.
    """
    found = [line for line in _firms(session, topic) if place in (None, line["place"])]
    if act is not None:
        found = [line for line in found if act in line["acts"]]
    part = _part(found, ("exact", "key"), words, order, offset, limit)
    return Part([Firm.model_validate(line) for line in part.lines], part.total)


def firm(session: Session, topic: str, key: str) -> Firm | None:
    """One firm; None where no flagged Article names it."""
    return next((Firm.model_validate(line) for line in _firms(session, topic, key)), None)


def firm_places(session: Session, topic: str) -> list[str]:
    """Today's units that firms of the register are in, by name."""
    return sorted({line["place"] for line in _firms(session, topic) if line["place"]}, key=fold)


def documents(
    session: Session,
    topic: str,
    *,
    words: str = "",
    order: Order = "stories",
    offset: int = 0,
    limit: int = 500,
) -> Part[PartyDocument]:
    """The Party documents that flagged Articles name; ``words`` as for ``firms``, the subject included."""
    part = _part(_documents(session, topic), ("exact", "key", "subject"), words, order, offset, limit)
    return Part([PartyDocument.model_validate(line) for line in part.lines], part.total)


def document(session: Session, topic: str, key: str) -> PartyDocument | None:
    """One Party document; None where no flagged Article names it."""
    return next((PartyDocument.model_validate(line) for line in _documents(session, topic, key)), None)


def _firms(session: Session, topic: str, key: str | None = None) -> list[dict[str, Any]]:
    table = EnterpriseMentionRow
    own = {"place": _first_told(table, "place"), "evidence": _first(table, "sentence")}
    act = column_of(table, "act")
    says = {name: case((act == name, 1), else_=0) for name in ACTS}
    lines = _register(session, table, own | says, topic, key, most=ACTS)
    for line in lines:
        told = {name: line.pop(name) for name in ACTS}
        line["acts"] = tuple(name for name in ACTS if told[name]) or ("other",)
    return lines


def _documents(session: Session, topic: str, key: str | None = None) -> list[dict[str, Any]]:
    table = DocumentMentionRow
    own = {name: _first_told(table, name) for name in ("number", "issuer", "dated")}
    own |= {"type": _first(table, "type"), "subject": _first_told(table, "title")}
    return _register(session, table, own, topic, key)


def _part(
    lines: list[dict[str, Any]], names: Sequence[str], words: str, order: Order, offset: int, limit: int
) -> Part[dict[str, Any]]:
    # Folded here and not by the database, which would need a folded copy of each name.
    wanted = fold(words).split()
    if wanted:
        lines = [line for line in lines if _has(line, names, wanted)]
    lines.sort(key=lambda line: (fold(line["exact"]), line["key"]))
    if order != "name":
        ranking = {"stories": "stories", "first": "mentioned_at", "latest": "latest_at"}[order]
        lines.sort(key=lambda line: line[ranking], reverse=True)
    return Part(lines[offset : offset + limit], len(lines))


def _has(line: dict[str, Any], names: Sequence[str], wanted: list[str]) -> bool:
    text = fold(" ".join(line[name] or "" for name in names))
    return all(word in text for word in wanted)


def _register(
    session: Session,
    table: type[Row],
    own: dict[str, ColumnElement[Any]],
    topic: str,
    only: str | None,
    most: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """One line for each key: its first mention with ``own`` columns beside those of Mentioned; of the
    columns that ``most`` names, the greatest value of all mentions.
    """
    key, dated_at = column_of(table, "key"), col(RevisionRow.dated_at)
    columns = [
        key.label("key"),
        column_of(table, "exact").label("exact"),
        story_number().label("story"),
        col(ArticleRow.id).label("article_id"),
        col(RevisionRow.title).label("title"),
        col(SourceRow.name).label("source_name"),
        col(RevisionRow.language).label("language"),
        dated_at.label("mentioned_at"),
        func.row_number().over(partition_by=key, order_by=_in_time(table)).label("rank"),
        *_labelled(own),
    ]
    mentions = in_flagged(table, columns, topic, only).cte("mentions")
    gathered = (
        select(
            mentions.c.key,
            func.count(mentions.c.article_id.distinct()).label("articles"),
            func.count(mentions.c.story.distinct()).label("stories"),
            func.max(mentions.c.mentioned_at).label("latest_at"),
            *(func.max(mentions.c[name]).label(name) for name in most),
        )
        .group_by(mentions.c.key)
        .subquery("gathered")
    )
    shown = [column for column in mentions.c if column.key not in {"rank", "story", *most}]
    query = (
        select(*shown, *(column for column in gathered.c if column.key != "key"))
        .join(gathered, gathered.c.key == mentions.c.key)
        .where(mentions.c["rank"] == 1)
    )
    return [row._asdict() for row in session.execute(query).all()]


def in_flagged(table: type[Row], columns: list[Any], topic: str, key: str | None) -> Select[Any]:
    """``columns`` of the mentions that ``table`` has of flagged Articles; those of ``key``, or all."""
    query = (
        select(*columns)
        .select_from(table)
        .join(RevisionRow, col(RevisionRow.id) == column_of(table, "revision_id"))
        .join(ArticleRow, col(ArticleRow.id) == RevisionRow.article_id)
        .join(SourceRow, col(SourceRow.id) == ArticleRow.source)
        .join(FlagRow, col(FlagRow.revision_id) == RevisionRow.id)
        .outerjoin(StoryArticleRow, col(StoryArticleRow.article_id) == ArticleRow.id)
        .where(col(RevisionRow.is_newest) == true(), col(FlagRow.topic) == topic, IS_FLAGGED)
    )
    return query if key is None else query.where(column_of(table, "key") == key)


def _labelled(columns: dict[str, ColumnElement[Any]]) -> list[Label[Any]]:
    return [column.label(name) for name, column in columns.items()]


def column_of(table: type[Row], name: str) -> KeyedColumnElement[Any]:
    """A column of ``table``, as statements past the ORM name it."""
    return table.__table__.c[name]  # type: ignore[attr-defined,no-any-return]


def _in_time(table: type[Row]) -> list[Any]:
    return [col(RevisionRow.dated_at), column_of(table, "revision_id"), column_of(table, "position")]


def _first(table: type[Row], name: str) -> ColumnElement[Any]:
    """``name`` of the key's first mention."""
    column = column_of(table, name)
    return func.first_value(column).over(partition_by=column_of(table, "key"), order_by=_in_time(table))


def _first_told(table: type[Row], name: str) -> ColumnElement[Any]:
    """``name`` of the key's first mention that has one."""
    column = column_of(table, name)
    order = [column.is_(None), *_in_time(table)]
    return func.first_value(column).over(partition_by=column_of(table, "key"), order_by=order)

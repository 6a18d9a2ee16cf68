"""What flagged texts state: kept with their Revision, read for an Article, gathered into registers.

A register has one line for each firm or Party document, whatever its spellings, over the newest
Revision of every Article flagged on the topic.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Label, delete, func, insert, select, true
from sqlalchemy.sql.elements import KeyedColumnElement
from sqlmodel import Session, col

from storage.models import (
    DocumentMention,
    EnterpriseMention,
    Moment,
    PlaceMention,
    Quantity,
    Statements,
    Value,
)
from storage.tables import (
    ArticleRow,
    DocumentMentionRow,
    EnterpriseMentionRow,
    FlagRow,
    PlaceMentionRow,
    QuantityRow,
    RevisionRow,
    Row,
    SourceRow,
)

_BATCH = 500
"""Keys in one statement."""
_KINDS: tuple[tuple[str, type[Value], type[Row]], ...] = (
    ("quantities", Quantity, QuantityRow),
    ("documents", DocumentMention, DocumentMentionRow),
    ("places", PlaceMention, PlaceMentionRow),
    ("enterprises", EnterpriseMention, EnterpriseMentionRow),
)
"""Field of Statements, its values, their table."""


def record_statements(session: Session, stated: Sequence[tuple[int, Statements]]) -> None:
    """Keep what Revisions (by id, each once) state, in place of what was kept of them before.

    Running it again with the same statements leaves the same rows.
    """
    for start in range(0, len(stated), _BATCH):
        batch = stated[start : start + _BATCH]
        ids = [revision_id for revision_id, _ in batch]
        for name, _, table in _KINDS:
            session.execute(delete(table).where(_column(table, "revision_id").in_(ids)))
            rows = [
                {"revision_id": revision_id, "position": position} | item.model_dump()
                for revision_id, statements in batch
                for position, item in enumerate(getattr(statements, name))
            ]
            if rows:
                session.execute(insert(table), rows)


def statements_of(session: Session, revision_ids: Collection[int]) -> dict[int, Statements]:
    """What each of these Revisions states; one that states nothing has an empty value."""
    found: dict[int, dict[str, list[Value]]] = {id: defaultdict(list) for id in revision_ids}
    ordered = sorted(found)
    for start in range(0, len(ordered), _BATCH):
        ids = ordered[start : start + _BATCH]
        for name, value, table in _KINDS:
            for revision_id, item in _values(session, value, table, ids):
                found[revision_id][name].append(item)
    return {id: Statements.model_validate(kinds) for id, kinds in found.items()}


def _values(
    session: Session, value: type[Value], table: type[Row], ids: Sequence[int]
) -> Iterator[tuple[int, Value]]:
    names = list(value.model_fields)
    revision_id, position = _column(table, "revision_id"), _column(table, "position")
    query = (
        select(revision_id, *(_column(table, name) for name in names))
        .where(revision_id.in_(ids))
        .order_by(revision_id, position)
    )
    for id, *facts in session.execute(query):
        yield id, value.model_validate(dict(zip(names, facts, strict=True)))


def _column(table: type[Row], name: str) -> KeyedColumnElement[Any]:
    return table.__table__.c[name]  # type: ignore[attr-defined,no-any-return]


class Mentioned(Value):
    """The first mention of something in the register, and how often there are others."""

    key: str
    """The same for every spelling."""
    exact: str
    """As the first mention spells it."""
    articles: int
    """How many Articles name it."""
    article_id: int
    """The Article that named it first."""
    title: str
    source_name: str
    language: str
    """ISO 639-1."""
    mentioned_at: Moment
    """When that Article was published, or first read where that is unknown."""


class Firm(Mentioned):
    """One firm of the register."""

    act: str
    """has, founds, admits or other, as the first mention says."""
    place: str | None
    """Today's unit, by the first mention that tells one."""
    evidence: str
    """The sentence of the first mention."""


class PartyDocument(Mentioned):
    """One Party document of the register."""

    number: str | None
    type: str
    issuer: str | None
    dated: date | None
    subject: str | None
    """What it is about, in English, where the document is a known one."""


def firms(session: Session, topic: str, *, place: str | None = None, limit: int = 500) -> list[Firm]:
    """The firms that flagged Articles name, those of most Articles first.

    ``place`` keeps those of one of today's units.
    """
    table = EnterpriseMentionRow
    own = {"act": _first(table, "act"), "place": _first_told(table, "place")}
    query = _register(table, own | {"evidence": _first(table, "sentence")}, topic, limit, place=place)
    return [Firm.model_validate(row._asdict()) for row in session.execute(query)]


def documents(session: Session, topic: str, *, limit: int = 500) -> list[PartyDocument]:
    """The Party documents that flagged Articles name, those of most Articles first."""
    table = DocumentMentionRow
    own = {name: _first_told(table, name) for name in ("number", "issuer", "dated")}
    own |= {"type": _first(table, "type"), "subject": _first_told(table, "title")}
    query = _register(table, own, topic, limit)
    return [PartyDocument.model_validate(row._asdict()) for row in session.execute(query)]


def _register(
    table: type[Row], own: dict[str, ColumnElement[Any]], topic: str, limit: int, place: str | None = None
) -> Any:
    """One row for each key: its first mention with ``own`` columns beside those of Mentioned."""
    key = _column(table, "key")
    mentions = (
        select(
            key.label("key"),
            _column(table, "exact").label("exact"),
            col(ArticleRow.id).label("article_id"),
            col(RevisionRow.title).label("title"),
            col(SourceRow.name).label("source_name"),
            col(RevisionRow.language).label("language"),
            col(RevisionRow.dated_at).label("mentioned_at"),
            func.row_number().over(partition_by=key, order_by=_in_time(table)).label("rank"),
            *_labelled(own),
        )
        .join(RevisionRow, col(RevisionRow.id) == _column(table, "revision_id"))
        .join(ArticleRow, col(ArticleRow.id) == RevisionRow.article_id)
        .join(SourceRow, col(SourceRow.id) == ArticleRow.source)
        .join(FlagRow, col(FlagRow.revision_id) == RevisionRow.id)
        .where(col(RevisionRow.is_newest) == true(), col(FlagRow.topic) == topic, col(FlagRow.grade) > 0)
        .cte("mentions")
    )
    counts = (
        select(mentions.c.key, func.count(mentions.c.article_id.distinct()).label("articles"))
        .group_by(mentions.c.key)
        .subquery("counts")
    )
    shown = [column for column in mentions.c if column.key != "rank"]
    query = (
        select(*shown, counts.c.articles)
        .join(counts, counts.c.key == mentions.c.key)
        .where(mentions.c["rank"] == 1)
        .order_by(counts.c.articles.desc(), mentions.c.key)
        .limit(limit)
    )
    return query if place is None else query.where(mentions.c.place == place)


def _labelled(columns: dict[str, ColumnElement[Any]]) -> list[Label[Any]]:
    return [column.label(name) for name, column in columns.items()]


def _in_time(table: type[Row]) -> list[Any]:
    return [col(RevisionRow.dated_at), _column(table, "revision_id"), _column(table, "position")]


def _first(table: type[Row], name: str) -> ColumnElement[Any]:
    """``name`` of the key's first mention."""
    column = _column(table, name)
    return func.first_value(column).over(partition_by=_column(table, "key"), order_by=_in_time(table))


def _first_told(table: type[Row], name: str) -> ColumnElement[Any]:
    """``name`` of the key's first mention that has one."""
    column = _column(table, name)
    order = [column.is_(None), *_in_time(table)]
    return func.first_value(column).over(partition_by=_column(table, "key"), order_by=order)

"""Every mention of one firm or Party document of the registers, with the words around it."""

from typing import Any

from sqlalchemy import Select, func, select, true
from sqlmodel import Session, col

from storage.dialects import IS_FLAGGED
from storage.models import Moment, Value
from storage.registers import Part, column_of
from storage.sentences import sentence_around
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


class Mention(Value):
    """One Article's words about a firm or a Party document."""

    exact: str
    """As written."""
    sentence: str
    """The words around it."""
    act: str | None
    """Of a firm: founds, admits, has or other."""
    article_id: int
    story_id: int | None
    """None where the Article is not grouped yet."""
    title: str
    source_name: str
    url: str
    language: str
    """ISO 639-1."""
    dated_at: Moment
    """When the Article was published, or first read where that is unknown."""


def mentions_of_firm(session: Session, topic: str, key: str, offset: int, limit: int) -> Part[Mention]:
    """Every mention of a firm, the newest Article's first."""
    table = EnterpriseMentionRow
    columns = [column_of(table, "sentence"), column_of(table, "act")]
    rows, total = _mentions(session, topic, table, key, columns, offset, limit)
    return Part([Mention.model_validate(row) for row in rows], total)


def mentions_of_document(session: Session, topic: str, key: str, offset: int, limit: int) -> Part[Mention]:
    """Every mention of a Party document, the newest Article's first."""
    table = DocumentMentionRow
    columns: list[Any] = [column_of(table, name) for name in ("start", "end")]
    columns += [col(RevisionRow.lead), col(RevisionRow.text)]
    rows, total = _mentions(session, topic, table, key, columns, offset, limit)
    for row in rows:
        lead, text, start, end = (row.pop(name) for name in ("lead", "text", "start", "end"))
        judged = f"{lead}\n\n{text}" if lead else text
        row |= {"act": None, "sentence": sentence_around(judged, start, end) or row["exact"]}
    return Part([Mention.model_validate(row) for row in rows], total)


def _mentions(
    session: Session,
    topic: str,
    table: type[Row],
    key: str,
    own: list[Any],
    offset: int,
    limit: int,
) -> tuple[list[dict[str, Any]], int]:
    total = session.execute(_in_flagged(table, [func.count()], topic, key)).scalar_one()
    columns = [
        column_of(table, "exact"),
        *own,
        col(ArticleRow.id).label("article_id"),
        col(StoryArticleRow.story_id),
        col(RevisionRow.title),
        col(SourceRow.name).label("source_name"),
        col(ArticleRow.url),
        col(RevisionRow.language),
        col(RevisionRow.dated_at),
    ]
    order = (col(RevisionRow.dated_at).desc(), col(RevisionRow.id).desc(), column_of(table, "position"))
    query = _in_flagged(table, columns, topic, key).order_by(*order).offset(offset).limit(limit)
    return [row._asdict() for row in session.execute(query).all()], total


def _in_flagged(table: type[Row], columns: list[Any], topic: str, key: str) -> Select[Any]:
    """``columns`` of the mentions that ``table`` has of flagged Articles; those of ``key``."""
    return (
        select(*columns)
        .select_from(table)
        .join(RevisionRow, col(RevisionRow.id) == column_of(table, "revision_id"))
        .join(ArticleRow, col(ArticleRow.id) == RevisionRow.article_id)
        .join(SourceRow, col(SourceRow.id) == ArticleRow.source)
        .join(FlagRow, col(FlagRow.revision_id) == RevisionRow.id)
        .outerjoin(StoryArticleRow, col(StoryArticleRow.article_id) == ArticleRow.id)
        .where(col(RevisionRow.is_newest) == true(), col(FlagRow.topic) == topic, IS_FLAGGED)
        .where(column_of(table, "key") == key)
    )

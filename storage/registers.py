"""The registers: one line for each firm or Party document that flagged Articles name, whatever its
spellings. Every mention of one: ``storage.mentions``.

They cover the newest Revision of every Article flagged on the topic.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any, Generic, Literal, TypeVar

from sqlalchemy import Row as SqlRow
from sqlalchemy import select, true
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

_BATCH = 500

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
    found = [line for line in _gathered(session, EnterpriseMentionRow, topic) if place in (None, line.place)]
    if act is not None:
        found = [line for line in found if act in _acts(line)]
    return _firms(session, _part(found, ("exact", "key"), words, order, offset, limit))


def firm(session: Session, topic: str, key: str) -> Firm | None:
    """One firm; None where no flagged Article names it."""
    found = _gathered(session, EnterpriseMentionRow, topic, key)
    return next(iter(_firms(session, Part(found, len(found))).lines), None)


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
    found = _gathered(session, DocumentMentionRow, topic)
    return _documents(session, _part(found, ("exact", "key", "title"), words, order, offset, limit))


def document(session: Session, topic: str, key: str) -> PartyDocument | None:
    """One Party document; None where no flagged Article names it."""
    found = _gathered(session, DocumentMentionRow, topic, key)
    return next(iter(_documents(session, Part(found, len(found))).lines), None)


_OWN = {
    EnterpriseMentionRow: ("place", "act"),
    DocumentMentionRow: ("number", "issuer", "dated", "title"),
}
"""What is gathered from all mentions: by the first one that tells it."""


@dataclass(slots=True)
class _Line:
    """What is known of one key after a walk through all its mentions; what only the first one says is not."""

    key: str
    exact: str
    revision_id: int
    position: int
    """With ``revision_id`` that of the first mention."""
    article_id: int
    mentioned_at: datetime
    latest_at: datetime
    articles: set[int]
    story_numbers: set[int]
    told: dict[str, Any]
    """The columns of ``_OWN``."""
    acts: set[str]

    @property
    def stories(self) -> int:
        return len(self.story_numbers)

    @property
    def place(self) -> str | None:
        place: str | None = self.told["place"]
        return place

    def words(self, name: str) -> str:
        return (self.told[name] if name in self.told else getattr(self, name)) or ""


def _gathered(session: Session, table: type[Row], topic: str, only: str | None = None) -> list[_Line]:
    """A line for each key. Gathered here: the database would sort all mentions once for each column."""
    own = _OWN[table]
    names = ("key", "exact", "revision_id", "position", *own)
    query = (
        select(col(RevisionRow.dated_at), col(RevisionRow.article_id), story_number())
        .add_columns(*(column_of(table, name) for name in names))
        .select_from(table)
        .join(RevisionRow, col(RevisionRow.id) == column_of(table, "revision_id"))
        .join(FlagRow, col(FlagRow.revision_id) == RevisionRow.id)
        .outerjoin(StoryArticleRow, col(StoryArticleRow.article_id) == RevisionRow.article_id)
        .where(col(RevisionRow.is_newest) == true(), col(FlagRow.topic) == topic, IS_FLAGGED)
        .order_by(col(RevisionRow.dated_at), column_of(table, "revision_id"), column_of(table, "position"))
    )
    if only is not None:
        query = query.where(column_of(table, "key") == only)
    lines: dict[str, _Line] = {}
    for at, article_id, story, key, exact, revision_id, position, *values in session.execute(query).all():
        told = dict(zip(own, values, strict=True))
        line = lines.get(key)
        if line is None:
            line = lines[key] = _Line(
                key, exact, revision_id, position, article_id, at, at, set(), set(), told, set()
            )
        line.latest_at = at
        line.articles.add(article_id)
        line.story_numbers.add(story)
        line.acts.add(told.get("act", ""))
        for name, value in told.items():
            if line.told[name] is None:
                line.told[name] = value
    return list(lines.values())


def _firms(session: Session, part: Part[_Line]) -> Part[Firm]:
    first = _first_mentions(session, EnterpriseMentionRow, ("sentence",), part.lines)
    lines = [
        Firm(**_mentioned(line, mention), acts=_acts(line), place=line.place, evidence=mention.sentence)
        for line, mention in zip(part.lines, first, strict=True)
    ]
    return Part(lines, part.total)


def _acts(line: _Line) -> tuple[str, ...]:
    return tuple(act for act in ACTS if act in line.acts) or ("other",)


def _documents(session: Session, part: Part[_Line]) -> Part[PartyDocument]:
    first = _first_mentions(session, DocumentMentionRow, ("type",), part.lines)
    lines = [
        PartyDocument(
            **_mentioned(line, mention),
            **{name: line.told[name] for name in ("number", "issuer", "dated")},
            type=mention.type,
            subject=line.told["title"],
        )
        for line, mention in zip(part.lines, first, strict=True)
    ]
    return Part(lines, part.total)


def _mentioned(line: _Line, first: Any) -> dict[str, Any]:
    names = ("key", "exact", "stories", "article_id", "mentioned_at", "latest_at")
    facts = {name: getattr(line, name) for name in names} | {"articles": len(line.articles)}
    return facts | {name: getattr(first, name) for name in ("title", "source_name", "language")}


def _first_mentions(
    session: Session, table: type[Row], own: Sequence[str], lines: Sequence[_Line]
) -> list[SqlRow[Any]]:
    """The first mention of each line: ``own`` columns, and what the page shows of its Article."""
    found: dict[tuple[int, int], SqlRow[Any]] = {}
    query = (
        select(column_of(table, "revision_id"), column_of(table, "position"))
        .add_columns(*(column_of(table, name) for name in own))
        .add_columns(col(RevisionRow.title), col(RevisionRow.language))
        .add_columns(col(SourceRow.name).label("source_name"))
        .select_from(table)
        .join(RevisionRow, col(RevisionRow.id) == column_of(table, "revision_id"))
        .join(ArticleRow, col(ArticleRow.id) == RevisionRow.article_id)
        .join(SourceRow, col(SourceRow.id) == ArticleRow.source)
    )
    for start in range(0, len(lines), _BATCH):
        ids = {line.revision_id for line in lines[start : start + _BATCH]}
        rows = session.execute(query.where(column_of(table, "revision_id").in_(ids))).all()
        found |= {(row.revision_id, row.position): row for row in rows}
    return [found[line.revision_id, line.position] for line in lines]


def _part(
    lines: list[_Line], names: Sequence[str], words: str, order: Order, offset: int, limit: int
) -> Part[_Line]:
    # Folded here and not by the database, which would need a folded copy of each name.
    wanted = fold(words).split()
    if wanted:
        lines = [line for line in lines if _has(line, names, wanted)]
    lines.sort(key=lambda line: (fold(line.exact), line.key))
    if order != "name":
        ranking = {"stories": "stories", "first": "mentioned_at", "latest": "latest_at"}[order]
        lines.sort(key=attrgetter(ranking), reverse=True)
    return Part(lines[offset : offset + limit], len(lines))


def _has(line: _Line, names: Sequence[str], wanted: list[str]) -> bool:
    text = fold(" ".join(line.words(name) for name in names))
    return all(word in text for word in wanted)


def column_of(table: type[Row], name: str) -> KeyedColumnElement[Any]:
    """A column of ``table``, as statements past the ORM name it."""
    return table.__table__.c[name]  # type: ignore[attr-defined,no-any-return]

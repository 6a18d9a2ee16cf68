"""What flagged texts state: kept with their Revision, read for an Article. See ``storage.registers``."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.sql.elements import KeyedColumnElement
from sqlmodel import Session

from storage.models import (
    DocumentMention,
    EnterpriseMention,
    PlaceMention,
    Quantity,
    Statements,
    Value,
)
from storage.tables import (
    DocumentMentionRow,
    EnterpriseMentionRow,
    PlaceMentionRow,
    QuantityRow,
    Row,
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

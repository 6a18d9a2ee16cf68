"""The few statements that the two databases spell differently."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, Text, func, inspect, literal_column
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from storage.tables import FlagRow, Row

IS_FLAGGED = col(FlagRow.grade) > literal_column("0")
"""As the index of flagged texts spells it: SQLite would not use it for a bound value."""


def insert_missing(
    session: Session, table: type[Row], rows: Sequence[dict[str, Any]], on: Sequence[str]
) -> int:
    """Insert ``rows``, leaving out those whose columns ``on`` (a unique constraint) are there already.

    Returns how many were inserted. The caller holds the write transaction, so that nobody else inserts.
    """
    if not rows:
        return 0
    insert = postgresql.insert if is_postgresql(session) else sqlite.insert
    statement = insert(table).values(list(rows)).on_conflict_do_nothing(index_elements=list(on))
    key = inspect(table).primary_key
    return len(session.execute(statement.returning(*key)).all())  # psycopg's rowcount says -1 here


def add_missing(
    session: Session, table: type[Row], rows: Sequence[dict[str, Any]], on: Sequence[str]
) -> None:
    """As ``insert_missing`` without the count, for rows on a hot path: one statement, compiled once."""
    if rows:
        insert = postgresql.insert if is_postgresql(session) else sqlite.insert
        statement = insert(plain(table)).on_conflict_do_nothing(index_elements=list(on))
        session.connection().execute(statement, list(rows))


def plain(table: type[Row]) -> Table:
    """``table`` for statements past the ORM, which costs ten times as much on hot paths.

    Whoever reads rows as objects in the same session does not see what such a statement changes.
    """
    selectable = inspect(table).local_table
    assert isinstance(selectable, Table)
    return selectable


def utc_text(session: Session, moment: Any) -> ColumnElement[str]:
    """The datetime column ``moment`` as ``YYYY-MM-DD HH:MM:SS`` in UTC; its parts are cut with ``substr``."""
    if is_postgresql(session):
        return func.to_char(func.timezone("UTC", moment), "YYYY-MM-DD HH24:MI:SS")
    return func.substr(moment, 1, 19, type_=Text)


def is_postgresql(session: Session) -> bool:
    """Whether ``session`` talks to PostgreSQL; otherwise it is SQLite."""
    return session.get_bind().dialect.name == "postgresql"

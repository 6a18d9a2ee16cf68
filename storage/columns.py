"""Column types that both databases store alike, and indexes that both have."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Text, text
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field


class PlainText(TypeDecorator[str]):
    """Text of any length; what no UTF-8 database can hold is left out.

    PostgreSQL refuses U+0000, and neither database takes a lone surrogate. Pages hold both.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """``value`` without U+0000, with U+FFFD for each lone surrogate."""
        if value is None:
            return None
        return value.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def text_column(**options: Any) -> Any:
    """A SQLModel field of ``PlainText``; ``options`` are those of ``sqlmodel.Field``."""
    return Field(sa_type=PlainText, **options)


def json_column(**options: Any) -> Any:
    """A SQLModel field of JSON, keys in the order given; ``options`` are those of ``sqlmodel.Field``."""
    return Field(sa_type=JSON, **options)


def bytes_column(**options: Any) -> Any:
    """A SQLModel field for a number of bytes; ``options`` are those of ``sqlmodel.Field``."""
    return Field(sa_type=BigInteger, **options)


def index_where(condition: str, name: str, *columns: str) -> Index:
    """An index of the rows that fulfil ``condition``; SQLite uses it for queries that spell it so."""
    return Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))

"""The schema of a database: which revision it has, and the way to a later one by migrations."""

import logging
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, inspect, text

_MIGRATIONS = Path(__file__).parent / "migrations"


class SchemaState(StrEnum):
    """How a database's schema stands to this program's."""

    ABSENT = "absent"
    """There are no tables of ours."""
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"
    """A later version of this program has migrated it."""


@dataclass(frozen=True)
class Schema:
    """The schema that a database has."""

    revision: str | None
    """Such as 0005; None where there are no tables of ours."""
    state: SchemaState


def revisions() -> list[str]:
    """Every revision that this program knows, the first one first."""
    return sorted(file.name[:4] for file in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def schema_of(connection: Connection) -> Schema:
    """The schema of the database that ``connection`` leads to."""
    if not inspect(connection).has_table("alembic_version"):
        return known_schema(None)
    return known_schema(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())


def known_schema(revision: str | None) -> Schema:
    """How ``revision`` stands to what this program knows."""
    if revision is None:
        return Schema(None, SchemaState.ABSENT)
    known = revisions()
    if revision not in known:
        return Schema(revision, SchemaState.NEWER)
    return Schema(revision, SchemaState.CURRENT if revision == known[-1] else SchemaState.OLDER)


def upgrade(connection: Connection, to: str = "head") -> None:
    """Migrate to revision ``to``, within the transaction that ``connection`` has open."""
    # Eleven megabytes, which a process that migrates nothing can do without.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, to)

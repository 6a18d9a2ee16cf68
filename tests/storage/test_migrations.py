"""Migrating from every earlier schema with data in it; what SQLite keeps from before."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    MetaData,
    Table,
    create_engine,
    event,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from storage_samples import NOW, begin

from storage.database import Database, database_url, migrate, open_database
from storage.errors import DatabaseTooNew, NotADatabase
from storage.schema import SchemaState, known_schema, revisions, schema_of, upgrade
from storage.search_index import is_search_index_whole, rebuild_search_index
from storage.sqlite_file import COPIES_KEPT, copy_file, integrity_problems, keep_copy, kept_copies
from storage.tables import Row

EARLIER = revisions()[:-1]
ROWS = 3
OURS = ("alembic_version", "revision_search", "notable_search")


def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(database_url(url))
    if engine.dialect.name == "sqlite":

        def begin_at_once(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        event.listen(engine, "connect", lambda raw, _: setattr(raw, "isolation_level", None))
        event.listen(engine, "begin", begin_at_once)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def tables_of(connection: Connection) -> list[Table]:
    """The tables as the database has them, a table after those it refers to."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if not table.name.startswith(OURS)]


def value_for(column: Any, number: int, first_ids: dict[str, list[Any]]) -> Any:
    """A value for row ``number``, from 1, that fits the column and every unique constraint."""
    for key in column.foreign_keys:
        return first_ids[key.column.table.name][number - 1]
    kinds: list[tuple[Any, Any]] = [
        (TSVECTOR, None),
        (Boolean, True),
        (DateTime, datetime(2026, 11, 21, 1, 30, tzinfo=UTC) + timedelta(minutes=number)),
        (Date, date(2026, 11, 20) + timedelta(days=number)),
        (JSON, {"số": number}),
        (Float, number + 0.5),
        (Integer, number),
    ]
    fitting = (value for kind, value in kinds if isinstance(column.type, kind))
    return next(fitting, f"đ {column.name} {number}")


def fill(connection: Connection) -> None:
    """``ROWS`` rows in every table, every column filled."""
    ids: dict[str, list[Any]] = {}
    for table in tables_of(connection):
        rows = [
            {column.name: value_for(column, number, ids) for column in table.columns}
            for number in range(1, ROWS + 1)
        ]
        connection.execute(table.insert(), rows)
        ids[table.name] = [row[next(iter(table.primary_key)).name] for row in rows]


def contents(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    return {
        table.name: [
            dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
        ]
        for table in tables_of(connection)
    }


def make_at(url: str, revision: str) -> dict[str, list[dict[str, Any]]]:
    """A database of schema ``revision`` with data in every table; what it holds."""
    for connection in connected(url):
        upgrade(connection, revision)
        fill(connection)
        return_value = contents(connection)
    return return_value


@pytest.mark.parametrize("revision", EARLIER)
def test_what_an_earlier_schema_held_is_there_afterwards(url_of_database: str, revision: str) -> None:
    before = make_at(url_of_database, revision)
    assert sum(map(len, before.values())) >= ROWS * 8
    migrate(url_of_database)
    for connection in connected(url_of_database):
        assert schema_of(connection).state is SchemaState.CURRENT
        after = contents(connection)
    assert {table.name for table in Row.metadata.sorted_tables} <= set(after)
    for name, rows in before.items():
        kept = [{key: row[key] for key in rows[0]} for row in after[name]]
        assert kept == rows, name


@pytest.mark.parametrize("revision", EARLIER)
def test_a_migrated_database_works(url_of_database: str, revision: str) -> None:
    make_at(url_of_database, revision)
    database = open_database(url_of_database)
    with database.write() as session:
        rebuild_search_index(session)
        assert is_search_index_whole(session)
        if not database.is_sqlite:  # the rows above were given their ids
            session.execute(text("SELECT setval(pg_get_serial_sequence('run', 'id'), 100)"))
        begin(session)
    with database.read() as session:
        for table in Row.metadata.sorted_tables:
            session.execute(select(table)).all()  # every value is one that the tables of today can read
    database.close()


def test_every_revision_is_tested() -> None:
    folder = Path(__file__).parents[2] / "storage" / "migrations" / "versions"
    config = Config()
    config.set_main_option("script_location", str(folder.parent))
    config.set_main_option("path_separator", "os")
    chain = [revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()]
    assert chain[::-1] == revisions()


def test_known_schemas() -> None:
    assert known_schema(None).state is SchemaState.ABSENT
    assert {known_schema(revision).state for revision in EARLIER} == {SchemaState.OLDER}
    assert known_schema(revisions()[-1]).state is SchemaState.CURRENT
    assert known_schema("9999").state is SchemaState.NEWER


# ---- what is kept from before


def test_a_copy_from_before_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    before = make_at(f"sqlite:///{file}", "0001")
    migrate(f"sqlite:///{file}")
    [copy] = kept_copies(file)
    assert copy.name.startswith("a.sqlite3.schema-0001-")
    assert integrity_problems(copy) == []
    for connection in connected(f"sqlite:///{copy}"):
        assert schema_of(connection).revision == "0001"
        assert contents(connection) == before
    migrate(f"sqlite:///{file}")  # nothing to migrate, nothing to keep
    assert kept_copies(file) == [copy]


def test_a_new_database_has_nothing_from_before(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path}/a.sqlite3")
    assert kept_copies(tmp_path / "a.sqlite3") == []


def test_the_newest_copies_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    migrate(f"sqlite:///{file}")
    (tmp_path / "b.sqlite3.schema-0001-20200101T000000Z").write_text("of another database")
    made = [keep_copy(file, f"000{9 - day}", NOW + timedelta(days=day)) for day in range(6)]
    assert kept_copies(file) == made[: -COPIES_KEPT - 1 : -1]
    assert len(list(tmp_path.glob("a.sqlite3.schema-*"))) == COPIES_KEPT
    assert (tmp_path / "b.sqlite3.schema-0001-20200101T000000Z").exists()


def test_what_cannot_be_copied_is_not_migrated(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    make_at(f"sqlite:///{file}", "0002")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = "SELECT rootpage FROM sqlite_master WHERE name = 'entry'"
        at = (connection.execute(page).fetchone()[0] - 1) * 4096
    written = bytearray(file.read_bytes())
    written[at : at + 200] = b"\xa5" * 200
    file.write_bytes(written)
    with pytest.raises(NotADatabase):
        migrate(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0002",)
    assert kept_copies(file) == []
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".part")]


def test_a_newer_schema_is_neither_copied_nor_touched(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    migrate(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseTooNew):
        migrate(f"sqlite:///{file}")
    assert kept_copies(file) == []


# ---- copies


def test_a_copy_is_of_the_last_commit(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/a.sqlite3")
    with database.write() as session:
        begin(session)
        copy_file(tmp_path / "a.sqlite3", tmp_path / "during.sqlite3")
    copy_file(tmp_path / "a.sqlite3", tmp_path / "after.sqlite3")
    for name, count in (("during", 0), ("after", 2)):
        copy = Database(f"sqlite:///{tmp_path}/{name}.sqlite3")
        with copy.read() as session:
            assert session.execute(text("SELECT count(*) FROM source")).scalar_one() == count
        copy.close()
    database.close()


def test_what_is_wrong_with_a_file_is_said(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    migrate(f"sqlite:///{file}")
    assert integrity_problems(file) == []
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(
            "INSERT INTO health_event (source, state, reason, at) VALUES ('nobody', 'x', 'y', '2026-11-21')"
        )
    assert "names a row of source that is not there" in integrity_problems(file)[0]
    (tmp_path / "b").write_text("no database " * 100)
    assert "not a database" in integrity_problems(tmp_path / "b")[0]
    assert integrity_problems(tmp_path / "none") != []
    assert not (tmp_path / "none").exists()

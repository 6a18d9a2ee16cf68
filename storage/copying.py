"""A copy of the whole database at one moment, made while the service writes, and the way back.

SQLite is copied as a file. PostgreSQL is copied table by table with COPY in one transaction: the copy
then fits any later server, any schema name and any role, and no program of the right version has to be
installed. The search index is left out of it; it is made anew from the texts.
"""

import gzip
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg.sql import SQL, Identifier
from pydantic import Field
from sqlalchemy import Connection, func, inspect, select, table, text
from sqlmodel import Session

from storage.database import Database, database_url, migrate
from storage.errors import BackupUnusable, DatabaseTooNew, FolderNotWritable, NotEmpty, NothingToBackUp
from storage.models import Value
from storage.schema import SchemaState, known_schema, schema_of, upgrade
from storage.search_index import is_search_index_whole, rebuild_search_index
from storage.sqlite_file import copy_file, integrity_problems

SQLITE_FILE = "database.sqlite3.gz"
_NOT_COPIED = ("alembic_version", "revision_search", "notable_search")
"""Beginnings of the names of tables that are made anew."""
_CHUNK_BYTES = 1 << 20
_LEVEL = 6


class Copy(Value):
    """What a copy holds."""

    kind: Literal["sqlite", "postgresql"]
    schema_revision: str
    tables: dict[str, int]
    """Rows by table, in an order in which they can be filled: a table after those it refers to."""
    columns: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """PostgreSQL: the columns of each table in the order of its file."""
    archive: dict[str, int]
    """How many bytes of each file of the page archive the database knows of."""

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the copy's files."""
        if self.kind == "sqlite":
            return (SQLITE_FILE,)
        return tuple(table_file(name) for name in self.tables)


def table_file(name: str) -> str:
    """The name of the file that holds a table's rows, as COPY writes them."""
    return f"{name}.copy.gz"


# ---- out


def copy_database(url: str, folder: Path) -> Copy:
    """Copy the database at ``url`` into files in ``folder``; see ``Copy.files``.

    Raises NothingToBackUp where there is no database of ours, and other StorageErrors.
    """
    address = database_url(url)
    if address.get_backend_name() == "sqlite":
        return _copy_sqlite(Path(str(address.database)), folder)
    return _copy_postgresql(url, folder)


def _copy_sqlite(file: Path, folder: Path) -> Copy:
    if not file.is_file():
        raise NothingToBackUp(str(file))
    plain = folder / "database.sqlite3"
    copy_file(file, plain)
    with _reading(f"sqlite:///{plain}") as session:
        copy = _described(session, "sqlite", str(file))
    with (
        _writable(folder),
        plain.open("rb") as source,
        gzip.open(folder / SQLITE_FILE, "wb", _LEVEL) as target,
    ):
        shutil.copyfileobj(source, target, _CHUNK_BYTES)
    plain.unlink()
    return copy


def _copy_postgresql(url: str, folder: Path) -> Copy:
    with _reading(url) as session:
        copy = _described(session, "postgresql", database_url(url).render_as_string())
        raw = _driver_connection(session.connection())
        for name, columns in copy.columns.items():
            statement = SQL("COPY {} ({}) TO STDOUT").format(Identifier(name), _listed(columns))
            with (
                _writable(folder),
                gzip.open(folder / table_file(name), "wb", _LEVEL) as target,
                raw.cursor().copy(statement) as rows,
            ):
                for chunk in rows:
                    target.write(chunk)
    return copy


def _described(session: Session, kind: Literal["sqlite", "postgresql"], address: str) -> Copy:
    connection = session.connection()
    schema = schema_of(connection)
    if schema.revision is None:
        raise NothingToBackUp(address)
    if schema.state is SchemaState.NEWER:
        raise DatabaseTooNew(address, schema.revision)
    found = inspect(connection)
    tables = _tables_in_order(connection)
    columns = {name: tuple(column["name"] for column in found.get_columns(name)) for name in tables}
    return Copy(
        kind=kind,
        schema_revision=schema.revision,
        tables=_counted(connection, tables),
        columns=columns if kind == "postgresql" else {},
        archive=_known_of_archive(connection),
    )


def _tables_in_order(connection: Connection) -> list[str]:
    ordered = inspect(connection).get_sorted_table_and_fkc_names()
    return [name for name, _ in ordered if name is not None and not name.startswith(_NOT_COPIED)]


def _counted(connection: Connection, tables: Iterable[str]) -> dict[str, int]:
    count = select(func.count())
    return {name: connection.execute(count.select_from(table(name))).scalar_one() for name in tables}


def _known_of_archive(connection: Connection) -> dict[str, int]:
    query = (
        "SELECT archive_file, max(archive_offset + archive_length) FROM snapshot "
        "WHERE archive_file <> '' GROUP BY 1 ORDER BY 1"  # the empty name: removed by age or size
    )
    return {file: int(end) for file, end in connection.execute(text(query))}


# ---- back


def check_sqlite_copy(file: Path, copy: Copy) -> None:
    """Raise BackupUnusable unless ``file``, unpacked, is whole and holds what ``copy`` says."""
    if problems := integrity_problems(file):
        raise BackupUnusable(file, f"its database is damaged ({problems[0]})")
    with _reading(f"sqlite:///{file}") as session:
        found = _described(session, "sqlite", str(file))
    _agree(file, copy, found.tables)


def restore_sqlite(file: Path, copy: Copy, *, is_index_stale: bool) -> bool:
    """Check ``file``, a SQLite copy unpacked, and bring it to the current schema.

    Returns whether its search index was made anew, as it is where ``is_index_stale`` or it is not whole.
    """
    check_sqlite_copy(file, copy)
    url = f"sqlite:///{file}"
    if known_schema(copy.schema_revision).state is SchemaState.OLDER:
        migrate(url)
    database = Database(url)
    try:
        with database.write() as session:
            if not is_index_stale and is_search_index_whole(session):
                return False
            rebuild_search_index(session)
            return True
    finally:
        database.close()


def refuse_unless_empty(url: str) -> None:
    """Raise NotEmpty where the PostgreSQL database at ``url`` has tables."""
    with _reading(url) as session:
        _refuse_tables(session.connection(), database_url(url).render_as_string())


def restore_postgresql(url: str, copy: Copy, folder: Path) -> None:
    """Fill the empty database at ``url`` from the files in ``folder``, in one transaction.

    Raises NotEmpty where there are tables already, BackupUnusable, and other StorageErrors.
    """
    database = Database(url)
    try:
        with database.write() as session:
            connection = session.connection()
            _refuse_tables(connection, database.address)
            upgrade(connection, copy.schema_revision)
            for name in copy.tables:
                _fill(connection, name, copy, folder)
            _agree(folder, copy, _counted(connection, copy.tables))
            upgrade(connection)
            rebuild_search_index(session)
    finally:
        database.close()


def _refuse_tables(connection: Connection, address: str) -> None:
    if inspect(connection).get_table_names():
        raise NotEmpty(address)


def _fill(connection: Connection, name: str, copy: Copy, folder: Path) -> None:
    columns = copy.columns[name]
    statement = SQL("COPY {} ({}) FROM STDIN").format(Identifier(name), _listed(columns))
    raw = _driver_connection(connection)
    try:
        with gzip.open(folder / table_file(name), "rb") as source, raw.cursor().copy(statement) as rows:
            while chunk := source.read(_CHUNK_BYTES):
                rows.write(chunk)
    except psycopg.DataError as error:
        raise BackupUnusable(folder, f"the rows of {name} do not fit it ({error})") from error
    if "id" in columns and copy.tables[name]:  # the next row must not get an id that is taken
        sequence = raw.execute("SELECT pg_get_serial_sequence(%s, 'id')", [name]).fetchone()
        if sequence is not None and sequence[0] is not None:
            highest = SQL("SELECT setval(%s, (SELECT max(id) FROM {}))").format(Identifier(name))
            raw.execute(highest, sequence)


def _agree(place: Path, copy: Copy, found: dict[str, int]) -> None:
    for name, rows in copy.tables.items():
        if found.get(name) != rows:
            raise BackupUnusable(place, f"{name} has {found.get(name)} rows in place of {rows}")


# ---- both


@contextmanager
def _reading(url: str) -> Iterator[Session]:
    database = Database(url)
    try:
        with database.read() as session:
            yield session
    finally:
        database.close()


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FolderNotWritable(folder, error.strerror or str(error)) from error


def _driver_connection(connection: Connection) -> psycopg.Connection[Any]:
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    return raw


def _listed(columns: Sequence[str]) -> Any:
    return SQL(", ").join(map(Identifier, columns))

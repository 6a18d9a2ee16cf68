"""The database: engines, transactions and migrations, SQLite and PostgreSQL alike.

One writer at a time on both. SQLite: BEGIN IMMEDIATE, since a transaction that reads first and then
writes fails at once where another wrote in between. PostgreSQL: one advisory lock for a schema, so that a
writer sees what every earlier one wrote. Readers see one unchanging state and never wait.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlmodel import Session

from storage.errors import (
    AddressUnknown,
    DatabaseBusy,
    DatabaseTooNew,
    DatabaseUnreachable,
    FolderNotWritable,
    NotADatabase,
    StorageError,
)
from storage.schema import SchemaState, schema_of, upgrade
from storage.sqlite_file import keep_copy

BUSY_TIMEOUT_S = 20.0
"""How long a writer waits for another one."""
CONNECT_TIMEOUT_S = 5
OWN_SCHEMA = "hashtext(current_schema())"
"""SQL for the second key of an advisory lock: who works in another schema is in nobody's way."""
_LOCK_NOT_AVAILABLE = "55P03"
_NO_ACCESS = ("08", "28", "3D", "57")
"""SQLSTATE classes: no connection, not authorized, no such database, shut down."""
_WRITERS_LOCK = 0x6469656D  # any number that no other program in the same database takes


class Database:
    """One database, for one process. ``url`` as in settings; see ``open_database``."""

    def __init__(self, url: str) -> None:
        self._url = database_url(url)
        self._turn = threading.Lock()
        self._writer = _make_engine(self._url)
        self._reader = (
            _make_engine(self._url, is_reader=True)
            if self.is_sqlite
            else self._writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        )

    @property
    def address(self) -> str:
        """The database's address without its password, for people."""
        return _address(self._url)

    @property
    def url(self) -> str:
        """The database's address with its password, for another process of ours."""
        return self._url.render_as_string(hide_password=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is SQLite; otherwise it is PostgreSQL."""
        return _is_sqlite(self._url)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one state of the database and cannot write.

        Keep it short: on SQLite the write-ahead log grows as long as it is open.
        """
        with named_errors(self._url, is_reader=True), Session(self._reader) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session in one write transaction: committed at the end, rolled back on an exception.

        Raises DatabaseBusy where another writer does not end within ``BUSY_TIMEOUT_S``.
        """
        with self._own_turn(), named_errors(self._url), Session(self._writer) as session, session.begin():
            _take_turn(session.connection())
            yield session

    @contextmanager
    def _own_turn(self) -> Iterator[None]:
        """One writer of this process at a time: SQLite itself lets them wait by sleeping ever longer."""
        if not self._turn.acquire(timeout=BUSY_TIMEOUT_S):
            raise DatabaseBusy(self.address, BUSY_TIMEOUT_S)
        try:
            yield
        finally:
            self._turn.release()

    def close(self) -> None:
        """End all connections."""
        self._reader.dispose()
        self._writer.dispose()


def open_database(url: str) -> Database:
    """The database at ``url``, made or migrated to the current schema.

    ``url`` is ``sqlite:///data/diembao.sqlite3`` (relative to the working directory; four slashes for
    an absolute path) or ``postgresql://user@host/name``. Raises StorageError with a sentence for the
    operator.
    """
    migrate(url)
    return Database(url)


def migrate(url: str) -> None:
    """Bring the database at ``url`` to the current schema, in one transaction; make it where absent.

    An SQLite database of an older schema is first copied beside itself (``storage.sqlite_file.keep_copy``).
    Safe to call from several processes at once. Raises StorageError.
    """
    address = database_url(url)
    ensure_folder(address)
    engine = _make_engine(address, checks_foreign_keys=False)
    try:
        with named_errors(address):
            _use_write_ahead_log(engine)
            with engine.begin() as connection:
                _take_turn(connection)
                schema = schema_of(connection)
                if schema.state is SchemaState.CURRENT:
                    return
                if schema.state is SchemaState.NEWER:
                    raise DatabaseTooNew(_address(address), str(schema.revision))
                if schema.revision is not None and _is_sqlite(address):
                    keep_copy(Path(str(address.database)).resolve(), schema.revision, datetime.now(UTC))
                upgrade(connection)
    finally:
        engine.dispose()


def database_url(url: str) -> URL:
    """``url`` parsed, with psycopg 3 as PostgreSQL's driver. Raises AddressUnknown."""
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError):
        raise AddressUnknown(url) from None
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed.set(drivername="sqlite+pysqlite")
    raise AddressUnknown(_address(parsed))


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _address(url: URL) -> str:
    if _is_sqlite(url):
        return str(url.database)
    return url.set(drivername="postgresql", query={}).render_as_string(hide_password=True)


def _make_engine(url: URL, *, is_reader: bool = False, checks_foreign_keys: bool = True) -> Engine:
    if not _is_sqlite(url):
        engine = create_engine(url, connect_args={"connect_timeout": CONNECT_TIMEOUT_S}, pool_pre_ping=True)
        _limit_lock_waits(engine)
        return engine
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions on its own
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA foreign_keys = {int(checks_foreign_keys)}")
        connection.execute(f"PRAGMA query_only = {int(is_reader)}")

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if is_reader else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine


def _limit_lock_waits(engine: Engine) -> None:
    def prepare(connection: Any, _record: object) -> None:
        connection.execute(f"SET lock_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
        connection.commit()

    event.listen(engine, "connect", prepare)


def _take_turn(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(f"SELECT pg_advisory_xact_lock(:lock, {OWN_SCHEMA})"), {"lock": _WRITERS_LOCK}
        )


def _use_write_ahead_log(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        if connection.cursor().execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.cursor().execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


def ensure_folder(url: URL) -> None:
    """The folder of an SQLite database is there and can be written. Raises FolderNotWritable."""
    if not _is_sqlite(url):
        return
    folder = Path(str(url.database)).resolve().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderNotWritable(folder, error.strerror or str(error)) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise FolderNotWritable(folder, "permission denied")


@contextmanager
def named_errors(url: URL, *, is_reader: bool = False) -> Iterator[None]:
    """Turn the drivers' errors about the database itself into ours; errors in a statement pass."""
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        cause = getattr(error, "orig", None) or error
        named = (
            _sqlite_error(url, str(cause), is_reader)
            if _is_sqlite(url)
            else _postgresql_error(url, error, cause)
        )
        if named is None:
            raise
        raise named from error


def _sqlite_error(url: URL, message: str, is_reader: bool) -> StorageError | None:
    path = Path(str(url.database)).resolve()
    if "not a database" in message or "malformed" in message:
        return NotADatabase(path)
    if "locked" in message:
        return DatabaseBusy(_address(url), BUSY_TIMEOUT_S)
    if "unable to open" in message or ("readonly" in message and not is_reader):
        return FolderNotWritable(path.parent, message)
    return None


def _postgresql_error(url: URL, error: BaseException, cause: BaseException) -> StorageError | None:
    code = getattr(cause, "sqlstate", None)
    if code == _LOCK_NOT_AVAILABLE:
        return DatabaseBusy(_address(url), BUSY_TIMEOUT_S)
    if isinstance(error, OperationalError) and (code is None or code[:2] in _NO_ACCESS):
        return DatabaseUnreachable(_address(url), (str(cause).strip() or "no reason given").splitlines()[0])
    return None

"""One service on one database: a lock that ends with the process, whatever ends it.

SQLite: a lock of the operating system on a file beside the database. PostgreSQL: an advisory lock of a
session that stays open. Commands beside a running service do not take it.
"""

import fcntl
import json
import os
import socket
import time
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from storage.database import CONNECT_TIMEOUT_S, OWN_SCHEMA, database_url, ensure_folder, named_errors
from storage.errors import FolderNotWritable, StorageError

_LOCK = 0x64656D73  # beside the writers' lock of storage.database
_NAME_LENGTH = 63
"""The most that PostgreSQL keeps of a session's name."""
_PATIENCE_S = 1.0
"""A look at who holds the lock holds it for a moment."""
_CONNECTION = {
    "connect_timeout": CONNECT_TIMEOUT_S,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


@dataclass(frozen=True)
class Holder:
    """The process that holds a lock."""

    pid: int
    host: str
    """The name of its machine."""

    @property
    def is_here(self) -> bool:
        """Whether it runs on this machine."""
        return self.host == _host()


class ServiceRunning(StorageError):
    """Another service uses the database."""

    def __init__(self, address: str, holder: Holder | None) -> None:
        who = f"process {holder.pid} on {holder.host}" if holder else "another process"
        super().__init__(
            f"A service runs on the database {address} already ({who}); end it first, or give this one a "
            "database of its own in [storage]."
        )
        self.holder = holder


class LockLost(StorageError):
    """The database has passed to another service, or its server does not answer."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"The service's lock on the database {address} was lost and cannot be had again, so another "
            "service may be using it. This one has ended."
        )


class ServiceLock:
    """The lock on the database at ``url``, held from ``take`` to ``release`` or the process's end."""

    def __init__(self, url: str) -> None:
        self._url = database_url(url)
        self._file: TextIOWrapper | None = None
        self._connection: Connection | None = None

    def take(self) -> None:
        """Raises ServiceRunning where another process holds it, and other StorageErrors."""
        with named_errors(self._url):
            if self._url.get_backend_name() == "sqlite":
                self._take_file()
            else:
                self._take_session()

    def is_held(self) -> bool:
        """Whether it is still ours; False where the file is gone or the session has ended."""
        if self._file is not None:
            try:
                there = _lock_file(self._url).stat()
            except OSError:
                return False
            return os.path.samestat(there, os.fstat(self._file.fileno()))
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def release(self) -> None:
        """Let another service have it."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.invalidate()  # no word to a server that may not listen
            connection.close()

    def _take_file(self) -> None:
        ensure_folder(self._url)
        file = _lock_file(self._url)
        try:
            opened = file.open("a+", encoding="utf-8")
        except OSError as error:
            raise FolderNotWritable(file.parent, error.strerror or str(error)) from None
        if not _locked(opened):
            opened.close()
            raise ServiceRunning(str(self._url.database), _holder_in(file))
        opened.truncate(0)
        opened.write(json.dumps({"pid": os.getpid(), "host": _host()}) + "\n")
        opened.flush()
        self._file = opened

    def _take_session(self) -> None:
        name = f"diembao {os.getpid()} {_host()}"[:_NAME_LENGTH]
        connection = _session(self._url, application_name=name)
        connection.execute(text("SET idle_session_timeout = 0"))
        taken = text(f"SELECT pg_try_advisory_lock(:lock, {OWN_SCHEMA})")
        if not connection.execute(taken, {"lock": _LOCK}).scalar_one():
            other = _holding_session(connection)
            connection.close()
            raise ServiceRunning(self._url.set(query={}).render_as_string(hide_password=True), other)
        self._connection = connection


def holder(url: str) -> Holder | None:
    """The process that holds the lock on the database at ``url``; None where nobody does.

    Raises StorageError.
    """
    address = database_url(url)
    if address.get_backend_name() != "sqlite":
        with named_errors(address), _session(address) as connection:
            return _holding_session(connection)
    try:
        with _lock_file(address).open("r", encoding="utf-8") as file:
            if _is_free(file):
                return None
    except OSError:
        return None
    return _holder_in(_lock_file(address))


def _host() -> str:
    return socket.gethostname()[:40]


def _lock_file(url: URL) -> Path:
    file = Path(str(url.database)).resolve()
    return file.with_name(f"{file.name}.service")


def _holder_in(file: Path) -> Holder | None:
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
        return Holder(int(facts["pid"]), str(facts["host"]))
    except (OSError, ValueError, KeyError):
        return None


def _locked(file: TextIOWrapper) -> bool:
    ends_at = time.monotonic() + _PATIENCE_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > ends_at:
                return False
            time.sleep(0.05)
        else:
            return True


def _is_free(file: TextIOWrapper) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _session(url: URL, **options: Any) -> Connection:
    engine = create_engine(
        url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=_CONNECTION | options
    )
    return engine.connect()


def _holding_session(connection: Connection) -> Holder | None:
    query = text(
        "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) "  # noqa: S608  our words
        "WHERE locktype = 'advisory' AND granted AND classid::bigint = :lock "
        f"AND objid::bigint = ({OWN_SCHEMA}::bigint & 4294967295) AND objsubid = 2 "
        "AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    name = connection.execute(query, {"lock": _LOCK}).scalar()
    words = str(name or "").split(" ", 2)
    return Holder(int(words[1]), words[2]) if len(words) == 3 and words[1].isdecimal() else None

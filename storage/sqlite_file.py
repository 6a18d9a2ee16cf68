"""An SQLite database as a file: copied while others write, checked, and kept before it is migrated."""

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from storage.errors import FolderNotWritable, NotADatabase

COPIES_KEPT = 3
"""So many copies from before migrations stay beside a database."""
_WAIT_S = 20.0
_TIME = "%Y%m%dT%H%M%SZ"


def copy_file(source: Path, target: Path) -> None:
    """Write ``target``: ``source`` as it is at this moment, in one file; writers go on meanwhile.

    ``target`` must not exist. Raises NotADatabase where ``source`` is damaged, and FolderNotWritable.
    """
    try:
        with closing(_opened(source)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
        _flush(target)
    except sqlite3.OperationalError as error:
        target.unlink(missing_ok=True)
        raise FolderNotWritable(target.parent, str(error)) from error
    except sqlite3.DatabaseError as error:
        target.unlink(missing_ok=True)
        raise NotADatabase(source) from error
    except OSError as error:
        target.unlink(missing_ok=True)
        raise FolderNotWritable(target.parent, error.strerror or str(error)) from error


def integrity_problems(file: Path) -> list[str]:
    """What SQLite finds wrong in ``file``, a few words each; nothing where it is whole."""
    try:
        with closing(_opened(file)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
            if found != ["ok"]:
                return [" ".join(str(problem).split()) for problem in found]
            return [
                f"a row of {table} names a row of {parent} that is not there"
                for table, _, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchmany(5)
            ]
    except sqlite3.DatabaseError as error:
        return [str(error)]


def keep_copy(file: Path, revision: str, now: datetime) -> Path:
    """Copy ``file``, of schema ``revision``, beside itself, and remove all but the newest copies.

    ``now`` is in UTC. Raises as ``copy_file``.
    """
    copy = file.with_name(f"{file.name}.schema-{revision}-{now.strftime(_TIME)}")
    draft = copy.with_name(f".{copy.name}.{os.getpid()}.part")
    draft.unlink(missing_ok=True)
    copy_file(file, draft)
    draft.replace(copy)
    for old in kept_copies(file)[COPIES_KEPT:]:
        old.unlink()
    return copy


def kept_copies(file: Path) -> list[Path]:
    """The copies that ``keep_copy`` left beside ``file``, the newest one first."""
    start = f"{file.name}.schema-"
    found = [path for path in file.parent.iterdir() if path.name.startswith(start)]
    return sorted(found, key=lambda path: path.name.rpartition("-")[2], reverse=True)


def _opened(file: Path) -> sqlite3.Connection:
    # mode=rw: a file that is not there is not made; the log of a killed writer can be read back.
    address = f"{file.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=_WAIT_S)


def _flush(file: Path) -> None:
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())

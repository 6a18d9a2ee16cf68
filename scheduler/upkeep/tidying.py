"""Keeping the database small and quick: planner's statistics, its log cut off, unused room given back."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from rich.filesize import decimal
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from scheduler.desk import Desk
from scheduler.upkeep.disk import HELD_BY, database_file
from storage.database import Database
from storage.errors import StorageError

MOST_UNUSED = 0.25
"""With a larger share of the file unused, it is written anew without it."""
LEAST_UNUSED_BYTES = 50_000_000
LARGEST_REWRITTEN_BYTES = 1_000_000_000
"""What is written anew within a few seconds. Writers wait meanwhile, and give up after twenty."""
_BUSY_MS = 5_000
_LOOKED_AT = 1000
"""Rows of each index that the planner's statistics are taken from."""


async def tidy_database(desk: Desk) -> str | None:
    """Keep the database small and quick; the job ``tidy``."""
    file = database_file(desk.settings)
    if file is None:
        return await asyncio.to_thread(_analyse_server, desk.database)
    may_rewrite = HELD_BY not in desk.polling_held
    return await asyncio.to_thread(tidied, file, may_rewrite=may_rewrite)


def tidied(file: Path, *, may_rewrite: bool = True) -> str | None:
    """Tidy SQLite's ``file``; what was gained, in a sentence, where that is worth one.

    Safe at any moment and beside writers: SQLite does each step as a transaction.
    """
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        connection.execute(f"PRAGMA analysis_limit = {_LOOKED_AT}")
        try:
            connection.execute("PRAGMA optimize")
            gained = _rewritten(connection, file) if may_rewrite else None
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError as error:  # busy, or no room: another night
            return f"put off: {error}"
    return gained


def _rewritten(connection: sqlite3.Connection, file: Path) -> str | None:
    page_bytes, pages, unused = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_size", "page_count", "freelist_count")
    )
    before, gain = page_bytes * pages, page_bytes * unused
    if gain < LEAST_UNUSED_BYTES or unused < pages * MOST_UNUSED:
        return None
    if before > LARGEST_REWRITTEN_BYTES:
        return (
            f"{decimal(gain)} of the database's {decimal(before)} are unused; stop the service and run "
            f'sqlite3 {file} "VACUUM" to have them back'
        )
    # Twice: the new copy in the temporary folder or beside it, then the log that takes it over.
    if shutil.disk_usage(file.parent).free < 3 * (before - gain):
        return f"{decimal(gain)} of the database are unused; there is too little room to write it anew"
    connection.execute("VACUUM")
    return f"gave {decimal(gain)} back that the database did not use"


def _analyse_server(database: Database) -> str | None:
    """PostgreSQL vacuums by itself; fresh statistics cost little."""
    try:
        with database.write() as session:
            session.execute(text("ANALYZE"))
    except (StorageError, SQLAlchemyError) as error:
        return f"put off: {str(error).splitlines()[0]}"
    return None

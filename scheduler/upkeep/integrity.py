"""Is what is kept whole: the database, looked through once a week, and a sample of the archived pages."""

import asyncio
import logging
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, inspect, select, table
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from scheduler.desk import Desk
from scheduler.upkeep.disk import database_file
from storage.archive import REMOVED, Archive, ArchivedPage
from storage.database import Database
from storage.errors import PageLost, StorageError
from storage.sqlite_file import integrity_problems
from storage.tables import SnapshotRow
from storage.upkeep import IntegrityCheck, known, note

logger = logging.getLogger(__name__)

CHECKED_EVERY = timedelta(days=7)
_A_LITTLE_EARLY = timedelta(hours=12)
"""The job is asked daily; what was checked at three last Sunday is due at three this one."""
PAGES_SAMPLED = 300
_MOST_TOLD = 5


async def check_integrity(desk: Desk) -> str | None:
    """Look through what is kept, once a week; the job ``check``."""
    now = desk.now()
    last = await desk.intake.read(known, IntegrityCheck)
    if last is not None and now - last.checked_at < CHECKED_EVERY - _A_LITTLE_EARLY:
        return None
    settings = desk.settings
    found = await asyncio.to_thread(
        checked, desk.database, database_file(settings), settings.storage.archive, now
    )
    await desk.intake.write(note, found, now)
    for problem in found.problems:
        logger.error("what is kept is damaged: %s", problem)
    return said(found)


def said(found: IntegrityCheck) -> str:
    """What a check found, in a sentence."""
    if not found.problems:
        return f"the database is whole, and so are {found.pages_read} archived pages taken at random"
    return f"damage was found: {'; '.join(found.problems)}"


def checked(database: Database, file: Path | None, archive: Path, now: datetime) -> IntegrityCheck:
    """Look through the database (``file`` where it is SQLite) and a sample of ``archive``.

    SQLite looks through every page, index and reference; of PostgreSQL each table is read to its end.
    Writers go on meanwhile. Raises StorageError where the database cannot be asked at all.
    """
    problems = integrity_problems(file) if file is not None else _of_server(database)
    with database.read() as session:
        pages = _sample(session)
    lost = _lost(Archive(archive), pages)
    return IntegrityCheck(
        checked_at=now,
        database_problems=tuple(problems[:_MOST_TOLD]),
        pages_read=len(pages) - len(lost),
        pages_lost=tuple(lost[:_MOST_TOLD]),
    )


def _of_server(database: Database) -> list[str]:
    problems = []
    with database.read() as session:
        tables = inspect(session.connection()).get_table_names()
    for name in tables:
        try:
            with database.read() as session:
                session.execute(select(func.count()).select_from(table(name)))
        except (StorageError, SQLAlchemyError) as error:
            problems.append(f"{name} cannot be read: {str(error).splitlines()[0]}")
    return problems


def _sample(session: Session) -> list[ArchivedPage]:
    """The places of up to ``PAGES_SAMPLED`` pages, each as likely as the other."""
    ids = select(func.min(col(SnapshotRow.id)), func.max(col(SnapshotRow.id)))
    first, last = session.execute(ids).one()
    if last is None:
        return []
    everyone = range(first, last + 1)
    chosen = random.sample(everyone, min(PAGES_SAMPLED, len(everyone)))
    query = select(
        col(SnapshotRow.archive_file), col(SnapshotRow.archive_offset), col(SnapshotRow.archive_length)
    ).where(col(SnapshotRow.id).in_(chosen), col(SnapshotRow.archive_file) != REMOVED.file)
    return [
        ArchivedPage(file=file, offset=offset, length=length)
        for file, offset, length in session.execute(query)
    ]


def _lost(archive: Archive, pages: Sequence[ArchivedPage]) -> list[str]:
    lost = []
    for page in pages:
        try:
            archive.load(page)
        except PageLost as error:
            lost.append(str(error))
    return lost

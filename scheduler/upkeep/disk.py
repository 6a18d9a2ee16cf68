"""Room on the disk: with too little of it crawling pauses, and it goes on by itself when there is room."""

import asyncio
import logging
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.filesize import decimal
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from scheduler.desk import Desk
from scheduler.settings import Settings
from storage.database import database_url
from storage.errors import StorageError
from storage.upkeep import CrawlingPause, Household, end_crawling_pause, known, note

logger = logging.getLogger(__name__)

HELD_BY = CrawlingPause.JOB
"""The key of ``Desk.polling_held``, and the name of the job in its records."""
GOES_ON_ABOVE = 1.2
"""So many times the limit must be free before crawling goes on: it must not stop and go."""
_MB = 1_000_000


@dataclass(frozen=True)
class Room:
    """What is free where it is scarcest."""

    folder: Path
    free_bytes: int
    wanted_bytes: int
    """[keep] free_disk_mb."""

    @property
    def is_short(self) -> bool:
        """Whether that is too little to crawl."""
        return self.free_bytes < self.wanted_bytes

    @property
    def is_ample(self) -> bool:
        """Whether a crawl that paused may go on."""
        return self.free_bytes >= self.wanted_bytes * GOES_ON_ABOVE

    @property
    def said(self) -> str:
        """The shortage in a sentence for the operator."""
        return (
            f"only {decimal(self.free_bytes)} are free at {self.folder}, and crawling wants "
            f"{decimal(self.wanted_bytes)} ([keep] free_disk_mb); make room, and it goes on by itself"
        )


def database_file(settings: Settings) -> Path | None:
    """SQLite's file; None for PostgreSQL, which looks after its own disk."""
    url = database_url(settings.storage.database)
    return Path(str(url.database)).absolute() if url.get_backend_name() == "sqlite" else None


def kept_in(settings: Settings) -> list[Path]:
    """The folders where things are kept, or the nearest ones above them that are there."""
    file = database_file(settings)
    folders = [file.parent] if file is not None else []
    return list(dict.fromkeys(nearest(folder) for folder in (*folders, settings.storage.archive)))


def nearest(folder: Path) -> Path:
    """``folder``, or the nearest one above it that is there."""
    folder = Path(os.path.normpath(folder.absolute()))
    return next(path for path in (folder, *folder.parents) if path.exists())


def room_of(settings: Settings) -> Room:
    """What is free where it is scarcest. Raises OSError where a folder cannot be asked."""
    free_bytes, folder = min((shutil.disk_usage(path).free, path) for path in kept_in(settings))
    return Room(folder, free_bytes, settings.keep.free_disk_mb * _MB)


async def watch_disk(desk: Desk) -> None:
    """Hold polling while there is too little room, let it go on when there is enough, and keep which.

    Never raises: where the database itself cannot be written for lack of room, polling is held all the same.
    """
    try:
        room = await asyncio.to_thread(room_of, desk.settings)
    except OSError as error:
        logger.warning("the free space cannot be told: %s", error)
        return
    is_held = HELD_BY in desk.polling_held
    if room.is_short or (is_held and not room.is_ample):
        desk.polling_held.setdefault(HELD_BY, room.said)
        is_held = True
    else:
        desk.polling_held.pop(HELD_BY, None)
        is_held = False
    try:
        if await desk.intake.read(_differs, desk.settings, is_held):
            await desk.intake.write(_keep, desk.settings, room, is_held, desk.now())
    except (StorageError, SQLAlchemyError) as error:
        logger.debug("the state of the disk could not be kept: %s", error)


def _household(settings: Settings) -> Household:
    return Household(
        database=database_file(settings),
        archive=settings.storage.archive.absolute(),
        digest_time=settings.schedule.digest_time,
        free_disk_bytes=settings.keep.free_disk_mb * _MB,
    )


def _differs(session: Session, settings: Settings, is_held: bool) -> bool:
    """Whether what is kept says something else; asked first, so that a usual minute writes nothing."""
    pause = known(session, CrawlingPause) or CrawlingPause()
    return (pause.since_at is not None) != is_held or known(session, Household) != _household(settings)


def _keep(session: Session, settings: Settings, room: Room, is_held: bool, now: datetime) -> None:
    note(session, _household(settings), now)
    pause = known(session, CrawlingPause) or CrawlingPause()
    if is_held and pause.since_at is None:
        begun = CrawlingPause(since_at=now, free_bytes=room.free_bytes, folder=str(room.folder))
        note(session, begun, now)
    elif not is_held and pause.since_at is not None:
        why = f"crawling paused: only {decimal(pause.free_bytes)} were free at {pause.folder}"
        end_crawling_pause(session, pause, why, now)

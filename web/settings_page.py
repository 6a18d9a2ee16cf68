"""Settings: every one that the service runs with, what it keeps where, and how that is."""

import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from fastapi import APIRouter
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from storage.effective import EffectiveSettings, LastBackup
from storage.schema import schema_of
from storage.sqlite_file import kept_copies
from storage.upkeep import CrawlingPause, Household, IntegrityCheck, Pruning, known
from web.pages import service_of, show
from web.sources import as_json

router = APIRouter()


@dataclass(frozen=True)
class Disk:
    """The disk under one folder."""

    folder: str
    free_bytes: int
    total_bytes: int


@dataclass(frozen=True)
class SettingsPage:
    """``settings_page.html``."""

    version: str
    """Of the pages; the service's is in ``settings``."""
    schema: str | None
    database: str
    """Its address, without a password."""
    database_bytes: int | None
    """Of SQLite's file; None for PostgreSQL."""
    disks: list[Disk]
    copies: list[str]
    """Names of the copies made before migrations, the newest first."""
    settings: EffectiveSettings | None
    """None where no service of this version has run on the database."""
    backup: LastBackup | None
    check: IntegrityCheck | None
    pruning: Pruning | None
    pause: CrawlingPause | None

    @property
    def changed(self) -> int:
        """How many settings are another than their default."""
        sections = self.settings.sections if self.settings else ()
        return sum(key.is_changed for section in sections for key in section.keys)


@router.api_route("/settings", methods=["GET", "HEAD"])
def settings(request: Request) -> Response:
    """The settings in force."""
    return show(request, "settings_page.html", _page(request))


@router.api_route("/settings.json", methods=["GET", "HEAD"])
def settings_twin(request: Request) -> Response:
    """The same as JSON."""
    return as_json(_page(request))


def _page(request: Request) -> SettingsPage:
    database = service_of(request).database
    with database.read() as session:
        household = known(session, Household)
        return SettingsPage(
            version=version("diembao"),
            schema=schema_of(session.connection()).revision,
            database=database.address,
            database_bytes=_size(Path(database.address)) if database.is_sqlite else None,
            disks=_disks(household, Path(database.address) if database.is_sqlite else None),
            copies=_copies(Path(database.address)) if database.is_sqlite else [],
            settings=_settings(session),
            backup=known(session, LastBackup),
            check=known(session, IntegrityCheck),
            pruning=known(session, Pruning),
            pause=known(session, CrawlingPause),
        )


def _settings(session: Session) -> EffectiveSettings | None:
    return known(session, EffectiveSettings)


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except OSError:
        return None


def _copies(file: Path) -> list[str]:
    try:
        return [copy.name for copy in kept_copies(file)]
    except OSError:
        return []


def _disks(household: Household | None, database: Path | None) -> list[Disk]:
    """The disks of archive and database, each once."""
    folders = [folder for folder in (database.parent if database else None, _archive(household)) if folder]
    found: dict[int, Disk] = {}
    for folder in folders:
        try:
            usage = shutil.disk_usage(folder)
            found.setdefault(folder.stat().st_dev, Disk(str(folder), usage.free, usage.total))
        except OSError:
            continue
    return list(found.values())


def _archive(household: Household | None) -> Path | None:
    return household.archive if household else None

"""Is what is kept in order: database, page archive, disk."""

import os
import shutil
import tempfile
from pathlib import Path

from rich.filesize import decimal
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from scheduler.checkup.finding import Finding, ok, problem, warning
from scheduler.settings import Settings
from scheduler.upkeep.disk import kept_in
from scheduler.upkeep.integrity import said
from storage.archive import REMOVED, Archive, ArchivedPage
from storage.database import Database, database_url
from storage.errors import PageLost, StorageError
from storage.schema import SchemaState, schema_of
from storage.sqlite_file import integrity_problems
from storage.tables import SnapshotRow
from storage.upkeep import IntegrityCheck, known

_WARNED_ABOVE = 10
"""So many times what crawling wants free must be free, or there is a warning."""
PAGES_SAMPLED = 20
_POSTGRESQL_SIZE = "SELECT pg_database_size(current_database())"
_FROM_BACKUP = "restore the newest backup into a folder of its own: diembao restore FILE --into FOLDER"


def check_database(settings: Settings) -> list[Finding]:
    """Reachable, whole, of which schema, how large; a database that is not made yet is not made here."""
    url = database_url(settings.storage.database)
    file = Path(str(url.database)) if url.get_backend_name() == "sqlite" else None
    if file is not None and not file.exists():
        return [ok("database", f"{file} is not made yet; the first `diembao run` makes it")]
    database = Database(settings.storage.database)
    try:
        with database.read() as session:
            schema = schema_of(session.connection())
            said = "" if file else decimal(session.execute(text(_POSTGRESQL_SIZE)).scalar_one())
            is_current = schema.state is SchemaState.CURRENT
            pages = _newest_pages(session) if is_current else []
            check = known(session, IntegrityCheck) if is_current else None
    except (StorageError, SQLAlchemyError) as error:
        return [problem("database", str(error).splitlines()[0], _FROM_BACKUP if file else "start the server")]
    finally:
        database.close()
    if file is not None:
        if problems := integrity_problems(file):
            return [problem("database", f"{file} is damaged: {problems[0]}", _FROM_BACKUP)]
        said = f"whole, {decimal(sum(part.stat().st_size for part in _files(file)))}"
    return [
        _of_schema(schema.state, schema.revision, f"{database.address}: {said}"),
        *_of_pages(settings, pages),
        *_of_check(check),
    ]


def _files(file: Path) -> list[Path]:
    return [path for path in (file, file.with_name(f"{file.name}-wal")) if path.exists()]


def _of_schema(state: SchemaState, revision: str | None, said: str) -> Finding:
    if state is SchemaState.NEWER:
        advice = "install that version, or use another database"
        return problem("database", f"{said}; a newer version wrote it (schema {revision})", advice)
    if state is SchemaState.OLDER:
        return ok("database", f"{said}; schema {revision}, migrated at the next start")
    if state is SchemaState.ABSENT:
        return ok("database", f"{said}; empty, its tables are made at the first start")
    return ok("database", f"{said}; schema {revision}")


def _newest_pages(session: Session) -> list[ArchivedPage]:
    is_kept = SnapshotRow.archive_file != REMOVED.file
    newest = select(SnapshotRow).where(is_kept).order_by(col(SnapshotRow.id).desc()).limit(PAGES_SAMPLED)
    return [
        ArchivedPage(file=row.archive_file, offset=row.archive_offset, length=row.archive_length)
        for row in session.exec(newest)
    ]


def _of_pages(settings: Settings, pages: list[ArchivedPage]) -> list[Finding]:
    if not pages:
        return []
    archive = Archive(settings.storage.archive)
    lost = []
    for page in pages:
        try:
            archive.load(page)
        except PageLost as error:
            lost.append(str(error))
    if lost:
        said = f"{len(lost)} of the newest {len(pages)} pages cannot be read: {lost[0]}"
        return [problem("page archive", said, "bring the folder back from a backup")]
    return [ok("page archive", f"the newest {len(pages)} pages can be read")]


def _of_check(check: IntegrityCheck | None) -> list[Finding]:
    """What the service found when it last looked through everything."""
    if check is None:
        return []
    found = f"on {check.checked_at:%Y-%m-%d}: {said(check)}"
    if check.problems:
        return [problem("weekly check", found, _FROM_BACKUP)]
    return [ok("weekly check", found)]


def check_disk(settings: Settings) -> list[Finding]:
    """Free space where things are kept, and whether the folders can be written."""
    wanted = settings.keep.free_disk_mb * 1_000_000
    return [_of_folder(folder, wanted) for folder in kept_in(settings)]


def _of_folder(folder: Path, wanted_bytes: int) -> Finding:
    if why := unwritable(folder):
        return problem(
            "disk", f"{folder} cannot be written: {why}", "change its owner or choose another folder"
        )
    free = shutil.disk_usage(folder).free
    said = f"{decimal(free)} free at {folder}"
    if free < wanted_bytes:
        advice = (
            "make room; crawling pauses until then ([keep] free_disk_mb). "
            "`diembao prune --dry-run` says what could go"
        )
        return problem("disk", said, advice)
    if free < wanted_bytes * _WARNED_ABOVE:
        return warning("disk", said, "make room soon, or move [storage] archive to a larger disk")
    return ok("disk", said)


def unwritable(folder: Path) -> str | None:
    """Why a new file in ``folder`` cannot be written, or None; it is tried."""
    if not folder.is_dir():
        return "it is no folder"
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.strerror or str(error)
    return None

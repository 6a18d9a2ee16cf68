"""A backup: one tar file with a copy of the database, the archived pages that it names, and the settings.

The database is copied first, at one moment. Pages are archived before the database knows of them and
files of the archive only grow, so that every page of the copy is in the file afterwards. The manifest
comes last: a file that was cut off has none. The members are compressed, the tar is not; what is one
page file today is the same bytes in every backup.
"""

import json
import os
import re
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import IO, Final, Literal

from sqlalchemy.exc import SQLAlchemyError

from scheduler.settings import Settings
from storage.archive_lock import holding_still
from storage.copying import Copy, copy_database
from storage.database import Database, database_url
from storage.effective import LastBackup
from storage.errors import BackupUnusable, FolderNotWritable, NotEmpty, StorageError
from storage.models import Value
from storage.upkeep import note

FORMAT: Final = 1
MANIFEST = "manifest.json"
SETTINGS = "settings.toml"
PAGES, SOURCES, DATABASE = "pages", "sources", "database"
"""The folders in a backup."""
_MEMBER = re.compile(rf"(?:(?:{DATABASE}|{PAGES}|{SOURCES})/)?(?!\.)[^/\0]+")


class Part(Value):
    """One member of the backup."""

    name: str
    bytes: int
    sha256: str


class Places(Value):
    """Where things lay, relative to the folder of the settings file; None where elsewhere or nowhere."""

    database: str | None
    archive: str | None
    sources: str | None


class Manifest(Value):
    """What a backup holds, and how to tell that it is whole."""

    format: Literal[1] = FORMAT
    program: str
    """The version that wrote it."""
    made_at: datetime
    database: Copy
    places: Places
    parts: tuple[Part, ...]
    lost: tuple[str, ...] = ()
    """What the database names and the archive did not have, one sentence each."""

    def parts_in(self, folder: str) -> list[Part]:
        """The parts in one of the backup's folders."""
        return [part for part in self.parts if part.name.startswith(f"{folder}/")]


def write_backup(settings: Settings, settings_file: Path | None, target: Path, now: datetime) -> Manifest:
    """Write a backup of what ``settings`` name to ``target``; the service may go on meanwhile.

    ``settings_file`` is kept as it is, None where there is none. Raises NotEmpty where ``target`` exists,
    and other StorageErrors.
    """
    if target.exists():
        raise NotEmpty(str(target))
    folder = target.absolute().parent
    try:
        with (
            holding_still(settings.storage.archive),
            tempfile.TemporaryDirectory(dir=folder, prefix=f".{target.name}-") as scratch,
        ):
            draft = Path(scratch) / "backup.tar"
            manifest = _fill(draft, settings, settings_file, Path(scratch), now)
            _flush(draft)
            _move(draft, target)
    except OSError as error:
        raise FolderNotWritable(folder, error.strerror or str(error)) from error
    _note(settings, target, now)
    return manifest


def _note(settings: Settings, target: Path, now: datetime) -> None:
    """Have the pages know of the backup, where the database takes it: one of an older version does not."""
    database = Database(settings.storage.database)
    try:
        with suppress(StorageError, SQLAlchemyError), database.write() as session:
            note(session, LastBackup(made_at=now, file=str(target.absolute())), now)
    finally:
        database.close()


def _fill(
    draft: Path, settings: Settings, settings_file: Path | None, scratch: Path, now: datetime
) -> Manifest:
    copy = copy_database(settings.storage.database, scratch)
    parts: list[Part] = []
    lost: list[str] = []
    draft.touch(mode=0o600)
    with tarfile.open(draft, "w", format=tarfile.PAX_FORMAT) as tar:
        for name in copy.files:
            parts.append(_add_file(tar, f"{DATABASE}/{name}", scratch / name, now))
            (scratch / name).unlink()
        for name, known in copy.archive.items():
            page_file = settings.storage.archive / name
            has = page_file.stat().st_size if page_file.is_file() else 0
            if has < known:
                lost.append(f"{page_file} has {has:,} of the {known:,} bytes that the database knows of.")
            if has:
                parts.append(_add_file(tar, f"{PAGES}/{name}", page_file, now, min(has, known)))
        if settings_file is not None:
            parts.append(_add_file(tar, SETTINGS, settings_file, now))
        for declaration in own_declarations(settings):
            parts.append(_add_file(tar, f"{SOURCES}/{declaration.name}", declaration, now))
        manifest = Manifest(
            program=version("diembao"),
            made_at=now,
            database=copy,
            places=_places(settings, settings_file),
            parts=tuple(parts),
            lost=tuple(lost),
        )
        written = json.dumps(manifest.model_dump(mode="json"), ensure_ascii=False, indent=1).encode()
        tar.addfile(_member(MANIFEST, len(written), now), BytesIO(written))
    return manifest


def own_declarations(settings: Settings) -> list[Path]:
    """The operator's own declarations of sources."""
    folder = settings.crawl.sources_folder
    return sorted(folder.glob("*.toml")) if folder is not None else []


def _places(settings: Settings, settings_file: Path | None) -> Places:
    folder = (settings_file.absolute() if settings_file else Path.cwd() / SETTINGS).parent
    url = database_url(settings.storage.database)
    file = Path(str(url.database)) if url.get_backend_name() == "sqlite" else None
    return Places(
        database=_within(folder, file),
        archive=_within(folder, settings.storage.archive),
        sources=_within(folder, settings.crawl.sources_folder),
    )


def _within(folder: Path, path: Path | None) -> str | None:
    if path is None:
        return None
    plain = Path(os.path.normpath(path))
    return plain.relative_to(folder).as_posix() if plain.is_relative_to(folder) and plain != folder else None


def _add_file(tar: tarfile.TarFile, name: str, file: Path, now: datetime, size: int | None = None) -> Part:
    """Add the first ``size`` bytes of ``file``; all of it where that is None."""
    with file.open("rb") as opened:
        size = os.fstat(opened.fileno()).st_size if size is None else size
        measured = Measured(opened)
        tar.addfile(_member(name, size, now), measured)  # type: ignore[arg-type]  # it only reads
    return Part(name=name, bytes=size, sha256=measured.digest.hexdigest())


def _member(name: str, size: int, now: datetime) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, int(now.timestamp()), 0o600
    return member


class Measured:
    """A file that is read, and the digest of what was read of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = sha256()

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes more."""
        chunk = self._file.read(size)
        self.digest.update(chunk)
        return chunk


def _move(draft: Path, target: Path) -> None:
    try:
        os.link(draft, target)  # as a rename, but it overwrites nothing
    except FileExistsError:
        raise NotEmpty(str(target)) from None
    except OSError:  # a file system without links
        draft.rename(target)


def _flush(file: Path) -> None:
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())


# ---- reading


@contextmanager
def opened_backup(file: Path) -> Iterator[tuple[tarfile.TarFile, Manifest]]:
    """The backup ``file`` and its manifest; raises BackupUnusable where it is none, or not all of one."""
    try:
        with tarfile.open(file, "r:") as tar:
            yield tar, _read_manifest(file, tar)
    except (tarfile.TarError, EOFError) as error:
        raise BackupUnusable(file, f"it is no backup, or damaged ({error})") from error
    except OSError as error:
        raise BackupUnusable(file, error.strerror or str(error)) from error


def _read_manifest(file: Path, tar: tarfile.TarFile) -> Manifest:
    names = tar.getnames()
    if MANIFEST not in names:
        raise BackupUnusable(file, "it has no manifest, so it was cut off or is something else")
    written = tar.extractfile(MANIFEST)
    assert written is not None
    try:
        data = json.loads(written.read())
        if data["format"] != FORMAT:
            raise BackupUnusable(file, "a newer version of the program wrote it; install that version")
        manifest = Manifest.model_validate(data)
    except (ValueError, KeyError, TypeError) as error:
        raise BackupUnusable(file, "its manifest is damaged") from error
    if sorted(names) != sorted([MANIFEST, *(part.name for part in manifest.parts)]):
        raise BackupUnusable(file, "it holds other files than its manifest says")
    places = [place for place in manifest.places.model_dump().values() if place is not None]
    if not all(tar.getmember(name).isreg() and _MEMBER.fullmatch(name) for name in names) or any(
        place.startswith("/") or ".." in place.split("/") for place in places
    ):
        raise BackupUnusable(file, "it names files outside its own folders")
    return manifest

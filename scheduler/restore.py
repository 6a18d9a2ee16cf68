"""A backup checked, and laid down again where nothing is yet."""

import gzip
import shutil
import tarfile
import tempfile
import tomllib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO

from scheduler.backup import (
    DATABASE,
    PAGES,
    SETTINGS,
    SOURCES,
    Manifest,
    Measured,
    Part,
    opened_backup,
)
from scheduler.settings import Settings, SettingsError, settings_from
from storage.copying import (
    SQLITE_FILE,
    check_sqlite_copy,
    refuse_unless_empty,
    restore_postgresql,
    restore_sqlite,
    table_file,
)
from storage.database import database_url
from storage.errors import BackupUnusable, FolderNotWritable, NotEmpty
from storage.schema import SchemaState, known_schema

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Target:
    """Where a backup is laid down."""

    database: str
    """The database's address."""
    archive: Path
    sources: Path | None = None
    """None: declarations stay in the backup."""
    settings: Path | None = None
    """None: settings stay in the backup."""

    @property
    def database_file(self) -> Path | None:
        """SQLite's file; None for PostgreSQL."""
        url = database_url(self.database)
        return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


@dataclass(frozen=True)
class Restored:
    """What a restore did."""

    manifest: Manifest
    has_new_index: bool
    settings: Path | None
    """Where the settings file lies now."""
    to_change: tuple[str, ...]
    """What in it leads elsewhere; the file then has a name that nothing reads."""


def target_of_settings(settings: Settings) -> Target:
    """The places that ``settings`` name; settings and declarations are there already."""
    return Target(settings.storage.database, settings.storage.archive)


def target_in(folder: Path, manifest: Manifest, settings: Settings | None) -> Target:
    """Places in ``folder`` as they were to their settings file; PostgreSQL's is that of ``settings``."""
    folder, places = folder.absolute(), manifest.places
    if manifest.database.kind == "sqlite":
        database = f"sqlite:///{folder / (places.database or 'data/diembao.sqlite3')}"
    else:
        database = settings.storage.database if settings is not None else ""
    return Target(
        database=database,
        archive=folder / (places.archive or "data/pages"),
        sources=folder / (places.sources or "sources"),
        settings=folder / SETTINGS,
    )


def check_backup(file: Path) -> Manifest:
    """Read all of ``file`` and its database; raises BackupUnusable unless it can be restored here."""
    with opened_backup(file) as (tar, manifest), tempfile.TemporaryDirectory() as scratch:
        _check_schema(file, manifest)
        for part in manifest.parts:
            wanted = Path(scratch) / Path(part.name).name if part.name.startswith(f"{DATABASE}/") else None
            _unpack(file, tar, part, wanted)
        copy = manifest.database
        if copy.kind == "sqlite":
            check_sqlite_copy(_gunzip(file, Path(scratch) / SQLITE_FILE), copy)
        else:
            for name, rows in copy.tables.items():
                found = _lines(file, Path(scratch) / table_file(name))
                if found != rows:
                    raise BackupUnusable(file, f"{name} has {found} rows in place of {rows}")
        return manifest


def restore(file: Path, target: Target) -> Restored:
    """Lay ``file`` down at ``target``: everything is checked before anything appears there.

    Raises NotEmpty where something is there already, BackupUnusable, and other StorageErrors.
    """
    with opened_backup(file) as (tar, manifest):
        _check_schema(file, manifest)
        _refuse_unless_free(file, target, manifest)
        with _scratch_beside(target.archive) as scratch:
            for part in manifest.parts:
                _unpack(file, tar, part, scratch / part.name)
            return _lay_down(file, target, manifest, scratch)


def _lay_down(file: Path, target: Target, manifest: Manifest, scratch: Path) -> Restored:
    """From ``scratch`` into place; the database last, since without it there is nothing to start."""
    is_index_stale = manifest.program != version("diembao")
    database_file, unpacked = target.database_file, scratch / DATABASE
    if database_file is None:
        restore_postgresql(target.database, manifest.database, unpacked)
        has_new_index = True
    else:
        ready = _gunzip(file, unpacked / SQLITE_FILE)
        has_new_index = restore_sqlite(ready, manifest.database, is_index_stale=is_index_stale)
    with _writing(target.archive.parent):
        (scratch / PAGES).mkdir(exist_ok=True)
        _move(scratch / PAGES, target.archive)
        if target.sources is not None and (scratch / SOURCES).is_dir():
            _move(scratch / SOURCES, target.sources)
        settings, to_change = _lay_down_settings(scratch / SETTINGS, target)
        if database_file is not None:
            _move(ready, database_file)
    return Restored(manifest, has_new_index, settings, to_change)


def _lay_down_settings(unpacked: Path, target: Target) -> tuple[Path | None, tuple[str, ...]]:
    if target.settings is None or not unpacked.is_file():
        return None, ()
    to_change = _what_leads_elsewhere(unpacked, target)
    place = target.settings if not to_change else target.settings.with_name(f"{SETTINGS}.restored")
    _move(unpacked, place)
    return place, to_change


def _what_leads_elsewhere(file: Path, target: Target) -> tuple[str, ...]:
    assert target.settings is not None
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        found = settings_from(data, target.settings.parent, origin=SETTINGS)
    except SettingsError as error:
        return error.problems
    except ValueError as error:
        return (f"it is not valid TOML: {error}",)
    wanted = {"database": target.database, "archive": str(target.archive)}
    lines = [
        f'[storage] {key} = "{value}"'
        for key, value in wanted.items()
        if str(getattr(found.storage, key)) != value
    ]
    sources = found.crawl.sources_folder
    if sources is not None and sources != target.sources:
        lines.append(f'[crawl] sources_folder = "{target.sources}"')
    return tuple(lines)


# ---- parts


def _check_schema(file: Path, manifest: Manifest) -> None:
    revision = manifest.database.schema_revision
    if known_schema(revision).state is SchemaState.NEWER:
        why = f"a newer version of the program wrote it (schema {revision}); install that version"
        raise BackupUnusable(file, why)


def _refuse_unless_free(file: Path, target: Target, manifest: Manifest) -> None:
    held = manifest.database.kind
    is_file = target.database_file is not None
    if is_file is not (held == "sqlite"):
        example = {"sqlite": "sqlite:///data/diembao.sqlite3", "postgresql": "postgresql://HOST/NAME"}[held]
        why = f'it needs an empty database of its own kind: [storage] database = "{example}"'
        raise BackupUnusable(file, why)
    for place in (target.database_file, target.archive, target.sources, target.settings):
        if place is not None and place.exists() and not (place.is_dir() and not any(place.iterdir())):
            raise NotEmpty(str(place))
    if not is_file:
        refuse_unless_empty(target.database)


def _unpack(file: Path, tar: tarfile.TarFile, part: Part, to: Path | None) -> None:
    """Read ``part`` and check its digest; write it to ``to``, unless that is None."""
    opened = tar.extractfile(part.name)
    assert opened is not None  # opened_backup lets regular files pass only
    measured, size = Measured(opened), 0
    with _writing(to.parent if to else file.parent), _new_file(to) as target:
        while chunk := measured.read(_CHUNK_BYTES):
            size += len(chunk)
            if target is not None:
                target.write(chunk)
    if size != part.bytes or measured.digest.hexdigest() != part.sha256:
        raise BackupUnusable(file, f"{part.name} in it is damaged")


@contextmanager
def _new_file(path: Path | None) -> Iterator[IO[bytes] | None]:
    if path is None:
        yield None
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as opened:
        yield opened


def _gunzip(file: Path, packed: Path) -> Path:
    """``packed`` without its compression, beside it; ``packed`` is gone then."""
    plain = packed.with_suffix("")
    try:
        with gzip.open(packed, "rb") as source, plain.open("xb") as target:
            shutil.copyfileobj(source, target, _CHUNK_BYTES)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BackupUnusable(file, f"{packed.name} in it is damaged") from error
    except OSError as error:
        raise FolderNotWritable(plain.parent, error.strerror or str(error)) from error
    packed.unlink()
    return plain


def _lines(file: Path, packed: Path) -> int:
    try:
        with gzip.open(packed, "rb") as opened:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: opened.read(_CHUNK_BYTES), b""))
    except (OSError, EOFError, zlib.error) as error:
        raise BackupUnusable(file, f"{packed.name} in it is damaged") from error


@contextmanager
def _scratch_beside(place: Path) -> Iterator[Path]:
    """A folder on the same file system as ``place``, gone at the end."""
    with _writing(place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=place.parent, prefix=".restoring-"))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _move(source: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_dir():
        place.rmdir()  # it is empty
    shutil.move(source, place)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FolderNotWritable(folder, error.strerror or str(error)) from error

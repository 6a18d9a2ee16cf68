"""``diembao backup`` and ``diembao restore``: everything in one file, and back."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal

from scheduler.backup import PAGES, SETTINGS, SOURCES, Manifest, opened_backup, write_backup
from scheduler.commands.errors import CommandError
from scheduler.desk import utc_now
from scheduler.restore import Restored, Target, check_backup, restore, target_in, target_of_settings
from scheduler.settings import settings_file

_TOLD = {"article": "article", "revision": "text", "flag": "verdict", "digest": "digest"}
"""The tables that say most about a backup."""


def backup(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(help="The file to write, or a folder for it; diembao-TIME.tar where none is named."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing: read FILE and say whether it can be restored.")
    ] = False,
) -> None:
    """Everything in one file, while the service runs: database, pages, settings, own sources."""
    if check:
        if file is None:
            raise typer.BadParameter("name the backup to check", param_hint="FILE")
        print(f"{file} is whole. {_contents(check_backup(file))}")
        return
    settings = context.obj()
    now = utc_now()
    target = file or Path()
    if target.is_dir():
        target /= f"diembao-{now:%Y%m%dT%H%M%SZ}.tar"
    manifest = write_backup(settings, settings_file(_named_settings(context)), target, now)
    print(f"{target}: {decimal(target.stat().st_size)}. {_contents(manifest)}")
    for sentence in manifest.lost:
        print(f"Not all there is: {sentence}", file=sys.stderr)
    if settings.delivery.smtp_password_file or settings.delivery.chat_file:
        print("Files of secrets ([delivery] smtp_password_file, chat_file) are not in it.", file=sys.stderr)


def restore_backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `diembao backup` wrote.")],
    into: Annotated[
        Path | None,
        typer.Option(help="Lay down everything in this folder, settings and own sources too."),
    ] = None,
) -> None:
    """Lay a backup down where the settings say, or in a folder of its own; it overwrites nothing."""
    done = restore(file, _target(context, file, into))
    print(f"Restored. {_contents(done.manifest)}")
    if done.has_new_index:
        print("The search index was made anew.")
    for sentence in done.manifest.lost:
        print(f"Not all there was: {sentence}", file=sys.stderr)
    _tell_settings(done, into)


def _target(context: typer.Context, file: Path, into: Path | None) -> Target:
    if into is None:
        return target_of_settings(context.obj())
    with opened_backup(file) as (_, manifest):
        is_server = manifest.database.kind == "postgresql"
    return target_in(into, manifest, context.obj() if is_server else None)


def _tell_settings(done: Restored, into: Path | None) -> None:
    parts = done.manifest.parts
    if into is None:
        if own := sum(part.name == SETTINGS or part.name.startswith(f"{SOURCES}/") for part in parts):
            print(f"{own} files of settings and own sources stay in it; --into FOLDER lays them down too.")
        return
    if done.settings is None:
        print(f"It had no settings file; run diembao in {into}, where the defaults fit.")
        return
    if not done.to_change:
        print(f"Start it with: diembao --settings {done.settings} run")
        return
    lines = "\n".join(f"  {line}" for line in done.to_change)
    print(
        f"Its settings lead elsewhere, so they lie in {done.settings}, which nothing reads. Change this, "
        f"then rename it to {SETTINGS}:\n{lines}"
    )


def _contents(manifest: Manifest) -> str:
    tables = manifest.database.tables
    counts = ", ".join(_counted(tables.get(table, 0), word) for table, word in _TOLD.items())
    pages = manifest.parts_in(PAGES)
    size = decimal(sum(part.bytes for part in pages))
    return (
        f"Of {manifest.made_at:%Y-%m-%d %H:%M} UTC, schema {manifest.database.schema_revision}: {counts}; "
        f"pages in {_counted(len(pages), 'file')}, {size}."
    )


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _named_settings(context: typer.Context) -> Path | None:
    named = context.find_root().params.get("settings")
    if named is not None and not isinstance(named, Path):
        raise CommandError(f"{named!r} names no settings file.")
    return named

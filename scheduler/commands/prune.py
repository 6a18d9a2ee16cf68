"""``diembao prune``: remove archived pages beyond what [keep] in the settings keeps."""

from typing import Annotated

import typer
from rich.filesize import decimal

from scheduler.desk import utc_now
from scheduler.settings import Settings
from scheduler.upkeep.retention import limits_of, said
from storage.database import open_database
from storage.pruning import Pruned, planned
from storage.pruning import prune as prune_archive


def prune(
    context: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would go, and how much room that makes.")
    ] = False,
) -> None:
    """Remove archived pages beyond their age or the archive's size; the service does it each night.

    Texts, verdicts and digests stay, and so do pages of flagged articles unless [keep] says otherwise.
    """
    settings: Settings = context.obj()
    now = utc_now()
    limits = limits_of(settings.keep, now)
    print(f"[keep]: {_kept(settings)}")
    database = open_database(settings.storage.database)
    try:
        if dry_run:
            _tell(planned(database, settings.storage.archive, limits))
        else:
            done = prune_archive(database, settings.storage.archive, limits, now)
            print(_sentence(said(done)) if done.files or done.left_alone else "Nothing had to go.")
    finally:
        database.close()


def _kept(settings: Settings) -> str:
    keep = settings.keep
    age = f"pages for {keep.pages_days} days" if keep.pages_days else "pages of any age"
    size = f"up to {decimal(keep.pages_mb * 1_000_000)}" if keep.pages_mb else "of any size together"
    days = keep.flagged_pages_days
    flagged = f"those of flagged articles for {days} days" if days else "those of flagged articles for good"
    return f"{age}, {size}; {flagged}."


def _tell(found: Pruned) -> None:
    print(f"The archive has {decimal(found.archive_bytes)}.")
    if not found.files:
        print("Nothing would go.")
        return
    oldest = f"; the oldest was fetched on {found.oldest_at:%Y-%m-%d}" if found.oldest_at else ""
    print(
        f"{found.pages:,} pages in {found.files} files would go, {decimal(found.freed_bytes)}{oldest}. "
        "Nothing was changed."
    )
    if found.over_bytes:
        print(f"It would still be {decimal(found.over_bytes)} too large: the rest is evidence or unread.")


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."

"""How long archived pages stay, by the settings; the daily job that removes those beyond it."""

import asyncio
from datetime import datetime, timedelta

from rich.filesize import decimal

from scheduler.desk import Desk
from scheduler.sections import KeepSettings
from storage.errors import ArchiveInUse
from storage.pruning import Pruned, prune
from storage.retention import Limits

LEAST_SHARE = 0.25
"""The daily job leaves a file alone of which less than this share would go: each byte that stays is
copied a few times in its life at most. A page may so stay longer than it must."""
_MB = 1_000_000


def limits_of(keep: KeepSettings, now: datetime) -> Limits:
    """What [keep] means ``now``."""

    def before(days: int) -> datetime | None:
        return now - timedelta(days=days) if days else None

    return Limits(
        before=before(keep.pages_days),
        evidence_before=before(keep.flagged_pages_days),
        most_bytes=keep.pages_mb * _MB or None,
    )


async def prune_pages(desk: Desk) -> str | None:
    """Remove what [keep] no longer keeps; the job ``prune``."""
    now, folder = desk.now(), desk.settings.storage.archive
    limits = limits_of(desk.settings.keep, now)
    try:
        done = await asyncio.to_thread(prune, desk.database, folder, limits, now, LEAST_SHARE)
    except ArchiveInUse as error:
        return str(error)
    return said(done) if done.files or done.left_alone or done.over_bytes else None


def said(done: Pruned) -> str:
    """What was removed, in a sentence or a few."""
    parts = [f"removed {done.pages:,} archived pages in {done.files} files, {decimal(done.freed_bytes)}"]
    if done.over_bytes:
        parts.append(
            f"the archive is {decimal(done.over_bytes)} above [keep] pages_mb still: what is left is "
            "evidence or waits to be read"
        )
    parts += [f"left alone: {sentence}" for sentence in done.left_alone]
    return "; ".join(parts)

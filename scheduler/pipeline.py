"""The stages of an article's way, in order. Read this file first.

Stages meet only in storage: each reads what is pending, calls pure functions, and saves in one
transaction. Running a stage twice changes nothing; killing it anywhere loses nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from crawler.errors import WorkerError, WorkerTimedOut
from crawler.extract import EXTRACTOR
from digest.desk import freeze
from scheduler.crawling import crawl_sources
from scheduler.desk import Desk
from scheduler.tasks import judge_revision, read_page
from storage import reading
from storage.models import Flag, Rejection, RejectionReason, Revision
from storage.reading import PendingSnapshot

logger = logging.getLogger(__name__)

_BATCH = 32
_MOST_FAILURES = 3


@dataclass(frozen=True)
class Stage:
    """One step: which values it reads, and which it leaves for the next."""

    name: str
    run: Callable[..., Awaitable[Any]]
    reads: str
    writes: str


async def extract_pending(desk: Desk) -> int:
    """Read every fetched page that has not been read; the number of pages."""
    done, last = 0, 0
    while pending := await desk.intake.read(reading.pending_snapshots, _BATCH, last):
        outcomes = await asyncio.gather(*(_extract(desk, snapshot) for snapshot in pending))
        read = [
            (snapshot.id, outcome)
            for snapshot, outcome in zip(pending, outcomes, strict=True)
            if outcome is not None
        ]
        await desk.intake.write(_record_extractions, read, desk)
        done, last = done + len(read), pending[-1].id
    return done


async def flag_pending(desk: Desk) -> int:
    """Judge every Revision that has no Flag; the number of Revisions."""
    done, last = 0, 0
    while pending := await desk.intake.read(reading.unjudged_revisions, desk.topic.name, _BATCH, last):
        flags = await asyncio.gather(*(_judge(desk, *numbered) for numbered in pending))
        judged = [
            (revision_id, flag)
            for (revision_id, _), flag in zip(pending, flags, strict=True)
            if flag is not None
        ]
        await desk.intake.write(_record_flags, judged, desk)
        done, last = done + len(judged), pending[-1][0]
    return done


async def build_digest(desk: Desk) -> None:
    """Build and freeze the digest of the local day that it is now."""
    now = desk.now()
    on = now.astimezone(desk.zone).date()
    digest = await asyncio.to_thread(
        freeze,
        desk.database,
        on,
        now,
        desk.zone,
        desk.topic.name,
        near_miss_score=desk.settings.digest.near_miss_score,
    )
    logger.info("digest of %s: %d entries", on, len(digest.entries))


STAGES = (  # when each runs: settings.toml, [schedule]
    Stage("crawl", crawl_sources, reads="Source", writes="Snapshot"),
    Stage("extract", extract_pending, reads="Snapshot", writes="Revision or Rejection"),
    Stage("flag", flag_pending, reads="Revision", writes="Flag"),
    Stage("digest", build_digest, reads="Flag", writes="Digest"),
)


async def work_through(desk: Desk) -> None:
    """Everything between a fetched page and its Flag."""
    await extract_pending(desk)
    await flag_pending(desk)


async def work_as_pages_come(desk: Desk, stored: asyncio.Event) -> None:
    """``work_through`` whenever ``stored`` is set, until cancelled; what is begun is finished."""
    while True:
        await stored.wait()
        stored.clear()
        await asyncio.shield(work_through(desk))


async def _extract(desk: Desk, pending: PendingSnapshot) -> Revision | Rejection | None:
    """What the page gives; None where its bytes cannot be had now, so that it stays pending."""
    source = desk.sources.get(pending.source)
    if source is None:
        detail = f"the source {pending.source} is no longer declared"
        return Rejection(reason=RejectionReason.PARSER_FAILED, detail=detail)
    if not (desk.intake.archive.folder / pending.page.file).exists():
        logger.error(
            "%s: %s is not in the archive; it is read when it is back", pending.source, pending.page.file
        )
        return None
    try:
        return await desk.intake.workers.run(read_page, desk.intake.archive.folder, pending, source)
    except WorkerTimedOut as error:
        return Rejection(reason=RejectionReason.PARSER_TIMED_OUT, detail=str(error))
    except WorkerError as error:
        return Rejection(reason=RejectionReason.PARSER_FAILED, detail=str(error))
    except Exception as error:  # the stage's boundary: one page must not stop its neighbours
        logger.exception("%s: reading %s failed", pending.source, pending.final_url)
        return Rejection(reason=RejectionReason.PARSER_FAILED, detail=f"{type(error).__name__}: {error}")


async def _judge(desk: Desk, revision_id: int, revision: Revision) -> Flag | None:
    """The Flag; None where judging failed: that is no verdict. Tried again, three times a process."""
    if desk.failed_judgements[revision_id] >= _MOST_FAILURES:
        return None
    try:
        return (await desk.intake.workers.run(judge_revision, revision)).flag
    except Exception as error:  # the stage's boundary: one text must not stop its neighbours
        desk.failed_judgements[revision_id] += 1
        trace = None if isinstance(error, WorkerError) else error
        logger.log(logging.ERROR, "judging %r failed: %s", revision.title, error, exc_info=trace)
        return None


def _record_extractions(session: Session, read: list[tuple[int, Revision | Rejection]], desk: Desk) -> None:
    for snapshot_id, outcome in read:
        reading.record_extraction(session, snapshot_id, EXTRACTOR, outcome, desk.now())


def _record_flags(session: Session, judged: list[tuple[int, Flag]], desk: Desk) -> None:
    for revision_id, flag in judged:
        reading.record_flag(session, revision_id, flag, desk.topic_version, desk.now())

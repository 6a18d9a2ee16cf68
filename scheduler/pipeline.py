"""The stages of an article's way, in order. Read this file first.

Stages meet only in storage: each reads what is pending, calls pure functions, and saves in one
transaction. Running a stage twice changes nothing; killing it anywhere loses nothing.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from crawler.errors import WorkerDied, WorkerError, WorkersBroken, WorkerTimedOut
from crawler.extract import EXTRACTOR
from digest.desk import freeze
from scheduler.crawling import crawl_sources
from scheduler.delivery import channels_of, deliver_pending
from scheduler.desk import Desk
from scheduler.due import Due
from scheduler.grouping import group_articles
from scheduler.lanes import in_lanes
from scheduler.tasks import (
    Judging,
    Store,
    judge_revision,
    judge_revisions,
    read_page,
    read_pages,
    record_verdicts,
)
from storage import reading, stories
from storage.errors import StorageError
from storage.models import Rejection, RejectionReason, Revision, Verdict
from storage.reading import PendingSnapshot
from storage.stories import Ungrouped
from storage.texts import record_extractions

logger = logging.getLogger(__name__)

_BATCH = 16
"""Pages or texts in one task of a worker."""
_STORY_BATCH = 32
"""Articles in one such task; few are flagged."""
_QUEUED = 1
"""Tasks that wait, so that no worker does: one is ready when another ends."""
_GATHER_S = 0.2
"""A page waits so long for others to be read with it: a task costs as much for one page as for many."""
_MOST_FAILURES = 3


@dataclass(frozen=True)
class Stage:
    """One step: which values it reads, and which it leaves for the next."""

    name: str
    run: Callable[..., Awaitable[Any]]
    reads: str
    writes: str


async def extract_pending(desk: Desk, *, judges: bool = False) -> int:
    """Read every fetched page that has not been read; the number of pages.

    With ``judges`` a worker judges what it reads at once: the texts need not be fetched again for it.
    """
    return await in_lanes(
        desk.intake.workers.count + _QUEUED,
        _BATCH,
        lambda last: desk.intake.read(reading.pending_snapshots, _BATCH, last),
        lambda pending: pending.id,
        lambda batch: _extract(desk, batch, _judging(desk) if judges else None),
    )


async def flag_pending(desk: Desk) -> int:
    """Judge every Revision that has no Flag; the number of Revisions."""
    return await in_lanes(
        desk.intake.workers.count + _QUEUED,
        _BATCH,
        lambda last: desk.intake.read(reading.unjudged_ids, desk.topic.name, _BATCH, last),
        lambda revision_id: revision_id,
        lambda batch: _judge(desk, batch),
    )


async def group_pending(desk: Desk) -> int:
    """Put every flagged Article that has no Story into one; the number of Articles."""
    done, last = 0, 0
    while pending := await desk.intake.read(stories.ungrouped_articles, desk.topic.name, _STORY_BATCH, last):
        done += await _group(desk, pending)
        last = pending[-1].article_id
    return done


async def build_digest(desk: Desk, due: Due | None = None) -> int:
    """Build and freeze the digest of the day of ``due``; without it, of today. How many entries it has."""
    now = desk.now()
    digest = await asyncio.to_thread(
        freeze,
        desk.database,
        due.on if due else now.astimezone(desk.zone).date(),
        now,
        desk.zone,
        desk.topic.name,
        near_miss_score=desk.settings.digest.near_miss_score,
        channels=channels_of(desk.settings),
        due_at=due.at if due else None,
    )
    logger.info("digest of %s: %d entries", digest.on, len(digest.entries))
    return len(digest.entries)


STAGES = (  # when each runs: settings.toml, [schedule]
    Stage("crawl", crawl_sources, reads="Source", writes="Snapshot"),
    Stage("extract", extract_pending, reads="Snapshot", writes="Revision or Rejection"),
    Stage("flag", flag_pending, reads="Revision", writes="Flag"),
    Stage("group", group_pending, reads="Flag", writes="Story"),
    Stage("digest", build_digest, reads="Story", writes="Digest"),
    Stage("deliver", deliver_pending, reads="Digest", writes="Delivery"),
)


async def work_through(desk: Desk) -> None:
    """Everything between a fetched page and its Story."""
    await extract_pending(desk, judges=True)
    await flag_pending(desk)
    await group_pending(desk)


@asynccontextmanager
async def working_as_pages_come(desk: Desk, stored: asyncio.Event) -> AsyncIterator[None]:
    """While the body fetches, ``work_through`` whenever ``stored`` is set; at its end, whatever is left.

    Never two at once, which would read pages twice. Raises what the last of them raised.
    """
    is_over = False

    async def work() -> None:
        while not is_over or stored.is_set():
            await stored.wait()
            await asyncio.sleep(_GATHER_S)
            stored.clear()
            await work_through(desk)

    working = asyncio.create_task(work())
    try:
        yield
    except BaseException:
        working.cancel()
        raise
    is_over = True
    stored.set()
    await asyncio.wait([working])
    if working.exception() is not None:  # it broke off, perhaps long ago: what is left is tried once more
        await work_through(desk)


async def _extract(desk: Desk, batch: Sequence[PendingSnapshot], judging: Judging | None) -> int:
    """Read a batch in one task; where that fails, each page alone, for only one of them is to blame."""
    there = [pending for pending in batch if _is_there(desk, pending)]
    declared = [
        (pending, desk.sources[pending.source]) for pending in there if pending.source in desk.sources
    ]
    if len(declared) == len(there):
        try:
            await desk.intake.workers.run(read_pages, _store_of(desk), declared, judging, desk.now())
        except StorageError:
            raise
        except Exception as error:  # told apart below
            logger.debug("reading %d pages in one task failed: %s", len(declared), error)
        else:
            return len(declared)
    done = 0
    for pending in there:
        outcome = await _extract_one(desk, pending)
        if outcome is not None:
            await desk.intake.write(record_extractions, EXTRACTOR, [(pending.id, outcome)], desk.now())
            done += 1
    return done


def _is_there(desk: Desk, pending: PendingSnapshot) -> bool:
    """Whether the page's bytes can be had now; otherwise it stays pending."""
    if (desk.intake.archive.folder / pending.page.file).exists():
        return True
    logger.error(
        "%s: %s is not in the archive; it is read when it is back",
        pending.source,
        pending.page.file,
        extra={"source": pending.source, "article": pending.article_key},
    )
    return False


async def _extract_one(desk: Desk, pending: PendingSnapshot) -> Revision | Rejection | None:
    """What a page came to; None where it stays pending."""
    source = desk.sources.get(pending.source)
    if source is None:
        detail = f"the source {pending.source} is no longer declared"
        return Rejection(reason=RejectionReason.PARSER_FAILED, detail=detail)
    try:
        try:
            return await desk.intake.workers.run(read_page, desk.intake.archive.folder, pending, source)
        except WorkerDied:  # a page that ends its worker does so again; what else kills one, hardly twice
            return await desk.intake.workers.run(read_page, desk.intake.archive.folder, pending, source)
    except WorkersBroken as error:
        logger.warning("%s: %s is read later: %s", pending.source, pending.final_url, error)
        return None
    except WorkerTimedOut as error:
        return Rejection(reason=RejectionReason.PARSER_TIMED_OUT, detail=str(error))
    except WorkerError as error:
        return Rejection(reason=RejectionReason.PARSER_FAILED, detail=str(error))
    except Exception as error:  # the stage's boundary: one page must not stop its neighbours
        known = {"source": pending.source, "article": pending.article_key}
        logger.exception("%s: reading %s failed", pending.source, pending.final_url, extra=known)
        return Rejection(reason=RejectionReason.PARSER_FAILED, detail=f"{type(error).__name__}: {error}")


async def _judge(desk: Desk, batch: Sequence[int]) -> int:
    """Judge a batch in one task; where that fails, each Revision alone."""
    hopeful = [id for id in batch if desk.failed_judgements[id] < _MOST_FAILURES]
    if hopeful and not any(id in desk.failed_judgements for id in hopeful):
        try:
            await desk.intake.workers.run(
                judge_revisions, _store_of(desk), hopeful, _judging(desk), desk.now()
            )
        except StorageError:
            raise
        except Exception as error:  # told apart below
            logger.debug("judging %d texts in one task failed: %s", len(hopeful), error)
        else:
            return len(hopeful)
    judged = 0
    for revision_id, revision in await desk.intake.read(reading.revisions, hopeful):
        verdict = await judge_one(desk, revision_id, revision)
        if verdict is not None:
            verdicts = [(revision_id, verdict)]
            await desk.intake.write(record_verdicts, verdicts, desk.topic_version, desk.now())
            judged += 1
    return judged


async def _group(desk: Desk, articles: Sequence[Ungrouped]) -> int:
    """Place a batch in one task; where that fails, each Article alone, for only one of them is to blame."""
    try:
        await desk.intake.workers.run(group_articles, _store_of(desk), articles, desk.now())
    except StorageError:
        raise
    except Exception as error:  # the boundary: one Article must not stop its neighbours
        if len(articles) == 1:
            trace = None if isinstance(error, WorkerError) else error
            url = articles[0].url
            logger.log(logging.ERROR, "the story of %s cannot be told: %s", url, error, exc_info=trace)
            return 0
        return sum([await _group(desk, [article]) for article in articles])
    return len(articles)


def _store_of(desk: Desk) -> Store:
    return Store(desk.database.url, desk.intake.archive.folder)


def _judging(desk: Desk) -> Judging:
    return Judging(desk.topic_version, desk.zone)


async def judge_one(desk: Desk, revision_id: int, revision: Revision) -> Verdict | None:
    """The Verdict; None where judging failed: that is no verdict. Tried again, three times a process."""
    if desk.failed_judgements[revision_id] >= _MOST_FAILURES:
        return None
    try:
        return await desk.intake.workers.run(judge_revision, revision, desk.zone)
    except Exception as error:  # the stage's boundary: one text must not stop its neighbours
        desk.failed_judgements[revision_id] += 1
        trace = None if isinstance(error, WorkerError) else error
        known = {"revision": revision_id}
        logger.log(logging.ERROR, "judging %r failed: %s", revision.title, error, exc_info=trace, extra=known)
        return None

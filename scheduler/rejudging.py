"""The archive judged again: batch after batch in the workers, each saved as soon as it is judged."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from crawler.errors import WorkerError
from scheduler.desk import Desk
from scheduler.jobs import recorded
from scheduler.lanes import in_lanes
from scheduler.tasks import Store, database_at, judge_revision, named_errors
from storage import rejudging
from storage.errors import StorageError
from storage.models import Flag, Verdict
from storage.rejudging import Judged, Selection
from storage.statements import record_statements

logger = logging.getLogger(__name__)

_BATCH = 32


@dataclass(frozen=True)
class Change:
    """An Article whose grade the present topic changes."""

    article_id: int
    title: str
    source_name: str
    url: str
    dated_at: datetime
    before: Flag
    after: Flag

    @property
    def kind(self) -> str:
        """gained, lost or regraded."""
        if self.before.is_flagged and self.after.is_flagged:
            return "regraded"
        return "gained" if self.after.is_flagged else "lost"

    @property
    def sentence(self) -> str:
        """The weightiest sentence of the verdict that flags it; of the new one where both do."""
        flag = self.after if self.after.is_flagged else self.before
        return max(flag.evidence, key=lambda item: item.weight).exact if flag.evidence else ""


@dataclass(frozen=True)
class Order:
    """What a worker needs to know to judge a batch again."""

    store: Store
    topic: str
    topic_version: str
    zone: ZoneInfo
    is_dry: bool
    """Nothing is saved."""


async def rejudge(
    desk: Desk,
    selection: Selection,
    *,
    is_dry: bool,
    on_judged: Callable[[int, Sequence[Change]], None],
) -> int:
    """Judge what ``selection`` holds by the present topic; the number judged.

    ``on_judged`` is told of each batch how many it had and what changed. What fails to be judged keeps
    its verdict and is logged. Killed on the way, what was judged is saved. Raises StorageError.
    """
    store = Store(desk.database.url, desk.intake.archive.folder)
    order = Order(store, desk.topic.name, desk.topic_version, desk.zone, is_dry)

    async def work(ids: Sequence[int]) -> int:
        judged, changes = await _judge(desk, order, ids)
        on_judged(len(ids), changes)
        return judged

    return await in_lanes(
        desk.intake.workers.count,
        _BATCH,
        lambda last: desk.intake.read(rejudging.selected_ids, selection, _BATCH, last),
        lambda revision_id: revision_id,
        work,
    )


async def judge_archive_again(desk: Desk) -> None:
    """Judge by the topic of ``desk`` whatever another one has judged; what came of it goes to the log."""
    found: Counter[str] = Counter()

    def on_judged(_count: int, changes: Sequence[Change]) -> None:
        found.update(change.kind for change in changes)

    try:
        async with recorded(desk, "reflag", desk.now()) as record:
            selection = Selection(desk.topic.name, but_version=desk.topic_version)
            judged = await rejudge(desk, selection, is_dry=False, on_judged=on_judged)
            counts = ", ".join(f"{found[kind]} {kind}" for kind in ("gained", "lost", "regraded"))
            record.why = f"{judged} texts judged again: {counts}"
            logger.info("the topic changed: %s", record.why)
    except Exception:  # nobody awaits this
        logger.exception("judging again broke off; `diembao reflag` does the rest")


async def _judge(desk: Desk, order: Order, ids: Sequence[int]) -> tuple[int, list[Change]]:
    """Judge a batch in one task; where that fails, each text alone, for only one of them is to blame."""
    try:
        return len(ids), await desk.intake.workers.run(judge_again, order, ids, desk.now())
    except StorageError:
        raise
    except Exception as error:  # the boundary: one text must not stop its neighbours
        if len(ids) == 1:
            trace = None if isinstance(error, WorkerError) else error
            logger.log(logging.ERROR, "judging revision %d failed: %s", ids[0], error, exc_info=trace)
            return 0, []
    alone = [await _judge(desk, order, [id]) for id in ids]
    return sum(count for count, _ in alone), [change for _, changes in alone for change in changes]


def judge_again(order: Order, revision_ids: Sequence[int], now: datetime) -> list[Change]:
    """Judge Revisions again and, unless it is a dry run, keep the Verdicts. Runs in a worker."""
    database = database_at(order.store.database_url)
    with named_errors(), database.read() as session:
        known = rejudging.judged(session, order.topic, revision_ids)
    judged: list[tuple[Judged, Verdict]] = [(old, judge_revision(old.revision, order.zone)) for old in known]
    if not order.is_dry:
        with named_errors(), database.write() as session:
            flags = [(old, verdict.flag) for old, verdict in judged]
            rejudging.record_again(session, flags, order.topic_version, now)
            record_statements(session, [(old.revision_id, verdict) for old, verdict in judged])
    return [
        Change(
            article_id=old.article_id,
            title=old.revision.title,
            source_name=old.source_name,
            url=old.url,
            dated_at=old.dated_at,
            before=old.flag,
            after=verdict.flag,
        )
        for old, verdict in judged
        if old.flag.grade != verdict.flag.grade
    ]

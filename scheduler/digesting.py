"""The two jobs that readers see: the day's digest, and its delivery."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from scheduler.delivery import channels_of, deliver_pending
from scheduler.desk import Desk
from scheduler.due import last_due
from scheduler.jobs import Job
from scheduler.pipeline import build_digest
from scheduler.poller import Poller
from storage import queries
from storage.outbox import DeliveryState

logger = logging.getLogger(__name__)

_LATE = timedelta(minutes=2)
_FRESH_WITHIN = timedelta(minutes=15)
"""A digest that is late anyhow waits so long for the news that came meanwhile."""


class Digesting:
    """Builds and delivers; ``work`` reads and judges what is pending."""

    def __init__(self, poller: Poller, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._poller = poller
        self._work = work
        self._delivering = asyncio.Lock()

    def jobs(self, desk: Desk) -> tuple[Job, ...]:
        """What the settings of ``desk`` ask for."""
        digest = Job("digest", self._digest, at=desk.settings.schedule.digest_time)
        if not channels_of(desk.settings):
            return (digest,)
        return (digest, Job("deliver", self._deliver, every=timedelta(minutes=1)))

    async def _digest(self, desk: Desk) -> str:
        schedule = desk.settings.schedule
        due = last_due(schedule.digest_time, schedule.zone, desk.now())
        if await desk.intake.read(queries.digest_on, due.on) is not None:
            return f"the digest of {due.on} had been built already"
        if desk.now() - due.at > _LATE:
            await self._poller.settle(_FRESH_WITHIN)
        try:
            await self._work()
        except Exception:  # a digest of what is judged is better than none
            logger.exception("reading or judging failed; the digest is built from what is judged")
        entries = await build_digest(desk, due)
        said = f"the digest of {due.on}: {entries} entries"
        delivered = await self._deliver(desk)
        return f"{said}; {delivered}" if delivered else said

    async def _deliver(self, desk: Desk) -> str | None:
        async with self._delivering:
            done = await deliver_pending(desk)
        delivered = sum(delivery.state is DeliveryState.DELIVERED for delivery in done)
        if not done:
            return None
        failed = [delivery for delivery in done if delivery.state is not DeliveryState.DELIVERED]
        reasons = "".join(f"; {delivery.channel}: {delivery.said}" for delivery in failed)
        return f"{delivered} of {len(done)} deliveries made{reasons}"

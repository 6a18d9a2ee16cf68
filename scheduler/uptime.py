"""The record of when the service runs: a stretch that is prolonged while it does."""

from datetime import datetime, timedelta

from scheduler.awake import Change
from scheduler.desk import Desk
from scheduler.jobs import kept
from storage import jobs
from storage.jobs import StretchEnding

_SAID_EVERY = timedelta(minutes=1)


class Uptime:
    """The stretch of this process."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._stretch: int | None = None
        self._said_at: datetime | None = None

    async def begin(self) -> None:
        """The service runs from now on."""
        self._said_at = self._desk.now()
        self._stretch = await kept(self._desk, jobs.begin_stretch, self._said_at)

    async def go_on(self, changes: list[Change]) -> None:
        """It still runs; where something happened to its time, in another stretch."""
        if changes:
            await self._close(changes[0].ending)
            await self.begin()
        elif self._stretch is None:  # the database was away
            await self.begin()
        elif self._said_at is None or self._desk.now() - self._said_at >= _SAID_EVERY:
            self._said_at = self._desk.now()
            await kept(self._desk, jobs.prolong_stretch, self._stretch, self._said_at)

    async def end(self) -> None:
        """It is stopped now."""
        if self._stretch is not None:
            await kept(self._desk, jobs.prolong_stretch, self._stretch, self._desk.now())
        await self._close(StretchEnding.STOPPED)

    async def _close(self, ending: StretchEnding) -> None:
        if self._stretch is not None:
            await kept(self._desk, jobs.end_stretch, self._stretch, ending)

"""Notices that the machine slept, that the process was held, or that somebody set the clock.

Timers count time that passes while the machine is awake, jobs are due by the clock on the wall: after any
of the three a timer that waits for a job is wrong.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.jobs import StretchEnding

CHECK_EVERY = timedelta(seconds=30)
NOTICEABLE = timedelta(seconds=60)
"""Less than that is a busy machine, or a clock that is kept right."""
_SINCE_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while the machine sleeps, where the system has such a clock."""


@dataclass(frozen=True)
class Reading:
    """All clocks at one moment."""

    wall: datetime
    since_boot_s: float
    awake_s: float
    """Since some moment; stands still while the machine sleeps."""


@dataclass(frozen=True)
class Change:
    """What happened between two looks at the clocks."""

    ending: StretchEnding
    """asleep, held or clock."""
    by: timedelta
    """How long it slept or was held; how far the clock was set on, negative where it was set back."""

    @property
    def is_set_back(self) -> bool:
        """Whether moments come again that have been."""
        return self.by < timedelta()

    def __str__(self) -> str:
        """A sentence for the log."""
        if self.ending is StretchEnding.ASLEEP:
            return f"the machine was asleep for {told(self.by)}"
        if self.ending is StretchEnding.HELD:
            return f"this process was given no time for {told(self.by)}"
        return f"the clock was set {'back' if self.is_set_back else 'forward'} by {told(abs(self.by))}"


def read_clocks(now: datetime) -> Reading:
    """The clocks now; ``now`` is the one on the wall."""
    return Reading(now, time.clock_gettime(_SINCE_BOOT), time.monotonic())


def changes(before: Reading, after: Reading, planned: timedelta) -> list[Change]:
    """What happened between two readings that were to be ``planned`` apart; mostly nothing."""
    passed = timedelta(seconds=after.since_boot_s - before.since_boot_s)
    awake = timedelta(seconds=after.awake_s - before.awake_s)
    found = (
        Change(StretchEnding.ASLEEP, passed - awake),
        Change(StretchEnding.HELD, awake - planned),
        Change(StretchEnding.CLOCK, (after.wall - before.wall) - passed),
    )
    return [change for change in found if abs(change.by) >= NOTICEABLE]


async def watch_clocks(
    clock: Callable[[], datetime], on_look: Callable[[list[Change]], Awaitable[None]]
) -> None:
    """Call ``on_look`` with what happened after each look, mostly nothing; until cancelled."""
    before = read_clocks(clock())
    while True:
        await asyncio.sleep(CHECK_EVERY.total_seconds())
        after = read_clocks(clock())
        found, before = changes(before, after, CHECK_EVERY), after
        await on_look(found)


def told(span: timedelta) -> str:
    """``span`` for a person: 45 s, 12 min, 3 h 20 min."""
    seconds = round(span.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return " ".join([*([f"{hours} h"] if hours else []), *([f"{minutes} min"] if minutes else [])])

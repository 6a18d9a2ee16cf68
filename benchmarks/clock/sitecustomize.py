"""A clock of its own for every Python process that finds this folder on PYTHONPATH.

Python imports a module of this name at its start. SOAK_CLOCK names a file with a line "BEGIN SPEED SHIFT":
the moment (seconds since 1970, real) when the clock was right, how many of its seconds pass in one of ours,
and by how many it is moved. The file may change at any time. Wall clock, monotonic clock, sleeps and the
waiting of event loops follow SPEED; SHIFT moves the wall clock alone, as setting a machine's clock does.
"""

import os
import selectors
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TICK_S = 0.004
"""How often, in real seconds, the wall clock is set; in between it runs at its natural speed."""

_real_time, _real_monotonic, _real_sleep = time.time, time.monotonic, time.sleep


class Clock:
    """What SOAK_CLOCK says at the moment."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.begin, self.speed, self.shift = 0.0, 1.0, 0.0
        self.read()
        self._monotonic_begin = _real_monotonic() - (_real_time() - self.begin)

    def read(self) -> None:
        """Take what the file says; what cannot be read (it is being written) changes nothing."""
        try:
            begin, speed, shift = map(float, self._file.read_text().split())
        except (OSError, ValueError):
            return
        self.begin, self.speed, self.shift = begin, speed, shift

    def wall(self, real: float) -> float:
        """This clock's time at ``real``, both in seconds since 1970."""
        return self.begin + (real - self.begin) * self.speed + self.shift

    def monotonic(self) -> float:
        """Seconds that only grow, at ``speed``."""
        return self._monotonic_begin + (_real_monotonic() - self._monotonic_begin) * self.speed


def _install(clock: Clock) -> None:
    import time_machine  # noqa: PLC0415 - only where the clock is wanted

    traveller = time_machine.travel(datetime.fromtimestamp(clock.wall(_real_time()), UTC), tick=True)
    coordinates = traveller.start()
    begin_real, begin_monotonic = _real_time(), _real_monotonic()
    _follow_speed(clock)

    def follow() -> None:
        while True:
            _real_sleep(TICK_S)
            clock.read()
            real = begin_real + _real_monotonic() - begin_monotonic
            coordinates.move_to(datetime.fromtimestamp(clock.wall(real), UTC), tick=True)

    def start() -> None:
        threading.Thread(target=follow, name="clock", daemon=True).start()

    start()
    os.register_at_fork(after_in_child=start)  # threads do not live on in a fork


def _follow_speed(clock: Clock) -> None:
    if clock.speed == 1.0:
        return
    time.monotonic = clock.monotonic
    time.sleep = lambda seconds: _real_sleep(seconds / clock.speed)
    for kind in (selectors.EpollSelector, selectors.PollSelector, selectors.SelectSelector):
        _hasten(kind, clock)


def _hasten(kind: Any, clock: Clock) -> None:
    wait = kind.select

    def select(self: Any, timeout: float | None = None) -> Any:
        return wait(self, timeout / clock.speed if timeout else timeout)

    kind.select = select


if "SOAK_CLOCK" in os.environ:
    _install(Clock(Path(os.environ["SOAK_CLOCK"])))

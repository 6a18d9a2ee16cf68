"""``python moved_clock.py run``: the command line in a world whose clock can be set.

Each line on standard input is a number of seconds by which the clock on the wall is set on (negative: back).
Timers go on as they would: they count time that passes, not what the clock says.
"""

import sys
import threading
import time
from datetime import timedelta

import time_machine

from scheduler import awake
from scheduler.__main__ import main as diembao


def main() -> None:
    awake.CHECK_EVERY = timedelta(seconds=0.5)
    with time_machine.travel(time.time(), tick=True) as clock:

        def listen() -> None:
            for line in sys.stdin:
                clock.shift(float(line))

        threading.Thread(target=listen, daemon=True).start()
        diembao()


if __name__ == "__main__":
    main()

"""A process ends when it is told to, whatever its threads wait for.

Nothing is lost by that: what a stage, a delivery or a digest has not saved is done again at the next start.
"""

import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

logger = logging.getLogger(__name__)

_THREADS_END_WITHIN_S = 1.0


def end_within(seconds: float) -> None:
    """End this process ``seconds`` from now, unless it has ended by then."""

    def end() -> None:
        logger.warning("not everything ended within %g s; the rest is dropped and done again", seconds)
        _leave(0)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


@contextmanager
def not_held_by_threads() -> Iterator[None]:
    """When the main thread has ended after this block, no other thread keeps the process alive for long.

    A thread that talks to a mail server that does not answer would do so for minutes.
    """
    code = 1
    try:
        yield
        code = 0
    finally:
        threading.Thread(target=_after_main, args=[code], daemon=True).start()


def _after_main(code: int) -> None:
    threading.main_thread().join()
    threading.Event().wait(_THREADS_END_WITHIN_S)
    _leave(code)


def _leave(code: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)

"""Work that may hang or crash: done in processes that can be ended, one task at a time.

A page can keep a parser busy for minutes, and a pool of the standard library cannot end one task
without losing the others; pebble's can.
"""

import asyncio
import gc
import multiprocessing
import pickle
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from crawler.errors import WorkerDied, WorkerFailed, WorkerTimedOut

Result = TypeVar("Result")

_TASKS_PER_PROCESS = 500
_GRACE_S = 2
"""An orphan worker ends itself this long after its task's limit."""


def _prepare() -> None:
    # What was preloaded is there to stay: walking it for garbage costs a third of a task's time, and
    # touching it unshares its memory.
    gc.freeze()
    # Ctrl-C ends the service, which ends its workers; it must not end them first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _guarded(function: Callable[..., Result], limit_s: float, *arguments: Any) -> Result:
    # The pool ends a slow task; the alarm ends it where the pool itself was killed.
    signal.alarm(int(limit_s) + _GRACE_S)
    try:
        return function(*arguments)
    except Exception as error:
        raise _portable(error, function.__name__) from None
    finally:
        signal.alarm(0)


def _portable(error: Exception, task: str) -> Exception:
    """``error``, or one that says the same: what cannot be unpickled would break the whole pool."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  our own bytes
    except Exception:  # whatever pickle minds
        return WorkerFailed(task, f"{type(error).__name__}: {error}")
    return error


class Workers:
    """A pool of ``count`` processes for pure functions of picklable arguments.

    ``preload`` names modules that a new process should have imported already.
    """

    def __init__(self, count: int, limit_s: float, preload: Sequence[str] = ()) -> None:
        self.count = count
        self.limit_s = limit_s
        self._preload = list(preload)
        self._pool: ProcessPool | None = None
        self._futures: set[Future[Any]] = set()

    async def run(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """``function(*arguments)``, computed in a worker.

        Raises WorkerTimedOut after ``limit_s`` and WorkerDied where the process ended; what the
        function itself raises is raised here.
        """
        future = self._schedule(function, arguments)
        self._futures.add(future)
        try:
            result: Result = await asyncio.wrap_future(future)
        except (TimeoutError, FutureTimeoutError):
            raise WorkerTimedOut(function.__name__, self.limit_s) from None
        except ProcessExpired as error:
            raise WorkerDied(function.__name__, error.exitcode) from None
        else:
            return result
        finally:
            self._futures.discard(future)

    def close(self) -> None:
        """End every task and process; takes well under a second."""
        for future in list(self._futures):
            future.cancel()
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = None

    def _schedule(self, function: Callable[..., Result], arguments: tuple[Any, ...]) -> Future[Result]:
        if self._pool is None or not self._pool.active:
            # A pool whose process could not start is broken for good: make a new one.
            self._pool = self._new_pool()
        future: Future[Result] = self._pool.schedule(
            _guarded, args=[function, self.limit_s, *arguments], timeout=self.limit_s
        )
        return future

    def _new_pool(self) -> ProcessPool:
        method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        context = multiprocessing.get_context(method)
        if method == "forkserver":
            context.set_forkserver_preload(self._preload)
        return ProcessPool(
            max_workers=self.count, max_tasks=_TASKS_PER_PROCESS, initializer=_prepare, context=context
        )

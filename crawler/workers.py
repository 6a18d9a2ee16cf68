"""Work that may hang or crash: done in processes that can be ended, one task at a time.

A page can keep a parser busy for minutes, and a pool of the standard library cannot end one task
without losing the others; pebble's can.
"""

import asyncio
import ctypes
import gc
import multiprocessing
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import forkserver, resource_tracker
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from crawler.errors import WorkerDied, WorkerFailed, WorkerTimedOut
from storage.log_lines import set_up_child

Result = TypeVar("Result")

_TASKS_PER_PROCESS = 500
REST_AFTER_S = 120.0
"""Without a task for so long the processes end: they hold 190 MB, and starting them takes some 3 s."""
_ATTEMPTS = 3
"""A pool whose own machinery was killed takes all its tasks along, and none of them is to blame."""
_GRACE_S = 2
"""An orphan worker ends itself this long after its task's limit."""


def _prepare(more: Callable[[], None] | None) -> None:
    set_up_child()
    # What was preloaded is there to stay: walking it for garbage costs a third of a task's time, and
    # touching it unshares its memory.
    gc.freeze()
    # Ctrl-C ends the service, which ends its workers; it must not end them first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    if more is not None:
        more()


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
        self._retired: list[ProcessPool] = []
        """Pools that end when their last task does."""
        self._prepare: Callable[[], None] | None = None
        self._starting = threading.Lock()
        self._asked = 0
        self._rest: asyncio.TimerHandle | None = None
        self._futures: set[Future[Any]] = set()

    async def run(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """``function(*arguments)``, computed in a worker.

        Raises WorkerTimedOut after ``limit_s`` and WorkerDied where the process ended; what the
        function itself raises is raised here.
        """
        self._asked += 1
        try:
            for _ in range(_ATTEMPTS - 1):
                with suppress(BrokenProcessPool):
                    return await self._run(function, arguments)
            return await self._run(function, arguments)
        finally:
            self._asked -= 1
            if self._rest is not None:
                self._rest.cancel()
            self._rest = asyncio.get_running_loop().call_later(REST_AFTER_S, self._end_idle)

    async def _run(self, function: Callable[..., Result], arguments: tuple[Any, ...]) -> Result:
        if self._pool is None:  # starting the first process takes a second: the loop must not wait for it
            future = await asyncio.to_thread(self._schedule, function, arguments)
        else:
            future = self._schedule(function, arguments)
        try:
            result: Result = await asyncio.wrap_future(future)
        except (TimeoutError, FutureTimeoutError):
            raise WorkerTimedOut(function.__name__, self.limit_s) from None
        except ProcessExpired as error:
            raise WorkerDied(function.__name__, error.exitcode) from None
        else:
            return result

    def close(self) -> None:
        """End every task and process; takes well under a second."""
        with self._starting:
            for future in list(self._futures):
                future.cancel()
            for pool in (*self._retired, *([self._pool] if self._pool else [])):
                _end(pool)
            self._retired, self._pool = [], None

    def _end_idle(self) -> None:
        """End the processes where nobody has a task for them."""
        if self._asked or self._pool is None or not self._starting.acquire(blocking=False):
            return
        idle, self._pool = [*self._retired, self._pool], None
        self._retired = []
        self._starting.release()
        threading.Thread(target=self._end_pools, args=[idle], daemon=True).start()

    def _end_pools(self, pools: list[ProcessPool]) -> None:
        with self._starting:  # a new pool waits: it would be of the server that ends here
            while pools:
                _end(pools.pop())
            if not _LIVE:
                _end_helpers()
                _give_back_memory()

    def renew(self, prepare: Callable[[], None]) -> None:
        """Work in new processes from now on, each of which calls ``prepare`` (picklable) first.

        Tasks under way end in the processes that they began in.
        """
        with self._starting:
            self._prepare = prepare
            self._retired = [pool for pool in self._retired if pool.active]
            if self._pool is not None:
                self._pool.close()  # type: ignore[no-untyped-call]
                self._retired.append(self._pool)
                self._pool = None

    def _schedule(self, function: Callable[..., Result], arguments: tuple[Any, ...]) -> Future[Result]:
        with self._starting:
            pool = self._pool
            if pool is None or not pool.active:
                # A pool whose process could not start is broken for good: make a new one.
                pool = self._new_pool()
            future: Future[Result] = pool.schedule(
                _guarded, args=[function, self.limit_s, *arguments], timeout=self.limit_s
            )
            self._futures.add(future)
            future.add_done_callback(self._futures.discard)
            self._pool = pool  # its processes are there: from now on this takes no time
        return future

    def _new_pool(self) -> ProcessPool:
        method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        context = multiprocessing.get_context(method)
        if method == "forkserver":
            context.set_forkserver_preload(self._preload)
        pool = ProcessPool(
            max_workers=self.count,
            max_tasks=_TASKS_PER_PROCESS,
            initializer=_prepare,
            initargs=[self._prepare],
            context=context,
        )
        _LIVE.add(pool)
        return pool


_LIVE: set[ProcessPool] = set()
"""The pools of this process whose workers may live."""


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()
    _LIVE.discard(pool)


def _end_helpers() -> None:
    """End the process that workers are forked from, with all that it has imported, and Python's resource
    tracker: 13 MB that only workers need. The next pool starts both.
    """
    gc.collect()  # semaphores of ended pools leave the tracker, which else would tell of leaks
    server: Any = forkserver
    server._forkserver._stop()
    tracker: Any = resource_tracker
    tracker._resource_tracker._stop()


def _give_back_memory() -> None:
    """Have glibc return what the work has left free; other C libraries are left to themselves."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)

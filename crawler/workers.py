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
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from multiprocessing import forkserver, resource_tracker
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from crawler.errors import WorkerDied, WorkerFailed, WorkersBroken, WorkerTimedOut
from storage.log_lines import set_up_child

Result = TypeVar("Result")

_TASKS_PER_PROCESS = 500
REST_AFTER_S = 120.0
"""Without a task for so long the processes end: they hold 190 MB, and starting them takes some 3 s."""
_ATTEMPTS = 3
"""A pool whose own machinery was killed takes all its tasks along, and none of them is to blame."""
_GRACE_S = 2
"""An orphan worker ends itself this long after its task's limit."""
START_S = 15.0
"""A process is there after this long, on a busy machine too."""


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


class _Lost(Exception):
    """The task is not done, and not for any fault of its own."""


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
        self._futures: dict[Future[Any], ProcessPool] = {}
        self._moved: dict[ProcessPool, float] = {}
        """When a pool was made or a task of it last ended, by the monotonic clock."""

    async def run(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """``function(*arguments)``, computed in a worker.

        Raises WorkerTimedOut after ``limit_s``, WorkerDied where the process ended, and WorkersBroken
        where all of them did, again and again; what the function itself raises is raised here.
        """
        self._asked += 1
        try:
            for attempt in range(_ATTEMPTS):
                with suppress(_Lost):  # a machine so slow that nothing was lost has ever more time
                    return await self._run(function, arguments, (self.limit_s + START_S) * 2**attempt)
            raise WorkersBroken(function.__name__, _ATTEMPTS)
        finally:
            self._asked -= 1
            if self._rest is not None:
                self._rest.cancel()
            self._rest = asyncio.get_running_loop().call_later(REST_AFTER_S, self._end_idle)

    async def _run(
        self, function: Callable[..., Result], arguments: tuple[Any, ...], patience_s: float
    ) -> Result:
        if self._pool is None:  # starting the first process takes a second: the loop must not wait for it
            pool, future = await asyncio.to_thread(self._schedule, function, arguments)
        else:
            pool, future = self._schedule(function, arguments)
        began = time.monotonic()
        try:
            return await self._outcome(pool, future, patience_s)
        except (TimeoutError, FutureTimeoutError):
            if time.monotonic() - began < self.limit_s:
                # The pool goes by the wall's clock: that was moved, or the machine slept.
                raise _Lost from None
            raise WorkerTimedOut(function.__name__, self.limit_s) from None
        except ProcessExpired as error:
            raise WorkerDied(function.__name__, error.exitcode) from None
        except BrokenProcessPool:
            self._discard(pool)
            raise _Lost from None

    async def _outcome(self, pool: ProcessPool, future: Future[Result], patience_s: float) -> Result:
        """What the task came to; BrokenProcessPool where the pool has ended no task for ``patience_s``.

        A worker that is killed while it takes a task, or while it holds the lock of the pool's pipe,
        leaves a pool that looks well and waits for ever.
        """
        waiting = asyncio.wrap_future(future)
        try:
            while not waiting.done():
                await asyncio.wait([waiting], timeout=patience_s)
                if not waiting.done() and time.monotonic() - self._moved.get(pool, 0) > patience_s:
                    raise BrokenProcessPool
            return waiting.result()
        finally:
            waiting.cancel()

    def close(self) -> None:
        """End every task and process; takes well under a second."""
        with self._starting:
            for future in list(self._futures):
                future.cancel()
            for pool in (*self._retired, *([self._pool] if self._pool else [])):
                self._end(pool)
            self._retired, self._pool = [], None

    def _discard(self, pool: ProcessPool) -> None:
        """Have ``pool`` end with its processes, and all who wait for its tasks told."""
        if self._moved.pop(pool, None) is None:
            return  # another who waited has done it
        pool.stop()  # type: ignore[no-untyped-call]
        self._retired = [other for other in self._retired if other is not pool]
        if self._pool is pool:
            self._pool = None
        threading.Thread(target=self._end_broken, args=[pool], daemon=True).start()

    def _end_broken(self, pool: ProcessPool) -> None:
        left = [future for future, of in list(self._futures.items()) if of is pool]
        self._end(pool)
        for future in left:
            if not future.done():
                future.set_exception(BrokenProcessPool())

    def _end(self, pool: ProcessPool) -> None:
        try:
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()
        finally:  # one that cannot be ended in good order must not keep the helpers for ever
            _LIVE.discard(pool)
            self._moved.pop(pool, None)

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
                self._end(pools.pop())
            if not _LIVE:
                _end_helpers()
                _give_back_memory()

    def renew(self, prepare: Callable[[], None]) -> None:
        """Work in new processes from now on, each of which calls ``prepare`` (picklable) first.

        Tasks under way end in the processes that they began in.
        """
        with self._starting:
            self._prepare = prepare
            if self._pool is not None:
                self._pool.close()  # type: ignore[no-untyped-call]
                self._retired.append(self._pool)
                self._pool = None

    def _schedule(
        self, function: Callable[..., Result], arguments: tuple[Any, ...]
    ) -> tuple[ProcessPool, Future[Result]]:
        with self._starting:
            pool = self._pool
            if pool is not None and not pool.active:  # a process could not start: broken for good
                self._discard(pool)
                pool = None
            if pool is None:
                pool = self._new_pool()
            try:
                future: Future[Result] = pool.schedule(
                    _guarded, args=[function, self.limit_s, *arguments], timeout=self.limit_s
                )
            except (BrokenProcessPool, RuntimeError, OSError):  # it broke just now, or could not start
                self._discard(pool)
                raise _Lost from None
            self._futures[future] = pool
            future.add_done_callback(partial(self._note_end, pool))
            self._pool = pool  # its processes are there: from now on this takes no time
        return pool, future

    def _note_end(self, pool: ProcessPool, future: Future[Any]) -> None:
        self._futures.pop(future, None)
        if pool in self._moved:
            self._moved[pool] = time.monotonic()

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
        self._moved[pool] = time.monotonic()
        return pool


_LIVE: set[ProcessPool] = set()
"""The pools of this process whose workers may live."""


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

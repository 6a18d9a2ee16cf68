"""A worker that hangs or dies harms its own task only."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import WorkerDied, WorkersBroken, WorkerTimedOut
from crawler.workers import Workers


def _double(number: int) -> int:
    return number * 2


def _hang() -> None:
    time.sleep(60)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _raise() -> None:
    raise ValueError("as it was")


def test_neighbours_of_a_bad_task_are_unharmed() -> None:
    workers = Workers(2, limit_s=1)

    async def work() -> list[object]:
        tasks = [workers.run(_hang), workers.run(_die), workers.run(_raise)]
        tasks += [workers.run(_double, number) for number in range(20)]
        return await asyncio.gather(*tasks, return_exceptions=True)

    started = time.monotonic()
    hung, died, raised, *rest = asyncio.run(work())
    workers.close()
    assert isinstance(hung, WorkerTimedOut)
    assert isinstance(died, WorkerDied)
    assert isinstance(raised, ValueError)
    assert rest == [number * 2 for number in range(20)]
    assert time.monotonic() - started < 30


def test_closing_ends_what_runs() -> None:
    workers = Workers(1, limit_s=60)

    async def work() -> None:
        task = asyncio.create_task(workers.run(_hang))
        await asyncio.sleep(0.5)
        workers.close()
        with pytest.raises((asyncio.CancelledError, WorkerDied, WorkerTimedOut)):
            await asyncio.wait_for(task, 10)

    asyncio.run(work())


def test_tasks_that_come_while_the_first_process_starts_share_its_pool() -> None:
    workers = Workers(2, limit_s=5)

    async def work() -> list[int]:
        return await asyncio.gather(*(workers.run(os.getpid) for _ in range(20)))

    processes = set(asyncio.run(work()))
    workers.close()
    assert 1 <= len(processes) <= 2
    assert os.getpid() not in processes


def test_closing_while_the_first_process_starts() -> None:
    workers = Workers(1, limit_s=60)

    async def work() -> None:
        task = asyncio.create_task(workers.run(_hang))
        await asyncio.sleep(0)  # it has been asked for, and is not there
        await asyncio.sleep(0.01)
        workers.close()
        with pytest.raises((asyncio.CancelledError, WorkerDied)):
            await asyncio.wait_for(task, 10)

    asyncio.run(work())


def test_a_closed_pool_can_be_used_again() -> None:
    workers = Workers(1, limit_s=5)
    assert asyncio.run(workers.run(_double, 2)) == 4
    workers.close()
    assert asyncio.run(workers.run(_double, 3)) == 6
    workers.close()


def _channel(workers: Workers) -> Any:
    pool: Any = workers._pool
    return pool._pool_manager.worker_manager.workers_channel


def test_a_lock_that_a_killed_process_left_taken_holds_up_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.workers.START_S", 2.0)
    workers = Workers(2, limit_s=1)

    async def work() -> list[int]:
        before = await workers.run(_process)
        _channel(workers).mutex.acquire()  # what a process holds that is killed while it takes a task
        after = await asyncio.gather(*(workers.run(_process) for _ in range(4)))
        return [before, *after]

    before, *after = asyncio.run(work())
    workers.close()
    assert before not in after
    _is_gone(before)


def test_a_task_that_was_taken_and_never_begun_is_done_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.workers.START_S", 2.0)
    workers = Workers(1, limit_s=1)

    async def work() -> int:
        await workers.run(_process)
        channel = _channel(workers)
        with channel.lock():  # the process waits for its turn, and the task is taken from under it
            lost = asyncio.create_task(workers.run(_double, 21))
            while not channel.poll(0):
                await asyncio.sleep(0.01)
            channel.reader.recv()
        return await lost

    assert asyncio.run(work()) == 42
    workers.close()


def test_a_clock_that_jumps_ends_no_task(monkeypatch: pytest.MonkeyPatch) -> None:
    workers = Workers(1, limit_s=30)
    jump_s = [0.0]
    real = time.time
    monkeypatch.setattr("pebble.pool.process.time.time", lambda: real() + jump_s[0])

    async def work() -> str:
        task = asyncio.create_task(workers.run(_told_after, 1.0))
        await asyncio.sleep(0.5)
        jump_s[0] = 8 * 3600
        return await task

    assert asyncio.run(work()) == "old"
    workers.close()


def test_processes_that_are_lost_every_time_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    workers = Workers(1, limit_s=5)

    def broken(*_: object) -> None:
        raise OSError("no process can be started")

    async def work() -> None:
        with pytest.raises(WorkersBroken, match="3 times"):
            await workers.run(_process)

    monkeypatch.setattr("pebble.pool.process.launch_process", broken)
    asyncio.run(work())
    monkeypatch.undo()
    assert asyncio.run(workers.run(_double, 4)) == 8
    workers.close()


def _is_gone(process: int) -> None:
    while Path(f"/proc/{process}").exists():
        time.sleep(0.05)


def _process() -> int:
    return os.getpid()


def test_a_killed_process_is_replaced() -> None:
    workers = Workers(1, limit_s=5)

    async def work() -> tuple[int, int]:
        before = await workers.run(_process)
        with pytest.raises(WorkerDied):
            await workers.run(_die)
        return before, await workers.run(_process)

    before, after = asyncio.run(work())
    workers.close()
    assert after != before


def test_a_new_process_has_what_is_preloaded() -> None:
    # In a process of its own: the server from which workers are forked is started once in a process.
    program = (
        "import asyncio, sys\n"
        "from crawler.workers import Workers\n"
        "from crawler.extract import extract\n"
        "if __name__ == '__main__':\n"
        "    workers = Workers(1, 20, ('crawler.extract',))\n"
        "    print(asyncio.run(workers.run(eval, \"'crawler.extract' in __import__('sys').modules\")))\n"
        "    workers.close()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "True\n", done.stderr


def test_idle_processes_end_and_the_next_task_starts_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.workers.REST_AFTER_S", 0.2)
    workers = Workers(1, 10)

    async def work() -> tuple[int, int, int]:
        first = await workers.run(os.getpid)
        again = await workers.run(os.getpid)
        while Path(f"/proc/{first}").exists():
            await asyncio.sleep(0.05)
        return first, again, await workers.run(os.getpid)

    first, again, later = asyncio.run(work())
    workers.close()
    assert first == again
    assert later != first


def test_new_processes_are_prepared_and_the_old_ones_finish() -> None:
    workers = Workers(1, 10)

    async def work() -> tuple[str, str]:
        slow = asyncio.create_task(workers.run(_told_after, 0.5))
        await asyncio.sleep(0.3)
        workers.renew(_tell)
        return await workers.run(_told_after, 0), await slow

    assert asyncio.run(work()) == ("new", "old")
    workers.close()


def _tell() -> None:
    os.environ["DIEMBAO_TOLD"] = "new"


def _told_after(seconds: float) -> str:
    time.sleep(seconds)
    return os.environ.get("DIEMBAO_TOLD", "old")

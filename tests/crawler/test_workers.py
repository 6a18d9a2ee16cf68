"""A worker that hangs or dies harms its own task only."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crawler.errors import WorkerDied, WorkerTimedOut
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

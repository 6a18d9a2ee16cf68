"""A worker that hangs or dies harms its own task only."""

import asyncio
import os
import signal
import subprocess
import sys
import time

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

"""Work on what is pending, batch after batch, several at once, while more may come."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


async def in_lanes(
    lanes: int,
    size: int,
    pending_after: Callable[[int], Awaitable[Sequence[Item]]],
    number: Callable[[Item], int],
    work: Callable[[Sequence[Item]], Awaitable[int]],
) -> int:
    """``work`` on every pending item, ``lanes`` batches at once; the sum of what it returns.

    ``pending_after`` gives a batch of up to ``size`` items, ordered by ``number``, with numbers above its
    argument. It is asked again whenever a batch has ended, until there is nothing to do and nothing
    under way; while something is, what comes waits until it fills a batch. An error costs a lane; the
    first is raised when the others have done the rest.
    """
    done, last = 0, 0
    under_way: set[asyncio.Task[int]] = set()
    failure: BaseException | None = None
    try:
        while lanes:
            if len(under_way) < lanes:
                batch = await pending_after(last)
                if len(batch) >= size or (batch and not under_way):
                    last = max(number(item) for item in batch)
                    under_way.add(asyncio.ensure_future(work(batch)))
                    continue
                if not under_way:
                    break
            ended, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                if error := task.exception():
                    failure, lanes = failure or error, lanes - 1
                else:
                    done += task.result()
    finally:
        for task in under_way:
            task.cancel()
    if failure is not None:
        raise failure
    return done

"""Work on what is pending, batch after batch, in as many lanes as there are workers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


async def in_lanes(
    lanes: int,
    pending_after: Callable[[int], Awaitable[Sequence[Item]]],
    number: Callable[[Item], int],
    work: Callable[[Sequence[Item]], Awaitable[int]],
) -> int:
    """``work`` on every pending item; the sum of what it returns.

    ``pending_after`` gives a batch, ordered by ``number``, of the items with numbers above its argument.
    No lane waits for another's batch to end. Raises the first error when all lanes have ended; the
    others go on without it.
    """
    turn = asyncio.Lock()
    last = 0

    async def take() -> Sequence[Item]:
        nonlocal last
        async with turn:
            batch = await pending_after(last)
            last = max((number(item) for item in batch), default=last)
            return batch

    async def run() -> int:
        done = 0
        while batch := await take():
            done += await work(batch)
        return done

    outcomes = await asyncio.gather(*(run() for _ in range(lanes)), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return sum(outcome for outcome in outcomes if isinstance(outcome, int))

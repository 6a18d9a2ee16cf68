"""Batches of what is pending, several at once, while more comes."""

import asyncio
import itertools
from collections.abc import Sequence

import pytest

from scheduler.lanes import in_lanes


class Arriving:
    """Numbers that come one after another, and how they were worked on."""

    def __init__(self, *first: int) -> None:
        self.there = list(first)
        self.batches: list[list[int]] = []
        self.under_way = 0
        self.most_at_once = 0
        self.refused: frozenset[int] = frozenset()

    async def pending(self, last: int) -> Sequence[int]:
        return [number for number in self.there if number > last][:4]

    async def work(self, batch: Sequence[int]) -> int:
        self.batches.append(list(batch))
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            for _ in range(20):
                await asyncio.sleep(0)
            if refused := self.refused.intersection(batch):
                raise ValueError(min(refused))
            return len(batch)
        finally:
            self.under_way -= 1

    async def run(self, lanes: int = 3) -> int:
        return await in_lanes(lanes, 4, self.pending, lambda number: number, self.work)


def test_all_is_done_in_order_and_so_many_at_once() -> None:
    numbers = Arriving(*range(1, 31))
    assert asyncio.run(numbers.run()) == 30
    assert sorted(itertools.chain(*numbers.batches)) == list(range(1, 31))
    assert numbers.most_at_once == 3


def test_what_comes_later_has_all_lanes_too() -> None:
    numbers = Arriving(1)

    async def work() -> int:
        running = asyncio.create_task(numbers.run())
        for number in range(2, 60):
            await asyncio.sleep(0)
            numbers.there.append(number)
        return await running

    assert asyncio.run(work()) == 59
    assert sorted(itertools.chain(*numbers.batches)) == list(range(1, 60)), "each once"
    assert numbers.most_at_once == 3, "the first batch of one had its lane; the others are there for the rest"


def test_few_wait_for_more_while_something_is_under_way() -> None:
    numbers = Arriving(1)

    async def work() -> int:
        running = asyncio.create_task(numbers.run())
        while not numbers.batches:
            await asyncio.sleep(0)
        numbers.there += [2, 3]
        return await running

    assert asyncio.run(work()) == 3
    assert numbers.batches == [[1], [2, 3]]
    assert numbers.most_at_once == 1


def test_an_error_costs_a_lane_and_is_raised_at_the_end() -> None:
    numbers = Arriving(*range(1, 41))
    numbers.refused = frozenset({2, 9})
    with pytest.raises(ValueError, match=r"2|9"):
        asyncio.run(numbers.run())
    assert sorted(itertools.chain(*numbers.batches)) == list(range(1, 41))


def test_where_each_batch_fails_it_ends() -> None:
    numbers = Arriving(*range(1, 400))
    numbers.refused = frozenset(range(400))
    with pytest.raises(ValueError, match=r"1|5|9"):  # of errors at once any may be the first
        asyncio.run(numbers.run())
    assert len(numbers.batches) == 3


def test_nothing_to_do() -> None:
    assert asyncio.run(Arriving().run()) == 0


def test_cancelled_it_cancels_what_is_under_way() -> None:
    numbers = Arriving(*range(1, 9))

    async def work() -> None:
        running = asyncio.create_task(numbers.run())
        while numbers.under_way < 2:
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait([running])
        await asyncio.sleep(0)
        assert running.cancelled()

    asyncio.run(work())
    assert numbers.under_way == 0

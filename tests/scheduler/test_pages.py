"""The pages' process as the service keeps it: there when somebody asks, gone when nobody does."""

import asyncio
import os
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scheduler import pages as module
from scheduler.desk import Desk, open_desk, renewed
from scheduler.pages import Pages
from scheduler.settings import settings_from
from web.errors import PortTaken
from web.ports import check_port, listen

# A rest after three seconds; the settings have whole minutes.
SOON = 0.05


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(settings_from({"web": {"port": 1}}, tmp_path, origin="test")) as opened:
        yield served(opened, rest_after_min=SOON)


def served(desk: Desk, **web: Any) -> Desk:
    settings = desk.settings
    return renewed(desk, settings.model_copy(update={"web": settings.web.model_copy(update=web)}))


def status(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=30) as answer:
        return int(answer.status)


async def asked(port: int) -> int:
    return await asyncio.to_thread(status, port)


async def until_rest(pages: Pages) -> None:
    async with asyncio.timeout(30):
        while pages._process is not None:
            await asyncio.sleep(0.1)


def pid(pages: Pages) -> int:
    assert pages._process is not None
    return pages._process.pid


def test_it_rests_without_readers_and_serves_whoever_comes(desk: Desk) -> None:
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]

    async def main() -> None:
        pages = Pages(desk, listener)
        pages.start()
        keeping = asyncio.create_task(pages.keep_alive())
        assert await asked(port) == 200
        for _ in range(2):
            await until_rest(pages)
            answers = await asyncio.gather(asked(port), asked(port))
            assert answers == [200, 200]
        await pages.stop()
        keeping.cancel()

    asyncio.run(main())
    check_port("127.0.0.1", port)


def test_one_that_is_killed_is_replaced(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AGAIN_AFTER_S", 0.1)
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]

    async def main() -> None:
        pages = Pages(served(desk, rest_after_min=0), listener)
        pages.start()
        keeping = asyncio.create_task(pages.keep_alive())
        assert await asked(port) == 200
        first = pid(pages)
        os.kill(first, signal.SIGKILL)
        assert await asked(port) == 200
        assert pid(pages) != first
        await pages.stop()
        keeping.cancel()

    asyncio.run(main())


def test_another_port_is_listened_on_before_the_present_one_is_left(desk: Desk) -> None:
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    with listen("127.0.0.1", 0) as other:
        free, taken = other.getsockname()[1], port

    async def main() -> None:
        pages = Pages(served(desk, port=port), listener)
        pages.start()
        keeping = asyncio.create_task(pages.keep_alive())
        await until_rest(pages)
        with listen("127.0.0.1", 0) as other, pytest.raises(PortTaken):
            await pages.use(served(desk, port=other.getsockname()[1]))
        assert not await pages.use(served(desk, port=port))
        assert await asked(port) == 200
        assert await pages.use(served(desk, port=free))
        assert await asked(free) == 200
        check_port("127.0.0.1", taken)
        await pages.stop()
        keeping.cancel()

    asyncio.run(main())
    check_port("127.0.0.1", free)

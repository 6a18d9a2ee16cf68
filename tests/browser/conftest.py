"""The pages in a real browser: Debian's Chromium, driven by Playwright, on a morning's digest.

The newsroom is crawled once; each test has a copy of what came of it, and pages of its own over it.
Without Chromium these tests are skipped, but for CI, where they fail.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

sys.path.append(str(Path(__file__).parents[1] / "end_to_end"))

from desk_house import TOPIC, Desk, copy_of, free_port, serve
from house import House, furnish

from digest.desk import freeze
from newsroom.articles import load_articles
from newsroom.server import Newsroom
from storage.database import open_database

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nothing leaves this machine
]


@pytest.fixture(scope="session")
def morning(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house in which every source was crawled once and the day's digest is built."""
    now = datetime.now(UTC)
    with Newsroom(
        load_articles(now), now=now, folder_for_certificates=tmp_path_factory.mktemp("certificates")
    ) as newsroom:
        house = furnish(tmp_path_factory.mktemp("morning"), newsroom)
        done = house.diembao("crawl")
        assert done.returncode == 0, done.stdout + done.stderr
    database = open_database(f"sqlite:///{house.folder}/diembao.sqlite3")
    now = datetime.now(UTC)
    freeze(database, now.astimezone(ZONE).date(), now, ZONE, TOPIC)
    database.close()
    return house


@pytest.fixture
def open_desk(morning: House, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Pages over a copy of the morning, with ``person`` where one is to sign in.

    The words are further options of ``python -m web``.
    """
    running: list[subprocess.Popen[bytes]] = []

    def opened(*words: str, person: str = "", password: str = "") -> Desk:
        copy_of(morning.folder, tmp_path)
        if person:
            added = House(tmp_path).diembao(
                *("user", "add", person, "--role", "reviewer", "--password-file", "-"), input=password
            )
            assert added.returncode == 0, added.stderr
        desk = Desk(f"http://127.0.0.1:{free_port()}", tmp_path)
        running.append(serve(desk, *words))
        return desk

    yield opened
    for process in running:
        process.terminate()
        process.wait(10)


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    """Pages over a copy of the morning."""
    return open_desk()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for the tests of one file, and no longer.

    Playwright keeps an event loop running in this thread while it is at work, and under a running loop
    neither asyncio.run nor a second loop can be had: the tests of other folders need both.
    """
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("There is no Chromium; .ci/run installs it.")
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without history, in English, at a desk's width."""
    opened = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab in which no script error and no refused resource stays unnoticed."""
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield opened
    # An answer that a test asked for, or prevented, is no fault of the page.
    assert [fault for fault in faults if "Failed to load resource" not in fault] == []

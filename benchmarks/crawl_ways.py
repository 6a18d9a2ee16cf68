"""The three ways to crawl that are compared; each runs in a process of its own."""

# ruff: noqa: PLC0415 - each way loads only what it needs, for memory is measured too
import asyncio
import json
import logging
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

_STALL_EVERY_S = 0.005


class Stalls:
    """How long the event loop keeps a timer waiting beyond its time."""

    def __init__(self) -> None:
        self._late_s: list[float] = []

    async def watch(self) -> None:
        """Sleep 5 ms again and again and note by how much each sleep is too long."""
        while True:
            before = time.perf_counter()
            await asyncio.sleep(_STALL_EVERY_S)
            self._late_s.append(time.perf_counter() - before - _STALL_EVERY_S)

    def figures(self) -> dict[str, float]:
        """Median, 99th percentile and maximum in milliseconds."""
        late = sorted(self._late_s) or [0.0]
        at = {"p50": 0.5, "p99": 0.99, "max": 1.0}
        return {
            f"stall_{name}_ms": 1000 * late[min(len(late) - 1, int(len(late) * part))]
            for name, part in at.items()
        }


def _measured(
    way: str, task: dict[str, Any], main: Callable[[], Coroutine[Any, Any, tuple[int, int]]]
) -> None:
    """Run ``main`` (pages, kept) on Twisted's asyncio reactor; print its figures, wait to be let go."""
    from scheduler.crawling import run_with_reactor

    stalls = Stalls()

    async def timed() -> tuple[int, int, float]:
        watch = asyncio.create_task(stalls.watch())
        before = time.perf_counter()
        pages, kept = await main()
        seconds = time.perf_counter() - before
        watch.cancel()
        return pages, kept, seconds

    logging.disable(logging.WARNING)
    print("begin", flush=True)
    pages, kept, seconds = run_with_reactor(timed)
    figures = {"way": way, "pages": pages, "kept": kept, "seconds": seconds, **stalls.figures()}
    print(json.dumps(figures), flush=True)
    sys.stdin.readline()


def fetch(task: dict[str, Any]) -> None:
    """Scrapy's defaults; the answers are thrown away."""
    _measured("fetch", task, lambda: _plain_scrapy(task, lambda response: None))


def usual(task: dict[str, Any]) -> None:
    """What most write first: the text and its metadata taken out, inserted and committed in the callback."""
    from trafilatura import bare_extraction

    database = sqlite3.connect(Path(task["folder"]) / "usual.sqlite3")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute(
        "CREATE TABLE article (url TEXT PRIMARY KEY, title TEXT, author TEXT, date TEXT, text TEXT)"
    )

    def keep(response: Any) -> None:
        found = bare_extraction(response.text, url=response.url, with_metadata=True)
        if found is not None:
            row = (response.url, found.title, found.author, found.date, found.text)
            database.execute("INSERT OR REPLACE INTO article VALUES (?, ?, ?, ?, ?)", row)
            database.commit()

    async def main() -> tuple[int, int]:
        pages, _ = await _plain_scrapy(task, keep)
        (kept,) = database.execute("SELECT count(*) FROM article WHERE length(text) > 200").fetchone()
        return pages, kept

    _measured("usual", task, main)


async def _plain_scrapy(task: dict[str, Any], keep: Callable[[Any], None]) -> tuple[int, int]:
    from scrapy import Request, Spider
    from scrapy.crawler import AsyncCrawlerRunner

    pages = 0

    class Plain(Spider):
        name = "plain"

        async def start(self) -> AsyncIterator[Any]:
            for number, path in enumerate(task["paths"]):
                yield Request(f"http://127.0.0.{1 + number % 4}:{task['port']}{path}")

        def parse(self, response: Any) -> Iterator[Any]:
            nonlocal pages
            pages += 1
            keep(response)
            return iter(())

    runner = AsyncCrawlerRunner({"LOG_LEVEL": "WARNING", "TELNETCONSOLE_ENABLED": False})
    await runner.crawl(Plain)
    return pages, 0


def diembao(task: dict[str, Any]) -> None:
    """The product: listings, pages, text, flags, in its database and its archive."""
    from scheduler.crawling import Crawling, crawl_sources
    from scheduler.desk import open_desk
    from scheduler.pipeline import working_as_pages_come
    from scheduler.settings import load_settings
    from storage import health

    folder = Path(task["folder"])
    _write_settings(folder, task)
    stored = asyncio.Event()
    with open_desk(load_settings(folder / "settings.toml"), on_stored=stored.set) as desk:

        async def main() -> tuple[int, int]:
            async with working_as_pages_come(desk, stored):
                spiders = await crawl_sources(
                    desk, [desk.sources[name] for name in task["hosts"]], Crawling(desk)
                )
            with desk.database.read() as session:
                return sum(spider.fetched for spider in spiders), health.progress(session).articles

        _measured("diembao", task, main)


def _write_settings(folder: Path, task: dict[str, Any]) -> None:
    """The bundled declarations of the four sources with one listing each, and no pause to speak of."""
    from crawler.declarations import load_sources

    (folder / "sources").mkdir()
    bundled = load_sources()
    for name, host in task["hosts"].items():
        source = bundled[name]
        (folder / "sources" / f"{name}.toml").write_text(
            f"name = {json.dumps(source.name)}\nhome = 'http://{host}/'\nfamily = '{source.family}'\n"
            f"languages = {json.dumps(source.languages)}\narticle = '{source.article}'\ndelay_s = 1\n"
            f"listing = [{{ kind = 'sitemap', url = 'http://{host}/{name}.xml' }}]\n"
        )
    connections = [f"{host}:80:127.0.0.1:{task['port']}" for host in task["hosts"].values()]
    (folder / "settings.toml").write_text(
        "[storage]\ndatabase = 'sqlite:///diembao.sqlite3'\narchive = 'pages'\n"
        f"[crawl]\ndelay_scale = {_SMALLEST_SCALE}\nsources_folder = 'sources'\npages_per_run = 100000\n"
        f"[network]\nconnect_to = {json.dumps(connections)}\n[extract]\nworkers = {task['workers']}\n"
    )


_SMALLEST_SCALE = 0.004
WAYS = {"fetch": fetch, "usual": usual, "diembao": diembao}

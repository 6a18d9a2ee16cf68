"""What a crawl needs besides the network: its sources, where it writes, the workers, the clock."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from scrapy.robotstxt import RobotParser

from crawler.guard import ConnectTo
from crawler.items import FetchedPage
from crawler.source import Source
from crawler.storing import Storing
from crawler.workers import Workers
from storage.archive import Archive
from storage.database import Database

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Manners:
    """How the crawler behaves towards hosts; see settings.toml for the meaning of each."""

    version: str
    contact: str = ""
    delay_scale: float = 1.0
    timeout_s: float = 60
    retries: int = 2
    max_page_bytes: int = 3_000_000
    connect_to: tuple[ConnectTo, ...] = ()


@dataclass(frozen=True)
class KnownRobots:
    """What a site's robots.txt says; ``rules`` is None where it has none."""

    rules: RobotParser | None
    read_at: datetime


@dataclass(frozen=True)
class Intake:
    """Handed to every spider in Scrapy's settings; made once per process."""

    sources: Mapping[str, Source]
    database: Database
    archive: Archive
    workers: Workers
    clock: Callable[[], datetime]
    manners: Manners
    lookback_days: int = 3
    pages_per_run: int = 300
    robots: dict[str, KnownRobots] = field(default_factory=dict)
    """By scheme and host; filled by ``crawler.robots``."""
    on_stored: Callable[[], None] = field(default=lambda: None)
    """Called after each stored Snapshot: there is something to extract."""
    _storing: Storing = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_storing", Storing(self.database, self.archive))

    async def store(self, page: FetchedPage) -> None:
        """Archive and record a fetched page; its Entry's fate changes in the same transaction."""
        await self._storing.store(page)
        self.on_stored()

    async def read(self, question: Callable[..., Answer], *arguments: Any) -> Answer:
        """``question(session, *arguments)`` in a thread: the event loop must not wait for a disk."""

        def ask() -> Answer:
            with self.database.read() as session:
                return question(session, *arguments)

        return await asyncio.to_thread(ask)

    async def write(self, change: Callable[..., Answer], *arguments: Any) -> Answer:
        """``change(session, *arguments)`` in a thread and in one transaction."""

        def make() -> Answer:
            with self.database.write() as session:
                return change(session, *arguments)

        return await asyncio.to_thread(make)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Intake":
        # Scrapy copies its settings for every crawl; the database is shared, not copied.
        return self

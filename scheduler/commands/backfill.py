"""``diembao backfill``: a source's past, newest first, in bounded helpings."""

import asyncio
import contextlib
import signal
import time
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as time_of_day
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from crawler.source import Source
from crawler.spiders.news import NewsSpider
from scheduler.commands.choice import chosen_source
from scheduler.commands.errors import CommandError
from scheduler.commands.room import refuse_without_room
from scheduler.crawling import Crawling, run_with_reactor
from scheduler.desk import Desk, open_desk
from scheduler.pipeline import working_as_pages_come
from scheduler.trust import trust
from storage import ledger

_REFRESH_S = 0.5
_ENDS_WITHIN_S = 20


@dataclass(frozen=True)
class Helping:
    """What one call may take."""

    source: Source
    since: date
    """A local day; listings are read back to it."""
    pages: int
    minutes: float


def backfill(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="The source whose past is wanted.")],
    since: Annotated[str, typer.Option(help="Read back to this day, such as 2026-06-01.")],
    pages: Annotated[int, typer.Option(min=1, max=100_000, help="The most pages fetched.")] = 500,
    minutes: Annotated[float, typer.Option(min=0.01, max=10_000, help="The most time taken.")] = 60,
) -> None:
    """Fetch a source's older articles, newest first, never faster than its delay.

    Ctrl-C or a kill loses nothing: the same command goes on where it ended.
    """
    settings = context.obj()
    trust(settings.network.ca_file)
    refuse_without_room(settings)
    stored = asyncio.Event()
    with open_desk(settings, on_stored=stored.set) as desk:
        helping = Helping(chosen_source(desk.sources, source), _day(since, desk), pages, minutes)
        spider = run_with_reactor(lambda: _backfill(desk, helping, stored))
        with desk.database.read() as session:
            left = ledger.count_pending(session, source)
    print(f"{source}: {spider.summary} ({spider.requests} requests)")
    if left:
        print(f"{left} listed pages are still to be fetched; the same command goes on with them.")
    elif spider.has_read:
        print(f"Nothing listed since {helping.since} is left to fetch.")
    if not spider.has_read and not spider.fetched:
        raise CommandError(f"{source} could not be read: {spider.problem or 'the run ended before it began'}")


def _day(written: str, desk: Desk) -> date:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        why = f"{written!r} is not a date such as 2026-06-01"
        raise typer.BadParameter(why, param_hint="--since") from None
    if day > desk.now().astimezone(desk.zone).date():
        raise typer.BadParameter(f"{written} is in the future", param_hint="--since")
    return day


async def _backfill(desk: Desk, helping: Helping, stored: asyncio.Event) -> NewsSpider:
    """One bounded Run; pages are read and judged while they come."""
    since_at = datetime.combine(helping.since, time_of_day(), tzinfo=desk.zone)
    await desk.intake.write(ledger.wake_old_entries, helping.source.id, since_at)
    crawling = Crawling(desk)
    progress = asyncio.create_task(_show_progress(crawling, helping))
    try:
        async with working_as_pages_come(desk, stored):
            spider = await _run(crawling, helping)
    finally:
        progress.cancel()
        await asyncio.gather(progress, return_exceptions=True)
    return spider


async def _run(crawling: Crawling, helping: Helping) -> NewsSpider:
    """The Run, ended when it is done, its time is up, or Ctrl-C is pressed."""
    interrupted = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupted.set)
    run = asyncio.create_task(crawling.crawl(helping.source, since=helping.since, pages=helping.pages))
    waiting = asyncio.create_task(interrupted.wait())
    spider: NewsSpider | None = None
    try:
        await asyncio.wait({run, waiting}, timeout=helping.minutes * 60, return_when=asyncio.FIRST_COMPLETED)
        spider = crawling.spiders.get(helping.source.id)
        if not run.done():
            await crawling.stop()
        return await asyncio.wait_for(run, _ENDS_WITHIN_S)
    except TimeoutError:
        if spider is None:
            raise
        return spider
    finally:
        waiting.cancel()
        asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)


# ---- progress


@dataclass
class Pace:
    """How long the rest takes: never less than the declared delay says, nor than was measured."""

    delay_s: float
    ends_at: float
    """When the time is up, on ``time.monotonic``."""
    _began_at: float | None = None
    _began_with: int = 0

    def left_s(self, fetched: int, to_fetch: int, now: float) -> float:
        """Seconds for the pages left, at most until the time is up. ``now`` is monotonic."""
        if self._began_at is None:
            self._began_at, self._began_with = now, fetched
        since_began = fetched - self._began_with
        measured_s = (now - self._began_at) / since_began if since_began else 0.0
        page_s = max(self.delay_s, measured_s)
        return max(0.0, min((to_fetch - fetched) * page_s, self.ends_at - now))


def words(seconds: float) -> str:
    """About how long, for a person: "12 min", "40 s"."""
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


async def _show_progress(crawling: Crawling, helping: Helping) -> None:
    """A bar with an estimate on standard error where that is a terminal; nothing in a pipe."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    ends_at = time.monotonic() + helping.minutes * 60
    with (
        contextlib.suppress(asyncio.CancelledError),
        Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar,
    ):
        task = bar.add_task("reading listings", total=None)
        pace: Pace | None = None
        while True:
            await asyncio.sleep(_REFRESH_S)
            spider = crawling.spiders.get(helping.source.id)
            if spider is None or not spider.to_fetch:
                continue
            pace = pace or Pace(spider.settings.getfloat("DOWNLOAD_DELAY"), ends_at)
            left_s = pace.left_s(spider.fetched, spider.to_fetch, time.monotonic())
            bar.update(
                task,
                description=f"{helping.source.id}: about {words(left_s)} left",
                total=spider.to_fetch,
                completed=spider.fetched,
            )

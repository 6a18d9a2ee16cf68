"""``diembao crawl``: poll now, once, through to flags."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from crawler.source import Source
from crawler.spiders.news import NewsSpider
from scheduler.commands.choice import chosen_sources
from scheduler.commands.errors import CommandError
from scheduler.commands.room import refuse_without_room
from scheduler.crawling import Crawling, crawl_sources, run_with_reactor
from scheduler.desk import Desk, open_desk
from scheduler.pipeline import working_as_pages_come
from scheduler.trust import trust
from storage import health

_REFRESH_S = 0.2


def crawl(
    context: typer.Context,
    source: Annotated[
        list[str] | None, typer.Argument(help="Sources to poll; all enabled ones where none is named.")
    ] = None,
) -> None:
    """Poll now, once, through to flags; then a table of what became of each entry."""
    settings = context.obj()
    trust(settings.network.ca_file)
    refuse_without_room(settings)
    stored = asyncio.Event()
    with open_desk(settings, on_stored=stored.set) as desk:
        chosen = chosen_sources(desk.sources, source or [])
        started_at = desk.now()
        spiders = run_with_reactor(lambda: _crawl(desk, chosen, stored))
        with desk.database.read() as session:
            progress = health.progress(session)
            coverage = health.coverage(session, started_at, desk.now())
    console = Console()
    console.print(_table(chosen, spiders, {line.source: line.rejections for line in coverage}))
    console.print(f"{progress.articles} articles kept, {progress.flagged} of them flagged.")
    if chosen and not any(spider.has_read for spider in spiders):
        raise CommandError("No source could be read; the table above says why.")


async def _crawl(desk: Desk, sources: Sequence[Source], stored: asyncio.Event) -> list[NewsSpider]:
    """Crawl, and read and judge the pages while they come."""
    crawling = Crawling(desk)
    progress = asyncio.create_task(_show_progress(crawling, len(sources)))
    try:
        async with working_as_pages_come(desk, stored):
            spiders = await crawl_sources(desk, sources, crawling)
    finally:
        progress.cancel()
        await asyncio.gather(progress, return_exceptions=True)
    return spiders


async def _show_progress(crawling: Crawling, source_count: int) -> None:
    """A bar on standard error where that is a terminal; nothing in a pipe."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("reading listings", total=None)
        while True:
            await asyncio.sleep(_REFRESH_S)
            runs = crawling.progress()
            to_fetch = sum(run.to_fetch for run in runs)
            bar.update(
                task,
                description=f"{len(crawling.ended)} of {source_count} sources read",
                total=to_fetch or None,
                completed=sum(run.fetched for run in runs),
            )


def _table(
    sources: Sequence[Source], spiders: Sequence[NewsSpider], rejections: Mapping[str, Mapping[str, int]]
) -> Table:
    by_id = {spider.source.id: spider for spider in spiders}
    table = Table(
        "source",
        "outcome",
        "fates",
        "rejected",
        "requests",
        "received",
        box=None,
        pad_edge=False,
        header_style="bold",
    )
    for source in sources:
        spider = by_id.get(source.id)
        if spider is None:
            table.add_row(source.id, "failed", "the log says why", "", "", "")
            continue
        rejected = ", ".join(f"{count} {reason}" for reason, count in rejections.get(source.id, {}).items())
        cost = (str(spider.requests), decimal(spider.received_bytes))
        table.add_row(source.id, str(spider.outcome), escape(spider.summary), rejected, *cost)
    return table

"""``diembao sources check``: do the declarations hold at the real addresses? And if not, which lines do?"""

import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from crawler.check import Judgement, SourceCheck, judge
from crawler.mending import differences, lines_to_change
from crawler.source import Source
from scheduler.commands.choice import chosen_sources
from scheduler.commands.findings import print_check, print_summary
from scheduler.commands.reader import TableFormat
from scheduler.crawling import run_with_reactor
from scheduler.desk import Desk
from scheduler.probing import check_sources, open_probing_desk
from scheduler.trust import trust


def check(
    context: typer.Context,
    source: Annotated[
        list[str] | None, typer.Argument(help="Sources to check, enabled or not; else all enabled ones.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Check every declared source, the disabled ones included.")
    ] = False,
    articles: Annotated[int, typer.Option(min=0, max=20, help="Articles read of each source.")] = 3,
    form: Annotated[
        TableFormat, typer.Option("--format", help="For a person or a program.")
    ] = TableFormat.TEXT,
) -> None:
    """Ask each source once, politely: what is found, empty or blocked, and the lines to change.

    Nothing is stored. Exit code 1 where a declaration does not hold.
    """
    settings = context.obj()
    trust(settings.network.ca_file)
    with open_probing_desk(settings) as desk:
        names = list(desk.sources) if everything else source or []
        sources = chosen_sources(desk.sources, names)
        judgements = _check(desk, sources, articles, form)
    if any(judgement is not Judgement.HOLDS for judgement in judgements) or len(judgements) < len(sources):
        raise typer.Exit(1)


def _check(desk: Desk, sources: Sequence[Source], articles: int, form: TableFormat) -> list[Judgement]:
    """Check ``sources``, print each as it ends, and then all of them in a table."""
    bar_console, console = Console(stderr=True), Console(highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=bar_console, disable=not bar_console.is_terminal, transient=True) as bar:
        task = bar.add_task("sources checked", total=len(sources))
        show = _as_json if form is TableFormat.JSON else _shown_on(console, desk.zone)

        def on_checked(checked: SourceCheck) -> None:
            show(checked)
            bar.advance(task)

        checks = run_with_reactor(lambda: check_sources(desk, sources, articles, on_checked))
    if form is TableFormat.TEXT and len(checks) > 1:
        print_summary(console, sorted(checks, key=lambda each: each.source.id))
    return [judge(each, differences(each)) for each in checks]


def _shown_on(console: Console, zone: ZoneInfo) -> Callable[[SourceCheck], None]:
    return lambda checked: print_check(console, checked, zone)


def _as_json(checked: SourceCheck) -> None:
    """One line: the check with its judgement, the differences and the lines to change."""
    found = differences(checked)
    facts: dict[str, Any] = {
        "source": checked.source.id,
        "judgement": judge(checked, found),
        "differences": found,
        "lines_to_change": lines_to_change(checked),
        "checked_at": checked.checked_at,
        "requests": checked.requests,
        **{name: _plain(getattr(checked, name)) for name in ("robots", "listings", "candidates", "articles")},
        "selectors": checked.selectors,
    }
    sys.stdout.write(json.dumps(facts, ensure_ascii=False, default=_written) + "\n")
    sys.stdout.flush()


def _plain(values: Sequence[Any]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(value) for value in values]


def _written(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)

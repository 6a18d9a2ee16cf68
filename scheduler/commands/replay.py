"""``diembao sources replay``: read the rejected pages again, as the program and its declarations are now."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scheduler.commands.choice import chosen_source
from scheduler.desk import open_desk
from scheduler.pipeline import work_through
from scheduler.replaying import replay as reread
from storage.models import RejectionReason
from storage.reading import RejectedSnapshot

_MOST_SHOWN = 20
_READ = "read"
_WAITING = "waiting"
"""Another process is reading it, or this one was stopped."""


def replay(
    context: typer.Context,
    source: Annotated[str | None, typer.Argument(help="Of this source only.")] = None,
    reason: Annotated[
        RejectionReason | None, typer.Option(help="Only pages rejected for this reason.")
    ] = None,
) -> None:
    """Read the pages again that gave no text; their bytes are in the archive, nothing is fetched."""
    with open_desk(context.obj()) as desk:
        if source is not None:
            chosen_source(desk.sources, source)
        done = asyncio.run(reread(desk, partial(work_through, desk), source, reason))
    console = Console(highlight=False)
    console.print(_table(done.pages, done.outcomes))
    _show_read(console, done.pages, done.outcomes)
    console.print(f"{len(done.pages)} pages read again: {done.read} gave a text now.")
    if done.lost:
        console.print(f"{done.lost} more are no longer in the archive.")


def _table(pages: Sequence[RejectedSnapshot], outcomes: dict[int, str | RejectionReason]) -> Table:
    """By source and reason before: how many, and what they are now."""
    table = Table("source", "before", "pages", "now", box=None, pad_edge=False, header_style="bold")
    groups: dict[tuple[str, str], Counter[str]] = {}
    for page in pages:
        outcome = outcomes.get(page.id)
        is_text = outcome is not None and not isinstance(outcome, RejectionReason)
        now = _READ if is_text else str(outcome or _WAITING)
        groups.setdefault((page.source, page.reason.value), Counter())[now] += 1
    for (source, before), counts in sorted(groups.items()):
        now = ", ".join(f"{count} {name}" for name, count in counts.most_common())
        table.add_row(source, before, str(counts.total()), now)
    return table


def _show_read(
    console: Console, pages: Sequence[RejectedSnapshot], outcomes: dict[int, str | RejectionReason]
) -> None:
    read = [
        (page, title)
        for page in pages
        if (title := outcomes.get(page.id)) is not None and not isinstance(title, RejectionReason)
    ]
    for page, title in read[:_MOST_SHOWN]:
        console.print(Text.assemble(f"  {title}\n  ", (page.url, "dim")), soft_wrap=True)
    if len(read) > _MOST_SHOWN:
        console.print(f"  and {len(read) - _MOST_SHOWN} more")

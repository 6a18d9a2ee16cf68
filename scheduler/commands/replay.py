"""``diembao sources replay``: read the rejected pages again, as the program and its declarations are now."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scheduler.commands.choice import chosen_source
from scheduler.desk import Desk, open_desk
from scheduler.pipeline import work_through
from storage import reading
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
        with desk.database.read() as session:
            rejected = reading.rejected_snapshots(session, source, reason)
        kept = [page for page in rejected if (desk.intake.archive.folder / page.archive_file).is_file()]
        outcomes = asyncio.run(_replay(desk, [page.id for page in kept]))
    console = Console(highlight=False)
    console.print(_table(kept, outcomes))
    _show_read(console, kept, outcomes)
    read = sum(not isinstance(outcome, RejectionReason) for outcome in outcomes.values())
    console.print(f"{len(kept)} pages read again: {read} gave a text now.")
    if lost := len(rejected) - len(kept):
        console.print(f"{lost} more are no longer in the archive.")


async def _replay(desk: Desk, snapshot_ids: list[int]) -> dict[int, str | RejectionReason]:
    """Title or reason of each, now. Killed on the way, what is left is read by the next command."""
    await desk.intake.write(reading.read_again, snapshot_ids)
    await work_through(desk)
    return await desk.intake.read(reading.outcomes, snapshot_ids)


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

"""``diembao reflag``: the topic changed, so the archive is judged again."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from digest.harmless import one_line
from scheduler.commands.reader import TableFormat, day_named, desk_to_read
from scheduler.desk import Desk
from scheduler.rejudging import Change, rejudge
from storage.rejudging import Selection, count_selected


def reflag(
    context: typer.Context,
    is_dry: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be gained and lost.")
    ] = False,
    since: Annotated[
        str | None, typer.Option(help="Only articles published from this day on, such as 2026-06-01.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Judge those again too that the present topic has judged already.")
    ] = False,
    form: Annotated[
        TableFormat, typer.Option("--format", help="For a person or a program.")
    ] = TableFormat.TEXT,
) -> None:
    """Judge the archive again by the present topic, and show what is gained and lost.

    What was in a digest does not come again; what is gained comes in the next one. Killed on the way,
    the same command goes on where it ended.
    """
    since_on = day_named(since, "--since")
    with desk_to_read(context.obj()) as desk:
        selection = Selection(
            topic=desk.topic.name,
            but_version=None if everything else desk.topic_version,
            since=datetime.combine(since_on, time(), tzinfo=desk.zone) if since_on else None,
        )
        judged, found = asyncio.run(_reflag(desk, selection, is_dry=is_dry, form=form))
    if form is TableFormat.TEXT:
        what = ", ".join(f"{found[kind]} {kind}" for kind in ("gained", "lost", "regraded"))
        print(f"{judged} articles judged again: {what}.")
        if is_dry:
            print("Nothing was changed.")


async def _reflag(
    desk: Desk, selection: Selection, *, is_dry: bool, form: TableFormat
) -> tuple[int, Counter[str]]:
    total = await desk.intake.read(count_selected, selection)
    found: Counter[str] = Counter()
    console, bar_console = Console(highlight=False), Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=bar_console, disable=not bar_console.is_terminal, transient=True) as bar:
        task = bar.add_task("judging again", total=total)

        def on_judged(count: int, changes: Sequence[Change]) -> None:
            bar.advance(task, count)
            found.update(change.kind for change in changes)
            for change in changes:
                if form is TableFormat.JSON:
                    sys.stdout.write(json.dumps(_as_json(change), ensure_ascii=False) + "\n")
                else:
                    console.print(_as_text(change, desk.zone), soft_wrap=True)

        return await rejudge(desk, selection, is_dry=is_dry, on_judged=on_judged), found


def _as_text(change: Change, zone: ZoneInfo) -> Text:
    colour = {"gained": "green", "lost": "red"}.get(change.kind, "yellow")
    return Text.assemble(
        (f"{change.kind:8} {change.before.grade} -> {change.after.grade}", colour),
        (f"  {one_line(change.title)}\n", "bold"),
        f"  {change.source_name}, {change.dated_at.astimezone(zone):%Y-%m-%d}, ",
        (f"{one_line(change.url)}\n", "dim"),
        f"  {one_line(change.sentence)}\n",
    )


def _as_json(change: Change) -> dict[str, object]:
    return {
        "change": change.kind,
        "article_id": change.article_id,
        "title": change.title,
        "source": change.source_name,
        "url": change.url,
        "dated_at": change.dated_at.isoformat(),
        "grade_before": change.before.grade,
        "grade_after": change.after.grade,
        "score_before": change.before.score,
        "score_after": change.after.score,
        "sentence": change.sentence,
    }

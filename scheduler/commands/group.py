"""``diembao group``: which of the given articles tell one event."""

import json
import sys
from typing import Annotated

import typer

from analysis.stories.records import group_lines
from scheduler.commands.errors import CommandError
from scheduler.commands.lines import opened_lines, shown


def group(
    file: Annotated[
        str,
        typer.Argument(help="JSON lines {id, text[, title, language, url, published_at]}; - reads stdin."),
    ] = "-",
    explain: Annotated[
        bool, typer.Option("--explain", help="Also say how each article came into its story, and why.")
    ] = False,
) -> None:
    """Find the articles that tell one event: one line {id, story} for each, in order.

    The story is the id of its first member. A line that is no such record ends it with a sentence that
    names the line.
    """
    # Half a surrogate pair cannot be written as UTF-8; its escape is JSON.
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    with opened_lines(file) as lines:
        try:
            answers = group_lines(shown(lines, "grouping"), explain=explain)
        except ValueError as error:
            raise CommandError(f"{'standard input' if file == '-' else file}: {error}") from None
    for answer in answers:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")

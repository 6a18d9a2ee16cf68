"""``diembao stories``: which articles tell one event, and a person's word on it.

An article is named by its number, the one in its page's address (/articles/12).
"""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlmodel import Session

from scheduler.commands.errors import CommandError
from scheduler.commands.reader import desk_to_read
from scheduler.desk import Desk, open_desk
from scheduler.grouping import decide
from storage import queries, stories
from storage.stories import Membership

ArticleNumber = Annotated[int, typer.Argument(min=1, help="The article's number, as in /articles/12.")]


def show(context: typer.Context, article: ArticleNumber) -> None:
    """Every telling of an article's event, who had it first, and why each was joined."""
    with desk_to_read(context.obj()) as desk, desk.database.read() as session:
        _print(session, desk, _place(session, article).story_id)


def merge(context: typer.Context, one: ArticleNumber, other: ArticleNumber) -> None:
    """Say that two articles tell one event; it holds for good, whatever comes later."""
    _decide(context, one, other, is_together=True)


def split(context: typer.Context, one: ArticleNumber, other: ArticleNumber) -> None:
    """Say that two articles tell two events; it holds for good, whatever comes later."""
    _decide(context, one, other, is_together=False)


def _decide(context: typer.Context, one: int, other: int, *, is_together: bool) -> None:
    if one == other:
        raise typer.BadParameter("the two articles are the same")
    with open_desk(context.obj(), keeps_sources=False) as desk:
        with desk.database.write() as session:
            for article in (one, other):
                _place(session, article)
            decide(session, one, other, desk.now(), is_together=is_together)
        with desk.database.read() as session:
            for story_id in sorted({_place(session, article).story_id for article in (one, other)}):
                _print(session, desk, story_id)


def _place(session: Session, article: int) -> Membership:
    found = stories.memberships(session, [article])
    if not found:
        raise CommandError(f"No story has an article {article}: only flagged articles are in stories.")
    return found[article]


def _print(session: Session, desk: Desk, story_id: int) -> None:
    table = Table("article", "outlet", "title", "how", "why", box=None, pad_edge=False)
    for place in stories.members(session, [story_id]).get(story_id, []):
        article = queries.article(session, place.article_id, desk.topic.name)
        table.add_row(
            str(place.article_id),
            escape(article.source_name if article else ""),
            escape(article.revision.title if article else ""),
            f"{place.way} {place.source_article_id or ''}".strip(),
            escape("; ".join(place.reasons)),
        )
    console = Console(highlight=False)
    console.print(f"Story {story_id}")
    console.print(table)

"""``diembao explain``: what a page became, and why."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from analysis.judge import judge
from analysis.passed_over import passed_over
from crawler.urls import article_key
from scheduler.commands.errors import CommandError
from scheduler.commands.explanation import Explanation, as_json, print_explanation
from scheduler.commands.reader import TableFormat, desk_to_read
from scheduler.commands.text import read_saved_page, source_for
from scheduler.desk import Desk, declared_sources, topic_of
from scheduler.settings import Settings
from storage import queries
from storage.lookup import KnownAddress, find_address
from storage.models import Flag, Rejection, Revision


def explain(
    context: typer.Context,
    target: Annotated[
        str, typer.Argument(help="An address or an article's number in the database, or a saved page.")
    ],
    url: Annotated[str | None, typer.Option(help="The address that a saved page comes from.")] = None,
    form: Annotated[
        TableFormat, typer.Option("--format", help="For a person or a program.")
    ] = TableFormat.TEXT,
) -> None:
    """What a page became: its text with the marks, rules and weights, and what was left out and why.

    The verdict is made anew by the present topic.
    """
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    settings = context.obj()
    if "://" in target or target.isdecimal():
        explanation = _from_database(settings, target)
    else:
        explanation = _from_file(settings, Path(target), url)
    if form is TableFormat.JSON:
        print(json.dumps(as_json(explanation), ensure_ascii=False, indent=2))
    else:
        print_explanation(explanation, settings.schedule.zone)


def _from_file(settings: Settings, file: Path, url: str | None) -> Explanation:
    if url is None:
        raise typer.BadParameter("a saved page needs the address it comes from", param_hint="--url")
    source = source_for(url, declared_sources(settings).values())
    outcome = read_saved_page(file, url, source)
    if isinstance(outcome, Rejection):
        return Explanation(url=url, outlet=source.name, rejection=outcome)
    return _explained(outcome, url, source.name, settings)


def _explained(
    revision: Revision, url: str, outlet: str, settings: Settings, stored: Flag | None = None
) -> Explanation:
    """``revision`` judged by the present topic; ``stored`` is the verdict that the database has of it."""
    topic, zone = topic_of(settings), settings.schedule.zone
    text, title, language = revision.judged_text, revision.title, revision.language
    at = revision.published_at
    published_on = at.astimezone(zone).date() if at is not None else None
    verdict = judge(text, topic, title=title, language=language, published_on=published_on)
    return Explanation(
        url=url,
        outlet=outlet,
        revision=revision,
        verdict=verdict,
        left_out=passed_over(text, topic, verdict.flag, title=title, language=language),
        threshold=topic.thresholds.flag,
        stored=stored,
    )


def _from_database(settings: Settings, target: str) -> Explanation:
    with desk_to_read(settings) as desk:
        article_id = int(target) if target.isdecimal() else _article_at(desk, target)
        with desk.database.read() as session:
            found = queries.article(session, article_id, desk.topic.name)
        if found is None:
            raise CommandError(f"There is no article {article_id} that has been judged.")
        return _explained(found.revision, found.url, found.source_name, settings, found.flag)


def _article_at(desk: Desk, url: str) -> int:
    source = source_for(url, desk.sources.values())
    with desk.database.read() as session:
        known = find_address(session, article_key(source, url))
    if known is None or known.article_id is None:
        raise CommandError(f"{url} {_why_not(known)}")
    return known.article_id


def _why_not(known: KnownAddress | None) -> str:
    if known is None:
        return "is not in the database: no source has listed it."
    if known.rejection_reason is not None:
        detail = f" ({known.rejection_detail})" if known.rejection_detail else ""
        return f"was fetched, and no text came of it: {known.rejection_reason}{detail}."
    detail = f" ({known.fate_detail})" if known.fate_detail else ""
    return f"has no text: {known.fate}{detail}; docs/fates.md says what that means."

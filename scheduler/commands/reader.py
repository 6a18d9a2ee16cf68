"""``diembao digest``, ``search`` and ``sources``: what has been collected."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from sqlalchemy import make_url

from crawler.source import Source
from digest.desk import digest_for, summary_of
from digest.export import EXPORTS, ExportRow, export, rows_of_digest, rows_of_hits
from digest.render import FORMATS, render, render_summary
from digest.summary import Period
from scheduler.commands.choice import chosen_source
from scheduler.commands.errors import CommandError
from scheduler.commands.send import send
from scheduler.desk import Desk, declared_sources, open_desk
from scheduler.settings import Settings
from storage import queries
from storage import search as storage_search
from storage.database import Database
from storage.search import SearchHit
from storage.search_filters import Filters
from storage.search_text import parse_query

_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2200, 1, 1)


class DigestFormat(StrEnum):
    """A written form of the digest, or its articles as a table."""

    TEXT = "text"
    HTML = "html"
    MD = "md"
    JSON = "json"
    CSV = "csv"
    JSONL = "jsonl"
    XLSX = "xlsx"


class DigestPeriod(StrEnum):
    """What a digest is of."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class TableFormat(StrEnum):
    """For a person or for a program."""

    TEXT = "text"
    JSON = "json"


class SearchFormat(StrEnum):
    """For a person, for a program, or as a table."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    JSONL = "jsonl"
    XLSX = "xlsx"
    MD = "md"


def day_named(text: str | None, option: str) -> date | None:
    """The local day that ``option`` was given; bad usage where it is none."""
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date such as 2026-11-21", param_hint=option) from None
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise typer.BadParameter(f"{text} is outside {_FIRST_DAY} to {_LAST_DAY}", param_hint=option)
    return day


def digest(
    context: typer.Context,
    on: Annotated[
        str | None, typer.Option("--date", help="The digest of this day, such as 2026-11-21; else today's.")
    ] = None,
    form: Annotated[DigestFormat, typer.Option("--format", help="Its written form.")] = DigestFormat.TEXT,
    language: Annotated[
        str | None, typer.Option(help="en, vi or fr; else [digest] language of the settings.")
    ] = None,
    period: Annotated[
        DigestPeriod, typer.Option(help="That day's digest, or the week or month it is in, from its days'.")
    ] = DigestPeriod.DAY,
    is_to_send: Annotated[
        bool, typer.Option("--send", help="Deliver it to the channels of [delivery] that lack it.")
    ] = False,
    is_dry: Annotated[
        bool, typer.Option("--dry-run", help="With --send: say what would be sent where, and send nothing.")
    ] = False,
) -> None:
    """Print the digest of a day, a week or a month; before today's is built, what it holds so far."""
    settings = context.obj()
    if is_dry and not is_to_send:
        raise typer.BadParameter("goes with --send", param_hint="--dry-run")
    day = day_named(on, "--date")
    locale = language or settings.digest.language
    if locale not in ("en", "vi", "fr"):
        raise typer.BadParameter(f"{locale!r} is not one of en, vi, fr", param_hint="--language")
    with desk_to_read(settings) as desk:
        now = desk.now()
        day = day or now.astimezone(desk.zone).date()
        if period is not DigestPeriod.DAY:
            if is_to_send or form not in FORMATS:
                raise typer.BadParameter("goes with --period day", param_hint="--send or that --format")
            kind: Period = "week" if period is DigestPeriod.WEEK else "month"
            summary = summary_of(desk.database, kind, day)
            print(render_summary(summary, form, locale, desk.zone), end="")
            return
        found = digest_for(
            desk.database,
            day,
            now,
            desk.zone,
            desk.topic.name,
            near_miss_score=settings.digest.near_miss_score,
        )
        if found is None:
            raise CommandError(_no_digest(desk.database, day))
        if is_to_send:
            send(desk, found, is_dry=is_dry)
        elif form in EXPORTS and form is not DigestFormat.MD:
            _write_table(rows_of_digest(found), form, desk.zone)
        else:
            print(render(found, form, locale, desk.zone))


def _write_table(rows: Sequence[ExportRow], form: str, zone: ZoneInfo) -> None:
    """A table on standard output; one that is not text only where no terminal would show it."""
    if form == "xlsx" and sys.stdout.isatty():
        raise CommandError("A spreadsheet is no text: write it to a file, as in `> digest.xlsx`.")
    sys.stdout.flush()
    sys.stdout.buffer.write(export(rows, form, zone))


@contextmanager
def desk_to_read(settings: Settings) -> Iterator[Desk]:
    """A Desk that changes nothing; a database that is not there is not made."""
    url = make_url(settings.storage.database)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        from scheduler.demo import DEMO_FOLDER  # noqa: PLC0415 - a second

        file = DEMO_FOLDER / "settings.toml"
        of_demo = f" The demo's is read with `diembao --settings {file} ...`." if file.exists() else ""
        raise CommandError(
            f"There is no database at {url.database} yet; `diembao run` or `diembao crawl` makes one."
            + of_demo
        )
    with open_desk(settings, keeps_sources=False) as desk:
        yield desk


def _check_known(source: str | None, language: str | None, declared: Mapping[str, Source]) -> None:
    if source is not None:
        chosen_source(declared, source)
    languages = sorted({language for known in declared.values() for language in known.languages})
    if language is not None and language not in languages:
        raise typer.BadParameter(
            f"no source has the language {language!r}; there are {', '.join(languages)}",
            param_hint="--language",
        )


def _no_digest(database: Database, day: date) -> str:
    with database.read() as session:
        days = sorted(queries.digest_dates(session))
    if len(days) > 1:
        known = f"there are {len(days)}, from {days[0]} to {days[-1]}"
    else:
        known = f"there is only that of {days[0]}" if days else "none has been built yet"
    return f"There is no digest of {day}; {known}."


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help='Words, with or without marks; "a phrase" in quotes.')],
    since: Annotated[str | None, typer.Option(help="From this day on, such as 2026-11-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to and with this day.")] = None,
    source: Annotated[str | None, typer.Option(help="Of this source only.")] = None,
    language: Annotated[str | None, typer.Option(help="In this language only: vi, en or fr.")] = None,
    flagged: Annotated[bool, typer.Option("--flagged", help="Only articles on the topic.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The most hits shown.")] = 20,
    form: Annotated[
        SearchFormat, typer.Option("--format", help="For a person, for a program, or as a table.")
    ] = SearchFormat.TEXT,
) -> None:
    """Find articles; hits with the query's exact marks come first, then the newest."""
    settings = context.obj()
    since_on, until_on = day_named(since, "--since"), day_named(until, "--until")
    _check_known(source, language, declared_sources(settings))
    with desk_to_read(settings) as desk, desk.database.read() as session:
        filters = Filters(
            since=_start_of(since_on, desk.zone) if since_on else None,
            until=_start_of(until_on + timedelta(days=1), desk.zone) if until_on else None,
            source=source,
            language=language,
            grade="flagged" if flagged else None,
        )
        if not parse_query(query) and not filters.given:
            raise typer.BadParameter("there is no letter or digit to look for", param_hint="QUERY")
        hits = storage_search.search(session, query, desk.topic.name, filters, limit=limit)
        zone = desk.zone
    if form is SearchFormat.JSON:
        for hit in hits:
            sys.stdout.write(json.dumps(hit.model_dump(mode="json"), ensure_ascii=False) + "\n")
        return
    if form is not SearchFormat.TEXT:
        _write_table(rows_of_hits(hits), form, zone)
        return
    console = Console(highlight=False)
    for hit in hits:
        console.print(_shown(hit, zone))
        # In one piece, to be clicked or copied.
        console.print(f"  {hit.url}\n", style="dim", markup=False, soft_wrap=True)
    if not hits:
        print("Nothing found.")


def _start_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


def _shown(hit: SearchHit, zone: ZoneInfo) -> Text:
    dated_at = (hit.revision.published_at or hit.first_seen_at).astimezone(zone)
    is_flagged = hit.flag is not None and hit.flag.is_flagged
    text = Text(hit.revision.title, style="bold")
    facts = f"{hit.source_name}, {dated_at:%Y-%m-%d %H:%M}{', flagged' if is_flagged else ''}"
    text.append(f"\n  {facts}\n  ", style="not bold")
    snippet = Text(hit.snippet.text, style="not bold")
    for start, end in hit.snippet.marks:
        snippet.stylize("reverse", start, end)
    text.append_text(snippet)
    return text


def list_sources(
    context: typer.Context,
    form: Annotated[
        TableFormat, typer.Option("--format", help="For a person or a program.")
    ] = TableFormat.TEXT,
) -> None:
    """The sources, and how each is found and how often."""
    declared = declared_sources(context.obj()).values()
    if form is TableFormat.JSON:
        for source in declared:
            facts = {
                "id": source.id,
                "name": source.name,
                "home": source.home,
                "languages": source.languages,
                "enabled": source.is_enabled,
                "interval_min": source.interval_min,
                "delay_s": source.delay_s,
                "listings": [{"kind": listing.kind, "url": listing.url} for listing in source.listings],
            }
            print(json.dumps(facts, ensure_ascii=False))
        return
    table = Table("id", "name", "languages", "on", "every", "found by", box=None, pad_edge=False)
    for source in declared:
        kinds = ", ".join(dict.fromkeys(listing.kind.replace("_", " ") for listing in source.listings))
        table.add_row(
            source.id,
            escape(source.name),
            ", ".join(source.languages),
            "yes" if source.is_enabled else "no",
            f"{source.interval_min} min",
            kinds,
        )
    Console().print(table)

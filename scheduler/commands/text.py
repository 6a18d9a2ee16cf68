"""``diembao extract`` and ``diembao analyse``: the product's judgement on given text."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from analysis.analyse import analyse_lines
from analysis.topic import load_topic
from crawler.extract import extract as extract_page
from crawler.source import Source
from crawler.urls import is_article
from scheduler.commands.errors import CommandError
from scheduler.commands.lines import opened_lines, shown
from scheduler.desk import declared_sources, utc_now
from storage.models import Rejection, Revision, Snapshot


def extract(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A saved page.", exists=True, dir_okay=False)],
    url: Annotated[str, typer.Option(help="The address it was saved from; it chooses the source's hints.")],
) -> None:
    """What a page says, as JSON: title, lead, text, author, published_at, language, or rejection."""
    source = source_for(url, declared_sources(context.obj()).values())
    outcome = read_saved_page(file, url, source)
    if isinstance(outcome, Rejection):
        answer = {"rejection": outcome.reason, "detail": outcome.detail}
    else:
        answer = outcome.model_dump(mode="json")
    print(json.dumps(answer, ensure_ascii=False, indent=2))


def read_saved_page(file: Path, url: str, source: Source) -> Revision | Rejection:
    """What the page in ``file``, saved from ``url``, gives now."""
    try:
        body = file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from None
    snapshot = Snapshot(
        source=source.id,
        requested_url=url,
        final_url=url,
        status=200,
        headers=(),
        body=body,
        fetched_at=utc_now(),
    )
    return extract_page(snapshot, source)


def source_for(url: str, sources: Iterable[Source]) -> Source:
    """The source that ``url`` belongs to; else one without hints, for any outlet's page."""
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:  # an unclosed bracket
        host = ""
    if not host:
        raise typer.BadParameter(f"{url} is not an address such as https://host/page", param_hint="--url")
    of_host = [source for source in sources if host in source.hosts]
    for source in of_host:
        if is_article(source, url):
            return source
    if of_host:
        return of_host[0]
    return Source(
        id="unknown",
        name=host,
        home=f"https://{host}/",
        languages=("vi", "en", "fr"),
        hosts=frozenset({host}),
        article=".",
        listings=(),
    )


def analyse(
    file: Annotated[
        str,
        typer.Argument(help="JSON lines {id, text[, title, language, url, published_at]}; - reads stdin."),
    ] = "-",
) -> None:
    """Judge texts: JSON lines in, one JSON line out for each, in order.

    A line that is no such record ends it with a sentence that names the line.
    """
    topic = load_topic()
    # Half a surrogate pair cannot be written as UTF-8; its escape is JSON.
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    with opened_lines(file) as lines:
        try:
            for answer in analyse_lines(shown(lines), topic):
                sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        except ValueError as error:
            raise CommandError(f"{'standard input' if file == '-' else file}: {error}") from None

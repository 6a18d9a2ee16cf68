"""``diembao sources record``: one page of a source, kept for a test of extraction."""

import gzip
import json
import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

import typer

from crawler.extract import extract
from crawler.source import Source
from scheduler.commands.choice import chosen_source
from scheduler.commands.errors import CommandError
from scheduler.crawling import run_with_reactor
from scheduler.probing import fetch_page, open_probing_desk
from scheduler.trust import trust
from storage.folding import fold
from storage.models import Rejection, Revision, Snapshot

_RECORDINGS = Path("tests") / "recordings"
_SLUG_CHARS = 40
_NOTE = "As received; expected.json is what extraction gave: check it by hand, field by field."


def record(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="The source that the page belongs to.")],
    url: Annotated[str, typer.Argument(help="The address of an article's page.")],
    folder: Annotated[
        Path | None,
        typer.Option(help="Where to write; else tests/recordings/SOURCE/DATE-SLUG below this folder."),
    ] = None,
) -> None:
    """Fetch one page, politely, and write page.html.gz, snapshot.toml and expected.json for a test.

    expected.json is what extraction gives now: check it by hand before you trust the test.
    """
    settings = context.obj()
    trust(settings.network.ca_file)
    with open_probing_desk(settings) as desk:
        chosen = chosen_source(desk.sources, source)
        if (urlsplit(url).hostname or "") not in chosen.hosts:
            hosts = ", ".join(sorted(chosen.hosts))
            raise typer.BadParameter(f"{url} is on none of {source}'s hosts ({hosts})", param_hint="URL")
        spider = run_with_reactor(lambda: fetch_page(desk, chosen, url))
    if spider.snapshot is None:
        raise CommandError(f"{url} could not be recorded: {spider.failure}.")
    outcome = extract(spider.snapshot, chosen)
    written = _write(spider.snapshot, outcome, chosen, folder)
    print(f"{written}: {_told(outcome)}")
    print("Check expected.json by hand, field by field: it says what came out, not what is right.")


def _write(snapshot: Snapshot, outcome: Revision | Rejection, source: Source, folder: Path | None) -> Path:
    folder = folder or _RECORDINGS / source.id / _name(snapshot, outcome)
    if (folder / "snapshot.toml").exists():
        raise CommandError(f"{folder} holds a recording already; name another one with --folder.")
    if isinstance(outcome, Rejection):
        expected: dict[str, Any] = {"rejection": outcome.reason, "detail": outcome.detail}
    else:
        expected = outcome.model_dump(mode="json")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "page.html.gz").write_bytes(gzip.compress(snapshot.body, mtime=0))
        (folder / "snapshot.toml").write_text(_facts(snapshot), encoding="utf-8")
        text = json.dumps(expected, ensure_ascii=False, indent=2)
        (folder / "expected.json").write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{folder} cannot be written: {error.strerror}.") from None
    return folder


def _facts(snapshot: Snapshot) -> str:
    kinds = [value for name, value in snapshot.headers if name.lower() == "content-type"]
    return (
        f"note = {_quoted(_NOTE)}\n"
        f"url = {_quoted(snapshot.final_url)}\n"
        f"fetched_at = {snapshot.fetched_at:%Y-%m-%dT%H:%M:%SZ}\n"
        f"content_type = {_quoted(kinds[0] if kinds else 'text/html')}\n"
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _name(snapshot: Snapshot, outcome: Revision | Rejection) -> str:
    """The day of the article, or of the visit, and the beginning of the address's last step."""
    published_at = None if isinstance(outcome, Rejection) else outcome.published_at
    step = unquote(urlsplit(snapshot.final_url).path).rstrip("/").rpartition("/")[2]
    slug = re.sub(r"[^a-z0-9]+", "-", fold(step.rpartition(".")[0] or step).lower())
    cut = slug[: _SLUG_CHARS + 1].rpartition("-")[0] if len(slug) > _SLUG_CHARS else slug
    return f"{published_at or snapshot.fetched_at:%Y-%m-%d}-{cut.strip('-') or 'page'}"


def _told(outcome: Revision | Rejection) -> str:
    if isinstance(outcome, Rejection):
        return f"no text came out ({outcome.reason.replace('_', ' ')}: {outcome.detail})"
    return f"{outcome.title!r}, {len(outcome.text)} characters, {outcome.published_at or 'no date'}"

"""The ``diembao`` command and its options for all commands."""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from scheduler.commands import backfill, check, crawl, health, reader, record, replay, serve, text
from scheduler.logs import configure_logging
from scheduler.settings import load_settings

app = typer.Typer(
    name="diembao",
    help="Reads Vietnamese news on a schedule and lays a daily digest on Party development in "
    "enterprises on your desk.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        print(f"diembao {version('diembao')}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    settings: Annotated[
        Path | None,
        typer.Option(help="The settings file; else DIEMBAO_SETTINGS, else ./settings.toml."),
    ] = None,
    verbose: Annotated[
        int, typer.Option("--verbose", "-v", count=True, help="Say more; twice for every page.")
    ] = 0,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options for all commands."""
    configure_logging(verbose, terminal=sys.stderr.isatty())
    # Read by the command, so that --help works whatever the file holds.
    context.obj = lambda: load_settings(settings)


app.command("run")(serve.run)
app.command("demo")(serve.demo)
app.command("crawl")(crawl.crawl)
app.command("digest")(reader.digest)
app.command("search")(reader.search)
app.command("backfill")(backfill.backfill)
reader.sources.command("check")(check.check)
reader.sources.command("record")(record.record)
reader.sources.command("replay")(replay.replay)
reader.sources.command("health")(health.health)
app.add_typer(reader.sources, name="sources")
app.command("extract")(text.extract)
app.command("analyse")(text.analyse)

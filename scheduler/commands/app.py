"""The ``diembao`` command and its options for all commands.

To add a command: write its function in a module of this package and name it in the table below, with the
first line of its docstring. Modules are imported when their command is called, so nothing heavy may be
imported here: importing Scrapy and FastAPI takes longer than most commands do.
"""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.commands.lazy import Command, lazy_group
from scheduler.logs import configure_logging, follow_settings

if TYPE_CHECKING:
    from scheduler.settings import Settings

SOURCES_COMMANDS = (
    Command("list", "reader:list_sources", "The sources, and how each is found and how often."),
    Command(
        "check",
        "check:check",
        "Ask each source once, politely: what is found, empty or blocked, and the lines to change.",
    ),
    Command(
        "record",
        "record:record",
        "Fetch one page, politely, and write page.html.gz, snapshot.toml and expected.json for a test.",
    ),
    Command(
        "replay",
        "replay:replay",
        "Read the pages again that gave no text; their bytes are in the archive, nothing is fetched.",
    ),
    Command(
        "health",
        "health:health",
        "How each source is: healthy, quiet, stale, blocked, broken or changed, since when and why.",
    ),
)

SERVICE_COMMANDS = (
    Command(
        "install",
        "service:install",
        "Have systemd start the service with the machine, restart it, and keep it in a sandbox.",
    ),
    Command(
        "uninstall",
        "service:uninstall",
        "End the service and take its unit away; what was collected stays.",
    ),
    Command("status", "service:status", "What systemd says of the service; exit code 1 unless it runs."),
    Command(
        "reload",
        "service_reload:reload",
        "Have the running service read its settings, sources and topic again, and show what changed.",
    ),
)

CONFIG_COMMANDS = (
    Command(
        "check",
        "config:check",
        "Are settings, sources and topics in order? Exit code 1 with a line for each finding where not.",
    ),
    Command("show", "config:show", "Every setting that is in force, by section; no secrets."),
)

USER_COMMANDS = (
    Command("add", "user:add", "Let somebody sign in; the password is asked for twice and not shown."),
    Command(
        "list",
        "user:list_people",
        "Who may sign in, with what role, and on how many devices they are signed in.",
    ),
    Command("role", "user:change_role", "Give somebody another role; it holds from their next page on."),
    Command("password", "user:password", "Give somebody another password; they are signed out everywhere."),
    Command(
        "remove",
        "user:remove",
        "Let somebody sign in no more; their keys end too, what they decided stays.",
    ),
    Command("key", "user:key", "Make a key with which a program acts for somebody; it is shown this once."),
    Command(
        "keys",
        "user:keys",
        "The keys by person and name, and the day each was used last; not the keys themselves.",
    ),
    Command(
        "drop-key",
        "user:drop_key",
        "End a key: the program that has it is refused from now on.",
    ),
)

STORIES_COMMANDS = (
    Command(
        "show",
        "stories:show",
        "Every telling of an article's event, who had it first, and why each was joined.",
    ),
    Command(
        "merge",
        "stories:merge",
        "Say that two articles tell one event; it holds for good, whatever comes later.",
    ),
    Command(
        "split",
        "stories:split",
        "Say that two articles tell two events; it holds for good, whatever comes later.",
    ),
)

COMMANDS = (
    Command(
        "run",
        "serve:run",
        "The service: polls on schedule, builds the digest, serves the pages. Ctrl-C ends it.",
    ),
    Command(
        "demo",
        "serve:demo",
        "The same on a bundled newsroom on this machine: no network, no configuration.",
    ),
    Command(
        "crawl", "crawl:crawl", "Poll now, once, through to flags; then a table of what became of each entry."
    ),
    Command(
        "digest",
        "reader:digest",
        "Print the digest of a day, a week or a month; before today's is built, what it holds so far.",
    ),
    Command(
        "search",
        "reader:search",
        "Find articles; hits with the query's exact marks come first, then the newest.",
    ),
    Command(
        "backfill",
        "backfill:backfill",
        "Fetch a source's older articles, newest first, never faster than its delay.",
    ),
    Command(
        "extract",
        "text:extract",
        "What a page says, as JSON: title, lead, text, author, published_at, language, or rejection.",
    ),
    Command("analyse", "text:analyse", "Judge texts: JSON lines in, one JSON line out for each, in order."),
    Command(
        "group",
        "group:group",
        "Find the articles that tell one event: one line {id, story} for each, in order.",
    ),
    Command(
        "evaluate",
        "evaluation:evaluate_file",
        "Precision, recall and F1 of the flags on a labelled corpus, and the misses to read.",
    ),
    Command(
        "reflag",
        "reflag:reflag",
        "Judge the archive again by the present topic, and show what is gained and lost.",
    ),
    Command(
        "explain",
        "explain:explain",
        "What a page became: its text with the marks, rules and weights, and what was left out and why.",
    ),
    Command(
        "backup",
        "backup:backup",
        "Everything in one file, while the service runs: database, pages, settings, own sources.",
    ),
    Command(
        "restore",
        "backup:restore_backup",
        "Lay a backup down where the settings say, or in a folder of its own; it overwrites nothing.",
    ),
    Command(
        "prune",
        "prune:prune",
        "Remove archived pages beyond their age or the archive's size; the service does it each night.",
    ),
    Command(
        "doctor",
        "doctor:doctor",
        "Is everything in order? Settings, database, disk, network, mail; and what to do where it is not.",
    ),
)

app = lazy_group(
    COMMANDS,
    help="Reads Vietnamese news on a schedule and lays a daily digest on Party development in "
    "enterprises on your desk.",
)
app.info.name = "diembao"
app.add_typer(lazy_group(SOURCES_COMMANDS, help="The outlets that are followed."), name="sources")
app.add_typer(lazy_group(STORIES_COMMANDS, help="Which articles tell one event."), name="stories")
app.add_typer(
    lazy_group(USER_COMMANDS, help="Who may sign in to the pages, and the keys of their programs."),
    name="user",
)
app.add_typer(
    lazy_group(SERVICE_COMMANDS, help="The service: reload; under systemd install, uninstall, status."),
    name="service",
)
app.add_typer(lazy_group(CONFIG_COMMANDS, help="The settings: checked, and shown."), name="config")


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
    has_loaded = False

    def load() -> "Settings":
        from scheduler.settings import load_settings  # noqa: PLC0415 - a third of a second

        nonlocal has_loaded
        loaded = load_settings(settings)
        is_service = context.invoked_subcommand == "run"
        if not has_loaded:  # a reload leaves [log] as it is until a restart
            follow_settings(loaded.log, verbose, terminal=sys.stderr.isatty(), writes_file=is_service)
        has_loaded = True
        return loaded

    # Read by the command, so that --help works whatever the file holds.
    context.obj = load

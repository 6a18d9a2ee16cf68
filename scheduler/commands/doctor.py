"""``diembao doctor``: is everything in order, and what to do where it is not."""

import dataclasses
import json
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scheduler.checkup.delivering import check_chat, check_folder, check_mail, check_secrets
from scheduler.checkup.finding import Finding, Outcome, ok, problem
from scheduler.checkup.keeping import check_database, check_disk
from scheduler.checkup.machine import check_sources, check_workers, check_zone
from scheduler.checkup.network import check_network, check_pages
from scheduler.commands.reader import TableFormat
from scheduler.settings import Settings, SettingsError, settings_file
from scheduler.trust import trust

_STYLES = {Outcome.OK: "green", Outcome.WARNING: "yellow", Outcome.PROBLEM: "red"}


def doctor(
    context: typer.Context,
    offline: Annotated[
        bool, typer.Option("--offline", help="Leave out what needs the network: an outlet, the mail server.")
    ] = False,
    form: Annotated[
        TableFormat, typer.Option("--format", help="For a person or a program.")
    ] = TableFormat.TEXT,
) -> None:
    """Is everything in order? Settings, database, disk, network, mail; and what to do where it is not.

    Changes nothing and sends nothing. Exit code 1 where there is a problem.
    """
    found = list(_findings(context, offline=offline))
    if form is TableFormat.JSON:
        print(json.dumps([dataclasses.asdict(finding) for finding in found], ensure_ascii=False, indent=1))
    else:
        Console().print(_table(found))
    if any(finding.outcome is Outcome.PROBLEM for finding in found):
        raise typer.Exit(1)


def _findings(context: typer.Context, *, offline: bool) -> Iterator[Finding]:
    try:
        settings: Settings = context.obj()
    except SettingsError as error:
        for line in error.problems:
            yield problem(
                "settings", f"{error.origin}: {line}", "correct that line; docs/settings.md has all keys"
            )
        yield from check_zone(None)
        return
    file = settings_file(context.find_root().params.get("settings"))
    yield ok("settings", f"{file} can be used" if file else "there is no file; every key has its default")
    trust(settings.network.ca_file)
    enabled, findings = check_sources(settings)
    yield from findings
    yield from check_database(settings)
    yield from check_disk(settings)
    yield from check_zone(settings)
    yield from check_workers(settings)
    yield from check_pages(settings)
    yield from _of_delivery(settings, offline=offline)
    if not offline:
        yield from check_network(settings, enabled)


def _of_delivery(settings: Settings, *, offline: bool) -> Iterator[Finding]:
    yield from check_folder(settings)
    yield from check_secrets(settings)
    try:
        yield from check_chat(settings)
        if not offline:
            yield from check_mail(settings)
    except SettingsError as error:  # a file of secrets
        yield problem("delivery", str(error), "let the service read it, or correct its place")


def _table(found: list[Finding]) -> Table:
    table = Table("check", "outcome", box=None, pad_edge=False)
    for column in ("what was found", "what to do"):
        table.add_column(column, overflow="fold")  # a path must be whole
    for finding in found:
        outcome = Text(finding.outcome, style=_STYLES[finding.outcome])
        table.add_row(finding.check, outcome, Text(finding.said), Text(finding.advice))
    return table

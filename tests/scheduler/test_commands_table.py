"""The table of commands: complete, true, and cheap to show."""

import subprocess
import sys
from importlib import import_module
from inspect import getdoc

import pytest
import typer.main
from typer.testing import CliRunner

from scheduler.commands.app import (
    COMMANDS,
    CONFIG_COMMANDS,
    SERVICE_COMMANDS,
    SOURCES_COMMANDS,
    STORIES_COMMANDS,
    USER_COMMANDS,
    app,
)
from scheduler.commands.lazy import Command

GROUPS = (COMMANDS, CONFIG_COMMANDS, SERVICE_COMMANDS, SOURCES_COMMANDS, STORIES_COMMANDS, USER_COMMANDS)
HEAVY = ("scrapy", "twisted", "fastapi", "sqlalchemy", "lxml", "trafilatura")


@pytest.mark.parametrize(
    "command",
    [command for group in GROUPS for command in group],
    ids=lambda command: command.target,
)
def test_each_command_loads_and_says_what_the_table_says(command: Command) -> None:
    module, _, function = command.target.partition(":")
    documented = getdoc(getattr(import_module(f"scheduler.commands.{module}"), function)) or ""
    assert documented.splitlines()[0] == command.help
    assert command.load().name == command.name


def test_no_name_twice() -> None:
    for table in GROUPS:
        assert len({command.name for command in table}) == len(table)


def test_help_lists_every_command() -> None:
    wide = {"COLUMNS": "400", "TERMINAL_WIDTH": "400"}
    shown = CliRunner().invoke(app, ["--help"], env=wide).output
    assert all(f" {command.name} " in shown for command in COMMANDS)
    assert " sources " in shown
    shown = CliRunner().invoke(app, ["sources", "--help"], env=wide).output
    assert all(f" {command.name} " in shown for command in SOURCES_COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_each_command_shows_its_own_help(command: Command) -> None:
    shown = CliRunner().invoke(app, [command.name, "--help"], env={"COLUMNS": "400", "TERMINAL_WIDTH": "400"})
    assert shown.exit_code == 0
    assert command.help in " ".join(shown.output.split())


@pytest.mark.parametrize(("command", "section"), [("prune", "[keep]"), ("digest", "[delivery]")])
def test_help_names_sections_of_the_settings(command: str, section: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "400", "TERMINAL_WIDTH": "400"})
    assert section in shown.output


def test_an_unknown_command_is_bad_usage_and_the_nearest_is_named() -> None:
    answer = CliRunner().invoke(app, ["serch"])
    assert answer.exit_code == 2
    assert "'search'" in answer.output


@pytest.mark.parametrize("arguments", ["'--version'", "'--help'", "'sources', '--help'"])
def test_help_and_version_import_nothing_heavy(arguments: str) -> None:
    program = (
        f"import sys; sys.argv = ['diembao', {arguments}]\n"
        "from scheduler.__main__ import main\n"
        "try:\n    main()\n"
        f"finally:\n    print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr.strip() == "[]"


def test_a_group_knows_its_commands_without_loading_them() -> None:
    group = typer.main.get_group(app)
    groups = {"config", "service", "sources", "stories", "user"}
    assert {command.name for command in COMMANDS} | groups == set(group.commands)

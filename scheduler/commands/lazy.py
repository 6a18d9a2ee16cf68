"""Commands that are imported when they are called: ``--help`` and ``--version`` load none of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

import typer.main
from typer.core import TyperGroup

_MARKUP: Literal["markdown"] = "markdown"
"""As Typer's own markup, [delivery] and other sections of the settings would be missing from the help."""


@dataclass(frozen=True)
class Command:
    """One command of a group."""

    name: str
    target: str
    """Where its function is: ``module:function``, the module within ``scheduler.commands``."""
    help: str
    """Its line in the group's help: the first line of the function's docstring."""

    def load(self) -> Any:
        """The command itself; imports its module."""
        module, _, function = self.target.partition(":")
        holder = typer.Typer(add_completion=False, rich_markup_mode=_MARKUP)
        holder.command(self.name)(getattr(import_module(f"scheduler.commands.{module}"), function))
        return typer.main.get_command(holder)


def lazy_group(commands: Iterable[Command], help: str) -> typer.Typer:
    """A Typer of ``commands``, in their order; each is loaded when it is called."""
    known = {command.name: command for command in commands}

    class Group(TyperGroup):
        def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
            name, listed, rest = super().resolve_command(ctx, args)
            return name, known[name].load() if name in known else listed, rest

    group = typer.Typer(
        cls=Group,
        help=help,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode=_MARKUP,
    )
    for command in known.values():
        group.command(command.name, help=command.help)(_listed)
    return group


def _listed() -> None:
    """Stands for each command in its group's help, and is never called."""

"""``diembao user``: who may sign in to the pages, and the keys of their programs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from scheduler.commands.errors import CommandError
from storage import people
from storage.database import Database, open_database
from storage.errors import PersonKnown, PersonUnknown
from web import passwords
from web.people import Role

Name = Annotated[str, typer.Argument(help="The name to sign in with.")]
KeyName = Annotated[str, typer.Argument(help="What the key is for, in a word.")]
PasswordFile = Annotated[
    str | None,
    typer.Option(help="Read the password from the first line of this file (- for standard input)."),
]


def add(
    context: typer.Context,
    name: Name,
    role: Annotated[Role, typer.Option(help="reader: reads; reviewer: reviews too.")] = Role.READER,
    password_file: PasswordFile = None,
) -> None:
    """Let somebody sign in; the password is asked for twice and not shown."""
    name = _proper(name)
    with _database(context) as database:
        with database.read() as session:
            if people.password_hash(session, name) is not None:
                raise PersonKnown(name)
        hashed = _new_hash(name, password_file)
        with database.write() as session:
            people.add_person(session, name, role.value, hashed, datetime.now(UTC))
    print(f"{name} can sign in as a {role.value}.")


def list_people(context: typer.Context) -> None:
    """Who may sign in, with what role, and on how many devices they are signed in."""
    with _database(context) as database, database.read() as session:
        found = people.people(session, datetime.now(UTC))
    if not found:
        print("There is nobody yet: diembao user add NAME --role reviewer")
        return
    table = Table("name", "role", "since", "signed in on", box=None, pad_edge=False)
    for person in found:
        since = f"{person.made_at:%Y-%m-%d}"
        table.add_row(escape(person.name), person.role, since, str(person.browsers))
    Console(highlight=False).print(table)


def password(context: typer.Context, name: Name, password_file: PasswordFile = None) -> None:
    """Give somebody another password; they are signed out everywhere."""
    with _database(context) as database:
        with database.read() as session:
            if people.password_hash(session, name) is None:
                raise PersonUnknown(name)
        hashed = _new_hash(name, password_file)
        with database.write() as session:
            people.change_password(session, name, hashed)
    print(f"{name} has another password, and is signed out everywhere.")


def change_role(
    context: typer.Context,
    name: Name,
    role: Annotated[Role, typer.Argument(help="reader: reads; reviewer: reviews too.")],
) -> None:
    """Give somebody another role; it holds from their next page on."""
    with _database(context) as database, database.write() as session:
        people.change_role(session, name, role.value)
    print(f"{name} is a {role.value} now.")


def remove(context: typer.Context, name: Name) -> None:
    """Let somebody sign in no more; their keys end too, what they decided stays."""
    with _database(context) as database, database.write() as session:
        people.remove_person(session, name)
    print(f"{name} cannot sign in any more; keys of that name are worth nothing now.")


def key(context: typer.Context, name: Name, key_name: KeyName) -> None:
    """Make a key with which a program acts for somebody; it is shown this once."""
    key_name, made = _proper(key_name), passwords.KEY_PREFIX + passwords.new_token()
    with _database(context) as database, database.write() as session:
        people.add_key(session, passwords.digest_of(made), name, key_name, datetime.now(UTC))
    # The key alone on standard output, so that it can be piped into where it is kept.
    print(f"The key {key_name} of {name}, which cannot be shown again:", file=sys.stderr)
    print(made)


def keys(context: typer.Context) -> None:
    """The keys by person and name, and the day each was used last; not the keys themselves."""
    with _database(context) as database, database.read() as session:
        found = people.keys(session)
    if not found:
        print("There is no key yet: diembao user key NAME KEYNAME")
        return
    table = Table("name", "key", "since", "last used", box=None, pad_edge=False)
    for one in found:
        seen = f"{one.seen_at:%Y-%m-%d}" if one.seen_at is not None else "never"
        table.add_row(escape(one.person), escape(one.name), f"{one.made_at:%Y-%m-%d}", seen)
    Console(highlight=False).print(table)


def drop_key(context: typer.Context, name: Name, key_name: KeyName) -> None:
    """End a key: the program that has it is refused from now on."""
    with _database(context) as database, database.write() as session:
        people.drop_key(session, name, key_name)
    print(f"The key {key_name} of {name} is worth nothing now.")


@contextmanager
def _database(context: typer.Context) -> Iterator[Database]:
    database = open_database(context.obj().storage.database)
    try:
        yield database
    finally:
        database.close()


def _proper(name: str) -> str:
    try:
        return people.proper_name(name)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None


def _new_hash(name: str, password_file: str | None) -> str:
    chosen = _asked() if password_file is None else _read(password_file)
    weakness = passwords.weakness(chosen, name)
    if weakness is not None:
        raise CommandError(weakness)
    return passwords.hash_of(chosen)


def _asked() -> str:
    if not sys.stdin.isatty():
        raise CommandError("There is no terminal to ask for the password: use --password-file.")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt="The same again"))


def _read(file: str) -> str:
    try:
        text = sys.stdin.read(10_000) if file == "-" else Path(file).read_text(encoding="utf-8")[:10_000]
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"The password cannot be read from {file} ({error}).") from None
    return text.partition("\n")[0].removesuffix("\r")

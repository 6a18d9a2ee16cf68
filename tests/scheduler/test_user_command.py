"""``diembao user``: people and keys, over a real database."""

import os
import pty
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from scheduler.commands.app import app
from scheduler.commands.errors import CommandError
from storage import people
from storage.database import Database
from storage.errors import KeyKnown, KeyUnknown, PersonKnown, PersonUnknown
from web.passwords import KEY_PREFIX, digest_of, is_right

PASSWORD = "một câu dài của riêng tôi"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "settings.toml"
    file.write_text(f'[storage]\ndatabase = "sqlite:///{tmp_path}/d.sqlite3"\n', encoding="utf-8")
    return file


def call(settings: Path, *words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, ["--settings", str(settings), "user", *words], input=typed)


def add(settings: Path, name: str = "An", *words: str) -> Result:
    return call(settings, "add", name, "--password-file", "-", *words, typed=f"{PASSWORD}\n")


def database_of(settings: Path) -> Database:
    return Database(f"sqlite:///{settings.parent}/d.sqlite3")


def test_somebody_is_added_and_listed(settings: Path) -> None:
    assert "There is nobody yet" in call(settings, "list").output
    done = add(settings)
    assert (done.exit_code, done.output) == (0, "An can sign in as a reader.\n")
    assert add(settings, "Bình", "--role", "reviewer").exit_code == 0
    with database_of(settings).read() as session:
        hashed = people.password_hash(session, "An")
    assert hashed is not None
    assert hashed.startswith("$argon2id$")
    assert is_right(PASSWORD, hashed)
    listed = [line.split()[:2] for line in call(settings, "list").output.splitlines()]
    assert listed == [["name", "role"], ["An", "reader"], ["Bình", "reviewer"]]


@pytest.mark.parametrize("taken", ["An", "an", "AN"])
def test_a_name_is_given_once_in_whatever_case(settings: Path, taken: str) -> None:
    add(settings)
    assert isinstance(add(settings, taken).exception, PersonKnown)


@pytest.mark.parametrize("name", ["", " An", "An ", "A\nn", "x" * 65, "a\u202eb"])
def test_a_name_that_is_none_is_bad_usage(settings: Path, name: str) -> None:
    assert add(settings, name).exit_code == 2


@pytest.mark.parametrize("typed", ["short\n", "\n", "", "a" * 2000, "aaaaaaaaaaaaaaaa\n"])
def test_a_weak_password_is_refused_in_a_sentence(settings: Path, typed: str) -> None:
    done = call(settings, "add", "An", "--password-file", "-", typed=typed)
    assert isinstance(done.exception, CommandError)
    assert "The password" in str(done.exception)
    assert "nobody" in call(settings, "list").output


def test_a_password_can_come_from_a_file(settings: Path, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\r\nmore\n", encoding="utf-8")
    assert call(settings, "add", "An", "--password-file", str(file)).exit_code == 0
    with database_of(settings).read() as session:
        assert is_right(PASSWORD, people.password_hash(session, "An"))
    assert isinstance(call(settings, "add", "B", "--password-file", str(tmp_path)).exception, CommandError)


def test_without_a_terminal_the_password_is_not_waited_for(settings: Path) -> None:
    done = call(settings, "add", "An", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert "--password-file" in str(done.exception)


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_at_a_terminal_it_is_asked_twice_and_not_shown(settings: Path) -> None:
    command = [sys.executable, "-m", "scheduler", "--settings", str(settings), "user", "add", "An"]
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, command)
    shown = b""
    try:
        for question in (b"Password: ", b"The same again: "):
            while question not in shown:
                shown += os.read(terminal, 1000)
            os.write(terminal, f"{PASSWORD}\n".encode())
        while b"can sign in" not in shown:
            shown += os.read(terminal, 1000)
        assert os.waitpid(child, 0)[1] == 0
    finally:
        os.close(terminal)
    assert PASSWORD not in shown.decode()


def test_another_password_signs_out_everywhere(settings: Path) -> None:
    add(settings)
    database = database_of(settings)
    with database.write() as session:
        people.sign_in(session, digest_of("token"), "An", NOW)
    done = call(settings, "password", "An", "--password-file", "-", typed="eine ganz andere Zeile\n")
    assert done.exit_code == 0
    with database.read() as session:
        assert people.signed_in(session, digest_of("token"), NOW) is None
        assert is_right("eine ganz andere Zeile", people.password_hash(session, "An"))
    assert isinstance(call(settings, "password", "Bob", "--password-file", "-").exception, PersonUnknown)


def test_a_key_is_shown_once_and_can_be_ended(settings: Path) -> None:
    add(settings)
    done = call(settings, "key", "An", "nightly")
    assert done.exit_code == 0
    key = done.stdout.strip()
    assert key.startswith(KEY_PREFIX)
    assert len(key) > 40
    database = database_of(settings)
    with database.read() as session:
        known = people.person_of_key(session, digest_of(key), NOW)
    assert known is not None
    assert (known.person, known.role) == ("An", "reader")
    listed = call(settings, "keys").output
    assert key not in listed
    assert listed.splitlines()[1].split()[:2] == ["An", "nightly"]
    assert isinstance(call(settings, "key", "An", "nightly").exception, KeyKnown)
    assert isinstance(call(settings, "key", "Bob", "nightly").exception, PersonUnknown)
    assert call(settings, "drop-key", "An", "nightly").exit_code == 0
    assert isinstance(call(settings, "drop-key", "An", "nightly").exception, KeyUnknown)
    with database.read() as session:
        assert people.person_of_key(session, digest_of(key), NOW) is None
    assert "no key yet" in call(settings, "keys").output


def test_removal_ends_keys_too(settings: Path) -> None:
    add(settings)
    key = call(settings, "key", "An", "nightly").stdout.strip()
    assert call(settings, "remove", "An").exit_code == 0
    assert isinstance(call(settings, "remove", "An").exception, PersonUnknown)
    with database_of(settings).read() as session:
        assert people.person_of_key(session, digest_of(key), NOW) is None
    assert "nobody" in call(settings, "list").output


def test_a_role_can_be_changed(settings: Path) -> None:
    add(settings)
    assert call(settings, "role", "An", "reviewer").output == "An is a reviewer now.\n"
    assert call(settings, "list").output.splitlines()[1].split()[:2] == ["An", "reviewer"]
    assert isinstance(call(settings, "role", "Bob", "reviewer").exception, PersonUnknown)


def test_a_role_that_there_is_not_is_bad_usage(settings: Path) -> None:
    assert add(settings, "An", "--role", "king").exit_code == 2

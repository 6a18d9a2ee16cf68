"""``diembao digest --send``: a built digest to every channel that lacks it, once."""

import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

sys.path.append(str(Path(__file__).parents[1] / "digest"))

from digest_samples import ENGLISH, NOW, ON, TOPIC, ZONE
from digest_store import store, sync
from mail_house import Mailbox, mail_server

from digest.desk import freeze
from scheduler.commands.errors import CommandError
from scheduler.commands.reader import digest
from scheduler.delivery import channels_of
from scheduler.desk import open_desk
from scheduler.settings import Settings, SettingsError, settings_from


def settings_with(home: Path, **delivery: object) -> Settings:
    data = {
        "storage": {"database": f"sqlite:///{home}/d.sqlite3", "archive": str(home / "pages")},
        "extract": {"workers": 1},
        "delivery": delivery,
    }
    return settings_from(data, home, origin="test")


def build(settings: Settings) -> None:
    with open_desk(settings) as desk:
        sync(desk.database)
        store(desk.database, ENGLISH)
        freeze(desk.database, ON, NOW, ZONE, TOPIC)


def call(settings: Settings, *words: str) -> Result:
    app = typer.Typer()

    @app.callback()
    def options(context: typer.Context) -> None:
        context.obj = lambda: settings

    app.command("digest")(digest)
    return CliRunner().invoke(app, ["digest", *words], env={"COLUMNS": "200"})


def test_it_is_sent_once_to_each_channel(tmp_path: Path) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        settings = settings_with(
            tmp_path,
            mail_to=["a@x.vn", "b@x.vn"],
            mail_from="d@x.vn",
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_security="none",
            folder="out",
        )
        build(settings)
        words = ["--date", ON.isoformat(), "--send"]
        dry = call(settings, *words, "--dry-run")
        assert dry.exit_code == 0, dry.output
        assert dry.output.count("would be sent") == 3
        assert "Press review, 22 Nov 2026: 1 new" in dry.output
        assert not mailbox.accepted
        assert not (tmp_path / "out").exists()
        first = call(settings, *words)
        assert first.exit_code == 0, first.output
        assert first.output.count("delivered") == 3
        again = call(settings, *words)
        assert again.output.count("delivered") == 3
    assert sorted(reader for reader, _ in mailbox.accepted) == ["a@x.vn", "b@x.vn"]
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_a_channel_that_fails_is_said_and_may_be_tried_at_once(tmp_path: Path) -> None:
    mailbox = Mailbox(answers=["451 later"])
    with mail_server(mailbox) as port:
        settings = settings_with(
            tmp_path,
            mail_to=["a@x.vn"],
            mail_from="d@x.vn",
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_security="none",
        )
        build(settings)
        failed = call(settings, "--date", ON.isoformat(), "--send")
        assert isinstance(failed.exception, CommandError)
        assert "451 later" in failed.output
        assert call(settings, "--date", ON.isoformat(), "--send").exit_code == 0
    assert len(mailbox.accepted) == 1


def test_nothing_is_sent_before_it_is_built(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, folder="out")
    with open_desk(settings):
        pass
    result = call(settings, "--send")
    assert isinstance(result.exception, CommandError)
    assert "is not built yet" in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_without_channels_the_settings_are_named(tmp_path: Path) -> None:
    settings = settings_with(tmp_path)
    build(settings)
    result = call(settings, "--date", ON.isoformat(), "--send")
    assert isinstance(result.exception, CommandError)
    assert "[delivery]" in str(result.exception)


def test_a_dry_run_of_nothing_is_bad_usage(tmp_path: Path) -> None:
    assert call(settings_with(tmp_path), "--dry-run").exit_code == 2


def test_secrets_are_read_from_files_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n")
    (tmp_path / "chat").write_text("# the desk's room\njson://127.0.0.1:9/a\n\njson://127.0.0.1:9/b\n")
    settings = settings_with(
        tmp_path,
        mail_to=["a@x.vn"],
        mail_from="d@x.vn",
        smtp_host="mail.x.vn",
        smtp_user="desk",
        smtp_password_file="password",
        chat_file="chat",
    )
    channels = channels_of(settings)
    assert list(channels) == ["mail:a@x.vn", "chat:1", "chat:2"]
    assert channels["mail:a@x.vn"].server.password == "secret"
    (tmp_path / "chat").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"chat_file: .*chat cannot be read"):
        channels_of(settings)

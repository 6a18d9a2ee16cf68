"""``diembao doctor``: what is in order, what is not, and that looking changes nothing."""

import json
import shutil
import socket
import sqlite3
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from typer.testing import CliRunner, Result

sys.path += [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "digest")]

from digest_samples import ENGLISH
from digest_store import store, sync
from loopback import HOST, Answer, Outlet
from mail_house import Mailbox, mail_server, starttls, with_password
from sqlalchemy import text

from crawler.declarations import load_sources
from scheduler.commands.app import app
from storage.database import open_database

BUNDLED = [source.id for source in load_sources().values() if source.is_enabled]
DECLARATION = f"""\
name = "Báo Mẫu"
home = "https://{HOST}/"
languages = ["vi"]
article = '-post(?P<id>[0-9]+)'
[[listing]]
kind = "feed"
url = "https://{HOST}/rss"
"""


class Desk:
    """A folder with settings that follow one outlet, on loopback."""

    def __init__(self, folder: Path, outlet: Outlet, ca_file: Path) -> None:
        self.folder = folder
        (folder / "own").mkdir()
        (folder / "own" / "baomau.toml").write_text(DECLARATION, encoding="utf-8")
        self.sections: dict[str, dict[str, Any]] = {
            "storage": {"database": "sqlite:///data/d.sqlite3", "archive": "data/pages"},
            "crawl": {"contact": "https://desk.example/", "sources_folder": "own", "disabled": BUNDLED},
            "network": {"connect_to": [f"{HOST}:443:127.0.0.1:{outlet.port}"], "ca_file": str(ca_file)},
            "delivery": {},
            "web": {"port": 0},
        }

    def call(self, *words: str) -> Result:
        lines = []
        for name, keys in self.sections.items():
            lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items())]
        (self.folder / "settings.toml").write_text("\n".join(lines), encoding="utf-8")
        arguments = ["--settings", str(self.folder / "settings.toml"), "doctor", *words]
        return CliRunner().invoke(app, arguments, env={"COLUMNS": "300"})

    def look(self, *words: str) -> dict[str, tuple[str, str]]:
        """Outcome and words of each check; the exit code agrees."""
        done = self.call("--format", "json", *words)
        found = json.loads(done.stdout)
        has_problem = any(finding["outcome"] == "problem" for finding in found)
        assert done.exit_code == int(has_problem), done.output
        assert all(bool(finding["advice"]) is (finding["outcome"] != "ok") for finding in found)
        return {finding["check"]: (finding["outcome"], finding["said"]) for finding in found}

    def mail(self, port: int, **facts: object) -> None:
        keys = {"mail_to": ["a@x.vn"], "mail_from": "d@x.vn", "smtp_host": "127.0.0.1", "smtp_port": port}
        self.sections["delivery"] = {**keys, "smtp_security": "none", **facts}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def outlet(authority: trustme.CA) -> Iterator[Outlet]:
    opened = Outlet(authority, [HOST])
    opened.answers["/"] = Answer(200, b"")
    yield opened
    opened.close()


@pytest.fixture
def desk(tmp_path: Path, outlet: Outlet, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    # The outlet answers GET only; a HEAD is its refusal, which is an answer too.
    return Desk(tmp_path, outlet, tmp_path / "ca.pem")


def test_a_new_desk_is_in_order_and_nothing_is_made(desk: Desk) -> None:
    found = desk.look()
    assert {outcome for outcome, _ in found.values()} == {"ok"}, found
    assert {"settings", "sources", "database", "disk", "time zones", "workers", "network"} <= set(found)
    assert "not made yet" in found["database"][1]
    assert f"{HOST} answers over HTTPS" in found["network"][1]
    assert not (desk.folder / "data").exists()


def test_the_table_says_what_to_do(desk: Desk) -> None:
    desk.sections["network"] = {}
    desk.sections["crawl"]["contact"] = ""
    done = desk.call("--offline")
    assert done.exit_code == 0
    assert "set [crawl] contact" in done.output
    assert "warning" in done.output


def test_bad_settings_are_told_with_the_rest_that_can_be_looked_at(desk: Desk) -> None:
    desk.sections["web"]["prot"] = 1
    found = desk.look()
    assert found["settings"][0] == "problem"
    assert "did you mean port?" in found["settings"][1]
    assert found["time zones"][0] == "ok"


def test_a_declaration_that_cannot_be_used(desk: Desk) -> None:
    (desk.folder / "own" / "baomau.toml").write_text("name = 3")
    assert desk.look("--offline")["sources"][0] == "problem"


def test_a_filled_database(desk: Desk, url_of_database: str) -> None:
    database = open_database(url_of_database)
    sync(database)
    store(database, ENGLISH)
    database.close()
    desk.sections["storage"]["database"] = url_of_database
    found = desk.look("--offline")
    assert found["database"][0] == "ok"
    assert "schema" in found["database"][1]
    assert "B" in found["database"][1]
    # The sample's page was never archived.
    assert found["page archive"] == ("problem", found["page archive"][1])
    assert "1 of the newest 1 pages cannot be read" in found["page archive"][1]


@pytest.mark.parametrize(("revision", "outcome"), [("0001", "ok"), ("9999", "problem")])
def test_another_schema(desk: Desk, url_of_database: str, revision: str, outcome: str) -> None:
    database = open_database(url_of_database)
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
    database.close()
    desk.sections["storage"]["database"] = url_of_database
    found = desk.look("--offline")["database"]
    assert found[0] == outcome
    assert f"schema {revision}" in found[1]


def test_a_damaged_database(desk: Desk) -> None:
    file = desk.folder / "data" / "d.sqlite3"
    open_database(f"sqlite:///{file}").close()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(
            "INSERT INTO health_event (source, state, reason, at) VALUES ('x', 'y', 'z', '2026')"
        )
    assert "is damaged" in desk.look("--offline")["database"][1]
    file.write_text("no database " * 1000)
    assert desk.look("--offline")["database"][0] == "problem"


def test_a_server_that_does_not_answer(desk: Desk) -> None:
    desk.sections["storage"]["database"] = "postgresql://127.0.0.1:1/news"
    assert desk.look("--offline")["database"][0] == "problem"


def test_a_full_disk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real = shutil.disk_usage(desk.folder)
    for free, outcome in ((10**6, "problem"), (10**9, "warning"), (10**11, "ok")):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: real._replace(free=free))
        assert desk.look("--offline")["disk"][0] == outcome


def test_a_place_that_cannot_be_written(desk: Desk) -> None:
    (desk.folder / "data").write_text("a file")
    assert desk.look("--offline")["disk"][0] == "problem"


# ---- network


def test_an_outlet_that_is_down(desk: Desk, outlet: Outlet) -> None:
    outlet.close()
    found = desk.look()["network"]
    assert found[0] == "problem"
    assert f"{HOST}: " in found[1]


def test_an_outlet_that_nobody_vouches_for(desk: Desk) -> None:
    trustme.CA().cert_pem.write_to_path(str(desk.folder / "other.pem"))
    desk.sections["network"]["ca_file"] = str(desk.folder / "other.pem")
    found = desk.look()["network"]
    assert found[0] == "problem"
    assert "no secure connection" in found[1]


def test_a_name_that_leads_home_is_not_dialled(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.sections["network"] = {}
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    assert "no public address" in desk.look()["network"][1]


def test_offline_asks_nobody(desk: Desk, outlet: Outlet) -> None:
    desk.mail(1)
    found = desk.look("--offline")
    assert not {"network", "clock", "mail"} & set(found)


@pytest.mark.parametrize(("off", "outcome"), [(0, "ok"), (3, "warning"), (-3, "warning")])
def test_a_clock_that_is_wrong(desk: Desk, monkeypatch: pytest.MonkeyPatch, off: int, outcome: str) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(hours=off), usegmt=True)
    monkeypatch.setattr(BaseHTTPRequestHandler, "date_time_string", lambda *_: moment)
    assert desk.look()["clock"][0] == outcome


# ---- pages


def served(body: bytes, status: int = 200) -> HTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.mark.parametrize(
    ("body", "status", "outcome", "words"),
    [
        (b'{"status": "ok", "reason": null}', 200, "ok", "answers"),
        (b'{"status": "not ready", "reason": "the schema is older"}', 503, "problem", "the schema is older"),
        (b"<h1>It works!</h1>", 200, "problem", "another program"),
    ],
)
def test_what_holds_the_pages_port(desk: Desk, body: bytes, status: int, outcome: str, words: str) -> None:
    server = served(body, status)
    desk.sections["web"]["port"] = server.server_address[1]
    found = desk.look("--offline")["pages"]
    server.shutdown()
    server.server_close()
    assert found[0] == outcome
    assert words in found[1]


# ---- delivery


def test_a_mail_server_that_takes_us(desk: Desk, authority: trustme.CA) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    mailbox = Mailbox()
    options = {**starttls(context), **with_password("desk", "secret"), "auth_require_tls": True}
    (desk.folder / "password").write_text("secret\n")
    (desk.folder / "password").chmod(0o600)
    with mail_server(mailbox, **options) as port:
        desk.mail(port, smtp_security="starttls", smtp_user="desk", smtp_password_file="password")
        found = desk.look()
        assert found["mail"] == (
            "ok",
            f"127.0.0.1:{port}: connected, encrypted, signed in as desk; 1 readers",
        )
        assert found["secrets"][0] == "ok"
        (desk.folder / "password").write_text("wrong\n")
        (desk.folder / "password").chmod(0o644)
        found = desk.look()
        assert found["mail"][0] == "problem"
        assert "refuses the name or the password" in found["mail"][1]
        assert found["secrets"][0] == "warning"
    assert mailbox.accepted == []


def test_a_mail_server_without_encryption_or_that_is_down(desk: Desk) -> None:
    with mail_server(Mailbox()) as port:
        desk.mail(port, smtp_security="starttls")
        assert desk.look()["mail"][0] == "problem"
        desk.mail(port, smtp_security="tls")
        assert desk.look()["mail"][0] == "problem"
        desk.mail(port)
        assert desk.look()["mail"][0] == "ok"
    assert desk.look()["mail"][0] == "problem"


def test_folder_and_chat(desk: Desk) -> None:
    (desk.folder / "chat").write_text("json://127.0.0.1:1/secret\nnonsense\n")
    desk.sections["delivery"] = {"folder": "out", "chat_file": "chat"}
    found = desk.look("--offline")
    assert found["delivery folder"][0] == "ok"
    assert not (desk.folder / "out").exists()
    assert found["chat"][0] == "problem"
    assert "addresses 2 of" in found["chat"][1]
    (desk.folder / "out").write_text("a file")
    (desk.folder / "chat").write_bytes(b"\xff\xfe\x00")
    found = desk.look("--offline")
    assert found["delivery folder"][0] == "problem"
    assert found["delivery"][0] == "problem"

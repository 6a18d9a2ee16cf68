"""The service ends when it is told to, whatever is under way, and leaves nothing half-done."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from house import House
from service_house import FEW, MOVED_CLOCK, furnish_service, polls, rows, running, runs, said, wait_until

from newsroom.server import Newsroom

HANGING = Path(__file__).parent / "hanging_service.py"
SOON = (
    f'digest_time = "{datetime.now(UTC).astimezone(ZoneInfo("Asia/Ho_Chi_Minh")) + timedelta(hours=2):%H:%M}"'
)


@pytest.fixture
def deaf() -> Iterator[socket.socket]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listening:
        yield listening


def end(process: "subprocess.Popen[str]", number: signal.Signals = signal.SIGTERM) -> None:
    """Tell it to end; within ten seconds it has."""
    process.send_signal(number)
    assert process.wait(10) == 0


def is_whole(house: House) -> None:
    """The database is sound and nothing in it is left open."""
    with closing(sqlite3.connect(house.folder / "diembao.sqlite3")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert rows(house, "SELECT id FROM run WHERE ended_at IS NULL") == []
    assert rows(house, "SELECT id FROM job_run WHERE ended_at IS NULL") == []


def go_deaf(house: House, newsroom: Newsroom, deaf: socket.socket) -> None:
    """Lead every outlet to the server that says nothing."""
    file = house.folder / "settings.toml"
    port = deaf.getsockname()[1]
    text = file.read_text(encoding="utf-8").replace(f":127.0.0.1:{newsroom.port}", f":127.0.0.1:{port}")
    file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_while_hosts_do_not_answer(
    newsroom: Newsroom, deaf: socket.socket, tmp_path: Path, number: signal.Signals
) -> None:
    house = furnish_service(tmp_path / "house", newsroom)
    go_deaf(house, newsroom, deaf)
    with running(house) as process:
        wait_until(lambda: len(rows(house, "SELECT id FROM run")) == len(FEW), house)
        end(process, number)
    is_whole(house)
    assert {outcome for _, outcome in polls(house)} == {"interrupted"}
    assert rows(house, "SELECT DISTINCT outcome FROM run") == [("interrupted",)]


def test_runs_that_do_not_end_in_time_are_closed(
    newsroom: Newsroom, deaf: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIEMBAO_HANGS", "stop")
    house = furnish_service(tmp_path / "house", newsroom)
    go_deaf(house, newsroom, deaf)
    with running(house, sys.executable, str(HANGING), "run") as process:
        wait_until(lambda: len(rows(house, "SELECT id FROM run")) == len(FEW), house)
        end(process)
    assert "some requests did not end within 0 s and were dropped" in said(house)
    is_whole(house)
    assert rows(house, "SELECT DISTINCT outcome FROM run") == [("interrupted",)]


def test_while_a_worker_hangs_in_a_page(
    newsroom: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = furnish_service(tmp_path / "house", newsroom, "[extract]\ntime_limit_s = 300\n")
    monkeypatch.setenv("DIEMBAO_HANGS", "page")
    with running(house, sys.executable, str(HANGING), "run") as process:
        wait_until(lambda: rows(house, "SELECT id FROM snapshot"), house)
        time.sleep(1)  # a worker has one of them by then
        end(process)
    is_whole(house)
    assert rows(house, "SELECT id FROM revision") == []
    monkeypatch.delenv("DIEMBAO_HANGS")
    with running(house) as process:
        wait_until(lambda: len(rows(house, "SELECT id FROM revision")) > 10, house)
        end(process)
    is_whole(house)


def test_while_a_mail_server_does_not_answer(newsroom: Newsroom, deaf: socket.socket, tmp_path: Path) -> None:
    port = deaf.getsockname()[1]
    mail = (
        f'[schedule]\n{SOON}\n[delivery]\nmail_to = ["reader@example.org"]\nmail_from = "desk@example.org"\n'
        f'smtp_host = "127.0.0.1"\nsmtp_port = {port}\nsmtp_security = "none"\n'
    )
    house = furnish_service(tmp_path / "house", newsroom, mail)
    with running(house, sys.executable, str(MOVED_CLOCK), "run") as process:
        wait_until(lambda: len(polls(house)) == len(FEW), house)
        assert process.stdin is not None
        process.stdin.write("10800\n")
        process.stdin.flush()
        wait_until(lambda: rows(house, "SELECT id FROM delivery WHERE state = 'sending'"), house)
        end(process)
    is_whole(house)
    assert len(rows(house, "SELECT id FROM digest")) == 1
    assert rows(house, "SELECT state FROM delivery") == [("sending",)]  # tried again when its time is up


def test_while_the_digest_is_built(
    newsroom: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = furnish_service(tmp_path / "house", newsroom, f"[schedule]\n{SOON}\n")
    monkeypatch.setenv("DIEMBAO_HANGS", "digest")
    with running(house, sys.executable, str(HANGING), "run") as process:
        wait_until(lambda: len(polls(house)) == len(FEW), house)
        assert process.stdin is not None
        process.stdin.write("10800\n")
        process.stdin.flush()
        wait_until((house.folder / "building").exists, house)
        end(process)
    assert rows(house, "SELECT id FROM digest") == []
    monkeypatch.delenv("DIEMBAO_HANGS")
    with running(house, sys.executable, str(MOVED_CLOCK), "run") as process:
        wait_until(lambda: len(polls(house)) >= 3 * len(FEW), house)
        assert process.stdin is not None
        process.stdin.write("10800\n")
        process.stdin.flush()
        wait_until(lambda: rows(house, "SELECT id FROM digest"), house)
        wait_until(lambda: [outcome for outcome, _ in runs(house, "digest")][-1] == "done", house)
        end(process)
    is_whole(house)
    assert len(rows(house, "SELECT id FROM digest")) == 1


def test_a_poll_that_hangs_is_ended_and_its_source_told(
    newsroom: Newsroom, deaf: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One outlet hangs for longer than a run may take; the others are read meanwhile."""
    monkeypatch.setenv("DIEMBAO_HANGS", "poll")
    house = furnish_service(tmp_path / "house", newsroom)
    file = house.folder / "settings.toml"
    port = deaf.getsockname()[1]
    ways = [
        way.replace(f":127.0.0.1:{newsroom.port}", f":127.0.0.1:{port}") if "vietnamnews.vn" in way else way
        for way in newsroom.connect_to
    ]
    text = file.read_text(encoding="utf-8").replace(json.dumps(list(newsroom.connect_to)), json.dumps(ways))
    file.write_text(text.replace("[crawl]", "[crawl]\nrun_limit_min = 1\ntimeout_s = 600"), encoding="utf-8")
    with running(house, sys.executable, str(HANGING), "run") as process:
        wait_until(lambda: len(polls(house)) == len(FEW), house, within_s=90)
        assert dict(polls(house)) == {"vna-en": "done", "nhandan-vi": "done", "vns": "ended at its limit"}
        assert "vns: nothing new; run_limit: ended after 1 min, its limit" in said(house)
        [(outcome, reason)] = rows(house, "SELECT outcome, reason FROM run WHERE source = 'vns'")
        assert (outcome, reason) == ("failed", "run_limit: ended after 1 min, its limit")
        end(process)
    is_whole(house)

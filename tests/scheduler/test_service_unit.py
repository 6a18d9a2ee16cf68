"""The systemd unit, the commands around it, and what systemd is told while the service runs."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from crawler.declarations import load_sources
from scheduler.commands.app import app
from scheduler.commands.errors import CommandError
from scheduler.notify import notify, watchdog_s
from scheduler.settings import settings_from
from scheduler.unit import MARK, UNIT, Installation, installation, obstacles, unit_text, writable_folders

MOST_EXPOSED = 1.2
"""systemd-analyze's score for the system unit, 0 (closed) to 10."""


def plan(folder: Path, *, is_system: bool, **storage: str) -> Installation:
    settings = settings_from({"storage": storage}, folder, origin="test")
    return installation(settings, folder / "settings.toml", Path(sys.executable), is_system=is_system)


def analyze(*words: str, runtime: str = "/run") -> "subprocess.CompletedProcess[str]":
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not here")
    environment = os.environ | {"XDG_RUNTIME_DIR": runtime}  # a user's manager has one
    command = ["systemd-analyze", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("is_system", [True, False])
@pytest.mark.parametrize("name", ["desk", "bàn tin 100% $HOME \"x\" 'y' \\z"])
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path, is_system: bool, name: str) -> None:
    folder = tmp_path / name
    (folder / "data").mkdir(parents=True)
    unit = tmp_path / UNIT
    unit.write_text(unit_text(plan(folder, is_system=is_system)), encoding="utf-8")
    done = analyze("--system" if is_system else "--user", "verify", str(unit), runtime=str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_verify_sees_a_mistake(tmp_path: Path) -> None:
    unit = tmp_path / UNIT
    unit.write_text(
        unit_text(plan(tmp_path, is_system=True)).replace("ProtectSystem=strict", "ProtectSystm=1")
    )
    assert "ProtectSystm" in analyze("verify", str(unit)).stderr


def test_the_sandbox_is_tight(tmp_path: Path) -> None:
    unit = tmp_path / UNIT
    unit.write_text(unit_text(plan(tmp_path, is_system=True)))
    done = analyze("security", "--offline=yes", f"--threshold={MOST_EXPOSED * 10:.0f}", str(unit))
    assert done.returncode == 0, done.stdout


def test_it_may_write_where_it_keeps_things_and_nowhere_else(tmp_path: Path) -> None:
    data = {
        "storage": {"database": "sqlite:///data/d.sqlite3", "archive": "data/pages"},
        "delivery": {"folder": str(tmp_path / "out")},
        "log": {"file": str(tmp_path / "log" / "diembao.log")},
    }
    folders = writable_folders(settings_from(data, tmp_path / "etc", origin="test"))
    assert folders == [tmp_path / "etc" / "data", tmp_path / "log", tmp_path / "out"]
    data["storage"] = {"database": "postgresql://db/news", "archive": "/srv/pages"}
    assert Path("/srv/pages") in writable_folders(settings_from(data, tmp_path, origin="test"))


def test_a_closed_folder_is_an_obstacle(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    found = obstacles(Installation((str(closed / "bin" / "diembao"), "run"), None, tmp_path, (), True))
    assert any(f"cannot enter {closed}:" in sentence for sentence in found)


# ---- the commands, with a systemctl that writes down what it was told


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    programs, log = tmp_path / "bin", tmp_path / "told"
    programs.mkdir()
    (programs / "systemctl").write_text(
        f"""#!/bin/sh
case "$*" in
*show*) [ ! -e {tmp_path}/away ] || {{ echo "Failed to connect to bus" >&2; exit 1; }}; exit ;;
esac
echo "$*" >>{log}
[ ! -e {tmp_path}/refuses ]
"""
    )
    (programs / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "settings.toml").write_text("")
    return log


def call(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--settings", str(folder / "settings.toml"), "service", *words])


def unit_in(folder: Path) -> Path:
    return folder / "config" / "systemd" / "user" / UNIT


def test_install_and_uninstall(told: Path, tmp_path: Path) -> None:
    done = call(tmp_path, "install")
    assert done.exit_code == 0, done.output
    assert f"Wrote {unit_in(tmp_path)}." in done.output
    assert f"--settings {tmp_path}/settings.toml run" in unit_in(tmp_path).read_text()
    assert (tmp_path / "data").is_dir()
    assert told.read_text().splitlines() == [
        "--user daemon-reload",
        f"--user enable {UNIT}",
        f"--user restart {UNIT}",
    ]
    assert call(tmp_path, "install").exit_code == 0  # again, after an update
    assert call(tmp_path, "status").exit_code == 0
    told.unlink()
    assert call(tmp_path, "uninstall").exit_code == 0
    assert told.read_text().splitlines() == [f"--user disable --now {UNIT}", "--user daemon-reload"]
    assert not unit_in(tmp_path).exists()
    assert isinstance(call(tmp_path, "uninstall").exception, CommandError)
    assert (tmp_path / "data").is_dir()


@pytest.mark.parametrize("scope", ["--user", "--system"])
def test_a_dry_run_does_nothing(told: Path, tmp_path: Path, scope: str) -> None:
    before = sorted(tmp_path.rglob("*"))
    done = call(tmp_path, "install", scope, "--dry-run")
    assert done.exit_code == 0
    assert MARK in done.output
    assert ("User=diembao" in done.output) is (scope == "--system")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_unit_of_someone_else_is_left_alone(told: Path, tmp_path: Path) -> None:
    unit_in(tmp_path).parent.mkdir(parents=True)
    unit_in(tmp_path).write_text("[Service]\nExecStart=/bin/true\n")
    for word in ("install", "uninstall"):
        done = call(tmp_path, word)
        assert "was not written by this program" in str(done.exception)
    assert unit_in(tmp_path).read_text().startswith("[Service]")
    assert not told.exists()


def test_what_systemctl_refuses_is_said(told: Path, tmp_path: Path) -> None:
    (tmp_path / "refuses").touch()
    done = call(tmp_path, "install")
    assert str(done.exception) == "`systemctl --user daemon-reload` failed: exit code 1"


def test_a_systemd_that_does_not_answer_is_said_before_anything_is_written(
    told: Path, tmp_path: Path
) -> None:
    (tmp_path / "away").touch()
    assert "systemd does not answer here (Failed to connect to bus)" in str(
        call(tmp_path, "install").exception
    )
    assert not unit_in(tmp_path).exists()
    assert not (tmp_path / "data").exists()
    assert not told.exists()


def test_without_systemd_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "settings.toml").write_text("")
    assert "systemctl is not here" in str(call(tmp_path, "install").exception)
    assert not (tmp_path / "config").exists()


# ---- sd_notify


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as opened:
        opened.bind(str(tmp_path / "notify"))
        opened.settimeout(60)
        yield opened


def test_systemd_is_told_ready_alive_and_stopping(manager: socket.socket, tmp_path: Path) -> None:
    enabled = [source.id for source in load_sources().values() if source.is_enabled]
    (tmp_path / "settings.toml").write_text(f"[crawl]\ndisabled = {json.dumps(enabled)}\n[web]\nport = 0\n")
    environment = os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"}
    command = [sys.executable, "-m", "scheduler", "run"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL) as service:
        told = [manager.recv(100).decode() for _ in range(4)]
        service.send_signal(signal.SIGTERM)
        while told[-1] != "STOPPING=1":
            told.append(manager.recv(100).decode())
        assert service.wait(30) == 0
    assert sorted(told[:4]) == ["READY=1"] + ["WATCHDOG=1"] * 3


def test_without_systemd_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")


def test_a_manager_that_is_gone_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    notify("READY=1")
    assert "could not be told READY=1" in caplog.text


def test_an_abstract_socket_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"diembao-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as opened:
        opened.bind(f"\0{name}")
        opened.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        notify("STOPPING=1")
        assert opened.recv(100) == b"STOPPING=1"


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, 0),
        ({"WATCHDOG_USEC": "30000000"}, 30),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, 0),
        ({"WATCHDOG_USEC": "soon"}, 0),
    ],
)
def test_the_watchdogs_time(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], seconds: float
) -> None:
    for name in ("WATCHDOG_USEC", "WATCHDOG_PID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert watchdog_s() == seconds

"""The pages' process: where it listens, and when it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from storage.database import migrate
from web.access import is_loopback
from web.errors import HostBeyondLoopback, PortRefused, PortTaken, WebError
from web.ports import check_port, listen
from web.server import serve

ROOT = Path(__file__).parents[2]


@pytest.fixture
def url(tmp_path: Path) -> str:
    address = f"sqlite:///{tmp_path}/diembao.sqlite3"
    migrate(address)
    return address


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, within_s: float = 20) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as response:
                return bool(response.status == 200)
        except OSError:
            time.sleep(0.1)
    return False


def is_free(port: int, within_s: float = 15) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            check_port("127.0.0.1", port)
        except PortTaken:
            time.sleep(0.2)
        else:
            return True
    return False


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", "", "localhost.example"])
def test_anything_beyond_loopback_is_refused_in_one_sentence(url: str, host: str) -> None:
    with pytest.raises(HostBeyondLoopback) as caught, listen("127.0.0.1", 0) as listener:
        serve(url, host, listener, "Asia/Ho_Chi_Minh", "topic")
    assert isinstance(caught.value, WebError)
    assert str(caught.value).count(". ") == 0


def test_a_port_in_use_is_said() -> None:
    with listen("127.0.0.1", 0) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} on 127.0.0.1 is in use"):
            listen("127.0.0.1", port)
    check_port("127.0.0.1", port)


def test_a_port_that_is_none_is_said() -> None:
    with pytest.raises(PortRefused, match="Port 70000"):
        check_port("127.0.0.1", 70000)


def words(url: str, *more: str) -> list[str]:
    return [sys.executable, "-m", "web", "--database", url, "--topic", "topic", *more]


def test_it_serves_and_ends_when_told(url: str) -> None:
    port = free_port()
    with subprocess.Popen(words(url, "--port", str(port)), cwd=ROOT) as process:
        try:
            assert answers(port)
            process.terminate()
            process.wait(10)
            check_port("127.0.0.1", port)
        finally:
            process.kill()


def test_without_readers_it_ends_and_whoever_comes_waits_for_the_next(url: str) -> None:
    with listen("127.0.0.1", 0) as listener:
        port, handle = listener.getsockname()[1], listener.fileno()
        command = words(url, "--listener", str(handle), "--rest-after-min", "0.05")  # three seconds
        with subprocess.Popen(command, cwd=ROOT, pass_fds=[handle]) as process:
            assert answers(port)
            assert process.wait(20) == 0
        with socket.create_connection(("127.0.0.1", port), timeout=20) as early:
            early.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            with subprocess.Popen(command, cwd=ROOT, pass_fds=[handle]) as process:
                assert early.recv(100).startswith(b"HTTP/1.1 200")
                assert process.wait(20) == 0


def test_whoever_holds_a_connection_keeps_it_awake(url: str) -> None:
    with listen("127.0.0.1", 0) as listener:
        port, handle = listener.getsockname()[1], listener.fileno()
        command = words(url, "--listener", str(handle), "--rest-after-min", "0.02")
        with subprocess.Popen(command, cwd=ROOT, pass_fds=[handle]) as process:
            held = socket.create_connection(("127.0.0.1", port), timeout=20)
            with held, pytest.raises(subprocess.TimeoutExpired):
                process.wait(6)
            assert process.wait(20) == 0


STARTS_ONE = """
import subprocess, sys, time
subprocess.Popen(sys.argv[1:])
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process there keeps no parent")
def test_it_ends_when_its_service_is_killed(url: str, tmp_path: Path) -> None:
    port = free_port()
    service = subprocess.Popen(
        [sys.executable, "-c", STARTS_ONE, *words(url, "--port", str(port))], cwd=ROOT, start_new_session=True
    )
    try:
        assert answers(port)
        service.send_signal(signal.SIGKILL)
        service.wait()
        assert is_free(port)
    finally:
        with suppress(ProcessLookupError):  # what should have ended by itself
            os.killpg(service.pid, signal.SIGKILL)

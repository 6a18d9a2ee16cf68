"""The pages' process: where it listens, and when it ends."""

import multiprocessing
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
from web.ports import check_port
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
    with pytest.raises(HostBeyondLoopback) as caught:
        serve(url, host, free_port(), "Asia/Ho_Chi_Minh", "topic")
    assert isinstance(caught.value, WebError)
    assert str(caught.value).count(". ") == 0


def test_a_port_in_use_is_said(url: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} on 127.0.0.1 is in use"):
            serve(url, "127.0.0.1", port, "Asia/Ho_Chi_Minh", "topic")
    check_port("127.0.0.1", port)


def test_a_port_that_is_none_is_said() -> None:
    with pytest.raises(PortRefused, match="Port 70000"):
        check_port("127.0.0.1", 70000)


def test_it_serves_and_ends_when_told(url: str) -> None:
    port = free_port()
    process = multiprocessing.get_context("spawn").Process(
        target=serve, args=(url, "127.0.0.1", port, "Asia/Ho_Chi_Minh", "topic")
    )
    process.start()
    try:
        assert answers(port)
        process.terminate()
        process.join(10)
        assert not process.is_alive()
        check_port("127.0.0.1", port)
    finally:
        process.kill()


STARTS_ONE = """
import multiprocessing, sys, time
from web.server import serve
if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(
        target=serve, args=(sys.argv[1], "127.0.0.1", int(sys.argv[2]), "Asia/Ho_Chi_Minh", "topic")
    )
    process.start()
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process there keeps no parent")
def test_it_ends_when_its_service_is_killed(url: str, tmp_path: Path) -> None:
    script = tmp_path / "service.py"
    script.write_text(STARTS_ONE, encoding="utf-8")
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    service = subprocess.Popen(
        [sys.executable, str(script), url, str(port)], env=environment, start_new_session=True
    )
    try:
        assert answers(port)
        service.send_signal(signal.SIGKILL)
        service.wait()
        assert is_free(port)
    finally:
        with suppress(ProcessLookupError):  # what should have ended by itself
            os.killpg(service.pid, signal.SIGKILL)

"""``python -m newsroom``: says when it is ready and never outlives whoever started it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from newsroom import process
from newsroom.process import NewsroomDidNotStart, start_newsroom

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "newsroom", "--articles", str(Path(__file__).parent / "stories")]


def start(*arguments: str) -> tuple[subprocess.Popen[bytes], dict]:
    running = subprocess.Popen(
        [*COMMAND, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    assert running.stdout is not None
    return running, json.loads(running.stdout.readline())


def is_open(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def test_it_is_ready_soon_and_says_so_on_one_line(tmp_path: Path):
    began = time.monotonic()
    running, ready = start("--ca-file", str(tmp_path / "deep" / "ca.pem"))
    assert time.monotonic() - began < 30  # measured: 0.4 s, where nothing else runs
    assert ready["articles"] == 12
    assert ready["ca_file"] == str(tmp_path / "deep" / "ca.pem")
    assert "BEGIN CERTIFICATE" in Path(ready["ca_file"]).read_text()
    assert f"nhandan.vn:443:127.0.0.1:{ready['port']}" in ready["connect_to"]
    assert is_open(ready["port"])
    out, _ = running.communicate()  # closes standard input
    assert (running.returncode, out) == (0, b"")
    assert not is_open(ready["port"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_told(number: int):
    running, ready = start()
    os.kill(running.pid, number)
    assert running.wait(30) == 0
    assert not is_open(ready["port"])
    assert not Path(ready["ca_file"]).exists()  # its temporary folder is gone
    running.communicate()


@pytest.mark.parametrize("has_heir", [False, True], ids=["alone", "a sibling holds the pipe"])
def test_it_dies_with_a_killed_parent(has_heir: bool):
    heir = "subprocess.Popen(['sleep', '60'], pass_fds=[child.stdin.fileno()], stdout=subprocess.DEVNULL).pid"
    script = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen({COMMAND!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        f"heir = {heir if has_heir else 0}\n"
        "print(child.stdout.readline().decode().strip(), heir, sep='\\n', flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT)
    assert parent.stdout is not None
    port = json.loads(parent.stdout.readline())["port"]
    heir_pid = int(parent.stdout.readline())
    assert is_open(port)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 30
    while is_open(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    outlived = is_open(port)
    if has_heir:
        os.kill(heir_pid, signal.SIGKILL)
    parent.communicate()
    assert not outlived


def test_a_null_input_is_no_goodbye():
    running = subprocess.Popen(COMMAND, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=ROOT)
    assert running.stdout is not None
    port = json.loads(running.stdout.readline())["port"]
    time.sleep(1.2)
    assert is_open(port)
    running.terminate()
    assert running.wait(30) == 0
    running.communicate()


def test_what_cannot_be_served_is_one_sentence(tmp_path: Path):
    (tmp_path / "wrong.toml").write_text('story = "other"', "utf-8")
    failed = subprocess.run(
        [*COMMAND[:4], str(tmp_path)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert failed.returncode == 1
    assert failed.stdout == ""
    assert failed.stderr.startswith("wrong.toml: ")
    assert len(failed.stderr.splitlines()) == 1


def test_the_demos_way_to_start_it(tmp_path: Path):
    with start_newsroom(tmp_path) as running:
        assert is_open(running.port)
        assert running.ca_file == tmp_path / "newsroom-ca.pem"
        assert running.article_count > 0
        assert f"vietnamnews.vn:443:127.0.0.1:{running.port}" in running.connect_to
        assert running.is_running
    assert not running.is_running
    assert not is_open(running.port)
    running.stop()  # harmless


def test_a_process_that_fails_is_told_with_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    failing = tmp_path / "python"
    failing.write_text("#!/bin/sh\necho first >&2\necho the last words >&2\nexit 1\n")
    failing.chmod(0o700)
    monkeypatch.setattr(process.sys, "executable", str(failing))
    with pytest.raises(NewsroomDidNotStart, match="the last words") as caught:
        start_newsroom(tmp_path)
    assert caught.value.log == "first\nthe last words\n"

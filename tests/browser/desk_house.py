"""The pages' process over a copy of what a crawl left, as the browser tests need it."""

import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

TOPIC = "party_in_enterprises"


@dataclass
class Desk:
    """The pages of one test: their address, and the folder with database and archive."""

    home: str
    folder: Path

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.folder}/diembao.sqlite3"


def copy_of(source: Path, to: Path) -> None:
    """The database and the archive of ``source`` once more, in ``to``."""
    with sqlite3.connect(source / "diembao.sqlite3") as old, sqlite3.connect(to / "diembao.sqlite3") as new:
        old.backup(new)
    shutil.copytree(source / "pages", to / "pages", dirs_exist_ok=True)
    shutil.copy(source / "settings.toml", to)


def serve(desk: Desk, *words: str) -> "subprocess.Popen[bytes]":
    """The pages' process; waits until it answers."""
    port = desk.home.rpartition(":")[2]
    options = ["--database", desk.database_url, "--port", port, "--topic", TOPIC, *words]
    process = subprocess.Popen([sys.executable, "-m", "web", *options], cwd=desk.folder)
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"{desk.home}/healthz", timeout=2):
                return process
        except OSError:
            assert process.poll() is None, "the pages ended"
            time.sleep(0.1)
    raise AssertionError("the pages do not answer")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""A service of a few sources, and what its database says of it."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from house import House, elsewhere, furnish

from crawler.declarations import load_sources
from newsroom.server import Newsroom

FEW = ("vna-en", "vns", "nhandan-vi")
MOVED_CLOCK = Path(__file__).parent / "moved_clock.py"


def furnish_service(
    folder: Path, newsroom: Newsroom, more: str = "", sources: tuple[str, ...] = FEW
) -> House:
    """A house whose service follows ``sources``; ``more`` is added to its settings."""
    house = furnish(folder, newsroom)
    file = house.folder / "settings.toml"
    off = [source.id for source in load_sources().values() if source.is_enabled and source.id not in sources]
    text = file.read_text(encoding="utf-8").replace(json.dumps(elsewhere()), json.dumps(off))
    file.write_text(text + more, encoding="utf-8")
    return house


@contextmanager
def running(house: House, *command: str) -> Iterator["subprocess.Popen[str]"]:
    """The service, in a process of its own, until the context ends; its words are in service.log."""
    words = command or (sys.executable, "-m", "scheduler", "run")
    with (house.folder / "service.log").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            words,
            cwd=house.folder,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
            if process.poll() is None:
                process.kill()
                process.wait()
            if process.stdin:
                process.stdin.close()


def said(house: House) -> str:
    """What the service has written so far."""
    return (house.folder / "service.log").read_text(encoding="utf-8")


def rows(house: House, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
    """What the database answers; nothing before it is there."""
    try:
        with closing(sqlite3.connect(house.folder / "diembao.sqlite3", timeout=10)) as database:
            return database.execute(query, arguments).fetchall()
    except sqlite3.OperationalError:
        return []


def polls(house: House) -> list[tuple[str, str]]:
    """Source and outcome of each poll that has ended, in the order of their beginning."""
    query = "SELECT source, outcome FROM job_run WHERE job = 'poll' AND ended_at IS NOT NULL ORDER BY id"
    return [(source, outcome) for source, outcome in rows(house, query)]


def runs(house: House, job: str) -> list[tuple[str, str]]:
    """Outcome and reason of each run of a job that has ended."""
    query = "SELECT outcome, why FROM job_run WHERE job = ? AND ended_at IS NOT NULL ORDER BY id"
    return [(outcome, why) for outcome, why in rows(house, query, job)]


def wait_until(is_so: Callable[[], Any], house: House, within_s: float = 60) -> None:
    """Until ``is_so()``; fails with the service's own words after ``within_s``."""
    ends_at = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < ends_at, said(house)
        time.sleep(0.1)

"""What the service costs while nothing is due: memory of each process, and CPU over a minute.

    .venv/bin/python benchmarks/idle.py [--sources 60] [--settle 140] [--seconds 60]

On a database that is there already, as at every start but the first. 60 bundled sources, all led to the
newsroom on loopback, which plays some of them; the others fail to be verified and are left alone for two
hours. Once each has been polled and the workers and the pages have had time to end (the pages rest after a
minute here, not after thirty), the whole process tree is measured from /proc (Linux). RSS adds shared pages
up, PSS counts them once.
"""

import argparse
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from crawl_tree import descendants, process_memory, process_ticks

from crawler.declarations import load_sources
from newsroom.articles import load_articles
from newsroom.server import Newsroom
from storage.database import migrate

SETTINGS = """\
[storage]
database = "sqlite:///d.sqlite3"
archive = "pages"
[crawl]
delay_scale = 0.005
enabled = {enabled}
disabled = {disabled}
[network]
connect_to = {connect_to}
ca_file = "{ca_file}"
[schedule]
poll_interval_min = 120
[web]
port = 0
rest_after_min = 1
"""
POLLED = "SELECT count(DISTINCT source) FROM job_run WHERE job = 'poll' AND ended_at IS NOT NULL"
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sources", type=int, default=60)
    parser.add_argument("--settle", type=float, default=140, help="seconds of rest before measuring")
    parser.add_argument("--seconds", type=float, default=60, help="how long CPU time is counted")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="diembao-idle-") as name:
        folder = Path(name)
        with Newsroom(
            load_articles(datetime.now(UTC)), now=datetime.now(UTC), folder_for_certificates=folder
        ) as newsroom:
            _furnish(folder, newsroom, options.sources)
            migrate(f"sqlite:///{folder / 'd.sqlite3'}")
            with (folder / "log").open("w") as log:
                command = [sys.executable, "-m", "scheduler", "run"]
                service = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
            try:
                _wait_for_polls(service, folder, options.sources)
                time.sleep(options.settle)
                _measure(service.pid, options.seconds)
            finally:
                service.send_signal(signal.SIGTERM)
                service.wait(20)


def _furnish(folder: Path, newsroom: Newsroom, count: int) -> None:
    sources = sorted(load_sources().values(), key=lambda source: (not source.is_enabled, source.id))
    followed, left = sources[:count], sources[count:]
    played = {way.split(":")[0] for way in newsroom.connect_to}
    ways = list(newsroom.connect_to)
    for host in sorted({host for source in followed for host in source.hosts} - played):
        ways += [f"{host}:{port}:127.0.0.1:{newsroom.port}" for port in (80, 443)]
    (folder / "settings.toml").write_text(
        SETTINGS.format(
            enabled=json.dumps([source.id for source in followed if not source.is_enabled]),
            disabled=json.dumps([source.id for source in left if source.is_enabled]),
            connect_to=json.dumps(ways),
            ca_file=newsroom.ca_file,
        ),
        encoding="utf-8",
    )


def _wait_for_polls(service: "subprocess.Popen[bytes]", folder: Path, count: int) -> None:
    polled = 0
    while polled < count:
        if service.poll() is not None:
            sys.exit((folder / "log").read_text())
        time.sleep(1)
        try:
            with closing(sqlite3.connect(folder / "d.sqlite3", timeout=10)) as database:
                [(polled,)] = database.execute(POLLED)
        except sqlite3.OperationalError:
            continue


def _measure(pid: int, seconds: float) -> None:
    before = {each: process_ticks(each) for each in descendants(pid)}
    time.sleep(seconds)
    pids = descendants(pid)
    print(f"{'process':44} {'RSS MB':>8} {'PSS MB':>8} {'CPU %':>8}")
    rss = pss = cpu = 0.0
    for each in pids:
        own_rss, own_pss = (value / 1e6 for value in process_memory(each))
        own_cpu = (process_ticks(each) - before.get(each, 0)) / _TICKS_PER_S / seconds * 100
        rss, pss, cpu = rss + own_rss, pss + own_pss, cpu + own_cpu
        print(f"{_command(each):44.44} {own_rss:8.1f} {own_pss:8.1f} {own_cpu:8.2f}")
    print(f"{'all ' + str(len(pids)):44} {rss:8.1f} {pss:8.1f} {cpu:8.2f}")


def _command(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "ended"
    return f"{pid} {' '.join(words[1:])}"


if __name__ == "__main__":
    main()

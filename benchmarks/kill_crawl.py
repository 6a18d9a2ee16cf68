"""kill -9 at random moments of a crawl, started again each time: is every article there, once?

    .venv/bin/python benchmarks/kill_crawl.py [--kills 50] [--articles 500] [--seed 1]

Prints the moments, and at the end what is stored against what the outlets have. Exit code 1 where
anything is missing, doubled or without a fate.
"""

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from newsroom.articles import Article, make_article
from newsroom.server import Newsroom

OUTLETS = ("vna-en", "nhandan-en", "vietnamvn-en")
SETTINGS = """\
[storage]
database = "sqlite:///diembao.sqlite3"
archive = "pages"
[crawl]
delay_scale = 0.02
pages_per_run = 1000
[network]
connect_to = {connect_to}
ca_file = {ca_file}
"""
PARAGRAPH = (
    "The Party committee of industrial park number {number} admitted {number} workers of private enterprises "
    "to the Party in the first nine months, and {number} more are in training, its secretary said. "
)


def main() -> int:
    """Run the experiment; 0 where nothing was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--articles", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    articles = invent(options.articles)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Newsroom(articles, now=datetime.now(UTC), folder_for_certificates=folder) as newsroom:
            (folder / "settings.toml").write_text(
                SETTINGS.format(
                    connect_to=json.dumps(list(newsroom.connect_to)),
                    ca_file=json.dumps(str(newsroom.ca_file)),
                )
            )
            kill_again_and_again(folder, options.kills, random.Random(options.seed))
            subprocess.run(command(), cwd=folder, check=True, stdout=subprocess.DEVNULL)
        return report(folder, articles)


def invent(count: int) -> list[Article]:
    """``count`` different articles, spread over the outlets and over the last day."""
    now = datetime.now(UTC)
    return [
        make_article(
            OUTLETS[number % len(OUTLETS)],
            f"Industrial park {number} admits workers",
            "\n\n".join(PARAGRAPH.format(number=number + part) for part in range(5)),
            now - timedelta(minutes=number % 600 + 10),
            story=f"park-{number}",
            id=100_000 + number,
        )
        for number in range(count)
    ]


def command() -> list[str]:
    """The crawl as a user types it."""
    return [sys.executable, "-m", "scheduler", "crawl", *OUTLETS]


def kill_again_and_again(folder: Path, kills: int, chance: random.Random) -> None:
    """Start the crawl ``kills`` times and end each with SIGKILL at a random moment.

    The moment is a number of pages further on, or, one time in five, any instant of the start.
    """
    for number in range(1, kills + 1):
        before = count(folder, "snapshot")
        process = subprocess.Popen(
            command(), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        started_s = time.monotonic()
        goal = before + chance.randint(1, 20)
        give_up_s = chance.uniform(0.5, 4) if chance.random() < 0.2 else 30
        while count(folder, "snapshot") < goal and time.monotonic() - started_s < give_up_s:
            time.sleep(chance.uniform(0, 0.02))
            if process.poll() is not None:
                break
        had_ended = process.poll() is not None
        if not had_ended:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
        note = " (the crawl had ended)" if had_ended else ""
        after_s = time.monotonic() - started_s
        print(
            f"kill {number:3} after {after_s:5.2f} s: {count(folder, 'snapshot')} pages stored{note}",
            flush=True,
        )


def count(folder: Path, table: str) -> int:
    """Rows of ``table``; 0 before the first migration."""
    try:
        with sqlite3.connect(folder / "diembao.sqlite3") as database:
            rows: int = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            return rows
    except sqlite3.OperationalError:
        return 0


def report(folder: Path, articles: list[Article]) -> int:
    """Compare what is stored with what the outlets have."""
    with sqlite3.connect(folder / "diembao.sqlite3") as database:
        stored = Counter(url for (url,) in database.execute("SELECT url FROM article"))
        fates = dict(database.execute("SELECT fate, count(*) FROM entry GROUP BY fate"))
        entries = database.execute("SELECT count(*) FROM entry").fetchone()[0]
        listed = database.execute("SELECT coalesce(sum(listed), 0) FROM run").fetchone()[0]
        damaged = database.execute("PRAGMA integrity_check").fetchone()[0]
    expected = {article.url for article in articles}
    missing = expected - set(stored)
    doubled = {url for url, times in stored.items() if times > 1}
    print(f"{len(articles)} articles, {len(stored)} stored, {len(missing)} missing, {len(doubled)} doubled")
    print(f"fates: {fates}, in all {sum(fates.values())} of {entries} entries; integrity: {damaged}")
    print(f"new entries by the runs' own count: {listed}")
    is_well = not missing and not doubled and "pending" not in fates and damaged == "ok" and listed == entries
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())

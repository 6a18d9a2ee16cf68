"""The world in which ``soak.py`` lets the service live: outlets, a mail server, a clock, and what must hold.

The service is the real one, started as a user starts it; the outlets and the mail server are on loopback.
"""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller

from crawler.declarations import load_sources
from newsroom.articles import Article, make_article
from newsroom.server import Newsroom
from storage.archive import Archive, ArchivedPage
from storage.errors import StorageError

ROOT = Path(__file__).parents[1]
OUTLETS = ("vna-en", "nhandan-en", "vns")
READER = "reader@desk.example"
SETTINGS = """\
[storage]
database = "sqlite:///{data}/diembao.sqlite3"
archive = "{data}/pages"
[crawl]
delay_scale = {delay_scale}
disabled = {disabled}
timeout_s = 600
[extract]
time_limit_s = {time_limit_s}
[schedule]
digest_time = "{digest_time}"
poll_interval_min = {poll_interval_min}
[delivery]
mail_to = ["{reader}"]
mail_from = "diembao@press.example"
smtp_host = "127.0.0.1"
smtp_port = {smtp_port}
smtp_security = "none"
[network]
connect_to = {connect_to}
ca_file = "{ca_file}"
[web]
port = {web_port}
"""
PARAGRAPH = (
    "The Party committee of industrial park number {number} admitted {number} workers of private enterprises "
    "to the Party in the first nine months, and {number} more are in training, its secretary said. "
)


@dataclass
class Mailbox:
    """What the mail server took: (reader, Message-ID), as often as it came."""

    taken: list[tuple[str, str]] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Take the message."""
        identity = message_from_bytes(envelope.content)["Message-ID"].strip()
        self.taken += [(reader, identity) for reader in envelope.rcpt_tos]
        return "250 taken"


class World:
    """Outlets that publish, a mail server, and the service; everything in ``folder``.

    ``speed`` is how many of the service's seconds pass in one of ours.
    """

    def __init__(self, folder: Path, speed: float = 1.0, **settings: Any) -> None:
        self.folder, self.speed = folder, speed
        self.data = Path(settings.pop("data", folder / "data"))
        self.begin = time.time()
        self.shift = 0.0
        self.published: list[Article] = []
        self.mailbox = Mailbox()
        self.service: subprocess.Popen[bytes] | None = None
        self.starts = 0
        self._settings = settings
        self._smtp_port, self.web_port = free_port(), free_port()
        self._mail: Controller | None = None

    def __enter__(self) -> Self:
        self.data.mkdir(parents=True, exist_ok=True)
        self.newsroom = Newsroom([], now=datetime.now(UTC), folder_for_certificates=self.folder)
        self.newsroom.__enter__()
        self.set_clock()
        self.mail_up()
        self._write_settings()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.mail_down()
        self.newsroom.__exit__(None, None, None)

    def _write_settings(self) -> None:
        facts = {
            "delay_scale": 0.02,
            "time_limit_s": 10 if self.speed == 1 else 300,
            "digest_time": "07:00",
            "poll_interval_min": 0,
        } | self._settings
        disabled = [
            source.id for source in load_sources().values() if source.is_enabled and source.id not in OUTLETS
        ]
        written = SETTINGS.format(
            data=self.data,
            disabled=json.dumps(disabled),
            reader=READER,
            smtp_port=self._smtp_port,
            connect_to=json.dumps(list(self.newsroom.connect_to)),
            ca_file=self.newsroom.ca_file,
            web_port=self.web_port,
            **facts,
        )
        (self.folder / "settings.toml").write_text(written, encoding="utf-8")

    # ---- the clock

    def now(self) -> datetime:
        """The service's present."""
        moment = self.begin + (time.time() - self.begin) * self.speed + self.shift
        return datetime.fromtimestamp(moment, UTC)

    def set_clock(self, shift_s: float = 0.0) -> None:
        """Move the service's wall clock to ``shift_s`` seconds from the right time."""
        self.shift = shift_s
        file = self.folder / "clock.new"
        file.write_text(f"{self.begin} {self.speed} {shift_s}")
        file.replace(self.folder / "clock")

    def wait(self, until: Callable[[], bool], within_s: float) -> bool:
        """Whether ``until`` came true within so many of our seconds."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if until():
                return True
            time.sleep(0.2)
        return until()

    # ---- outlets and mail

    def publish(self, count: int = 1) -> None:
        """``count`` new articles on the topic, each about an event of its own."""
        for _ in range(count):
            number = len(self.published) + 1
            article = make_article(
                OUTLETS[number % len(OUTLETS)],
                f"Industrial park {number} admits {number} workers",
                "\n\n".join(PARAGRAPH.format(number=number + part) for part in range(5)),
                self.now().replace(microsecond=0) - timedelta(seconds=20),
                story=f"park-{number}",
                id=100_000 + number,
            )
            self.published.append(article)
            self.newsroom.publish(article)

    def mail_up(self) -> None:
        """The mail server answers."""
        self._mail = Controller(self.mailbox, hostname="127.0.0.1", port=self._smtp_port)
        self._mail.start()

    def mail_down(self) -> None:
        """Nobody listens at the mail server's port."""
        if self._mail is not None:
            self._mail.stop()
            self._mail = None

    # ---- the service

    def start(self, *, waits: bool = True) -> None:
        """Start the service; with ``waits`` return when its pages answer."""
        self.starts += 1
        log = (self.folder / "service.log").open("ab")
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join((str(ROOT / "benchmarks" / "clock"), str(ROOT))),
            "SOAK_CLOCK": str(self.folder / "clock"),
        }
        self.service = subprocess.Popen(
            [sys.executable, "-m", "scheduler", "run"],
            cwd=self.folder,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        if waits and not self.wait(self.answers, 60):
            raise SystemExit(f"the service did not start; see {self.folder}/service.log")

    def answers(self) -> bool:
        """Whether the pages' port can be connected to."""
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.web_port)) == 0

    def stop(self) -> float | None:
        """SIGTERM; seconds until the service had ended, None where none ran. SIGKILL after 30."""
        if self.service is None:
            return None
        began = time.monotonic()
        self.service.send_signal(signal.SIGTERM)
        try:
            self.service.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
        self.service = None
        return time.monotonic() - began

    def kill(self) -> None:
        """SIGKILL for the service's first process alone."""
        if self.service is not None:
            self.service.kill()
            self.service.wait()
            self.service = None

    def tree(self) -> list[int]:
        """The processes of the service, its first one first."""
        if self.service is None or self.service.poll() is not None:
            return []
        found = [self.service.pid]
        for pid in found:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                try:
                    found += [int(child) for child in children.read_text().split()]
                except OSError:
                    continue
        return found

    # ---- what must hold

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of the service's database; none before there is one."""
        file = self.data / "diembao.sqlite3"
        try:
            with sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=60) as database:
                return database.execute(sql, values).fetchall()
        except sqlite3.OperationalError:
            return []

    def ask_for_polls(self) -> None:
        """Every outlet is to be polled now, asked as the pages ask it."""
        file = self.data / "diembao.sqlite3"
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(file, timeout=5)) as database:
            for source in OUTLETS:
                database.execute(
                    "INSERT INTO wish (kind, source, asked_by, asked_at, facts) "
                    "SELECT 'poll', id, '', ?, '{}' FROM source "
                    "WHERE id = ? AND NOT EXISTS (SELECT 1 FROM wish WHERE source = ? AND ended_at IS NULL)",
                    (f"{self.now():%Y-%m-%d %H:%M:%S.%f}", source, source),
                )
            database.commit()

    def has_all(self) -> bool:
        """Whether everything published is stored, read and judged."""
        rows = self.query(
            "SELECT count(DISTINCT a.url) FROM article a JOIN revision r ON r.article_id = a.id"
        )
        judged = self.query("SELECT count(*) FROM flag WHERE grade > 0")
        return bool(rows) and rows[0][0] >= len(self.published) and judged[0][0] >= len(self.published)

    def lost(self) -> list[str]:
        """Everything that does not hold, a line each."""
        found = [*self._lost_articles(), *self._lost_digests(), *self._damaged()]
        return [line for line in found if line]

    def _lost_articles(self) -> list[str]:
        stored = Counter(url for (url,) in self.query("SELECT url FROM article"))
        expected = {article.url for article in self.published}
        flagged = self.query("SELECT count(*) FROM flag WHERE grade > 0")[0][0]
        fates = dict(self.query("SELECT fate, count(*) FROM entry GROUP BY fate"))
        return [
            f"{len(expected - set(stored))} articles missing" if expected - set(stored) else "",
            f"{sum(times > 1 for times in stored.values())} articles doubled"
            if max(stored.values(), default=0) > 1
            else "",
            f"{flagged} flagged of {len(expected)}" if flagged != len(expected) else "",
            f"fates {fates}" if set(fates) - {"fetched"} else "",
        ]

    def _lost_digests(self) -> list[str]:
        days = [on for (on,) in self.query('SELECT "on" FROM digest')]
        in_two = self.query("SELECT article_id FROM digest_article GROUP BY article_id HAVING count(*) > 1")
        sent = Counter(identity for _, identity in set(self.mailbox.taken))
        built = {f"<digest-{on}" for on in days}
        came = {identity[: len("<digest-2026-11-22")] for identity in sent}
        return [
            f"{len(in_two)} articles in two digests" if in_two else "",
            f"digests not sent: {sorted(built - came)}" if built - came else "",
            f"digests sent twice: {len(sent) - len(came)}" if len(sent) != len(came) else "",
        ]

    def _damaged(self) -> list[str]:
        verdict = self.query("PRAGMA integrity_check")
        unreadable = 0
        archive = Archive(self.data / "pages")
        for file, offset, length in self.query(
            "SELECT archive_file, archive_offset, archive_length FROM snapshot"
        ):
            try:
                archive.load(ArchivedPage(file=file, offset=offset, length=length))
            except StorageError:
                unreadable += 1
        return [
            "" if verdict == [("ok",)] else f"the database is damaged: {verdict}",
            f"{unreadable} pages cannot be read back" if unreadable else "",
        ]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])

"""Crawls of a newsroom full of traps by the product's own command, and what the database says after."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from newsroom.server import Newsroom

_SETTINGS = """\
[storage]
database = "sqlite:///diembao.sqlite3"
archive = "pages"
[crawl]
delay_scale = 0.004
lookback_days = 3
timeout_s = {timeout_s}
retries = 0
concurrent_sources = 12
sources_folder = "declarations"
[extract]
time_limit_s = 30
[network]
connect_to = {connect_to}
ca_file = "{ca_file}"
"""
_PAGES = """\
SELECT entry.source, entry.url, entry.title AS listed_title, entry.fate, entry.fate_detail, entry.attempts,
    entry.published_at AS listed_as_published_at, extraction.rejection_reason, extraction.rejection_detail,
    revision.title, revision.lead, revision.text, revision.published_at, revision.published_from,
    (SELECT count(*) FROM snapshot AS every WHERE every.entry_id = entry.id) AS snapshots
FROM entry
LEFT JOIN snapshot ON snapshot.entry_id = entry.id
    AND snapshot.id = (SELECT max(id) FROM snapshot WHERE entry_id = entry.id)
LEFT JOIN extraction ON extraction.snapshot_id = snapshot.id
LEFT JOIN revision ON revision.id = extraction.revision_id
"""


@dataclass(frozen=True)
class Page:
    """What became of one listed address."""

    source: str
    url: str
    listed_title: str | None
    fate: str
    fate_detail: str
    attempts: int
    listed_as_published_at: str | None
    rejection_reason: str | None
    rejection_detail: str | None
    title: str | None
    lead: str | None
    text: str | None
    published_at: str | None
    published_from: str | None
    snapshots: int

    @property
    def outcome(self) -> str:
        """One word for it: stored, a Fate, or a RejectionReason; waiting for another try is said."""
        if self.fate == "pending":
            return f"waits: {self.fate_detail.partition(':')[0]}" if self.attempts else "waits"
        if self.fate == "fetched":
            return "stored" if self.title else f"rejected: {self.rejection_reason}"
        return self.fate

    @property
    def detail(self) -> str:
        return self.rejection_detail or self.fate_detail


@dataclass(frozen=True)
class Run:
    """How the last Run of a source ended."""

    source: str
    outcome: str
    reason: str
    requests: int


class TrapHouse:
    """A folder with settings, declarations and a database of its own."""

    def __init__(self, folder: Path, newsroom: Newsroom, timeout_s: int) -> None:
        self.folder = folder
        self.output = ""
        (folder / "declarations").mkdir(parents=True)
        settings = _SETTINGS.format(
            connect_to=json.dumps(newsroom.connect_to), ca_file=newsroom.ca_file, timeout_s=timeout_s
        )
        (folder / "settings.toml").write_text(settings, encoding="utf-8")

    def declare(self, source: str, home: str, language: str, article: str, feeds: Sequence[str]) -> None:
        """A source of feeds, in the markup of the newsroom CMS."""
        listings = "".join(f'[[listing]]\nkind = "feed"\nurl = "{url}"\n' for url in feeds)
        declared = f'name = "{source}"\nhome = "{home}"\nlanguages = ["{language}"]\nfamily = "zce"\n'
        declared += f"article = '{article}'\n{listings}"
        (self.folder / "declarations" / f"{source}.toml").write_text(declared, encoding="utf-8")

    def crawl(self, *sources: str) -> None:
        """``diembao crawl SOURCE...``; its output is kept."""
        done = subprocess.run(
            [sys.executable, "-m", "scheduler", "crawl", *sources],
            cwd=self.folder,
            env=os.environ | {"COLUMNS": "200", "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
        self.output += done.stdout + done.stderr
        assert done.returncode == 0, self.output

    def let_time_pass(self, urls: Sequence[str]) -> None:
        """What waits for another try at ``urls`` may be tried now."""
        connection = sqlite3.connect(self.folder / "diembao.sqlite3")
        with connection:
            for url in urls:
                connection.execute("UPDATE entry SET next_try_at = NULL WHERE url = ?", (url,))
        connection.close()

    def pages(self) -> dict[str, Page]:
        """Every Entry by its address."""
        return {row["url"]: Page(**row) for row in self._rows(_PAGES)}

    def runs(self) -> dict[str, Run]:
        """The last Run by source."""
        query = "SELECT source, outcome, coalesce(reason, '') AS reason, requests FROM run ORDER BY id"
        return {row["source"]: Run(**row) for row in self._rows(query)}

    def problems(self) -> dict[str, str]:
        """What was wrong with each listing, by address; "" where nothing was."""
        query = "SELECT url, coalesce(problem, '') AS problem FROM listing"
        return {row["url"]: row["problem"] for row in self._rows(query)}

    def _rows(self, query: str) -> list[dict]:  # type: ignore[type-arg]
        connection = sqlite3.connect(self.folder / "diembao.sqlite3")
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute(query)]
        connection.close()
        return rows


def moment(written: str | None) -> datetime | None:
    """A time as SQLite keeps it, in UTC."""
    return datetime.fromisoformat(written).replace(tzinfo=UTC) if written else None

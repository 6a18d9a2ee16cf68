"""The product as its user runs it: commands in processes of their own, against the newsroom."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crawler.declarations import load_sources
from newsroom.outlets import OUTLETS
from newsroom.server import Newsroom

SETTINGS = """\
[storage]
database = "sqlite:///diembao.sqlite3"
archive = "pages"
[crawl]
delay_scale = {delay_scale}
lookback_days = {lookback_days}
disabled = {disabled}
sources_folder = "{sources_folder}"
[network]
connect_to = {connect_to}
ca_file = "{ca_file}"
[web]
port = 0
"""


@dataclass
class House:
    """A folder with settings.toml and data, and the commands run in it."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def diembao(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "scheduler", *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
            **options,
        )

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "scheduler", *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def digest(self) -> dict[str, Any]:
        done = self.diembao("digest", "--format", "json")
        assert done.returncode == 0, done.stderr
        digest: dict[str, Any] = json.loads(done.stdout)
        return digest


def furnish(
    folder: Path,
    newsroom: Newsroom,
    *,
    delay_scale: float = 0.004,
    sources_folder: str = "",
    lookback_days: int = 3,
) -> House:
    """Settings in ``folder`` that lead every outlet's hosts to ``newsroom``."""
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "settings.toml").write_text(
        SETTINGS.format(
            delay_scale=delay_scale,
            lookback_days=lookback_days,
            disabled=json.dumps(elsewhere()),
            connect_to=json.dumps(list(newsroom.connect_to)),
            ca_file=newsroom.ca_file,
            sources_folder=sources_folder,
        ),
        encoding="utf-8",
    )
    return House(folder)


def elsewhere() -> list[str]:
    """The enabled sources that the newsroom does not play."""
    return [source.id for source in load_sources().values() if source.is_enabled and source.id not in OUTLETS]


def kill(process: "subprocess.Popen[str]") -> None:
    """kill -9 of the process alone, as the system does when memory is short."""
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout:
        process.stdout.close()
    if process.stderr:
        process.stderr.close()


def urls(entries: Sequence[dict[str, Any]]) -> set[str]:
    """The addresses of all articles in a digest's entries."""
    return {article["url"] for entry in entries for article in entry["articles"]}

"""Snapshots for tests of extraction: from recordings, and from mark-up written in a test."""

import gzip
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from crawler.source import Hints, Source
from storage.models import Snapshot

RECORDINGS = Path(__file__).parents[1] / "recordings"
FETCHED_AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def recordings() -> list[Path]:
    """The folder of each recording."""
    return sorted(file.parent for file in RECORDINGS.glob("*/*/snapshot.toml"))


def recorded_snapshot(folder: Path) -> Snapshot:
    """The Snapshot that a recording's folder holds."""
    facts = tomllib.loads((folder / "snapshot.toml").read_text(encoding="utf-8"))
    return Snapshot(
        source=folder.parent.name,
        requested_url=facts["url"],
        final_url=facts["url"],
        status=200,
        headers=(("Content-Type", facts["content_type"]),),
        body=_page(folder),
        fetched_at=facts["fetched_at"],
    )


def _page(folder: Path) -> bytes:
    """As written by hand, or as `diembao sources record` keeps it."""
    plain = folder / "page.html"
    return plain.read_bytes() if plain.exists() else gzip.decompress((folder / "page.html.gz").read_bytes())


def snapshot(
    page: str | bytes,
    url: str = "https://baomau.example/bai-viet-a100.html",
    content_type: str = "text/html; charset=utf-8",
    fetched_at: datetime = FETCHED_AT,
) -> Snapshot:
    """A Snapshot of ``page`` as an outlet would have sent it."""
    return Snapshot(
        source="baomau",
        requested_url=url,
        final_url=url,
        status=200,
        headers=(("Content-Type", content_type),),
        body=page.encode() if isinstance(page, str) else page,
        fetched_at=fetched_at,
    )


def source(hints: Hints | None = None, languages: tuple[str, ...] = ("vi",)) -> Source:
    """An invented outlet whose articles' addresses end in -a100.html."""
    return Source(
        id="baomau",
        name="Báo Mẫu",
        home="https://baomau.example/",
        languages=languages,
        hosts=frozenset({"baomau.example"}),
        article=r"-a(?P<id>\d+)\.html?$",
        listings=(),
        hints=hints or Hints(),
    )

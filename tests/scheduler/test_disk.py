"""A disk that fills: crawling pauses and goes on by itself, and nothing that was kept is harmed."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from small_disk import MB, fill, mounted
from sqlmodel import Session, select
from warcio.archiveiterator import ArchiveIterator

from crawler.items import FetchedPage
from digest.desk import collecting
from digest.i18n import Tongue
from digest.model import Digest
from digest.running import service_sentences
from scheduler.checkup.finding import Outcome
from scheduler.checkup.keeping import check_disk
from scheduler.desk import Desk, open_desk
from scheduler.settings import Settings, SettingsError, settings_from
from scheduler.upkeep.disk import HELD_BY, room_of, watch_disk
from storage import ledger
from storage.archive import ArchivedPage
from storage.jobs import job_runs
from storage.ledger import SourceFacts
from storage.models import Entry
from storage.sqlite_file import integrity_problems
from storage.tables import EntryRow, SnapshotRow
from storage.upkeep import CrawlingPause, Household, known

NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
WANTED_MB = 10


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


def settings_in(folder: Path) -> Settings:
    return settings_from({"keep": {"free_disk_mb": WANTED_MB}}, folder, origin="test")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk", 40) as folder:
        yield folder


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(disk: Path, clock: Clock) -> Iterator[Desk]:
    with open_desk(settings_in(disk), clock) as opened:
        yield opened


def watched(desk: Desk) -> str | None:
    asyncio.run(watch_disk(desk))
    return desk.polling_held.get(HELD_BY)


def pause_of(desk: Desk) -> CrawlingPause | None:
    with desk.database.read() as session:
        return known(session, CrawlingPause)


def test_crawling_pauses_and_goes_on_by_itself(desk: Desk, disk: Path, clock: Clock) -> None:
    assert watched(desk) is None
    assert pause_of(desk) is None
    fill(disk, 9 * MB)
    said = watched(desk)
    assert said is not None
    assert "free at" in said
    assert "[keep] free_disk_mb" in said
    begun = pause_of(desk)
    assert begun is not None
    assert begun.since_at == NOW
    clock.now += timedelta(minutes=5)
    fill(disk, 11 * MB)  # room enough to begin, not to go on: it must not stop and go
    assert watched(desk) == said
    assert pause_of(desk) == begun
    (disk / "ballast").unlink()
    assert watched(desk) is None
    ended = pause_of(desk)
    assert ended is not None
    assert ended.since_at is None
    with desk.database.read() as session:
        [record] = job_runs(session, job=HELD_BY)
    assert (record.started_at, record.ended_at) == (NOW, clock.now)
    assert record.why.startswith("crawling paused: only ")


def test_a_pause_goes_on_over_a_restart(desk: Desk, disk: Path, clock: Clock) -> None:
    fill(disk, 9 * MB)
    watched(desk)
    desk.polling_held.clear()  # another process knows nothing
    clock.now += timedelta(minutes=5)
    assert watched(desk) is not None
    begun = pause_of(desk)
    assert begun is not None
    assert begun.since_at == NOW


def test_without_any_room_polling_is_held_though_nothing_can_be_kept(desk: Desk, disk: Path) -> None:
    fill(disk, 0)
    assert watched(desk) is not None
    (disk / "ballast").unlink()
    assert watched(desk) is None
    with desk.database.read() as session:
        assert known(session, Household) is not None


def test_doctor_says_it_by_the_same_limit(disk: Path) -> None:
    settings = settings_in(disk)
    assert [finding.outcome for finding in check_disk(settings)] == [Outcome.WARNING]
    fill(disk, 9 * MB)
    [finding] = check_disk(settings)
    assert finding.outcome is Outcome.PROBLEM
    assert "crawling pauses" in finding.advice


def test_the_scarcest_folder_counts(disk: Path, tmp_path: Path) -> None:
    data = {"storage": {"database": f"sqlite:///{tmp_path}/d.sqlite3", "archive": str(disk / "pages")}}
    assert room_of(settings_from(data, tmp_path, origin="test")).folder == disk
    data["storage"]["database"] = "postgresql://nobody@127.0.0.1/nothing"
    assert room_of(settings_from(data, tmp_path, origin="test")).folder == disk


def test_a_limit_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="free_disk_mb"):
        settings_from({"keep": {"free_disk_mb": 0}}, tmp_path, origin="test")


# ---- a disk that is full in the middle of writing


def list_entries(session: Session, count: int) -> int:
    facts = SourceFacts("bao-mau", "Báo Mẫu", "https://baomau.example/", ("vi",), True)
    ledger.sync_sources(session, [facts])
    run_id = ledger.open_run(session, "bao-mau", NOW)
    listed = [(f"k{number}", Entry(url=f"https://baomau.example/{number}")) for number in range(count)]
    ledger.add_entries(session, "bao-mau", run_id, listed, NOW)
    return run_id


def page(entry_id: int, run_id: int) -> FetchedPage:
    address = f"https://baomau.example/{entry_id}"
    return FetchedPage(
        source="bao-mau",
        requested_url=address,
        final_url=address,
        status=200,
        headers=(("Content-Type", "text/html"),),
        body=os.urandom(60_000),
        fetched_at=NOW,
        entry_id=entry_id,
        run_id=run_id,
        article_key=f"k{entry_id}",
    )


async def store_until_full(desk: Desk, entry_ids: list[int], run_id: int) -> list[int]:
    """Those that were stored, a few at a time as spiders do it."""
    stored: list[int] = []
    for start in range(0, len(entry_ids), 5):
        batch = entry_ids[start : start + 5]
        outcomes = await asyncio.gather(
            *(desk.intake.store(page(entry_id, run_id)) for entry_id in batch), return_exceptions=True
        )
        stored += [id for id, outcome in zip(batch, outcomes, strict=True) if outcome is None]
    return stored


def test_a_full_disk_in_the_middle_of_writing_harms_nothing(desk: Desk, disk: Path) -> None:
    with desk.database.write() as session:
        run_id = list_entries(session, 300)
    with desk.database.read() as session:
        entry_ids = [entry.id or 0 for entry in session.exec(select(EntryRow))]
    fill(disk, 3 * MB)
    first = asyncio.run(store_until_full(desk, entry_ids, run_id))
    assert 5 < len(first) < 290
    check_what_is_kept(desk, first)
    (disk / "ballast").unlink()
    left = [entry_id for entry_id in entry_ids if entry_id not in first]
    second = asyncio.run(store_until_full(desk, left, run_id))
    assert second == left
    check_what_is_kept(desk, [*first, *second])


def check_what_is_kept(desk: Desk, stored: list[int]) -> None:
    """Exactly what was said to be stored is there, whole, and other tools can read all of the archive."""
    with desk.database.read() as session:
        rows = session.exec(select(SnapshotRow).order_by(SnapshotRow.id)).all()  # type: ignore[arg-type]
        fetched = session.exec(select(EntryRow.id).where(EntryRow.fate == "fetched")).all()
    assert sorted(row.entry_id for row in rows) == sorted(fetched) == sorted(stored)
    for row in rows:
        place = ArchivedPage(file=row.archive_file, offset=row.archive_offset, length=row.archive_length)
        assert len(desk.intake.archive.load(place)) == 60_000
    records = 0
    for file in desk.settings.storage.archive.iterdir():
        with file.open("rb") as opened:
            for record in ArchiveIterator(opened, check_digests="raise"):
                record.content_stream().read()
                records += record.rec_type == "response"
    assert records >= len(rows)
    assert integrity_problems(Path(desk.database.url.removeprefix("sqlite+pysqlite:///"))) == []


def test_commands_that_fetch_refuse_too(disk: Path) -> None:
    (disk / "settings.toml").write_text(f"[keep]\nfree_disk_mb = {WANTED_MB}\n")
    fill(disk, 9 * MB)
    for words in (["crawl"], ["backfill", "vns", "--since", "2026-11-01"]):
        done = subprocess.run(
            [sys.executable, "-m", "scheduler", *words], cwd=disk, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "Nothing was fetched: only" in done.stderr
        assert not (disk / "data").exists()


def test_the_digest_says_for_how_long_nothing_was_collected(desk: Desk, disk: Path, clock: Clock) -> None:
    fill(disk, 9 * MB)
    watched(desk)
    clock.now += timedelta(hours=2)
    digest = collecting(desk.database, clock.now, desk.zone, desk.topic.name)
    assert digest.short_of_room == ((NOW, clock.now),)
    (disk / "ballast").unlink()
    watched(desk)
    clock.now += timedelta(hours=1)
    digest = collecting(desk.database, clock.now, desk.zone, desk.topic.name)
    assert digest.short_of_room == ((NOW, NOW + timedelta(hours=2)),)
    [said] = service_sentences(digest, Tongue("en", desk.zone))
    assert said == "For 2 hr of this time nothing was collected, because the disk was nearly full."
    assert Digest.from_body(digest.to_body()) == digest

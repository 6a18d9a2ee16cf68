"""The weekly check finds what is damaged and says so everywhere; tidying keeps the database small."""

import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

sys.path.append(str(Path(__file__).parents[1] / "storage"))

from kept_pages import fill

from scheduler.care import care_jobs
from scheduler.checkup.finding import Outcome
from scheduler.checkup.keeping import check_database
from scheduler.desk import Desk, open_desk
from scheduler.settings import settings_from
from scheduler.upkeep import tidying
from scheduler.upkeep.integrity import check_integrity
from scheduler.upkeep.tidying import tidied, tidy_database
from storage.database import database_url
from storage.sqlite_file import integrity_problems
from storage.upkeep import CrawlingPause, IntegrityCheck, known, note
from web.app import create_app

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(url_of_database: str, tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    settings = settings_from({"storage": {"database": url_of_database}}, tmp_path, origin="test")
    with open_desk(settings, clock, keeps_sources=False) as opened:
        fill(opened.database, opened.intake.archive, 12, NOW)
        opened.intake.archive.close()
        yield opened


def checked(desk: Desk) -> str | None:
    return asyncio.run(check_integrity(desk))


def file_of(desk: Desk) -> Path:
    return Path(str(database_url(desk.database.url).database))


def answer(desk: Desk, clock: Clock) -> tuple[int, dict[str, object]]:
    app = create_app(
        desk.database, zone=ZoneInfo("UTC"), topic="t", allowed_hosts={"testserver"}, clock=clock
    )
    with TestClient(app) as client:
        response = client.get("/readyz")
    return response.status_code, response.json()


def test_what_is_whole_is_said_to_be_whole_once_a_week(desk: Desk, clock: Clock) -> None:
    assert checked(desk) == "the database is whole, and so are 12 archived pages taken at random"
    clock.now += timedelta(days=6)
    assert checked(desk) is None
    clock.now += timedelta(days=1, minutes=-5)  # the job does not begin to the second
    assert checked(desk) is not None
    status, said = answer(desk, clock)
    assert (status, said["warnings"]) == (200, [])
    assert [f.outcome for f in check_database(desk.settings) if f.check == "weekly check"] == [Outcome.OK]


def test_a_lost_page_is_found(desk: Desk, clock: Clock) -> None:
    [file] = desk.settings.storage.archive.iterdir()
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    file.write_bytes(whole)
    said = checked(desk)
    assert said is not None
    assert said.startswith("damage was found: The page at byte ")
    status, facts = answer(desk, clock)
    assert status == 200  # the pages can be shown all the same
    assert facts["warnings"] == ["the weekly check could not read some archived pages"]
    [finding] = [finding for finding in check_database(desk.settings) if finding.check == "weekly check"]
    assert finding.outcome is Outcome.PROBLEM


def test_a_damaged_database_is_found(desk: Desk, clock: Clock) -> None:
    if not desk.database.is_sqlite:
        pytest.skip("PostgreSQL's files are not ours to damage")
    with closing(sqlite3.connect(file_of(desk))) as connection:  # an index that lacks what its table has
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'article_key', 'body_sha256') "
                           "WHERE name = 'ix_snapshot_article_key'")  # fmt: skip
        connection.commit()
    said = checked(desk)
    assert said is not None
    assert "damage was found" in said
    status, facts = answer(desk, clock)
    assert status == 503
    assert facts["reason"] == "the weekly check found the database damaged"


def test_a_pause_is_told_and_is_no_reason_to_restart(desk: Desk, clock: Clock) -> None:
    with desk.database.write() as session:
        note(session, CrawlingPause(since_at=NOW, free_bytes=1, folder="/srv"), NOW)
    status, facts = answer(desk, clock)
    assert status == 200
    assert facts["warnings"] == ["crawling pauses because the disk is nearly full"]


def test_what_another_version_noted_is_nothing(desk: Desk) -> None:
    with desk.database.write() as session:
        note(session, CrawlingPause(), NOW)
        session.connection().exec_driver_sql("UPDATE upkeep SET facts = '{\"is\": 1}'")
    with desk.database.read() as session:
        assert known(session, CrawlingPause) is None
        assert known(session, IntegrityCheck) is None


def test_every_job_of_care_can_be_run(desk: Desk) -> None:
    for job in care_jobs(desk.settings):
        asyncio.run(job.work(desk))  # type: ignore[arg-type]


# ---- tidying


def grow(file: Path, megabytes: int) -> None:
    """Room that is taken and given up again."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE ballast (bytes BLOB)")
        for _ in range(megabytes):
            connection.execute("INSERT INTO ballast VALUES (randomblob(1000000))")
        connection.commit()
        connection.execute("DROP TABLE ballast")
        connection.commit()


def test_unused_room_is_given_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    if not desk.database.is_sqlite:
        assert asyncio.run(tidy_database(desk)) is None
        return
    file = file_of(desk)
    assert tidied(file) is None
    monkeypatch.setattr(tidying, "LEAST_UNUSED_BYTES", 2_000_000)
    grow(file, 4)
    assert tidied(file, may_rewrite=False) is None
    said = tidied(file)
    assert said is not None
    assert said.startswith("gave 4")
    assert file.stat().st_size < 2_000_000
    assert (
        not file.with_name(f"{file.name}-wal").exists()
        or not file.with_name(f"{file.name}-wal").stat().st_size
    )
    assert integrity_problems(file) == []


def test_a_large_database_is_not_written_anew_under_its_writers(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not desk.database.is_sqlite:
        pytest.skip("SQLite's")
    monkeypatch.setattr(tidying, "LEAST_UNUSED_BYTES", 2_000_000)
    monkeypatch.setattr(tidying, "LARGEST_REWRITTEN_BYTES", 1_000_000)
    grow(file_of(desk), 4)
    said = tidied(file_of(desk))
    assert said is not None
    assert "stop the service and run sqlite3" in said


def test_beside_a_writer_tidying_is_put_off(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    if not desk.database.is_sqlite:
        pytest.skip("SQLite's")
    monkeypatch.setattr(tidying, "LEAST_UNUSED_BYTES", 2_000_000)
    monkeypatch.setattr(tidying, "_BUSY_MS", 50)
    file = file_of(desk)
    grow(file, 4)
    with desk.database.write():
        said = tidied(file)
    assert said is not None
    assert said.startswith("put off: ")

"""``diembao prune``: what would go is what goes; backup and restore know what went; the nightly job."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

sys.path.append(str(Path(__file__).parents[1] / "storage"))

from kept_pages import check, fill

from scheduler.backup import write_backup
from scheduler.commands.app import app
from scheduler.desk import open_desk
from scheduler.restore import restore, target_in
from scheduler.sections import KeepSettings
from scheduler.settings import load_settings
from scheduler.upkeep.retention import limits_of, prune_pages
from storage.archive import Archive
from storage.archive_lock import holding_still
from storage.database import Database, open_database
from storage.retention import Limits

NOW = datetime.now(UTC)
PAGES = 64


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder with settings that keep pages for a month, and 64 pages, one a day."""
    (tmp_path / "settings.toml").write_text("[keep]\npages_days = 30\n")
    database = open_database(f"sqlite:///{tmp_path}/data/diembao.sqlite3")
    archive = Archive(tmp_path / "data" / "pages", roll_bytes=8000)
    fill(database, archive, PAGES, NOW)
    archive.close()
    database.close()
    return tmp_path


def call(house: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["--settings", str(house / "settings.toml"), "prune", *words])
    assert done.exit_code == 0, done.output
    return done.output


def pages_left(house: Path) -> int:
    database = Database(f"sqlite:///{house}/data/diembao.sqlite3")
    try:
        return sum(check(database, house / "data" / "pages").values())
    finally:
        database.close()


def test_a_dry_run_and_then_the_same_for_real(house: Path) -> None:
    said = call(house, "--dry-run")
    assert "[keep]: pages for 30 days, of any size together; those of flagged articles for good." in said
    assert "would go" in said
    assert "Nothing was changed." in said
    assert pages_left(house) == PAGES
    count = int(said.partition(" pages in ")[0].rpartition("\n")[2])
    assert f"Removed {count} archived pages" in call(house)
    assert pages_left(house) == PAGES - count
    assert "Nothing had to go." in call(house)
    assert "Nothing would go." in call(house, "--dry-run")


def test_a_backup_names_no_page_that_went(house: Path) -> None:
    call(house)
    settings = load_settings(house / "settings.toml")
    manifest = write_backup(settings, house / "settings.toml", house / "b.tar", NOW)
    assert manifest.lost == ()
    into = house / "into"
    into.mkdir()
    restore(house / "b.tar", target_in(into, manifest, None))
    assert pages_left(into) == pages_left(house)


def test_the_nightly_job_says_what_it_did_and_waits_for_a_backup(house: Path) -> None:
    settings = load_settings(house / "settings.toml")
    with open_desk(settings, lambda: NOW, keeps_sources=False) as desk:
        with holding_still(settings.storage.archive):
            assert "copied or rewritten by another process" in str(asyncio.run(prune_pages(desk)))
        said = asyncio.run(prune_pages(desk))
        assert said is not None
        assert said.startswith("removed ")
        assert asyncio.run(prune_pages(desk)) is None
    assert 0 < pages_left(house) < PAGES


def test_what_the_settings_mean() -> None:
    assert limits_of(KeepSettings(), NOW) == Limits(before=NOW - timedelta(days=400))
    keep = KeepSettings(pages_days=0, pages_mb=5, flagged_pages_days=10)
    assert limits_of(keep, NOW) == Limits(evidence_before=NOW - timedelta(days=10), most_bytes=5_000_000)

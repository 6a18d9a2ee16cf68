"""Archived pages that go by age and size: only what may go, whole files or none, nothing lost in a kill."""

import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from kept_pages import KINDS, add, check, fill, kind_of
from sqlmodel import select
from storage_samples import NOW, begin, flag

from storage import reading
from storage.archive import REMOVED, Archive
from storage.archive_lock import alone, holding_still, unclaimed
from storage.database import Database, open_database
from storage.desk_tables import ReviewActionRow, ReviewRow
from storage.errors import ArchiveInUse, PageRemoved
from storage.pruning import planned, prune
from storage.retention import Limits, Needs, files_in_use, pages_in
from storage.sqlite_file import integrity_problems
from storage.tables import ArticleRow, RevisionRow, SnapshotRow
from storage.upkeep import Pruning, known

ROOT = Path(__file__).parents[2]
PAGES = 64
OLD = PAGES // 2
"""Pages with a smaller number are beyond the limit."""
LIMITS = Limits(before=NOW - timedelta(days=PAGES - 1 - OLD))
MAY_GO = {"plain", "rejected", "shared"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pages"


@pytest.fixture
def filled(database: Database, folder: Path) -> Database:
    archive = Archive(folder, roll_bytes=8000)
    fill(database, archive, PAGES)
    archive.close()
    return database


def leaving(database: Database) -> tuple[str, ...]:
    with database.read() as session:
        return (known(session, Pruning) or Pruning()).leaving


def expected(number: int) -> bool:
    """Whether the page of ``number`` stays; the bytes of "shared" are needed by the young ones."""
    return number >= OLD or kind_of(number) not in MAY_GO or kind_of(number) == "shared"


def test_only_what_is_old_and_needed_by_nobody_goes(filled: Database, folder: Path) -> None:
    before = sum(file.stat().st_size for file in folder.iterdir())
    done = prune(filled, folder, LIMITS, NOW)
    there = check(filled, folder)
    assert there == {number: expected(number) for number in range(PAGES)}
    assert done.pages == sum(not stays for stays in there.values())
    assert done.left_alone == ()
    after = sum(file.stat().st_size for file in folder.iterdir())
    assert 0 < before - after <= done.freed_bytes
    new_heads = 400 * done.files  # each new file begins with a record of its own
    assert done.freed_bytes - (before - after) < new_heads
    assert leaving(filled) == ()
    assert prune(filled, folder, LIMITS, NOW).files == 0
    with filled.read() as session:
        kept = known(session, Pruning)
    assert kept is not None
    assert (kept.pages, kept.freed_bytes) == (done.pages, done.freed_bytes)


def test_a_dry_run_says_the_same_and_changes_nothing(filled: Database, folder: Path) -> None:
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    plan = planned(filled, folder, LIMITS)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert all(check(filled, folder).values())
    done = prune(filled, folder, LIMITS, NOW)
    assert (plan.files, plan.pages, plan.freed_bytes) == (done.files, done.pages, done.freed_bytes)
    assert plan.oldest_at == done.oldest_at == NOW - timedelta(days=PAGES - 1)


def test_without_limits_nothing_goes(filled: Database, folder: Path) -> None:
    assert prune(filled, folder, Limits(), NOW).files == 0
    assert all(check(filled, folder).values())


def test_evidence_goes_only_when_told(filled: Database, folder: Path) -> None:
    limits = Limits(before=LIMITS.before, evidence_before=NOW - timedelta(days=PAGES - 1 - 10))
    prune(filled, folder, limits, NOW)
    there = check(filled, folder)
    flagged = [number for number in range(PAGES) if kind_of(number) == "flagged"]
    assert {number: there[number] for number in flagged} == {number: number >= 10 for number in flagged}


def test_what_a_person_took_up_is_evidence(filled: Database, folder: Path) -> None:
    with filled.write() as session:
        article_id, revision_id = session.exec(
            select(ArticleRow.id, RevisionRow.id)
            .join(RevisionRow, RevisionRow.article_id == ArticleRow.id)  # type: ignore[arg-type]
            .where(ArticleRow.key.endswith("bai-0.html"))  # type: ignore[attr-defined]
        ).one()
        session.add(ReviewActionRow(id=1, at=NOW, reviewer=""))
        session.flush()
        session.add(
            ReviewRow(action_id=1, article_id=article_id, revision_id=revision_id, verdict="confirmed")
        )
    assert kind_of(0) == "plain"
    prune(filled, folder, LIMITS, NOW)
    there = check(filled, folder)
    assert there[0]
    assert not there[5]


def test_the_oldest_go_for_the_size(filled: Database, folder: Path) -> None:
    total = sum(file.stat().st_size for file in folder.iterdir())
    done = prune(filled, folder, Limits(most_bytes=int(total * 0.8)), NOW)
    there = check(filled, folder)
    assert sum(file.stat().st_size for file in folder.iterdir()) <= total * 0.75
    assert done.over_bytes == 0
    gone = [number for number, is_there in there.items() if not is_there]
    assert gone
    # Of what may go, the oldest; the bytes of "shared" are as young as the last that has them.
    may_go = [number for number in range(PAGES) if kind_of(number) in MAY_GO - {"shared"}]
    assert gone == may_go[: len(gone)]
    assert len(gone) < len(may_go)


def test_evidence_does_not_go_for_the_size(filled: Database, folder: Path) -> None:
    done = prune(filled, folder, Limits(most_bytes=1000), NOW)
    there = check(filled, folder)
    assert {number for number, is_there in there.items() if is_there} == {
        number for number in range(PAGES) if kind_of(number) not in MAY_GO
    }
    left = sum(file.stat().st_size for file in folder.iterdir())
    assert 0 < done.over_bytes <= left - 1000


def test_a_file_is_not_written_anew_for_a_little(filled: Database, folder: Path) -> None:
    done = prune(filled, folder, LIMITS, NOW, least_share=0.9)
    assert done.files == 0
    done = prune(filled, folder, LIMITS, NOW, least_share=0.3)
    assert done.files > 0


def test_a_file_that_is_being_written_is_left_alone(database: Database, folder: Path) -> None:
    archive = Archive(folder)
    fill(database, archive, PAGES)
    done = prune(database, folder, LIMITS, NOW)
    assert done.files == 0
    assert "it is being written" in done.left_alone[0]
    assert all(check(database, folder).values())
    archive.close()
    assert prune(database, folder, LIMITS, NOW).files == 1


def test_a_damaged_page_that_stays_leaves_its_file_alone(filled: Database, folder: Path) -> None:
    with filled.read() as session:
        flagged = next(
            row for row in session.exec(select(SnapshotRow)) if row.article_key.endswith("bai-1.html")
        )
    file = folder / flagged.archive_file
    with file.open("r+b") as opened:
        opened.seek(flagged.archive_offset + 30)
        opened.write(b"\xff" * 20)
    before = sorted(folder.iterdir())
    done = prune(filled, folder, Limits(before=NOW - timedelta(days=PAGES - 6)), NOW)
    assert "the record is damaged" in done.left_alone[0]
    assert sorted(folder.iterdir()) == before
    assert leaving(filled) == ()


def test_what_is_needed_meanwhile_stays(
    filled: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the plan and the change, an old page is flagged, another read again, a third named anew."""
    from storage import pruning  # noqa: PLC0415

    copied = pruning._copied

    def interfere(*arguments: object) -> object:
        monkeypatch.setattr(pruning, "_copied", copied)
        with filled.write() as session:
            revision_id = session.exec(select(RevisionRow.id).order_by(RevisionRow.id)).first()  # type: ignore[arg-type]
            assert revision_id is not None
            reading.record_flag(session, revision_id, flag(), "2", NOW)
        return copied(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(pruning, "_copied", interfere)
    done = prune(filled, folder, LIMITS, NOW)
    assert "needed meanwhile" in done.left_alone[0]
    assert check(filled, folder)[0]
    assert leaving(filled) == ()
    prune(filled, folder, LIMITS, NOW)
    assert check(filled, folder)[0]


def test_the_same_bytes_that_come_again_are_stored_again(filled: Database, folder: Path) -> None:
    shared = KINDS.index("shared")
    prune(filled, folder, Limits(before=NOW + timedelta(days=1)), NOW)
    assert not check(filled, folder)[shared]
    archive = Archive(folder)
    with filled.write() as session:
        again = PAGES * len(KINDS) + shared
        add(session, archive, begin(session), again, NOW)
    assert check(filled, folder)[again]


def test_a_removed_page_says_so(folder: Path) -> None:
    with pytest.raises(PageRemoved, match="removed by age or size"):
        Archive(folder).load(REMOVED)


def test_a_backup_and_a_pruning_keep_out_of_each_others_way(filled: Database, folder: Path) -> None:
    with holding_still(folder), holding_still(folder), pytest.raises(ArchiveInUse, match="try again"):
        prune(filled, folder, LIMITS, NOW)
    with alone(folder), pytest.raises(ArchiveInUse):
        prune(filled, folder, LIMITS, NOW)
    assert all(check(filled, folder).values())


def test_an_archive_that_is_not_there_yet(database: Database, folder: Path) -> None:
    assert prune(database, folder, LIMITS, NOW).files == 0
    with unclaimed(folder / "none") as is_free:
        assert not is_free


def test_files_and_needs_are_told(filled: Database, folder: Path) -> None:
    with filled.read() as session:
        files = files_in_use(session)
        assert {file.name for file in files} <= {file.name for file in folder.iterdir()}
        assert [file.first_at for file in files] == sorted(file.first_at for file in files)
        pages = [page for file in files for page in pages_in(session, file.name, Needs(session))]
    shared = [page for page in pages if len(page.snapshot_ids) > 1]
    assert len(shared) == 1
    assert len(shared[0].snapshot_ids) == PAGES // len(KINDS)


# ---- killed

PRUNER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_retention import LIMITS, NOW
from storage.database import Database
from storage.pruning import prune
print("begun", flush=True)
prune(Database(sys.argv[1]), Path(sys.argv[2]), LIMITS, NOW)
"""
KILLS = 12


def test_killed_at_any_moment_nothing_is_lost(tmp_path: Path, folder: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.sqlite3"
    database, archive = open_database(url), Archive(folder, roll_bytes=3000)
    fill(database, archive, PAGES)
    archive.close()
    chance = random.Random(7)
    command = [sys.executable, "-c", PRUNER, url, str(folder), str(Path(__file__).parent)]
    killed = 0
    for _ in range(KILLS):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0, 0.12))
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
        there = check(database, folder)
        assert all(there[number] for number in range(PAGES) if expected(number))
    assert killed
    prune(database, folder, LIMITS, NOW)
    assert check(database, folder) == {number: expected(number) for number in range(PAGES)}
    with database.read() as session:
        named = {file.name for file in files_in_use(session)}
    # A file that a kill left at its first record names no page; it holds nothing but that record.
    assert all(file.stat().st_size < 400 for file in folder.iterdir() if file.name not in named)
    assert leaving(database) == ()
    database.close()
    assert integrity_problems(tmp_path / "a.sqlite3") == []

"""``diembao backup`` and ``restore``: what was kept comes back, from both databases, or nothing does."""

import resource
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import threading
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import col, select
from typer.testing import CliRunner, Result

sys.path.append(str(Path(__file__).parents[1] / "digest"))

from digest_samples import ENGLISH, FRENCH, HOSTILE, NEAR, NOW, ON, TOPIC, VIETNAMESE, ZONE
from digest_store import run, store, sync

from digest.desk import freeze
from scheduler.backup import Manifest, opened_backup
from scheduler.commands.app import app
from scheduler.commands.errors import EXPECTED
from storage import ledger, queries
from storage.archive import Archive, ArchivedPage
from storage.database import Database, open_database
from storage.effective import LastBackup
from storage.models import Entry, Snapshot
from storage.search import search
from storage.tables import Row, SnapshotRow
from storage.upkeep import known

DECLARATION = (
    'name = "Báo Mẫu"\nhome = "https://baomau.example/"\nlanguages = ["vi"]\n'
    'article = \'-post(?P<id>[0-9]+)\'\n[[listing]]\nkind = "feed"\nurl = "https://baomau.example/rss"\n'
)
PAGES = 12


@dataclass
class Desk:
    """A folder with settings, pages and a filled database."""

    folder: Path
    url: str

    @property
    def settings(self) -> Path:
        return self.folder / "settings.toml"

    def call(self, *words: str | Path) -> Result:
        arguments = ["--settings", str(self.settings), *map(str, words)]
        return CliRunner().invoke(app, arguments, env={"COLUMNS": "300"})


@pytest.fixture
def desk(url_of_database: str, tmp_path: Path) -> Desk:
    folder = tmp_path / "desk"
    (folder / "own").mkdir(parents=True)
    is_sqlite = url_of_database.startswith("sqlite")
    url = f"sqlite:///{folder}/data/diembao.sqlite3" if is_sqlite else url_of_database
    written = "sqlite:///data/diembao.sqlite3" if is_sqlite else url
    (folder / "settings.toml").write_text(
        f'# của bàn tin\n[storage]\ndatabase = "{written}"\narchive = "data/pages"\n'
        '[crawl]\nsources_folder = "own"\n',
        encoding="utf-8",
    )
    (folder / "own" / "baomau.toml").write_text(DECLARATION, encoding="utf-8")
    database = open_database(url)
    fill(database, folder / "data" / "pages")
    database.close()
    return Desk(folder, url)


def fill(database: Database, archive: Path) -> None:
    """Articles, a digest, and pages that are really archived."""
    sync(database)
    for article in (ENGLISH, VIETNAMESE, FRENCH, NEAR, HOSTILE):
        store(database, article)
    run(database, "vna-en", NOW - timedelta(minutes=25))
    freeze(database, ON, NOW, ZONE, TOPIC)
    with database.write() as session:  # the samples' pages were never archived
        session.execute(text("UPDATE snapshot SET archive_length = 0"))
    add_pages(database, archive, range(PAGES))


def add_pages(database: Database, archive: Path, numbers: range) -> None:
    opened = Archive(archive, roll_bytes=2_000)
    for number in numbers:
        key = f"vna-vi/{number}"
        snapshot = Snapshot(
            source="vna-vi",
            requested_url=f"https://vna-vi.example/{number}",
            final_url=f"https://vna-vi.example/{number}",
            status=200,
            headers=(),
            body=body(number),
            fetched_at=NOW,
        )
        page = opened.store(snapshot)
        with database.write() as session:
            run_id = ledger.open_run(session, "vna-vi", NOW)
            ledger.add_entries(session, "vna-vi", run_id, [(key, Entry(url=snapshot.final_url))], NOW)
            pending = ledger.pending_entries(session, "vna-vi", NOW, 1000)
            entry_id = next(item.id for item in pending if item.key == key)
            ledger.record_snapshot(session, entry_id, run_id, key, snapshot, page)
    opened.close()


def body(number: int) -> bytes:
    return f"<p>Chi bộ số {number} kết nạp đảng viên.</p>".encode() * 40


def contents(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, in order."""
    database = Database(url)
    with database.read() as session:
        found = {
            name: [tuple(row) for row in session.execute(table.select().order_by(*table.primary_key))]
            for name, table in Row.metadata.tables.items()
        }
    database.close()
    return found


def digest_of(url: str) -> object:
    database = Database(url)
    with database.read() as session:
        found = queries.digest_on(session, ON)
    database.close()
    assert found is not None
    return found


def hits(url: str, query: str) -> list[int]:
    database = Database(url)
    with database.read() as session:
        found = [hit.article_id for hit in search(session, query, TOPIC)]
    database.close()
    return found


def sentence(result: Result) -> str:
    assert isinstance(result.exception, EXPECTED), result.output
    return str(result.exception)


def manifest_of(file: Path) -> Manifest:
    with opened_backup(file) as (_, manifest):
        return manifest


def other_desk(folder: Path, url: str) -> Desk:
    folder.mkdir()
    (folder / "settings.toml").write_text(f'[storage]\ndatabase = "{url}"\narchive = "pages"\n')
    return Desk(folder, url)


def pages_of(url: str, archive: Path) -> list[bytes]:
    database, opened = Database(url), Archive(archive)
    with database.read() as session:
        kept = col(SnapshotRow.archive_length) > 0
        rows = session.exec(select(SnapshotRow).where(kept).order_by(col(SnapshotRow.id))).all()
        pages = [
            opened.load(
                ArchivedPage(file=row.archive_file, offset=row.archive_offset, length=row.archive_length)
            )
            for row in rows
        ]
    database.close()
    return pages


def test_everything_comes_back(desk: Desk, empty_url: str, tmp_path: Path) -> None:
    before, digest = contents(desk.url), digest_of(desk.url)
    made = desk.call("backup", tmp_path / "a.tar")
    assert made.exit_code == 0, made.output
    assert "5 articles" in made.output
    assert "1 digest;" in made.output
    assert len({file.name for file in (desk.folder / "data" / "pages").iterdir()}) > 1
    assert desk.call("backup", tmp_path / "a.tar", "--check").exit_code == 0
    other = other_desk(tmp_path / "other", empty_url)
    done = other.call("restore", tmp_path / "a.tar")
    assert done.exit_code == 0, done.output
    assert contents(empty_url) == before
    assert digest_of(empty_url) == digest
    assert pages_of(empty_url, other.folder / "pages") == [body(number) for number in range(PAGES)]
    assert hits(empty_url, "to chuc dang") == hits(desk.url, "to chuc dang") != []


def test_the_pages_know_of_the_last_backup(desk: Desk, tmp_path: Path) -> None:
    assert desk.call("backup", tmp_path / "a.tar").exit_code == 0
    database = open_database(desk.url)
    with database.read() as session:
        last = known(session, LastBackup)
    assert last is not None
    assert last.file == str(tmp_path / "a.tar")
    with database.write() as session:
        session.connection().exec_driver_sql("DROP TABLE upkeep")  # as in an older database
    database.close()
    assert desk.call("backup", tmp_path / "b.tar").exit_code == 0


def test_what_is_restored_goes_on(desk: Desk, empty_url: str, tmp_path: Path) -> None:
    desk.call("backup", tmp_path / "a.tar")
    other = other_desk(tmp_path / "other", empty_url)
    assert other.call("restore", tmp_path / "a.tar").exit_code == 0
    database = open_database(empty_url)
    add_pages(database, other.folder / "pages", range(PAGES, PAGES + 2))  # ids that are not taken
    database.close()
    assert len(pages_of(empty_url, other.folder / "pages")) == PAGES + 2


def test_a_backup_is_of_one_moment_while_others_write(desk: Desk, empty_url: str, tmp_path: Path) -> None:
    database = open_database(desk.url)
    archive = desk.folder / "data" / "pages"
    written, is_enough = threading.Event(), threading.Event()

    def write() -> None:
        for number in range(100, 400):
            add_pages(database, archive, range(number, number + 1))
            if number == 105:
                written.set()
            if is_enough.is_set():
                return

    writer = threading.Thread(target=write)
    writer.start()
    assert written.wait(60)
    made = desk.call("backup", tmp_path / "a.tar")
    is_enough.set()
    writer.join()
    assert made.exit_code == 0, made.output
    assert made.stderr == ""
    other = other_desk(tmp_path / "other", empty_url)
    assert other.call("restore", tmp_path / "a.tar").exit_code == 0
    kept = pages_of(empty_url, other.folder / "pages")
    assert PAGES + 6 <= len(kept) <= len(pages_of(desk.url, archive))
    with Database(empty_url).read() as session:
        runs = session.execute(text("SELECT count(*) FROM run")).scalar_one()
        entries = session.execute(text("SELECT count(*) FROM entry")).scalar_one()
    assert runs - 1 == entries == len(kept) + 5
    database.close()


def test_into_a_folder_with_settings_and_sources(desk: Desk, empty_url: str, tmp_path: Path) -> None:
    desk.call("backup", tmp_path / "a.tar")
    house = tmp_path / "house"
    caller = desk if desk.url.startswith("sqlite") else other_desk(tmp_path / "other", empty_url)
    done = caller.call("restore", tmp_path / "a.tar", "--into", house)
    assert done.exit_code == 0, done.output
    assert (house / "own" / "baomau.toml").read_text(encoding="utf-8") == DECLARATION
    if not desk.url.startswith("sqlite"):
        # The settings name the server of before: nothing may read them as they are.
        assert not (house / "settings.toml").exists()
        assert f'database = "{empty_url.replace("postgresql:", "postgresql+psycopg:")}"' in done.output
        return
    assert (house / "settings.toml").read_bytes() == desk.settings.read_bytes()
    assert f"diembao --settings {house}/settings.toml run" in done.output
    restored = Desk(house, f"sqlite:///{house}/data/diembao.sqlite3")
    assert restored.call("search", "to chuc dang").output == desk.call("search", "to chuc dang").output
    assert "Sông Mây" in restored.call("search", "to chuc dang").output


def test_a_restore_overwrites_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.call("backup", tmp_path / "a.tar")
    before = contents(desk.url)
    assert "is not empty" in sentence(desk.call("restore", tmp_path / "a.tar"))
    shutil.move(desk.folder / "data" / "pages", tmp_path / "away")
    assert "is not empty" in sentence(desk.call("restore", tmp_path / "a.tar"))
    assert contents(desk.url) == before
    assert not (desk.folder / "data" / "pages").exists()


def test_a_backup_overwrites_nothing_and_leaves_no_draft(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_text("mine")
    assert "is not empty" in sentence(desk.call("backup", tmp_path / "a.tar"))
    (tmp_path / "b").mkdir()
    assert desk.call("backup", tmp_path / "b").exit_code == 0
    [written] = (tmp_path / "b").iterdir()
    assert written.name.startswith("diembao-")
    assert written.stat().st_mode & 0o077 == 0
    assert (tmp_path / "a.tar").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} >= {"a.tar", "b", "desk"}
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def damaged(file: Path, part: str) -> None:
    with tarfile.open(file) as tar:
        member = tar.getmember(part)
        at = member.offset_data + member.size // 2
    with file.open("rb+") as opened:
        opened.seek(at)
        byte = opened.read(1)
        opened.seek(at)
        opened.write(bytes([byte[0] ^ 0xFF]))


@pytest.mark.parametrize("what", ["database", "pages", "settings.toml", "manifest.json"])
def test_a_damaged_backup_is_refused_and_nothing_appears(
    desk: Desk, empty_url: str, tmp_path: Path, what: str
) -> None:
    file = tmp_path / "a.tar"
    desk.call("backup", file)
    part = (
        next(part.name for part in manifest_of(file).parts if part.name.startswith(what))
        if what != ("manifest.json")
        else what
    )
    damaged(file, part)
    assert "cannot be used" in sentence(desk.call("backup", file, "--check"))
    other = other_desk(tmp_path / "other", empty_url)
    assert "cannot be used" in sentence(other.call("restore", file))
    assert [path.name for path in other.folder.iterdir()] == ["settings.toml"]


@pytest.mark.parametrize("kept", [0, 300, 5_000, -1_000])
def test_a_backup_that_was_cut_off_is_refused(desk: Desk, tmp_path: Path, kept: int) -> None:
    file = tmp_path / "a.tar"
    desk.call("backup", file)
    whole = file.read_bytes()
    end = whole.rindex(b"}") + 1  # of the manifest; only padding follows
    file.write_bytes(whole[:kept] if kept >= 0 else whole[: end + kept])
    assert "cannot be used" in sentence(desk.call("backup", file, "--check"))
    assert "cannot be used" in sentence(desk.call("restore", file, "--into", tmp_path / "house"))
    assert not (tmp_path / "house").exists()


def test_a_newer_schema_is_refused(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "a.tar"
    desk.call("backup", file)
    present = manifest_of(file).database.schema_revision
    written = file.read_bytes()
    file.write_bytes(
        written.replace(f'"schema_revision": "{present}"'.encode(), b'"schema_revision": "9999"')
    )
    for words in (["backup", file, "--check"], ["restore", file, "--into", tmp_path / "house"]):
        assert "newer version of the program wrote it (schema 9999)" in sentence(desk.call(*words))


def test_a_backup_of_another_kind_of_database_is_refused(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "a.tar"
    desk.call("backup", file)
    is_sqlite = desk.url.startswith("sqlite")
    other = other_desk(
        tmp_path / "other", "postgresql://127.0.0.1:1/x" if is_sqlite else "sqlite:///d.sqlite3"
    )
    assert "of its own kind" in sentence(other.call("restore", file))


def test_pages_that_are_gone_are_told_and_the_rest_is_kept(
    desk: Desk, empty_url: str, tmp_path: Path
) -> None:
    first, second = sorted((desk.folder / "data" / "pages").iterdir())[:2]
    first.unlink()
    second.write_bytes(second.read_bytes()[:-10])
    before = contents(desk.url)
    made = desk.call("backup", tmp_path / "a.tar")
    assert made.exit_code == 0
    assert f"{first} has 0 of the" in made.stderr
    assert f"{second} has" in made.stderr
    other = other_desk(tmp_path / "other", empty_url)
    done = other.call("restore", tmp_path / "a.tar")
    assert done.exit_code == 0
    assert str(first) in done.stderr
    assert contents(empty_url) == before


def test_a_desk_without_data_has_nothing_to_back_up(empty_url: str, tmp_path: Path) -> None:
    new = other_desk(tmp_path / "new", empty_url)
    assert "nothing to back up" in sentence(new.call("backup", tmp_path / "a.tar"))
    assert not (tmp_path / "a.tar").exists()


def test_a_search_index_that_is_not_whole_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "settings.toml").write_text("")
    desk = Desk(folder, f"sqlite:///{folder}/data/diembao.sqlite3")
    database = open_database(desk.url)
    fill(database, folder / "data" / "pages")
    with database.write() as session:
        session.execute(text("INSERT INTO revision_search (revision_search) VALUES ('delete-all')"))
    database.close()
    assert hits(desk.url, "to chuc dang") == []
    assert desk.call("backup", tmp_path / "a.tar").exit_code == 0
    done = desk.call("restore", tmp_path / "a.tar", "--into", tmp_path / "house")
    assert "search index was made anew" in done.output
    assert hits(f"sqlite:///{tmp_path}/house/data/diembao.sqlite3", "to chuc dang") != []


def test_a_damaged_database_is_no_backup(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "settings.toml").write_text("")
    desk = Desk(folder, f"sqlite:///{folder}/data/diembao.sqlite3")
    database = open_database(desk.url)
    fill(database, folder / "data" / "pages")
    database.close()
    file = folder / "data" / "diembao.sqlite3"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    written = bytearray(file.read_bytes())
    written[8_192 : len(written) // 2] = b"\x5a" * (len(written) // 2 - 8_192)
    file.write_bytes(written)
    assert "damaged" in sentence(desk.call("backup", tmp_path / "a.tar"))
    assert not (tmp_path / "a.tar").exists()


def test_a_killed_backup_leaves_nothing_that_looks_like_one(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "kept" / "a.tar"
    target.parent.mkdir()
    command = [sys.executable, "-m", "scheduler", "--settings", str(desk.settings), "backup", str(target)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while process.poll() is None and not list(target.parent.iterdir()):
        pass
    process.kill()
    process.wait()
    if target.exists():  # it was quicker
        assert desk.call("backup", target, "--check").exit_code == 0
    else:
        assert desk.call("backup", target).exit_code == 0


def test_a_disk_that_is_full_is_said_and_leaves_no_draft(tmp_path: Path) -> None:
    folder, target = tmp_path / "desk", tmp_path / "out" / "a.tar"
    folder.mkdir()
    target.parent.mkdir()
    (folder / "settings.toml").write_text("")
    database = open_database(f"sqlite:///{folder}/data/diembao.sqlite3")
    fill(database, folder / "data" / "pages")
    database.close()
    size = (folder / "data" / "diembao.sqlite3").stat().st_size
    for most in (size // 2, size + 1_000):  # the copy does not fit, then the backup of it
        pages = folder / "data" / "pages"
        if most > size:
            largest = max(pages.iterdir(), key=lambda file: file.stat().st_size)
            largest.write_bytes(largest.read_bytes() + b"\0" * size)
            with closing(sqlite3.connect(folder / "data" / "diembao.sqlite3")) as connection, connection:
                ends = "UPDATE snapshot SET archive_length = archive_length + ? WHERE archive_file = ?"
                connection.execute(ends, (size, largest.name))
        done = subprocess.run(
            [sys.executable, "-m", "scheduler", "--settings", folder / "settings.toml", "backup", target],
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=lambda most=most: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
        )
        assert done.returncode == 1
        assert "cannot be written" in done.stderr
        assert "Traceback" not in done.stderr
        assert list(target.parent.iterdir()) == []

"""Several processes at once, and one that is killed."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select
from storage_samples import BAO_MAU, NOW, begin

from storage import database as module
from storage import ledger
from storage.database import Database, open_database
from storage.errors import DatabaseBusy
from storage.tables import ArticleRow, EntryRow, RevisionRow, SnapshotRow

ROOT = Path(__file__).parents[2]

WRITER = """
import sys, time
sys.path.insert(0, sys.argv[3])
from storage_samples import NOW, BAO_MAU, entry, fetch, read, revision, minutes
from storage import ledger
from storage.database import open_database
from storage.tables import SourceRow

database, name = open_database(sys.argv[1]), sys.argv[2]
for number in range(12):
    with database.write() as session:
        ledger.sync_sources(session, [BAO_MAU])
        run_id = ledger.open_run(session, BAO_MAU.id, NOW)
        key, listed = entry(number)
        ledger.add_entries(session, BAO_MAU.id, run_id, [(key, listed)], NOW)
        time.sleep(0.005)  # work between reading and writing, as a stage has
        if any(item.key == key for item in ledger.pending_entries(session, BAO_MAU.id, NOW, 99)):
            read(session, run_id, number, revision(f"{number}: {name}"))
database.close()
"""

KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[2])
from storage_samples import NOW, begin, fetch, judge, flag
from storage.database import open_database

database = open_database(sys.argv[1])
with database.write() as session:
    begin(session)
with database.write() as session:
    run_id = begin(session)
    for number in range(50):
        judge(session, run_id, number, flag())
    os.kill(os.getpid(), signal.SIGKILL)
"""


def start(script: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *arguments, str(Path(__file__).parent)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def test_writers_take_turns_and_agree(url_of_database: str) -> None:
    """Three processes make the database, and race to fetch the same pages: each is kept once."""
    writers = [start(WRITER, url_of_database, name) for name in "ABC"]
    errors = [writer.communicate(timeout=100)[1] for writer in writers]
    assert errors == ["", "", ""]
    database = open_database(url_of_database)
    with database.read() as session:
        for table in (EntryRow, SnapshotRow, ArticleRow, RevisionRow):
            assert len(session.exec(select(table)).all()) == 12
    database.close()


def test_a_kill_in_a_write_leaves_nothing_half_done(url_of_database: str) -> None:
    killed = start(KILLED, url_of_database)
    _, error = killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL, error
    database = open_database(url_of_database)
    with database.write() as session:  # and the lock is free
        for table in (EntryRow, SnapshotRow, ArticleRow, RevisionRow):
            assert session.exec(select(table)).all() == []
        assert session.execute(text("SELECT count(*) FROM revision_search")).scalar() == 0
        assert ledger.interrupt_open_runs(session, None, NOW) == 1
    database.close()


def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    with database.write() as writer:
        begin(writer)
        started = time.monotonic()
        with database.read() as reader:
            assert reader.exec(select(EntryRow)).all() == []
        assert time.monotonic() - started < 2


def test_a_writer_that_waits_too_long_says_so(url_of_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    open_database(url_of_database).close()  # while there is time to migrate it
    monkeypatch.setattr(module, "BUSY_TIMEOUT_S", 0.2)
    first, second = open_database(url_of_database), open_database(url_of_database)
    with first.write() as session:
        begin(session)
        with pytest.raises(DatabaseBusy, match=r"locked by another writer for 0\.2 s"):
            _write(second)
    _write(second)
    with second.read() as session:
        assert ledger.known_keys(session, ["x"]) == set()
        assert session.get(ledger.SourceRow, BAO_MAU.id) is not None
    first.close()
    second.close()


def test_a_writer_of_another_database_is_not_waited_for(url_of_database: str, empty_url: str) -> None:
    """On PostgreSQL the other one is another schema."""
    first, second = open_database(url_of_database), open_database(empty_url)
    with first.write() as session:
        begin(session)
        _write(second)
    first.close()
    second.close()


def _write(database: Database) -> None:
    with database.write() as session:
        begin(session)

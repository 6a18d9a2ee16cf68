"""One service on one database: who holds the lock, who is refused, and what ends it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.database import Database, migrate
from storage.errors import DatabaseUnreachable, FolderNotWritable
from storage.service_lock import ServiceLock, ServiceRunning, holder

HOLD = """\
import sys, time
from storage.service_lock import ServiceLock
lock = ServiceLock(sys.argv[1])
lock.take()
print("held", flush=True)
time.sleep(60)
"""


def hold_elsewhere(url: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", HOLD, url], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_is_refused_with_a_sentence_and_has_its_turn_later(url_of_database: str) -> None:
    assert holder(url_of_database) is None
    first, second = ServiceLock(url_of_database), ServiceLock(url_of_database)
    first.take()
    assert first.is_held()
    with pytest.raises(ServiceRunning, match=rf"already \(process {os.getpid()} on .+\); end it first"):
        second.take()
    assert not second.is_held()
    found = holder(url_of_database)
    assert found is not None
    assert (found.pid, found.is_here) == (os.getpid(), True)
    first.release()
    assert not first.is_held()
    second.take()
    second.release()
    assert holder(url_of_database) is None


def test_a_killed_service_holds_nothing(url_of_database: str) -> None:
    process = hold_elsewhere(url_of_database)
    found = holder(url_of_database)
    assert found is not None
    assert found.pid == process.pid
    lock = ServiceLock(url_of_database)
    with pytest.raises(ServiceRunning, match=f"process {process.pid} on"):
        lock.take()
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    lock.take()
    assert lock.is_held()
    lock.release()


def test_who_looks_does_not_take_it(url_of_database: str) -> None:
    lock = ServiceLock(url_of_database)
    for _ in range(5):
        assert holder(url_of_database) is None
        lock.take()
        assert holder(url_of_database) is not None
        lock.release()


def test_others_read_and_write_meanwhile(url_of_database: str) -> None:
    lock = ServiceLock(url_of_database)
    lock.take()
    migrate(url_of_database)
    database = Database(url_of_database)
    with database.write() as session:
        session.execute(text("DELETE FROM uptime"))
    database.close()
    lock.release()


def test_a_lock_file_that_was_taken_away_is_a_lost_lock(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/d.sqlite3"
    lock = ServiceLock(url)
    lock.take()
    file = tmp_path / "d.sqlite3.service"
    file.unlink()
    assert not lock.is_held()
    file.write_text("another's")
    assert not lock.is_held()
    assert holder(url) is None
    lock.release()


def test_a_session_that_was_ended_is_a_lost_lock(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no sessions")
    lock = ServiceLock(database.url)
    lock.take()
    found = text("SELECT pid FROM pg_stat_activity WHERE application_name LIKE :name")
    with database.read() as session:
        pids = session.execute(found, {"name": f"diembao {os.getpid()} %"}).scalars().all()
        for pid in pids:
            session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    assert pids
    assert not lock.is_held()
    lock.release()
    lock.take()
    lock.release()


def test_what_cannot_be_locked_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreachable):
        ServiceLock("postgresql://127.0.0.1:1/nothing").take()
    with pytest.raises(DatabaseUnreachable):
        holder("postgresql://127.0.0.1:1/nothing")
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderNotWritable):
        ServiceLock(f"sqlite:///{tmp_path}/file/d.sqlite3").take()

"""The pages over a real database, with the digest's samples."""

import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "digest"))

from digest_samples import (
    ENGLISH,
    FOUR_SCRIPTS,
    FRENCH,
    HOSTILE,
    NEAR,
    NOW,
    ON,
    TOPIC,
    VIETNAMESE,
    ZONE,
    judged,
)
from digest_store import reject, run, store, sync
from starlette.testclient import TestClient

from digest.desk import freeze
from storage.database import Database, open_database
from storage.models import RejectionReason
from web.app import create_app


class Wall:
    """A clock on the wall that tests can set."""

    def __init__(self) -> None:
        self.now = NOW + timedelta(hours=2)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


def fill(database: Database) -> None:
    """A digest built at 07:00, and one article since; the ids are in the order of storing, from 1."""
    sync(database)
    for article in (ENGLISH, VIETNAMESE, FRENCH, NEAR, HOSTILE, *FOUR_SCRIPTS):
        store(database, article)
    reject(database, ENGLISH, NOW - timedelta(hours=1), RejectionReason.TOO_SHORT)
    for source in ("vna-en", "vna-vi", "vna-fr"):
        run(database, source, NOW - timedelta(minutes=25))
    run(database, "nhandan-vi", NOW - timedelta(minutes=20), "blocked: status 403")
    freeze(database, ON, NOW, ZONE, TOPIC)
    late = judged(90, "Late: a cell in a private clinic", "Text.", source="vns")
    store(database, late, NOW + timedelta(hours=1))


def client_of(database: Database, wall: Wall) -> TestClient:
    """A browser without a language or cookies, under a name that the pages know."""
    app = create_app(database, zone=ZONE, topic=TOPIC, clock=wall)
    return TestClient(app, base_url="http://127.0.0.1:8321", follow_redirects=False)


def made(file: Path, filling: Callable[[Database], None]) -> Path:
    """An SQLite database in ``file``, filled and closed: tests work on copies, which is quick."""
    database = open_database(f"sqlite:///{file}")
    filling(database)
    database.close()
    return file


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("empty") / "diembao.sqlite3", sync)


@pytest.fixture(scope="session")
def morning_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("morning") / "diembao.sqlite3", fill)


def opened_copy(file: Path, folder: Path) -> Iterator[Database]:
    """A database of the test's own, as ``file`` has it."""
    copy = shutil.copy(file, folder / "copy.sqlite3")
    database = Database(f"sqlite:///{copy}")
    yield database
    database.close()


@pytest.fixture
def empty(empty_file: Path, tmp_path: Path) -> Iterator[Database]:
    """Sources known, nothing read yet."""
    yield from opened_copy(empty_file, tmp_path)


@pytest.fixture
def morning(morning_file: Path, tmp_path: Path) -> Iterator[Database]:
    """As ``fill`` makes it."""
    yield from opened_copy(morning_file, tmp_path)


@pytest.fixture
def client(morning: Database, wall: Wall) -> Iterator[TestClient]:
    with client_of(morning, wall) as client:
        yield client


@pytest.fixture
def first_client(empty: Database, wall: Wall) -> Iterator[TestClient]:
    """The same before anything was read."""
    with client_of(empty, wall) as client:
        yield client


@pytest.fixture
def any_client(database: Database, wall: Wall) -> Iterator[TestClient]:
    """The same as ``client`` on each kind of database."""
    fill(database)
    with client_of(database, wall) as client:
        yield client

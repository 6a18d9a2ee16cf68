"""How tests run side by side, and the ``database`` fixture: on SQLite and on PostgreSQL.

`make test` gives the tests of a file to one process of several, so that what a file shares is made once.
Nothing else is shared but the PostgreSQL, where each test has a schema of its own, and a schema its own
locks: ports are the system's choice, folders pytest's, and no process is found by its name.
"""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from storage.database import Database, open_database

# No test asserts a time, and a busy machine is no failure; in CI a failure must be one that can be had again.
settings.register_profile(
    "diembao",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("diembao")

WAITING = ("end_to_end", "browser", "traps")
"""Folders whose files take longest, and mostly wait."""
MOST_PROCESSES = 8
"""Each comes to hold most of a gigabyte."""

POSTGRES = os.environ.get("DIEMBAO_TEST_POSTGRES", "postgresql://127.0.0.1:5432/test")


def pytest_xdist_auto_num_workers() -> int:
    """One process more than processors: one of them waits for processes, hosts or a browser."""
    return min((os.cpu_count() or 1) + 1, MOST_PROCESSES)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The folders of long files first: begun last, one of them would keep one process alone at work."""
    items.sort(key=lambda item: item.path.parent.name not in WAITING)


@pytest.fixture(params=["sqlite", "postgresql"])
def url_of_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of the test's own, empty and not migrated."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/diembao.sqlite3"
        return
    yield from _postgres_schema()


@pytest.fixture
def database(url_of_database: str) -> Iterator[Database]:
    """A database of the test's own, migrated."""
    opened = open_database(url_of_database)
    yield opened
    opened.close()


@pytest.fixture
def empty_url(url_of_database: str, tmp_path: Path) -> Iterator[str]:
    """The address of a second database of the same kind, with nothing in it."""
    if url_of_database.startswith("sqlite"):
        yield f"sqlite:///{tmp_path}/elsewhere/diembao.sqlite3"
        return
    yield from _postgres_schema()


def _postgres_schema() -> Iterator[str]:
    """A schema of the test's own in the test database: the role need not be allowed to make databases."""
    try:
        connection = psycopg.connect(POSTGRES, connect_timeout=3, autocommit=True)
    except psycopg.OperationalError:
        pytest.skip(f"the PostgreSQL half of this test: no server answers at {POSTGRES}")
    name = f"diembao_test_{uuid.uuid4().hex}"
    with connection:
        connection.execute(f"CREATE SCHEMA {name}")
        separator = "&" if "?" in POSTGRES else "?"
        yield f"{POSTGRES}{separator}options=-csearch_path%3D{name}"
        connection.execute("SET lock_timeout = '10s'")  # a session left open fails the test, not the run
        connection.execute(f"DROP SCHEMA {name} CASCADE")

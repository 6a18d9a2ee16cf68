"""The ``database`` fixture: each test that takes it runs on SQLite and on PostgreSQL."""

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

POSTGRES = os.environ.get("DIEMBAO_TEST_POSTGRES", "postgresql://127.0.0.1:5432/test")


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

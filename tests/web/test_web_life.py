"""/healthz and /readyz: the process, and the database behind it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from conftest import client_of
from sqlalchemy import text
from starlette.testclient import TestClient

from storage.database import Database
from storage.schema import revisions


def test_both_answer_over_a_current_database(database: Database, wall) -> None:
    with client_of(database, wall) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        ready = client.get("/readyz")
    assert ready.status_code == 200
    expected = {"status": "ok", "reason": None, "schema": revisions()[-1], "warnings": []}
    assert ready.json() == expected
    assert ready.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("revision", "state"), [(revisions()[0], "older"), ("9999", "newer")])
def test_another_schema_is_not_ready(database: Database, wall, revision: str, state: str) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
    with client_of(database, wall) as client:
        ready = client.get("/readyz")
        assert ready.status_code == 503
        reason = f"the schema is {state}"
        expected = {"status": "not ready", "reason": reason, "schema": revision, "warnings": []}
        assert ready.json() == expected
        assert client.get("/healthz").status_code == 200


def test_a_database_that_is_gone_is_not_ready_and_its_place_is_not_told(tmp_path: Path, wall) -> None:
    for url in ("postgresql://reader@127.0.0.1:1/news", f"sqlite:///{tmp_path}/none/secret.sqlite3"):
        with client_of(Database(url), wall) as client:
            ready = client.get("/readyz")
            assert ready.status_code == 503
            assert ready.json()["reason"] == "the database cannot be read"
            assert client.get("/healthz").status_code == 200


def test_a_damaged_database_is_not_ready(tmp_path: Path, wall) -> None:
    (tmp_path / "a.sqlite3").write_text("no database " * 1000)
    with client_of(Database(f"sqlite:///{tmp_path}/a.sqlite3"), wall) as client:
        assert client.get("/readyz").status_code == 503


def test_an_empty_database_is_not_ready(tmp_path: Path, wall) -> None:
    with closing(sqlite3.connect(tmp_path / "a.sqlite3")) as connection:
        connection.execute("PRAGMA user_version = 1")
    with client_of(Database(f"sqlite:///{tmp_path}/a.sqlite3"), wall) as client:
        assert client.get("/readyz").json()["reason"] == "the schema is absent"


def test_head_is_answered(client: TestClient) -> None:
    for path in ("/healthz", "/readyz"):
        assert client.head(path).status_code == 200

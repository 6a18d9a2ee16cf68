"""Engines, transactions, migrations and what can be wrong with a database."""

import logging
import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Integer, MetaData, Table, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from storage_samples import BAO_MAU, NOW, begin

from storage import ledger
from storage.database import Database, database_url, migrate, open_database
from storage.errors import (
    AddressUnknown,
    DatabaseTooNew,
    DatabaseUnreachable,
    FolderNotWritable,
    NotADatabase,
    StorageError,
)
from storage.tables import Row, RunRow, SourceRow


def differences(database: Database, models: MetaData) -> list[object]:
    def is_ours(name: str | None, _kind: str, _parents: object) -> bool:
        return not str(name).startswith(("revision_search", "notable_search"))  # no tables of the models

    with database.write() as session:
        options = {"include_name": is_ours, "compare_type": True}
        context = MigrationContext.configure(session.connection(), opts=options)
        return list(compare_metadata(context, models))


def test_the_migrated_schema_is_that_of_the_models(database: Database) -> None:
    assert differences(database, Row.metadata) == []


def test_the_comparison_sees_a_difference(database: Database) -> None:
    models = MetaData(naming_convention=Row.metadata.naming_convention)
    for table in Row.metadata.tables.values():
        table.to_metadata(models)
    Table("run", models, Column("invented", Integer), extend_existing=True)
    assert len(differences(database, models)) == 1


def test_migrating_again_changes_nothing(url_of_database: str) -> None:
    first = open_database(url_of_database)
    with first.write() as session:
        begin(session)
    first.close()
    second = open_database(url_of_database)
    with second.read() as session:
        assert session.get(SourceRow, BAO_MAU.id) is not None
    second.close()


def test_migrating_is_quiet(url_of_database: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        migrate(url_of_database)
    assert caplog.text == ""


def test_down_and_up_again(database: Database, url_of_database: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(ledger.__file__).parent / "migrations"))
    with database.write() as session:
        config.attributes["connection"] = session.connection()
        command.downgrade(config, "base")
    migrate(url_of_database)
    assert differences(database, Row.metadata) == []


def test_sqlite_settings(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/a.sqlite3")
    for opened in (database.read, database.write):
        with opened() as session:
            asked = ("journal_mode", "synchronous", "foreign_keys")
            found = [session.execute(text(f"PRAGMA {name}")).scalar() for name in asked]
        assert found == ["wal", 1, 1]
    database.close()


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError), database.read() as session:
        begin(session)


def test_a_failed_write_leaves_nothing(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        ledger.open_run(session, "nobody", NOW + timedelta(seconds=begin(session)))
    with database.read() as session:
        assert session.get(SourceRow, BAO_MAU.id) is None


def test_a_reader_sees_one_state(database: Database) -> None:
    with database.read() as reader:
        assert reader.get(SourceRow, BAO_MAU.id) is None
        with database.write() as writer:
            begin(writer)
        reader.expire_all()
        assert reader.get(SourceRow, BAO_MAU.id) is None
    with database.read() as reader:
        assert reader.get(SourceRow, BAO_MAU.id) is not None


def test_an_unknown_source_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        ledger.open_run(session, "nobody", NOW)


def test_datetimes_come_back_aware_and_in_utc(database: Database) -> None:
    hanoi = datetime(2026, 11, 21, 8, 30, 0, 123456, tzinfo=timezone(timedelta(hours=7)))
    with database.write() as session:
        run_id = begin(session, hanoi)
    with database.read() as session:
        started_at = session.get_one(RunRow, run_id).started_at
    assert started_at == hanoi
    assert started_at.tzinfo is UTC


def test_a_naive_datetime_is_refused(database: Database) -> None:
    with pytest.raises((StatementError, ValueError)), database.write() as session:
        begin(session, datetime(2026, 11, 21))  # noqa: DTZ001


def test_text_that_no_database_holds_is_cleaned(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        key, listed = "https://baomau.example/\0a", ledger.Entry(url="https://baomau.example/\0a")
        ledger.add_entries(session, BAO_MAU.id, run_id, [(key, listed)], NOW)
        [pending] = ledger.pending_entries(session, BAO_MAU.id, NOW, 10)
        detail = "broken \udcff\0 bytes 🙂"
        ledger.record_fate(session, pending.id, run_id, ledger.Fate.CRAWL_ERROR, detail, NOW)
    with database.read() as session:
        row = session.get_one(ledger.EntryRow, pending.id)
        assert (row.url, row.fate_detail) == ("https://baomau.example/a", "broken \ufffd bytes 🙂")


def test_a_newer_schema_is_refused(database: Database, url_of_database: str) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNew, match=r"newer version \(schema 9999\)"):
        migrate(url_of_database)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite3").write_text("Kính gửi " * 1000)
    with pytest.raises(NotADatabase, match=r"a\.sqlite3 is not an SQLite database"):
        open_database(f"sqlite:///{tmp_path}/a.sqlite3")
    assert (tmp_path / "a.sqlite3").read_text().startswith("Kính gửi")


@pytest.mark.parametrize("name", ["file/a.sqlite3", "folder"])
def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(FolderNotWritable, match="cannot be written"):
        open_database(f"sqlite:///{tmp_path}/{name}")


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseUnreachable) as caught:
        open_database("postgresql://reader:secret@127.0.0.1:1/news")
    assert "postgresql://reader:***@127.0.0.1:1/news cannot be reached" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "data/a.sqlite3", "mysql://host/name", "sqlite://", "sqlite:///:memory:"]
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(AddressUnknown, match="is not understood"):
        open_database(url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
def test_postgresql_addresses_get_psycopg(scheme: str) -> None:
    assert database_url(f"{scheme}://h/n").drivername == "postgresql+psycopg"


def test_every_error_is_one_sentence(tmp_path: Path) -> None:
    errors: list[StorageError] = [
        FolderNotWritable(tmp_path, "why"),
        NotADatabase(tmp_path),
        DatabaseTooNew("a", "1"),
        DatabaseUnreachable("a", "why"),
        AddressUnknown("a"),
    ]
    for error in errors:
        assert str(error).endswith(".")
        assert ". " not in str(error)


def test_a_folder_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_database("sqlite:///data/deep/a.sqlite3").close()
    with sqlite3.connect(tmp_path / "data/deep/a.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM source").fetchone() == (0,)
    connection.close()

"""``diembao sources health``, as a person and as a program read it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from scheduler.commands.health import health
from scheduler.desk import open_desk
from scheduler.health import judged as judgements
from scheduler.health import keep
from scheduler.settings import Settings, settings_from
from storage import ledger
from storage.models import RunOutcome

NOW = datetime.now(UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    data = {
        "storage": {"database": f"sqlite:///{tmp_path}/d.sqlite3", "archive": str(tmp_path / "pages")},
        "extract": {"workers": 1},
    }
    return settings_from(data, tmp_path, origin="test")


@pytest.fixture
def judged(settings: Settings) -> Settings:
    """vna-en was read, vna-vi refuses us for a while."""
    with open_desk(settings) as desk, desk.database.write() as session:
        for hours_ago in (3, 2, 1):
            at = NOW - timedelta(hours=hours_ago)
            for source, reason in (
                ("vna-en", None),
                ("vna-vi", "https://v.example/[b]: blocked: status 403"),
            ):
                run_id = ledger.open_run(session, source, at)
                outcome = RunOutcome.FAILED if reason else RunOutcome.COMPLETED
                ledger.close_run(session, run_id, outcome, reason, 1, 1, at)
            keep(session, judgements(session, ["vna-en", "vna-vi"], at), at)
    return settings


def call(settings: Settings, *words: str) -> str:
    app = typer.Typer()

    @app.callback()
    def options(context: typer.Context) -> None:
        context.obj = lambda: settings

    app.command("health")(health)
    result = CliRunner().invoke(app, ["health", *words], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.output


def test_a_program_gets_a_line_for_each_enabled_source(judged: Settings) -> None:
    lines = {facts["id"]: facts for facts in map(json.loads, call(judged, "--format", "json").splitlines())}
    assert {"vna-en", "vna-vi", "vns"} <= set(lines)
    assert lines["vna-en"]["state"] == "healthy"
    assert lines["vna-en"]["reason"] == ""
    assert datetime.fromisoformat(lines["vna-en"]["since_at"]) == NOW - timedelta(hours=3)
    assert lines["vna-vi"]["state"] == "blocked"
    assert datetime.fromisoformat(lines["vna-vi"]["since_at"]) == NOW - timedelta(hours=3)
    assert lines["vna-vi"]["reason"] == "3 times in a row: the site refused access (status 403)"
    assert lines["vna-vi"]["last_read_at"] is None
    assert lines["vns"]["state"] == "new"


def test_a_person_gets_a_table_with_the_bad_ones_first(judged: Settings) -> None:
    table = call(judged)
    assert table.index("vna-vi") < table.index("vna-en")
    assert "blocked" in table
    assert "3 times in a row" in table


def test_asking_writes_nothing(judged: Settings) -> None:
    first = call(judged, "--format", "json")
    assert '"state": "healthy"' in first
    with open_desk(judged) as desk, desk.database.read() as session:
        from storage.health import source_healths  # noqa: PLC0415

        assert set(source_healths(session)) == {"vna-en", "vna-vi"}

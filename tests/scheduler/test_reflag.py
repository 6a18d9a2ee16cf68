"""The archive judged again by a changed topic, on a real database and in real workers."""

import json
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import typer
from sqlmodel import select
from typer.testing import CliRunner

sys.path.append(str(Path(__file__).parents[1] / "digest"))

from digest_samples import NOW, ON, ZONE, judged
from digest_store import store, sync

from analysis.topic import load_topic
from digest.desk import collecting, freeze
from scheduler import rejudging, tasks
from scheduler.commands.reflag import reflag
from scheduler.desk import open_desk
from scheduler.rejudging import Order
from scheduler.settings import Settings, settings_from
from storage import queries
from storage.database import Database, open_database
from storage.models import Flag, JudgedArticle
from storage.tables import FlagRow

TOPIC = load_topic().name
ABOUT = (
    "Đảng ủy các khu công nghiệp tỉnh Đồng Nai kết nạp 29 đảng viên là công nhân trong doanh nghiệp tư nhân."
)
WEATHER = "Chiều nay nhiều nơi có mưa rào và dông, gió giật cấp sáu."


def article(number: int, text: str, grade: int, **facts: object) -> JudgedArticle:
    made = judged(number, f"Bài số {number}", f"{text} ({number})", source="vna-vi", language="vi", **facts)
    flag = Flag(topic=TOPIC, grade=grade, score=0.9 if grade else 0.3)
    return made.model_copy(update={"flag": flag})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    data = {"storage": {"database": f"sqlite:///{tmp_path}/d.sqlite3"}, "extract": {"workers": 2}}
    return settings_from(data, tmp_path, origin="test")


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """1: kept, 2: to be gained, 3: to be lost, 4: rightly left alone; judged by an earlier topic."""
    opened = open_database(settings.storage.database)
    sync(opened)
    for made in (
        article(1, ABOUT, 2),
        article(2, ABOUT, 0, hours_ago=24 * 40),
        article(3, WEATHER, 2),
        article(4, WEATHER, 0),
    ):
        store(opened, made)
    yield opened
    opened.close()


def call(settings: Settings, *words: str) -> str:
    app = typer.Typer()

    @app.callback()
    def options(context: typer.Context) -> None:
        context.obj = lambda: settings

    app.command("reflag")(reflag)
    result = CliRunner().invoke(app, ["reflag", *words], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.stdout


def rows(database: Database) -> dict[int, tuple[object, ...]]:
    with database.read() as session:
        return {
            row.revision_id: (row.grade, row.topic_version, row.judged_at)
            for row in session.exec(select(FlagRow))
        }


def test_a_dry_run_shows_what_is_gained_and_lost_and_changes_nothing(
    settings: Settings, database: Database
) -> None:
    before = rows(database)
    changes = [json.loads(line) for line in call(settings, "--dry-run", "--format", "json").splitlines()]
    found = {change["title"]: change for change in changes}
    assert {title: change["change"] for title, change in found.items()} == {
        "Bài số 2": "gained",
        "Bài số 3": "lost",
    }
    gained = found["Bài số 2"]
    assert (gained["grade_before"], gained["source"]) == (0, "VietnamPlus")
    assert gained["grade_after"] > 0
    assert gained["sentence"].startswith("Đảng ủy các khu công nghiệp")
    assert rows(database) == before
    text = call(settings, "--dry-run")
    assert "gained   0 -> " in text
    assert "4 articles judged again: 1 gained, 1 lost, 0 regraded.\nNothing was changed." in text


def test_verdicts_and_statements_are_replaced_and_then_stand(settings: Settings, database: Database) -> None:
    assert "1 gained, 1 lost" in call(settings)
    assert [grade > 0 for grade, _, _ in rows(database).values()] == [True, True, False, False]
    with database.read() as session:
        gained = queries.article(session, 2, TOPIC)
        assert gained is not None
        assert [item.value for item in gained.statements.quantities] == [29]
    assert "0 articles judged again" in call(settings)
    assert "4 articles judged again: 0 gained, 0 lost, 0 regraded." in call(settings, "--all")


def test_only_articles_since_a_day(settings: Settings, database: Database) -> None:
    since = (NOW - timedelta(days=10)).date()
    assert "3 articles judged again: 0 gained, 1 lost" in call(settings, "--since", str(since))
    assert "1 articles judged again: 1 gained" in call(settings)


def test_a_day_that_is_none_is_bad_usage(settings: Settings) -> None:
    app = typer.Typer()
    app.command()(reflag)
    assert CliRunner().invoke(app, ["--since", "June"], obj=lambda: settings).exit_code == 2


def test_what_was_in_a_digest_does_not_come_again(settings: Settings, database: Database) -> None:
    """Nor does what is lost come among the near misses of today; what is gained comes once."""
    first = freeze(database, ON, NOW, ZONE, TOPIC)
    assert {entry.article.article_id for entry in first.entries} == {1, 3}
    call(settings)
    # The clock of the command is the real one: look from after it.
    with database.read() as session:
        later = max(row.judged_at for row in session.exec(select(FlagRow))) + timedelta(minutes=1)
    now = collecting(database, later, ZONE, TOPIC, near_miss_score=0.0)
    assert [entry.article.article_id for entry in now.entries] == [2]
    assert now.near_misses == ()
    second = freeze(database, date(2099, 1, 1), later, ZONE, TOPIC)
    assert [entry.article.article_id for entry in second.entries] == [2]
    third = freeze(database, date(2099, 1, 2), later + timedelta(days=1), ZONE, TOPIC)
    assert third.entries == ()


def test_it_goes_on_where_it_was_killed(settings: Settings, database: Database) -> None:
    with open_desk(settings, keeps_sources=False) as desk:
        stored = tasks.Store(desk.database.url, desk.intake.archive.folder)
        order = Order(stored, TOPIC, desk.topic_version, desk.zone, is_dry=False)
        rejudging.judge_again(order, [1, 2], NOW)
    assert "2 articles judged again: 0 gained, 1 lost" in call(settings)


def test_a_text_that_cannot_be_judged_keeps_its_verdict_and_stops_no_other(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(database)[3]
    monkeypatch.setattr(rejudging, "judge_again", _fail_at_three)
    assert "3 articles judged again: 1 gained, 0 lost" in call(settings)
    assert rows(database)[3] == before


def _fail_at_three(order: Order, ids: list[int], now: object) -> object:
    """Runs in the worker, where the module is not patched."""
    if 3 in ids:
        raise ValueError("three")
    return rejudging.judge_again(order, ids, now)

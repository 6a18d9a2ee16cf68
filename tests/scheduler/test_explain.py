"""``diembao explain``: what a page became, from the database and from a file."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

sys.path.append(str(Path(__file__).parents[1] / "digest"))

from digest_samples import NOW, judged
from digest_store import reject, store, sync

from analysis.topic import load_topic
from crawler.urls import article_key
from scheduler.commands.errors import CommandError
from scheduler.commands.explain import explain
from scheduler.desk import declared_sources
from scheduler.settings import Settings, settings_from
from storage import ledger
from storage.database import Database, open_database
from storage.models import Entry, Flag, JudgedArticle, RejectionReason

TOPIC = load_topic().name
ABOUT = (
    "Từ đầu năm đến nay, Đảng ủy các khu công nghiệp tỉnh Bắc Giang kết nạp 29 đảng viên là công nhân trong "
    "doanh nghiệp tư nhân theo Chỉ thị số 33-CT/TW."
)
OFFICE = "Ban Tổ chức Đảng ủy cho biết chiều nay nhiều nơi có mưa rào."
VILLAGE = "Đảng viên ở thôn tích cực hiến đất làm đường."
ADDRESS = "https://www.vietnamplus.vn/bai-mau-post{n}.vnp"


def article(number: int, text: str, grade: int) -> JudgedArticle:
    made = judged(number, f"Bài số {number}", text, source="vna-vi", language="vi")
    flag = Flag(topic=TOPIC, grade=grade, score=0.9 if grade else 0.3)
    return made.model_copy(update={"flag": flag, "url": ADDRESS.format(n=1_000_000 + number)})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    data = {"storage": {"database": f"sqlite:///{tmp_path}/d.sqlite3"}, "extract": {"workers": 1}}
    return settings_from(data, tmp_path, origin="test")


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = open_database(settings.storage.database)
    sync(opened)
    store(opened, article(1, f"{ABOUT}\n\n{OFFICE} {VILLAGE}\x1b[31m", 0))
    yield opened
    opened.close()


def call(settings: Settings, *words: str) -> str:
    app = typer.Typer()

    @app.callback()
    def options(context: typer.Context) -> None:
        context.obj = lambda: settings

    app.command("explain")(explain)
    result = CliRunner().invoke(app, ["explain", *words], env={"COLUMNS": "80"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_number_is_an_article_of_the_database(settings: Settings, database: Database) -> None:
    shown = call(settings, "1")
    assert shown.startswith("Bài số 1\nVietnamPlus, ")
    assert "The database has grade 0 (score 0.30)" in shown
    assert "[1] Từ đầu năm đến nay" in shown
    assert "*kết nạp* 29 *đảng viên*" in shown
    assert f"part of another name  {OFFICE}\n" in shown
    assert f"  {VILLAGE}" in shown
    assert "\n- members_admitted: 29 people; Bắc Ninh; " in shown
    assert "\n- Bắc Giang = Bắc Ninh (province)\n" in shown
    assert "Chỉ thị số 33-CT/TW = 33-CT/TW" in shown
    assert "\x1b" not in shown


def test_a_program_gets_the_verdict_of_analyse_and_what_was_left_out(
    settings: Settings, database: Database
) -> None:
    found = json.loads(call(settings, "1", "--format", "json"))
    assert (found["flagged"], found["stored_grade"]) == (True, 0)
    assert found["evidence"][0]["exact"] == ABOUT
    assert found["revision"]["title"] == "Bài số 1"
    left_out = {item["exact"]: item["why"] for item in found["left_out"]}
    assert left_out[OFFICE] == "hidden"
    assert any(sentence.startswith("Đảng viên ở thôn") for sentence in left_out)


def test_an_address_is_found_by_its_article_whatever_its_parameters(
    settings: Settings, database: Database
) -> None:
    source = declared_sources(settings)["vna-vi"]
    made = article(2, ABOUT, 2)
    store(database, made, key=article_key(source, made.url))
    assert call(settings, made.url + "?utm_source=x").startswith("Bài số 2\n")
    with database.write() as session:
        run_id = ledger.open_run(session, "vna-vi", NOW)
        entry = Entry(url=ADDRESS.format(n=2_000_001))
        ledger.add_entries(session, "vna-vi", run_id, [(article_key(source, entry.url), entry)], NOW)
    with pytest.raises(CommandError, match=r"has no text: pending"):
        call(settings, ADDRESS.format(n=2_000_001) + "?utm_source=x")
    with pytest.raises(CommandError, match="no source has listed it"):
        call(settings, ADDRESS.format(n=2_000_003))


def test_a_saved_page_is_read_and_judged(settings: Settings, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '<html lang="vi"><head><meta property="article:published_time" content="2026-05-20T08:00:00+07:00">'
        '</head><body><h1 class="article__title">Kết nạp đảng viên</h1>'
        f'<div class="article__body"><p>{ABOUT}</p><p>{OFFICE} {VILLAGE}</p></div></body></html>',
        encoding="utf-8",
    )
    shown = call(settings, str(page), "--url", "https://nhandan.vn/bai-mau-post123456.html")
    assert shown.startswith("Kết nạp đảng viên\nNhân Dân, 2026-05-20 08:00, vi\n")
    assert "2026-01-01/2026-05-20" in shown


def test_a_page_without_a_text_says_why(settings: Settings, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html></html>")
    words = (str(page), "--url", "https://nhandan.vn/bai-mau-post123456.html")
    assert "No text came of the page: " in call(settings, *words)
    assert json.loads(call(settings, *words, "--format", "json"))["rejection"] in set(RejectionReason)


def test_what_is_not_there_is_a_sentence(settings: Settings, database: Database, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no article 77"):
        call(settings, "77")
    with pytest.raises(CommandError, match=r"absent\.html cannot be read"):
        call(settings, str(tmp_path / "absent.html"), "--url", "https://nhandan.vn/x-post1.html")


def test_a_rejected_page_is_told_with_its_reason(settings: Settings, database: Database) -> None:
    from storage.lookup import find_address  # noqa: PLC0415

    reject(database, article(5, ABOUT, 0), NOW, RejectionReason.TOO_SHORT)
    with database.read() as session:
        known = find_address(session, "vna-vi/rejected-5")
        assert known is not None
        assert (known.article_id, known.rejection_reason) == (None, "too_short")
        assert find_address(session, "nothing") is None

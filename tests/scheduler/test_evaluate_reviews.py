"""``diembao evaluate --reviews``: verdicts as labels, as a corpus, and as what the scores are fitted to."""

import json
import random
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

sys.path.append(str(Path(__file__).parents[1] / "digest"))

from digest_samples import ENGLISH, FRENCH, NEAR, NOW, VIETNAMESE
from digest_store import store, sync

from analysis.calibration import EVEN, Calibration
from analysis.fitting import LEAST_NEAR, LEAST_SHOWN, fit, refit
from analysis.topic import TopicError, calibrated, load_topic
from scheduler.commands.errors import CommandError
from scheduler.commands.evaluation import evaluate_file
from scheduler.desk import open_desk
from scheduler.settings import Settings, SettingsError, settings_from
from storage import reviews
from storage.database import open_database
from storage.models import JudgedArticle

TOPIC = load_topic()
PRESENT = Calibration(below=8.0, above=20.0, ceiling=0.94)


def settings_in(folder: Path, **sections: dict[str, object]) -> Settings:
    data = {"storage": {"database": "sqlite:///" + str(folder / "d.sqlite3"), "archive": "pages"}}
    return settings_from(data | sections, folder, origin="a test")


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    """1 to 3 are flagged, 4 a near miss; 1 and 4 confirmed, 2 rejected by one of two, 3 left open."""

    def on_topic(sample: JudgedArticle) -> JudgedArticle:
        return sample.model_copy(update={"flag": sample.flag.model_copy(update={"topic": TOPIC.name})})

    settings = settings_in(tmp_path)
    database = open_database(settings.storage.database)
    sync(database)
    for sample in (ENGLISH, VIETNAMESE, FRENCH, NEAR):
        store(database, on_topic(sample))
    with database.write() as session:
        reviews.record(session, [1, 2], "Lan", NOW, verdict="confirmed")
        reviews.record(session, [2], "Minh", NOW, verdict="rejected")
        reviews.record(session, [3], "Minh", NOW, verdict="unsure")
        reviews.record(session, [4], "Minh", NOW, verdict="confirmed")
        taken_back = reviews.record(session, [4], "Minh", NOW, verdict="rejected")
        assert taken_back is not None
        reviews.undo(session, taken_back, "Minh", NOW)
    database.close()
    return settings


def call(settings: Settings | None, *words: str) -> str:
    app = typer.Typer()
    app.command()(evaluate_file)
    result = CliRunner().invoke(app, list(words), obj=lambda: settings)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_precision_of_what_was_shown_and_what_was_missed(desk: Settings) -> None:
    found = json.loads(call(desk, "--reviews", "--format", "json"))
    overall = found["overall"]
    assert (overall["shown"], overall["confirmed"], overall["rejected"]) == (2, 1, 1)
    assert (overall["precision"], overall["near_misses"], overall["missed"]) == (0.5, 1, 1)
    assert found["unsure"] == 1
    assert found["by_language"]["vi"]["precision"] == 0
    assert found["by_source"]["vna-en"]["precision"] == 1
    assert found["by_rule"]["party-in-enterprise"]["shown"] == 2
    assert [item["id"] for item in found["missed"]] == [4]
    (rejected,) = found["rejected"]
    assert (rejected["id"], rejected["by"], rejected["others"]) == (2, "Minh", ["Lan confirmed"])
    assert rejected["sentence"] in {item.exact for item in VIETNAMESE.flag.evidence}
    assert [item["id"] for item in found["disputed"]] == [2]


def test_a_person_reads_it_as_a_table_with_the_sentences(desk: Settings) -> None:
    table = call(desk, "--reviews")
    assert "0.500 [" in table
    assert "left open as unsure: 1" in table
    assert "2 vi nhandan-vi: not on the topic by Minh; otherwise: Lan confirmed" in table
    assert ENGLISH.flag.evidence[0].exact not in table, "what is agreed needs no reading"


def test_before_the_first_verdict_it_says_what_to_do(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    open_database(settings.storage.database).close()
    assert "No article has a verdict yet" in call(settings, "--reviews")


def test_labels_are_a_corpus_that_can_be_judged(desk: Settings, tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    call(desk, "--reviews", "--labels", str(file))
    records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [(record["id"], record["grade"]) for record in records] == [
        ("article-1", ENGLISH.flag.grade),
        ("article-2", 0),
        ("article-4", 1),
    ]
    assert records[0]["text"] == ENGLISH.revision.judged_text
    judged = json.loads(call(None, str(file), "--format", "json"))
    assert judged["overall"]["records"] == 3
    with pytest.raises(CommandError, match="cannot be written"):
        call(desk, "--reviews", "--labels", str(tmp_path))


def test_too_few_verdicts_fit_nothing(desk: Settings, tmp_path: Path) -> None:
    file = tmp_path / "calibration.toml"
    said = call(desk, "--reviews", "--calibration", str(file))
    assert "The calibration was not fitted" in said
    assert f"{LEAST_SHOWN} shown ones are the least" in said
    assert not file.exists()


@pytest.mark.parametrize("words", [(), ("corpus.jsonl", "--reviews"), ("corpus.jsonl", "--labels", "x")])
def test_a_file_or_reviews_and_not_both(words: tuple[str, ...]) -> None:
    app = typer.Typer()
    app.command()(evaluate_file)
    assert CliRunner().invoke(app, list(words)).exit_code == 2


def texts(shown: int, near: int, right: float) -> list[tuple[float, bool]]:
    """Scores of the rules spread over both sides of 0.5, of the flagged ``right`` on the topic."""
    chance = random.Random(7)
    flagged = [(0.5 + 0.5 * chance.random(), chance.random() < right) for _ in range(shown)]
    return [*flagged, *[(0.2 + 0.3 * chance.random(), chance.random() < 0.1) for _ in range(near)]]


def test_a_fit_that_gains_is_kept() -> None:
    found = refit(texts(400, 60, right=0.6), 0.5, PRESENT)
    assert (found.shown, found.near) == (400, 60)
    assert found.before is not None
    assert found.after is not None
    assert found.after.surprise < found.before.surprise
    assert found.after.brier < found.before.brier
    assert found.kept is not None
    assert 0.5 < found.kept.ceiling < 0.7


def test_a_fit_that_loses_is_not_kept() -> None:
    present = fit(texts(3000, 0, right=0.94), 0.5)
    sample = texts(LEAST_SHOWN, LEAST_NEAR, right=0.94)
    found = refit(sample, 0.5, present)
    assert found.before is not None
    assert found.after is not None
    is_worse = found.after.surprise > found.before.surprise or found.after.brier > found.before.brier
    assert (found.kept is None) == is_worse


def test_few_near_misses_leave_the_rate_below_as_it_is() -> None:
    found = refit(texts(200, LEAST_NEAR - 1, right=0.6), 0.5, PRESENT)
    assert found.fitted is not None
    assert found.fitted.below == PRESENT.below
    assert refit(texts(LEAST_SHOWN - 1, 90, right=0.6), 0.5, PRESENT).kept is None


def test_all_rejected_is_still_a_calibration() -> None:
    assert fit([(0.9, False)] * 50, 0.5).ceiling > EVEN


def test_the_settings_name_the_file_that_calibrates(tmp_path: Path) -> None:
    file = tmp_path / "calibration.toml"
    file.write_text("[calibration]\nbelow = 3.0\nabove = 4.0\nceiling = 0.8\n", encoding="utf-8")
    settings = settings_in(tmp_path, topic={"calibration": "calibration.toml"})
    with open_desk(settings_in(tmp_path)) as before, open_desk(settings) as desk:
        assert desk.topic.calibration == Calibration(3.0, 4.0, 0.8)
        assert desk.topic.rules == before.topic.rules
        assert desk.topic_version != before.topic_version
    file.unlink()
    with pytest.raises(SettingsError, match="calibration"):
        settings_in(tmp_path, topic={"calibration": "calibration.toml"})


@pytest.mark.parametrize(
    "toml",
    ["", "x", "[calibration]\nbelow = 3\n", "[thresholds]\nflag = 0.1\n", "[calibration]\nceiling = 2\n"],
)
def test_a_file_that_is_no_calibration_is_refused(toml: str) -> None:
    with pytest.raises(TopicError, match=r"own\.toml"):
        calibrated(TOPIC, toml, "own.toml")

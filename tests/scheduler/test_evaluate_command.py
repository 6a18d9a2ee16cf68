"""``diembao evaluate`` on invented corpora, and the floor that the dev corpus must keep."""

import gzip
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typer
from typer.testing import CliRunner

from scheduler.commands.errors import CommandError
from scheduler.commands.evaluation import evaluate_file

SHARED = Path(__file__).parents[2].parent / "shared" / "corpus"
ABOUT = "Đảng ủy các khu công nghiệp kết nạp {n} đảng viên là công nhân trong doanh nghiệp tư nhân."
WEATHER = "Chiều nay nhiều nơi có mưa rào và dông."
RECORDS = [
    {"id": "right", "text": ABOUT.format(n=3), "grade": 2, "lang": "vi", "kind": "admission"},
    {"id": "alarm", "text": ABOUT.format(n=4), "grade": 0, "lang": "vi", "kind": "other", "title": "Cũ"},
    {"id": "missed", "text": WEATHER, "grade": 1, "lang": "vi", "kind": "other"},
    {"id": "passed", "text": WEATHER, "grade": 0, "lang": "en", "kind": "easy"},
    {"id": "unread", "text": ABOUT.format(n=5), "grade": None, "lang": "vi"},
]


def call(*words: str) -> str:
    app = typer.Typer()
    app.command()(evaluate_file)
    result = CliRunner().invoke(app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def written(folder: Path, records: list[dict[str, object]]) -> str:
    file = folder / "corpus.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return str(file)


def test_a_program_gets_scores_intervals_and_misses(tmp_path: Path) -> None:
    found = json.loads(call(written(tmp_path, RECORDS), "--format", "json"))
    overall = found["overall"]
    assert (overall["right"], overall["wrong"], overall["missed"], overall["passed"]) == (1, 1, 1, 1)
    assert (overall["precision"], overall["recall"], overall["f1"]) == (0.5, 0.5, 0.5)
    low, high = overall["precision_interval"]
    assert 0 < low < 0.5 < high < 1
    assert set(found["by_language"]) == {"vi", "en"}
    assert (found["by_grade"]["2"]["recall"], found["by_grade"]["1"]["recall"]) == (1, 0)
    assert [miss["id"] for miss in found["false_alarms"]] == ["alarm"]
    assert found["false_alarms"][0]["evidence"][0]["exact"] == ABOUT.format(n=4)
    assert [miss["id"] for miss in found["missed"]] == ["missed"]
    assert [miss["id"] for miss in found["to_read"]] == ["unread"]
    assert found["flagged_per_10000"] == 10_000
    assert sum(band["records"] for band in found["bands"]) == 4


def test_a_person_gets_a_table_and_with_misses_their_sentences(tmp_path: Path) -> None:
    file = written(tmp_path, RECORDS)
    brief, full = call(file), call(file, "--misses")
    assert "language vi" in brief
    assert "grade 2" in brief
    assert "false alarms (1)" in brief
    assert ABOUT.format(n=4) not in brief
    assert ABOUT.format(n=4) in full
    assert "no sentence came near" in full
    assert full.startswith(brief.rstrip())


def test_a_gzipped_corpus_is_told_by_its_bytes(tmp_path: Path) -> None:
    plain = written(tmp_path, RECORDS)
    packed = tmp_path / "packed.jsonl"
    packed.write_bytes(gzip.compress(Path(plain).read_bytes()))
    assert call(str(packed)) == call(plain)


def test_the_curve_is_an_svg_picture(tmp_path: Path) -> None:
    picture = tmp_path / "curve.svg"
    call(written(tmp_path, RECORDS), "--curve", str(picture))
    root = ElementTree.fromstring(picture.read_text(encoding="utf-8"))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(root.findall("{*}path[@stroke='#9c1c1c']")) == 1
    assert len(root.findall("{*}circle")) == 1
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "now: precision 0.500, recall 0.500" in texts


def test_a_corpus_with_nothing_on_the_topic_has_an_empty_picture(tmp_path: Path) -> None:
    picture = tmp_path / "curve.svg"
    assert "-" in call(written(tmp_path, RECORDS[3:4]), "--curve", str(picture))
    assert "no labelled text" in picture.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"id": 1, "text": "x", "grade": 3}', "grade must be"),
        ('{"id": 1, "text": "x", "grade": true}', "grade must be"),
        ('{"id": 1, "grade": 1}', "line 1: text"),
        ("not JSON", "line 1: this is not JSON"),
    ],
)
def test_a_record_that_is_none_ends_it_with_a_sentence(tmp_path: Path, line: str, why: str) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(CommandError, match=why):
        call(str(file))


@pytest.mark.parametrize("name", ["absent.jsonl", "cut.gz"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "cut.gz").write_bytes(gzip.compress(json.dumps(RECORDS[0]).encode())[:-12])
    with pytest.raises(CommandError, match=name):
        call(str(tmp_path / name))


def test_the_dev_corpus_keeps_its_floor() -> None:
    file = SHARED / "relevance-dev.jsonl"
    if not file.exists():
        pytest.skip(f"../shared is absent: {file} is not there")
    found = json.loads(call(str(file), "--format", "json"))
    assert found["overall"]["f1"] >= 0.97
    assert found["overall"]["precision"] >= 0.97
    assert found["by_grade"]["2"]["recall"] >= 0.98
    floors = {"vi": 0.95, "en": 0.95, "fr": 0.9, "zh": 0.85, "es": 0.85, "ru": 0.85}
    assert {lang for lang, floor in floors.items() if found["by_language"][lang]["f1"] < floor} == set()

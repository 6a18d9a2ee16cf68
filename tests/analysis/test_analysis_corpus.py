"""The floor that the flags reached on labelled texts, so that no change to the topic lowers it unseen."""

import gzip
import json
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from analysis.evaluate import Evaluation, evaluate
from analysis.judge import judge
from analysis.topic import Topic, load_topic

SHARED = Path(__file__).parents[2].parent / "shared"


@cache
def topic() -> Topic:
    return load_topic()


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"../shared is absent: {path} is not there")
    return path


def evaluation_of(records: list[dict[str, Any]]) -> Evaluation:
    return evaluate(
        (r, judge(r["text"], topic(), title=r.get("title") or "", language=r["lang"]).flag) for r in records
    )


def read_records(path: Path) -> list[dict[str, Any]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in content.decode("utf-8").split("\n") if line.strip()]


def test_retold_articles_are_flagged_rightly_in_each_language() -> None:
    records = read_records(shared("corpus/relevance-dev.jsonl"))
    result = evaluation_of([record for record in records if record["lang"] in topic().sections])
    assert result.overall.f1 >= 0.97
    assert result.overall.precision >= 0.97
    for language in ("vi", "en", "fr"):
        assert result.by_language[language].f1 >= 0.9, language
    right = sum(count for (label, verdict), count in result.grades.items() if label == verdict)
    assert right / sum(result.grades.values()) >= 0.95


def test_real_articles_raise_few_false_alarms() -> None:
    result = evaluation_of(read_records(shared("corpus/real-vi-dev.jsonl.gz")))
    overall = result.overall
    assert overall.wrong <= 0.02 * (overall.wrong + overall.passed)
    assert overall.right >= 12
    assert len(result.to_read) <= 4


def test_the_seed_articles_are_about_the_topic_whatever_stands_around_them() -> None:
    paths = sorted(shared("seeds").glob("*.txt"))
    assert len(paths) == 5
    for path in paths:
        text = unicodedata.normalize("NFC", path.read_text(encoding="utf-8"))
        flag = judge(text, topic()).flag
        assert flag.grade == 2, path.name
        assert flag.evidence
        assert all(text[item.start : item.end] == item.exact for item in flag.evidence)

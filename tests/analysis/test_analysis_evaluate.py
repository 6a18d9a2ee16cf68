import pytest

from analysis.evaluate import Score, evaluate
from analysis.report import as_table
from storage.models import Flag


def judged(
    label: int | None, verdict: int, language: str = "vi", kind: str = "founding"
) -> tuple[dict[str, object], Flag]:
    record = {
        "id": f"{label}{verdict}{language}",
        "grade": label,
        "lang": language,
        "kind": kind,
        "title": "T",
    }
    return record, Flag(topic="t", grade=verdict, score=0.9 if verdict else 0.1)


def test_scores_count_flagged_or_not_whatever_the_grade() -> None:
    result = evaluate([judged(2, 2), judged(1, 2), judged(0, 1), judged(2, 0), judged(0, 0), judged(0, 0)])
    assert result.overall == Score(right=2, wrong=1, missed=1, passed=2)
    assert result.overall.precision == pytest.approx(2 / 3)
    assert result.overall.recall == pytest.approx(2 / 3)
    assert result.overall.f1 == pytest.approx(2 / 3)
    assert result.grades == {(0, 0): 2, (0, 1): 1, (1, 2): 1, (2, 0): 1, (2, 2): 1}


def test_misses_are_listed_by_what_is_wrong_with_them() -> None:
    result = evaluate([judged(2, 2), judged(1, 2), judged(0, 1), judged(2, 0)])
    assert [miss.id for miss in result.false_alarms] == ["01vi"]
    assert [miss.id for miss in result.missed] == ["20vi"]
    assert [miss.id for miss in result.wrong_grade] == ["12vi"]


def test_records_without_a_label_are_listed_to_read_and_change_no_score() -> None:
    result = evaluate([judged(None, 1), judged(None, 0), judged(None, 0), judged(None, 0), judged(2, 2)])
    assert result.overall == Score(right=1)
    assert [miss.id for miss in result.to_read] == ["None1vi"]
    assert (result.unlabelled, result.flagged_per_10000) == (4, 2500.0)


def test_languages_and_kinds_are_scored_apart() -> None:
    result = evaluate([judged(2, 2, "vi", "founding"), judged(2, 0, "en", "statistics")])
    assert result.by_language["vi"].f1 == 1.0
    assert result.by_language["en"].recall == 0.0
    assert set(result.by_kind) == {"founding", "statistics"}


def test_nothing_flagged_has_no_precision() -> None:
    result = evaluate([judged(0, 0)])
    assert (result.overall.precision, result.overall.recall, result.overall.f1) == (None, None, None)
    assert evaluate([]).flagged_per_10000 is None


def test_the_table_names_languages_and_misses() -> None:
    table = as_table(evaluate([judged(2, 0), judged(None, 1), judged(0, 0)]))
    assert "language vi" in table
    assert "missed (1)" in table
    assert "20vi" in table
    assert "to read (1)" in table
    assert "false alarms" not in table

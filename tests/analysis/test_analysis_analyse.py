import json
from datetime import date
from functools import cache

import pytest

from analysis.analyse import RecordError, _published_on, analyse_lines, analyse_record
from analysis.topic import Topic, load_topic

TEXT = "Trời mưa. Chi bộ Công ty May Hoa Lư kết nạp 3 đảng viên mới."


@cache
def topic() -> Topic:
    return load_topic()


def test_a_verdict_has_the_fields_of_the_contract_and_no_others() -> None:
    answer = analyse_record(
        {"id": "a1", "text": TEXT, "url": "https://x.example/1", "published_at": None}, topic()
    )
    assert list(answer) == [
        "id",
        "flagged",
        "grade",
        "score",
        "evidence",
        "quantities",
        "documents",
        "places",
    ]
    (evidence,) = answer["evidence"]
    assert list(evidence) == ["exact", "prefix", "suffix", "start", "end", "rule", "weight"]
    assert evidence["exact"] == TEXT[evidence["start"] : evidence["end"]] == TEXT[10:]
    assert (answer["id"], answer["flagged"]) == ("a1", True)
    (quantity,) = answer["quantities"]
    assert list(quantity) == ["indicator", "value", "unit", "place", "period", "kind", "exact"]
    assert (quantity["indicator"], quantity["value"]) == ("members_admitted", 3)
    assert (answer["documents"], answer["places"]) == ([], [])
    assert json.loads(json.dumps(answer)) == answer


def test_lang_may_stand_for_language_and_other_keys_are_let_pass() -> None:
    english = {"id": 7, "text": "The company's Party cell admitted three Party members.", "mood": "sunny"}
    assert analyse_record(english | {"lang": "en"}, topic())["flagged"] is True
    assert analyse_record(english | {"lang": "zh"}, topic())["flagged"] is False
    assert analyse_record(english | {"lang": "zh", "language": "en"}, topic())["flagged"] is True
    assert analyse_record(english | {"lang": None, "title": None}, topic())["id"] == 7


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ({"id": "a"}, "text"),
        ({"id": "a", "text": None}, "text"),
        ({"id": "a", "text": ["x"]}, "text"),
        ({"text": "x"}, "id"),
        ({"id": True, "text": "x"}, "id"),
        ({"id": "a", "text": "x", "title": 3}, "title"),
        ({"id": "a", "text": "x", "language": ["vi"]}, "language"),
        ([], "object"),
    ],
)
def test_a_record_that_is_none_is_refused_with_the_reason(record: object, why: str) -> None:
    with pytest.raises(RecordError, match=why) as caught:
        analyse_record(record, topic())
    assert isinstance(caught.value, ValueError)
    assert caught.value.line is None


def test_lines_are_answered_one_by_one_in_order() -> None:
    lines = [json.dumps({"id": str(number), "text": TEXT if number % 2 else "Mưa."}) for number in range(6)]
    lines.insert(3, "  \n")
    answers = list(analyse_lines(lines, topic()))
    assert [answer["id"] for answer in answers] == list("012345")
    assert [answer["flagged"] for answer in answers] == [False, True] * 3


def test_lines_are_read_as_they_are_asked_for() -> None:
    def lines() -> object:
        yield json.dumps({"id": "1", "text": "x"})
        raise AssertionError("read too early")

    assert next(analyse_lines(lines(), topic()))["id"] == "1"


@pytest.mark.parametrize("bad", ["{", "[1]", '"text"', '{"id": "2"}', "[" * 100_000])
def test_a_bad_line_is_named_by_its_number(bad: str) -> None:
    answers = analyse_lines([json.dumps({"id": "1", "text": "x"}), "\n", bad], topic())
    next(answers)
    with pytest.raises(RecordError, match=r"^line 3: ") as caught:
        next(answers)
    assert caught.value.line == 3


def test_half_a_surrogate_pair_does_no_harm() -> None:
    (answer,) = analyse_lines(['{"id": "1", "text": "\\ud800 Chi bộ công ty kết nạp 3 đảng viên."}'], topic())
    assert answer["flagged"] is True


@pytest.mark.parametrize(
    ("published_at", "day"),
    [
        (None, None),
        ("", None),
        ("2026-03-04", date(2026, 3, 4)),
        ("2026-03-04T23:30:00", date(2026, 3, 4)),
        ("2026-03-04T23:30:00Z", date(2026, 3, 5)),
        ("2026-03-04T23:30:00+07:00", date(2026, 3, 4)),
    ],
)
def test_the_day_of_publication_is_the_local_one(published_at: str | None, day: date | None) -> None:
    assert _published_on({"published_at": published_at}) == day


@pytest.mark.parametrize(
    "published_at", ["yesterday", "04/03/2026", "2026-13-01", 20260304, "0001-01-01T00:00:00+23:00"]
)
def test_a_time_that_is_none_is_refused(published_at: object) -> None:
    with pytest.raises(RecordError, match="published_at"):
        analyse_record({"id": 1, "text": "Văn bản.", "published_at": published_at}, topic())


def test_what_a_flagged_text_states_is_told_once_and_by_its_day_of_publication() -> None:
    text = (
        "Từ đầu năm đến nay, Đảng bộ các khu công nghiệp tỉnh Bắc Giang kết nạp 29 đảng viên trong doanh "
        "nghiệp theo Chỉ thị số 33-CT/TW. Tỉnh Bắc Giang tiếp tục thực hiện Chỉ thị số 33-CT/TW."
    )
    answer = analyse_record({"id": 1, "text": text, "published_at": "2025-05-20T23:30:00Z"}, topic())
    assert answer["documents"] == ["Chỉ thị số 33-CT/TW"]
    assert len(answer["places"]) == len(set(answer["places"])) >= 1
    periods = {quantity["period"] for quantity in answer["quantities"]}
    assert periods == {"2025-01-01/2025-05-21"}
    assert analyse_record({"id": 1, "text": "Tỉnh Bắc Giang có 29 chợ."}, topic())["places"] == []

"""The contract of ``diembao group``: records in, one answer each, in order."""

import json
from typing import Any

import pytest
from story_samples import records

from analysis.analyse import RecordError
from analysis.stories.records import group_lines


def grouped(*given: Any, explain: bool = False) -> list[dict[str, Any]]:
    return group_lines((json.dumps(record) for record in given), explain=explain)


def some(*names: str) -> list[dict[str, Any]]:
    wanted = {record["id"]: record for record in (*records("first"), *records("fresh"))}
    return [wanted[name] for name in names]


def test_one_answer_for_each_line_in_order() -> None:
    given = some("owners-fr", "plan-45-launch-vi", "owners-vi", "owners-en")
    assert grouped(*given) == [
        {"id": "owners-fr", "story": "owners-vi"},
        {"id": "plan-45-launch-vi", "story": "plan-45-launch-vi"},
        {"id": "owners-vi", "story": "owners-vi"},
        {"id": "owners-en", "story": "owners-vi"},
    ]


def test_the_least_that_a_record_may_hold() -> None:
    assert grouped({"id": 7, "text": ""}, {"id": "8", "text": "x", "lang": "zh", "more": 1}) == [
        {"id": 7, "story": 7},
        {"id": "8", "story": "8"},
    ]
    assert group_lines(["\n", " "]) == []


def test_an_id_that_comes_twice_is_answered_twice() -> None:
    one, other = some("owners-vi", "plan-45-launch-vi")
    answers = grouped(one, other | {"id": one["id"]}, one)
    assert [answer["id"] for answer in answers] == ["owners-vi"] * 3


def test_explained_answers_say_how_and_why() -> None:
    first, second = grouped(*some("owners-vi", "owners-en"), explain=True)
    assert (first["way"], first["source"]) == ("first", None)
    assert (second["way"], second["source"]) == ("translated", "owners-vi")
    assert "same numbers: 6, 13, 742, 31500000000" in second["reasons"]
    (alone,) = grouped(*some("owners-course"), explain=True)
    assert alone["reasons"] == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("nonsense", "line 2: this is not JSON"),
        ("[1]", "line 2: a record must be a JSON object, not list"),
        ('{"text": "x"}', "line 2: id is missing"),
        ('{"id": true, "text": "x"}', "line 2: id is missing"),
        ('{"id": "a"}', "line 2: text is missing"),
        ('{"id": "a", "text": "x", "title": 3}', "line 2: title must be a string"),
        ('{"id": "a", "text": "x", "published_at": "soon"}', "line 2: published_at is not a time"),
        (
            '{"id": "a", "text": "x", "published_at": "9999-12-31T23:59:59Z"}',
            "line 2: published_at is not a time",
        ),
    ],
)
def test_a_bad_line_is_named(line: str, why: str) -> None:
    with pytest.raises(RecordError, match=why.replace("(", r"\(")):
        group_lines(['{"id": "ok", "text": "x"}', line])


@pytest.mark.parametrize("written", ["2026-04-09", "2026-04-09T08:00:00", "2026-04-09T08:00:00Z", " "])
def test_times_and_days_of_publication(written: str) -> None:
    assert grouped({"id": "a", "text": "x", "published_at": written}) == [{"id": "a", "story": "a"}]

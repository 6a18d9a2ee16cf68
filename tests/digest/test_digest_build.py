"""Choosing and ordering: which article stands where, and what the digest says of the sources."""

import json
from datetime import timedelta

import pytest
from digest_samples import (
    COVERAGE,
    ENGLISH,
    FOUR_SCRIPTS,
    FRENCH,
    HOSTILE,
    NEAR,
    NOW,
    ON,
    VIETNAMESE,
    covered,
    digest,
    judged,
)
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from digest.build import NEAR_MISSES_LISTED, beginning, build_digest
from digest.model import Digest
from storage.models import Evidence


def ids(built: Digest) -> list[int]:
    return [entry.article.article_id for entry in built.entries]


@given(st.permutations([ENGLISH, VIETNAMESE, FRENCH, *FOUR_SCRIPTS]))
def test_the_order_does_not_depend_on_the_order_of_arrival(articles) -> None:
    assert digest(articles).to_body() == digest([ENGLISH, VIETNAMESE, FRENCH, *FOUR_SCRIPTS]).to_body()


def test_grade_comes_before_score_and_score_before_time() -> None:
    articles = [
        judged(1, "passing, sure", "Text.", grade=1, score=0.99, hours_ago=1),
        judged(2, "about, old", "Text.", grade=2, score=0.7, hours_ago=9),
        judged(3, "about, new", "Text.", grade=2, score=0.7, hours_ago=1),
        judged(4, "about, sure", "Text.", grade=2, score=0.8, hours_ago=20),
        judged(5, "about, undated, seen between", "Text.", grade=2, score=0.7, hours_ago=4, is_dated=False),
    ]
    assert ids(digest(articles)) == [4, 3, 5, 2, 1]


def test_marks_count_from_the_sentence_and_cover_the_matched_words() -> None:
    for entry in digest().entries:
        for sentence in entry.article.evidence:
            for start, end in sentence.marks:
                assert 0 <= start < end <= len(sentence.exact)
    first = digest().entries[0].article.evidence[0]
    assert [first.exact[start:end] for start, end in first.marks] == ["Party cell", "Garment Company"]


def test_a_mark_outside_of_its_sentence_is_cut_or_dropped() -> None:
    evidence = Evidence(
        exact="cell",
        prefix="",
        suffix="",
        start=10,
        end=14,
        rule="r",
        weight=1,
        marks=((2, 5), (8, 12), (13, 30)),
    )
    article = ENGLISH.model_copy(update={"flag": ENGLISH.flag.model_copy(update={"evidence": (evidence,)})})
    (sentence,) = digest([article]).entries[0].article.evidence
    assert sentence.marks == ((0, 2), (3, 4))


def test_evidence_stands_in_the_order_of_the_text() -> None:
    flag = ENGLISH.flag.model_copy(update={"evidence": tuple(reversed(ENGLISH.flag.evidence))})
    (entry,) = digest([ENGLISH.model_copy(update={"flag": flag})]).entries
    starts = [sentence.start for sentence in entry.article.evidence]
    assert starts == sorted(starts)


def test_the_counts_are_those_of_what_is_listed() -> None:
    counts = digest().counts
    assert (counts.about, counts.in_passing, counts.entries, counts.near_misses) == (2, 1, 3, 1)
    assert counts.outlets == 3
    assert (counts.sources, counts.sources_read, counts.sources_failing, counts.sources_unread) == (
        5,
        3,
        1,
        1,
    )
    assert (counts.articles_new, counts.pages_rejected) == (155, 7)


def test_sources_in_trouble_come_first() -> None:
    assert [line.state for line in digest().coverage] == ["failing", "unread", "read", "read", "read"]


def test_only_the_closest_near_misses_are_listed_and_all_are_counted() -> None:
    near = [judged(i, "near", "Text.", grade=0, score=i / 1000) for i in range(NEAR_MISSES_LISTED + 30)]
    built = digest(near=near)
    assert built.counts.near_misses == NEAR_MISSES_LISTED + 30
    assert [entry.article.article_id for entry in built.near_misses] == list(
        range(NEAR_MISSES_LISTED + 29, 29, -1)
    )


def test_a_missing_lead_is_the_beginning_of_the_text() -> None:
    article = digest([VIETNAMESE]).entries[0].article
    assert article.lead == VIETNAMESE.revision.text
    assert digest([ENGLISH]).entries[0].article.lead == "Seven of the eleven are women."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("short", "short"),
        ("first\n\nsecond", "first"),
        ("one two three four", "one two…"),
        ("one two, three", "one two…"),
        ("同奈省非公有制企业新发展党员", "同奈省非公有制企业新…"),
        ("", ""),
    ],
)
def test_the_beginning_is_cut_between_words(text: str, expected: str) -> None:
    assert beginning(text, 10) == expected


@pytest.mark.parametrize(
    "built",
    [
        digest(),
        digest((), ()),
        digest((HOSTILE, *FOUR_SCRIPTS), (NEAR,), is_final=False, since=False),
        digest((), (), ()),
    ],
)
def test_the_json_form_gives_the_same_digest_back(built: Digest) -> None:
    written = json.dumps(built.to_body(), ensure_ascii=False)
    again = Digest.from_body(json.loads(written))
    assert again == built
    assert json.dumps(again.to_body(), ensure_ascii=False) == written


def test_counts_keep_their_order_when_the_database_does_not() -> None:
    body = digest().to_body()
    line = next(line for line in body["coverage"] if line["rejections"])
    line["rejections"] = dict(reversed(line["rejections"].items()))
    assert json.dumps(Digest.from_body(body).to_body()) == json.dumps(digest().to_body())


@pytest.mark.parametrize("change", [{"version": 2}, {"unknown": 1}, {"until": "2026-11-22T07:00:00"}])
def test_a_body_of_another_form_is_refused(change) -> None:
    with pytest.raises(ValidationError):
        Digest.from_body({**digest().to_body(), **change})


def test_a_digest_of_no_sources_and_no_articles_is_a_digest() -> None:
    built = build_digest(ON, None, NOW, NOW + timedelta(seconds=1), [], [], [], is_final=True)
    assert built.counts.sources == built.counts.entries == 0


def test_a_failing_source_keeps_its_reason() -> None:
    (line,) = digest(coverage=[covered("vns", reason="blocked: status 403")]).coverage
    assert (line.state, line.reason) == ("failing", "blocked: status 403")
    assert len(COVERAGE) == 5

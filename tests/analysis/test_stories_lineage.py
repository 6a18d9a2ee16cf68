"""Lineage: who had it first, and how the others came by it."""

from datetime import timedelta

from story_samples import made, sample

from analysis.stories.fingerprint import Fingerprint
from analysis.stories.grouping import Constraints, Story, group
from analysis.stories.lineage import Way, lineage, wording


def story_of(*articles: Fingerprint) -> Story:
    pairs = frozenset(frozenset((articles[0].id, other.id)) for other in articles[1:])
    (story,) = group(articles, Constraints(together=pairs))
    return story


def test_reprinted_rewrote_and_translated() -> None:
    (wire, reprint, rewrite) = lineage(
        story_of(*(sample(f"union-list-{n}") for n in ("wire", "reprint", "rewrite")))
    )
    assert (wire.way, wire.source, wire.delay) == (Way.FIRST, None, None)
    assert (reprint.way, reprint.source) == (Way.REPRINTED, "union-list-wire")
    assert reprint.delay == timedelta(hours=17, minutes=40)
    assert (rewrite.way, rewrite.source) == (Way.REWROTE, "union-list-wire")
    found = lineage(story_of(sample("kaneshiro-vi"), sample("kaneshiro-en"), sample("kaneshiro-fr")))
    assert [descent.way for descent in found] == [Way.FIRST, Way.TRANSLATED, Way.TRANSLATED]


def test_a_rehost_names_its_source_even_where_that_is_not_the_first() -> None:
    url = "https://bao.example/mot-tin-ngan-gon-1.htm"
    first = made("a", "Agency brief.", language="en", day=1)
    original = made("b", "Tin ngắn.", url=url, day=2)
    copy = made("c", "Tin ngắn.", original_url=url, day=3)
    english = made("d", "Short news.", language="en", original_url=url, day=3)
    found = {descent.article: descent for descent in lineage(story_of(first, original, copy, english))}
    assert (found["c"].way, found["c"].source) == (Way.REHOSTED, "b")
    assert (found["d"].way, found["d"].source) == (Way.TRANSLATED, "b")
    assert found["d"].delay == timedelta(days=1)


def test_a_source_that_was_dated_later_shows_as_such() -> None:
    url = "https://bao.example/mot-tin-ngan-gon-1.htm"
    copy = made("a", "Tin ngắn.", original_url=url, day=1)
    original = made("b", "Tin ngắn.", url=url, day=2)
    first, second = lineage(story_of(copy, original))
    assert (first.article, first.way, second.source) == ("a", Way.FIRST, "a")


def test_without_times_there_is_no_delay() -> None:
    assert lineage(story_of(sample("dorm-vi"), sample("dorm-en")))[1].delay is None


def test_the_wording_in_english() -> None:
    outlets = {"union-list-wire": "VNA", "union-list-reprint": "Báo Miền Đông", "union-list-rewrite": "VNS"}
    descents = lineage(story_of(*(sample(name) for name in outlets)))
    assert [wording(descent, outlets) for descent in descents] == [
        "VNA had it first",
        "Báo Miền Đông reprinted VNA, 17 h 40 min later",
        "VNS rewrote VNA, 20 h later",
    ]

"""The floor that the stories reached on labelled pairs, so that no change of a weight lowers it unseen."""

import json
from datetime import UTC, datetime
from itertools import combinations

import pytest
from story_samples import SETS, pairs, prints, sample
from test_analysis_corpus import shared

from analysis.stories.evaluate import Pair, evaluate_pairs
from analysis.stories.evidence import join
from analysis.stories.fingerprint import Telling, fingerprint
from analysis.stories.grouping import group, regroup
from analysis.stories.records import read_telling
from newsroom.articles import load_articles

NAMES = sorted(file.stem for file in SETS.glob("*.toml"))


def test_there_are_enough_pairs_and_half_of_them_are_near_misses() -> None:
    labelled = [pair for name in NAMES for pair in pairs(name)]
    assert len(labelled) >= 150
    assert sum(not pair.is_same for pair in labelled) >= len(labelled) / 2
    assert sum(pair.crosses for pair in labelled) >= 50


@pytest.mark.parametrize("name", NAMES)
def test_stories_are_right_on_labelled_pairs(name: str) -> None:
    result = evaluate_pairs(pairs(name), group(prints(name).values()))
    assert (result.overall.f1 or 0) >= 0.95, result.misses
    assert (result.across.f1 or 0) >= 0.95, result.misses


def test_all_sets_together_keep_their_stories_apart() -> None:
    together = [item for name in NAMES for item in prints(name).values()]
    labelled = [pair for name in NAMES for pair in pairs(name)]
    result = evaluate_pairs(labelled, group(together))
    assert (result.overall.precision or 0) >= 0.95, result.misses
    family = {item.id: name for name in NAMES for item in prints(name).values()}
    assert all(len({family[item.id] for item in story.members}) == 1 for story in group(together))


def test_the_newsroom_tells_each_story_once() -> None:
    told = [
        (
            item.story,
            fingerprint(
                Telling(
                    id=f"{item.outlet}/{item.id}",
                    text="\n\n".join([item.lead, *item.paragraphs]),
                    title=item.title,
                    language=item.language,
                    url=item.url,
                    outlet=item.outlet,
                    published_at=item.published_at,
                    original_url=item.original_url,
                )
            ),
        )
        for item in load_articles(datetime(2026, 11, 20, 12, tzinfo=UTC))
    ]
    labelled = [Pair(a, b, one == other) for (one, a), (other, b) in combinations(told, 2)]
    result = evaluate_pairs(labelled, group(item for _, item in told))
    assert result.overall.wrong == 0, result.misses
    assert (result.overall.recall or 0) >= 0.95, result.misses


def test_no_false_join_on_retold_pairs_of_real_articles() -> None:
    articles = shared("corpus/relevance-dev.jsonl").read_text(encoding="utf-8")
    known = {}
    for line in articles.splitlines():
        record = json.loads(line)
        known[record["id"]] = fingerprint(read_telling(record))
    lines = shared("corpus/stories-dev.jsonl").read_text(encoding="utf-8").splitlines()
    labels = [json.loads(line) for line in lines]
    labelled = [Pair(known[item["a_id"]], known[item["b_id"]], item["same_story"]) for item in labels]
    result = evaluate_pairs(labelled, group(known.values()))
    assert result.overall.wrong == 0, result.misses
    assert result.overall.right >= 4, result.misses


def test_a_wrong_label_would_be_counted_and_explained() -> None:
    a, b, c = sample("kaneshiro-vi"), sample("kaneshiro-en"), sample("owners-vi")
    result = evaluate_pairs([Pair(a, b, False), Pair(a, c, True)], regroup([a, b, c]))
    assert (result.overall.wrong, result.overall.missed) == (1, 1)
    assert result.across.wrong == result.within.missed == 1
    assert "same numbers: 11, 1870" in result.misses[0]


@pytest.mark.parametrize("name", NAMES)
def test_a_join_is_the_same_from_both_sides(name: str) -> None:
    for pair in pairs(name):
        assert join(pair.a, pair.b) == join(pair.b, pair.a)

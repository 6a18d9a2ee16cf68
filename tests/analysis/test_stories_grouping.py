"""Stories: the same for every order, held together by their members, and as a person decided."""

import random
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from story_samples import SETS, made, prints, sample

from analysis.stories.evidence import join
from analysis.stories.fingerprint import Fingerprint
from analysis.stories.grouping import Constraints, Story, group, joined, regroup
from analysis.stories.index import StoryIndex

EVERYTHING = [item for file in sorted(SETS.glob("*.toml")) for item in prints(file.stem).values()]


def members(stories: list[Story]) -> set[frozenset[str]]:
    return {frozenset(item.id for item in story.members) for story in stories}


def together(stories: list[Story], a: str, b: str) -> bool:
    return any({a, b} <= ids for ids in members(stories))


def pair(a: str, b: str) -> frozenset[str]:
    return frozenset((a, b))


@given(st.randoms(use_true_random=False))
@settings(max_examples=8)
def test_the_order_of_the_articles_does_not_matter(order: random.Random) -> None:
    shuffled = list(EVERYTHING)
    order.shuffle(shuffled)
    assert group(shuffled) == group(EVERYTHING)


@given(st.randoms(use_true_random=False))
@settings(max_examples=12)
def test_articles_that_arrive_one_by_one_meet_their_clear_doubles(order: random.Random) -> None:
    arriving = [
        item for item in EVERYTHING if item.id.split("-")[0] in ("union", "lam", "tan", "coffee", "brief")
    ]
    order.shuffle(arriving)
    stories = arrive(arriving)
    for one, other in combinations(arriving, 2):
        found = join(one, other)
        if found is not None and found.score >= 9:
            assert together(stories, one.id, other.id), (one.id, other.id)
    assert members(stories) == members(group(arriving))


def arrive(articles: list[Fingerprint]) -> list[Story]:
    """As the service does: for each new article, its candidates that join, and the stories of those, anew."""
    index, known = StoryIndex(), {item.id: item for item in articles}
    story_of: dict[str, frozenset[str]] = {}
    for item in articles:
        surest = joined(item, [known[other] for other in index.candidates(item)])
        concerned = {item.id}.union(*(story_of[other.id] for other in surest))
        for story in regroup([known[identity] for identity in concerned]):
            ids = frozenset(member.id for member in story.members)
            story_of |= dict.fromkeys(ids, ids)
        index.add(item)
    return [
        story for ids in set(story_of.values()) for story in regroup([known[identity] for identity in ids])
    ]


def test_every_article_is_in_one_story_that_is_named_for_its_first() -> None:
    stories = group(EVERYTHING)
    assert sorted(item.id for story in stories for item in story.members) == sorted(
        item.id for item in EVERYTHING
    )
    by_id = {story.id: story for story in stories}
    assert [item.id for item in by_id["union-list-wire"].members] == [
        "union-list-wire",
        "union-list-reprint",
        "union-list-rewrite",
    ]
    assert all(story.id == story.members[0].id for story in stories)


FACTS = (
    "4.172 đảng viên",
    "3.391 lao động",
    "7.283 đoàn viên",
    "6.354 quần chúng",
    "8.415 người",
    "9.526 học viên",
)


def chain(length: int) -> list[Fingerprint]:
    """Each shares two figures with the next one and none with those behind it."""
    return [
        made(
            f"link-{at}",
            f"Có {at + 2}.{at + 1}37 đảng viên và {at + 5}.{at + 1}91 lao động. "
            f"Có {at + 3}.{at + 2}37 đảng viên và {at + 6}.{at + 2}91 lao động.",
        )
        for at in range(length)
    ]


def test_a_chain_of_joins_does_not_make_one_story() -> None:
    links = chain(6)
    assert all(join(one, other) is not None for one, other in pairwise(links))
    assert join(links[0], links[2]) is None
    assert max(len(story.members) for story in group(links)) <= 3


def test_a_person_can_keep_articles_apart_and_bring_them_together() -> None:
    a, b, c = (sample(name) for name in ("owners-vi", "owners-en", "owners-fr"))
    other = sample("plan-45-launch-vi")
    assert together(group([a, b, c, other]), a.id, b.id)
    decided = Constraints(together=frozenset({pair(c.id, other.id)}), apart=frozenset({pair(a.id, b.id)}))
    stories = group([a, b, c, other], decided)
    assert not together(stories, a.id, b.id)
    assert together(stories, c.id, other.id)


def test_a_decision_outlives_regrouping_and_later_arrivals() -> None:
    wire, reprint, rewrite = (sample(f"union-list-{name}") for name in ("wire", "reprint", "rewrite"))
    decided = Constraints(apart=frozenset({pair(wire.id, reprint.id)}))
    for order in ([wire, reprint, rewrite], [rewrite, reprint, wire]):
        assert not together(group(order, decided), wire.id, reprint.id)
    more = [*EVERYTHING, made("later", "Một tin khác hẳn.")]
    assert not together(group(more, decided), wire.id, reprint.id)


def test_apart_is_stronger_than_together() -> None:
    a, b = sample("owners-vi"), sample("owners-en")
    both = frozenset({pair(a.id, b.id)})
    assert len(group([a, b], Constraints(together=both, apart=both))) == 2
    linked = [
        made("x", "Tin.", url="https://bao.example/mot-tin-ngan-gon-1.htm"),
        made("y", "News.", language="en", original_url="https://bao.example/mot-tin-ngan-gon-1.htm"),
    ]
    assert len(group(linked)) == 1
    assert len(group(linked, Constraints(apart=frozenset({pair("x", "y")})))) == 2


def test_decisions_on_unknown_articles_are_passed_over() -> None:
    a = sample("owners-vi")
    assert len(group([a], Constraints(together=frozenset({pair(a.id, "gone")})))) == 1


@pytest.mark.parametrize("name", [file.stem for file in sorted(SETS.glob("*.toml"))])
def test_comparing_all_pairs_finds_no_more_than_the_index_does(name: str) -> None:
    articles = list(prints(name).values())
    assert members(regroup(articles)) == members(group(articles))

"""A person's word on stories: merged, split, undone, and found under their old numbers."""

import pytest
from storage_samples import NOW, begin, flag, judge, minutes

from storage import regrouping, stories
from storage.database import Database
from storage.regrouping import FIRST, JOINED, NothingToMove
from storage.stories import Membership

FIRST_STORY = (1, 2, 3)
SECOND_STORY = (4, 5)


@pytest.fixture
def told(database: Database) -> Database:
    """Five articles, the first three of one event, the last two of another; each later than the last."""
    with database.write() as session:
        run_id = begin(session)
        for number in range(1, 6):
            judge(session, run_id, number, flag(), now=NOW + minutes(number))
        for group in (FIRST_STORY, SECOND_STORY):
            story_id = stories.make_story(session, NOW)
            stories.record_memberships(session, [_place(id, story_id, group[0]) for id in group], NOW)
    return database


def _place(article_id: int, story_id: int, first: int) -> Membership:
    if article_id == first:
        return Membership(article_id=article_id, story_id=story_id, way=FIRST)
    return Membership(
        article_id=article_id,
        story_id=story_id,
        way="reprinted",
        source_article_id=first,
        delay_s=60.0,
        reasons=("same text: 90%",),
    )


def groups(database: Database) -> dict[int, dict[int, str]]:
    with database.read() as session:
        found = stories.members(session, range(1, 10))
    return {number: {item.article_id: item.way for item in group} for number, group in found.items()}


def test_a_merge_keeps_the_smaller_number_and_the_earliest_is_first(told: Database) -> None:
    with told.write() as session:
        assert regrouping.merge(session, 2, 1, NOW) == 1
    ways = {1: FIRST, 2: "reprinted", 3: "reprinted", 4: JOINED, 5: "reprinted"}
    assert groups(told) == {1: ways}
    with told.read() as session:
        assert regrouping.open_stories(session, 10) == [1]
        assert stories.decisions(session, range(1, 6)) == {(1, 4): True}


def test_a_number_that_was_merged_away_leads_to_the_story_that_has_its_articles(told: Database) -> None:
    with told.write() as session:
        regrouping.merge(session, 1, 2, NOW)
        assert regrouping.standing_for(session, 2) == 1
        assert regrouping.standing_for(session, 1) == 1
        assert regrouping.standing_for(session, 77) is None
        # A later story never takes a number that was given once.
        assert stories.make_story(session, NOW) == 3
        assert regrouping.standing_for(session, 3) is None


def test_a_split_undoes_a_merge_and_gives_the_number_back(told: Database) -> None:
    before = groups(told)
    with told.write() as session:
        regrouping.merge(session, 1, 2, NOW)
        assert regrouping.split(session, 1, SECOND_STORY, NOW) == 2
    assert groups(told) == before
    with told.read() as session:
        decided = stories.decisions(session, range(1, 6))
    assert set(decided.values()) == {False}
    assert len(decided) == 6


def test_a_merge_undoes_a_split(told: Database) -> None:
    with told.write() as session:
        assert regrouping.split(session, 1, [1, 3], NOW) == 3
    assert groups(told)[1] == {2: FIRST}
    assert groups(told)[3] == {1: FIRST, 3: "reprinted"}
    with told.write() as session:
        assert regrouping.merge(session, 3, 1, NOW) == 1
        assert False not in stories.decisions(session, FIRST_STORY).values()
    assert groups(told)[1] == {1: FIRST, 2: JOINED, 3: "reprinted"}


def test_a_telling_that_loses_its_source_waits_for_another(told: Database) -> None:
    with told.write() as session:
        new = regrouping.split(session, 1, [1], NOW)
    assert groups(told)[new] == {1: FIRST}
    assert groups(told)[1] == {2: FIRST, 3: JOINED}
    with told.read() as session:
        open_one = stories.memberships(session, [3])[3]
    assert (open_one.source_article_id, open_one.delay_s, open_one.reasons) == (None, None, ())


@pytest.mark.parametrize("chosen", [[], [1, 2, 3], [4], [1, 4], [99]])
def test_what_cannot_be_split_changes_nothing(told: Database, chosen: list[int]) -> None:
    before = groups(told)
    with told.write() as session, pytest.raises(NothingToMove):
        regrouping.split(session, 1, chosen, NOW)
    assert groups(told) == before


@pytest.mark.parametrize(("one", "other"), [(1, 1), (1, 77), (88, 99)])
def test_what_cannot_be_merged_changes_nothing(told: Database, one: int, other: int) -> None:
    before = groups(told)
    with told.write() as session, pytest.raises(NothingToMove):
        regrouping.merge(session, one, other, NOW)
    assert groups(told) == before


def test_the_likeliest_other_stories_share_keys(told: Database) -> None:
    with told.write() as session:
        for article_id, keys in {1: [10, 11], 2: [12], 4: [10, 12], 5: [99]}.items():
            stories.record_fingerprint(session, article_id, {}, keys)
    with told.read() as session:
        assert regrouping.likest(session, 1, 5) == [2]
        assert regrouping.likest(session, 1, 0) == []
        assert regrouping.likest(session, 77, 5) == []

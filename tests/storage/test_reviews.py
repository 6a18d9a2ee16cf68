"""Reviews on both databases: what counts, what is undone, how far a digest is, and the audit queue."""

from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session, col, func, select
from storage_samples import NOW, TOPIC, begin, flag, judge

from storage import audit, queries, reviews, stories
from storage.audit import Queue, Wanted
from storage.database import Database
from storage.desk_tables import ReviewActionRow, ReviewRow
from storage.models import Flag, StoredDigest
from storage.reviews import TAKEN_BACK, UNREVIEWED, Review, ReviewVerdict
from storage.stories import Membership
from storage.tables import RevisionRow

MINUTE = timedelta(minutes=1)
ON = date(2026, 11, 21)
NEAR = Flag(topic=TOPIC, grade=0, score=0.3)


@pytest.fixture
def desk(database: Database) -> Database:
    """Articles 1 to 4 flagged, 1 and 2 telling one story; 5 and 6 near misses, 7 off the topic."""
    with database.write() as session:
        run_id = begin(session)
        for number in (1, 2, 3, 4):
            judge(session, run_id, number, flag())
        judge(session, run_id, 5, NEAR)
        judge(session, run_id, 6, Flag(topic=TOPIC, grade=0, score=0.4))
        judge(session, run_id, 7, Flag(topic=TOPIC, grade=0, score=0.0))
        join(session, 1, 2)
    return database


def join(session: Session, *article_ids: int) -> int:
    story_id = stories.make_story(session, NOW)
    stories.record_memberships(
        session, [Membership(article_id=id, story_id=story_id, way="joined") for id in article_ids], NOW
    )
    return story_id


def say(desk: Database, *article_ids: int, by: str = "", at: datetime = NOW, **what: object) -> int | None:
    with desk.write() as session:
        return reviews.record(session, article_ids, by, at, **what)  # type: ignore[arg-type]


def take_back(desk: Database, action_id: int | None, by: str = "", at: datetime = NOW) -> bool:
    assert action_id is not None
    with desk.write() as session:
        return reviews.undo(session, action_id, by, at) is not None


def of(desk: Database, article_id: int) -> Review:
    with desk.read() as session:
        return reviews.reviews_of(session, [article_id]).get(article_id, UNREVIEWED)


def test_the_last_word_of_each_kind_counts(desk: Database) -> None:
    say(desk, 3, by="Lan", verdict="rejected", at=NOW)
    say(desk, 3, by="Minh", note="  đọc lại  ", at=NOW + MINUTE)
    say(desk, 3, by="Minh", is_starred=True, at=NOW + 2 * MINUTE)
    say(desk, 3, by="Minh", verdict="confirmed", at=NOW + 3 * MINUTE)
    found = of(desk, 3)
    assert (found.verdict, found.judged_by, found.judged_at) == ("confirmed", "Minh", NOW + 3 * MINUTE)
    assert (found.note, found.noted_by, found.is_starred) == ("đọc lại", "Minh", True)
    assert of(desk, 4) == UNREVIEWED


def test_the_text_that_was_judged_is_known(desk: Database) -> None:
    say(desk, 3, verdict="confirmed")
    with desk.read() as session:
        newest = session.exec(select(RevisionRow.id).where(RevisionRow.article_id == 3)).one()
    assert of(desk, 3).revision_id == newest


def test_a_button_pressed_twice_is_one_act(desk: Database) -> None:
    assert say(desk, 1, 2, verdict="confirmed") is not None
    assert say(desk, 1, 2, verdict="confirmed") is None
    assert say(desk, 1, 2, is_starred=True) is not None
    assert say(desk, 1, 2, is_starred=True) is None
    assert say(desk, 1, note="a") is not None
    assert say(desk, 1, note=" a ") is None
    with desk.read() as session:
        assert session.exec(select(func.count(col(ReviewActionRow.id)))).one() == 3
        assert session.exec(select(func.count()).select_from(ReviewRow)).one() == 5


def test_the_same_word_of_another_person_is_an_act(desk: Database) -> None:
    say(desk, 3, by="Lan", verdict="confirmed")
    assert say(desk, 3, by="Minh", verdict="confirmed") is not None
    assert of(desk, 3).judged_by == "Minh"


def test_a_verdict_can_be_taken_back_and_a_note_away(desk: Database) -> None:
    say(desk, 3, verdict="unsure", note="?")
    say(desk, 3, verdict=TAKEN_BACK, note="")
    assert of(desk, 3) == UNREVIEWED
    assert say(desk, 3, verdict=TAKEN_BACK) is None


def test_an_unknown_article_or_verdict_is_no_act(desk: Database) -> None:
    assert say(desk, 999, verdict="confirmed") is None
    with pytest.raises(ValueError, match="splendid"):
        say(desk, 3, verdict="splendid")


def test_an_act_is_undone_as_one_and_what_was_before_counts_again(desk: Database) -> None:
    say(desk, 1, verdict="rejected")
    both = say(desk, 1, 2, verdict="confirmed", note="ok")
    assert take_back(desk, both)
    assert (of(desk, 1).verdict, of(desk, 2)) == (ReviewVerdict.REJECTED, UNREVIEWED)
    assert not take_back(desk, both), "undoing twice undoes once"
    assert not take_back(desk, 999)


def test_nobody_undoes_the_act_of_another(desk: Database) -> None:
    act = say(desk, 3, by="Lan", verdict="confirmed")
    assert not take_back(desk, act, by="Minh")
    assert take_back(desk, act, by="Lan")


def test_acts_are_undone_from_the_last_on(desk: Database) -> None:
    first = say(desk, 3, by="Lan", verdict="confirmed")
    second = say(desk, 1, 2, by="Lan", note="hai", at=NOW + MINUTE)
    say(desk, 4, by="Minh", verdict="confirmed", at=NOW + 2 * MINUTE)
    for expected in (second, first):
        with desk.write() as session:
            act = reviews.last_act(session, "Lan")
            assert act is not None
            assert act.id == expected
            undone = reviews.undo(session, act.id, "Lan", NOW + 3 * MINUTE)
        assert undone == act
    with desk.read() as session:
        assert reviews.last_act(session, "Lan") is None


def test_a_new_telling_of_a_judged_story_shares_its_verdict(desk: Database) -> None:
    say(desk, 1, 2, by="Lan", verdict="confirmed", note="hay")
    with desk.write() as session:
        join(session, 1, 2, 4)
    with desk.read() as session:
        assert reviews.tellings_of(session, 4) == [1, 2, 4]
        assert reviews.tellings_of(session, 3) == [3]
        assert reviews.tellings_of(session, 999) == [999]
        late, other = reviews.reviews_of_stories(session, [[4], [3]])
    assert (late.verdict, late.judged_by, late.note) == ("confirmed", "Lan", "hay")
    assert other == UNREVIEWED
    assert of(desk, 4) == UNREVIEWED, "of the article alone nothing was said"


def test_the_last_word_on_a_story_is_that_on_any_telling(desk: Database) -> None:
    say(desk, 1, 2, verdict="confirmed")
    say(desk, 2, verdict="rejected")
    with desk.read() as session:
        (found,) = reviews.reviews_of_stories(session, [[1]])
    assert found.verdict == "rejected"


def test_progress_counts_stories_and_the_time_spent(desk: Database) -> None:
    say(desk, 1, 2, verdict="confirmed", at=NOW)
    say(desk, 3, is_starred=True, at=NOW + MINUTE)
    undone = say(desk, 3, verdict="confirmed", at=NOW + 2 * MINUTE)
    take_back(desk, undone, at=NOW + 3 * MINUTE)
    say(desk, 3, verdict="unsure", at=NOW + 60 * MINUTE)
    say(desk, 7, verdict="confirmed", at=NOW + 61 * MINUTE)
    with desk.read() as session:
        groups = [[1, 2], [3], [4]]
        found = reviews.progress_of(session, groups, reviews.reviews_of_stories(session, groups))
        nothing = reviews.progress_of(session, [], [])
    assert (found.stories, found.judged, found.left) == (3, 2, 1)
    assert (found.first_at, found.last_at, found.spent_s) == (NOW, NOW + 60 * MINUTE, 180)
    assert (nothing.stories, nothing.judged, nothing.first_at, nothing.spent_s) == (0, 0, None, 0)


def test_progress_by_day_is_that_of_the_frozen_digests(desk: Database) -> None:
    def digest(on: date) -> StoredDigest:
        return StoredDigest(on=on, built_at=NOW, since=NOW, until=NOW, body={})

    with desk.write() as session:
        queries.freeze_digest(session, digest(ON), {1: None, 2: None, 3: None})
        queries.freeze_digest(session, digest(ON + timedelta(days=1)), {4: None})
        queries.freeze_digest(session, digest(ON + timedelta(days=2)), {})
        join(session, 1, 2, 4)
    say(desk, 1, 2, verdict="confirmed")
    with desk.read() as session:
        found = reviews.progress_by_day(session, ON, ON + timedelta(days=9))
        assert reviews.progress_by_day(session, ON - timedelta(days=9), ON - timedelta(days=1)) == {}
    assert {on.day: (item.judged, item.stories) for on, item in found.items()} == {
        21: (1, 2),
        22: (1, 1),
        23: (0, 0),
    }
    assert found[ON].first_at == NOW
    assert found[ON + timedelta(days=1)].first_at is None, "shared, not judged there"


def test_many_stories_are_counted_in_few_questions(desk: Database) -> None:
    with desk.read() as session:
        found = reviews.reviews_of_stories(session, [[number] for number in range(1, 1201)])
    assert len(found) == 1200


def ids(desk: Database, queue: Queue, limit: int = 10, offset: int = 0, **wanted: object) -> list[int]:
    with desk.read() as session:
        asked = Wanted(**wanted)  # type: ignore[arg-type]
        found = [item.article_id for item in audit.queued(session, queue, TOPIC, asked, limit, offset)]
        if offset == 0 and limit == 10:
            assert audit.count(session, queue, TOPIC, asked) == len(found)
        return found


def groups(
    desk: Database, queue: Queue, limit: int = 10, offset: int = 0, **wanted: object
) -> list[list[int]]:
    with desk.read() as session:
        asked = Wanted(**wanted)  # type: ignore[arg-type]
        found = audit.queued_stories(session, queue, TOPIC, asked, limit, offset)
        if offset == 0 and limit == 10:
            assert audit.count_stories(session, queue, TOPIC, asked) == len(found)
        return [[item.article_id for item in group] for group in found]


def test_a_story_is_queued_once_with_all_its_tellings(desk: Database) -> None:
    say(desk, 1, 2, note="hỏi lại", is_starred=True)
    say(desk, 3, note="đọc lại")
    assert groups(desk, Queue.NOTES) == [[3], [1, 2]]
    assert groups(desk, Queue.NOTES, limit=1, offset=1) == [[1, 2]]
    assert groups(desk, Queue.STARRED) == [[1, 2]]
    assert groups(desk, Queue.REJECTED) == []
    assert groups(desk, Queue.NEAR) == [[6], [5]]


def test_the_last_word_on_any_telling_is_the_storys(desk: Database) -> None:
    say(desk, 1, verdict="rejected")
    assert groups(desk, Queue.REJECTED) == [[1, 2]]
    act = say(desk, 2, verdict="unsure")
    assert (groups(desk, Queue.REJECTED), groups(desk, Queue.UNSURE)) == ([], [[1, 2]])
    take_back(desk, act)
    assert (groups(desk, Queue.REJECTED), groups(desk, Queue.UNSURE)) == ([[1, 2]], [])
    say(desk, 1, 2, verdict=TAKEN_BACK)
    assert groups(desk, Queue.REJECTED) == []


def test_near_misses_are_queued_by_score_until_they_are_judged(desk: Database) -> None:
    assert ids(desk, Queue.NEAR) == [6, 5]
    assert ids(desk, Queue.NEAR, newest_first=True) == [6, 5]
    assert ids(desk, Queue.NEAR, min_score=0.35) == [6]
    act = say(desk, 6, verdict="confirmed")
    assert ids(desk, Queue.NEAR) == [5]
    take_back(desk, act)
    assert ids(desk, Queue.NEAR) == [6, 5]
    say(desk, 6, verdict="unsure")
    say(desk, 6, verdict=TAKEN_BACK)
    say(desk, 5, note="only a note")
    assert ids(desk, Queue.NEAR) == [6, 5]


def test_the_other_queues_have_the_last_word_first(desk: Database) -> None:
    say(desk, 1, verdict="rejected")
    say(desk, 3, verdict="rejected", is_starred=True)
    say(desk, 4, verdict="unsure", note="hỏi lại")
    say(desk, 5, verdict="rejected")
    say(desk, 5, verdict="confirmed", note="")
    assert ids(desk, Queue.REJECTED) == [3, 1]
    assert ids(desk, Queue.REJECTED, limit=1, offset=1) == [1]
    assert ids(desk, Queue.UNSURE) == [4]
    assert ids(desk, Queue.STARRED) == [3]
    assert ids(desk, Queue.NOTES) == [4]
    say(desk, 3, is_starred=False)
    say(desk, 4, note="")
    assert ids(desk, Queue.STARRED) == ids(desk, Queue.NOTES) == []


def test_queues_are_filtered(desk: Database) -> None:
    assert ids(desk, Queue.NEAR, source="bao-mau", language="vi") == [6, 5]
    assert ids(desk, Queue.NEAR, source="sample-news") == ids(desk, Queue.NEAR, language="en") == []
    assert ids(desk, Queue.NEAR, since=NOW, until=NOW + MINUTE) == [6, 5]
    assert ids(desk, Queue.NEAR, since=NOW + MINUTE) == ids(desk, Queue.NEAR, until=NOW) == []

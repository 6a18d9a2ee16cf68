"""Stories by week and by place, and the numbers that texts state."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session
from storage_samples import NOW, TOPIC, VERSION, begin, flag, read, revision
from test_statements import PLACE, quantity

from storage import reading, stories, trends
from storage.database import Database
from storage.models import PlaceMention, Quantity, Statements
from storage.statements import record_statements
from storage.trends import Selection, Week

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MONDAY = date(2026, 11, 16)  # of the week of NOW
DONG_NAI = PlaceMention(exact="Đồng Nai", name="Đồng Nai", today="Đồng Nai", level="province")


def tell(
    session: Session,
    run_id: int,
    number: int,
    at: datetime,
    *,
    grade: int = 2,
    language: str = "vi",
    places: Sequence[PlaceMention] = (),
    numbers: Sequence[Quantity] = (),
) -> int:
    """A judged Article published at ``at``; its number."""
    text = revision(f"Văn bản {number}.", f"Bài {number}", language=language, published_at=at)
    revision_id = read(session, run_id, number, text, now=NOW + timedelta(days=30))
    assert revision_id is not None
    reading.record_flag(session, revision_id, flag(grade, 0.9 if grade else 0.2), VERSION, NOW)
    record_statements(session, [(revision_id, Statements(places=tuple(places), quantities=tuple(numbers)))])
    return session.get_one(reading.RevisionRow, revision_id).article_id


def join(session: Session, *article_ids: int) -> int:
    story = stories.make_story(session, NOW)
    placed = [stories.Membership(article_id=id, story_id=story, way="joined") for id in article_ids]
    stories.record_memberships(session, placed, NOW)
    return story


def week(monday: date, about: int, in_passing: int) -> Week:
    return Week(monday=monday, about=about, in_passing=in_passing)


def days(count: float) -> timedelta:
    return timedelta(days=count)


def test_a_story_counts_once_in_the_week_of_its_first_telling(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        first = tell(session, run_id, 1, NOW - days(7), grade=1)
        again = tell(session, run_id, 2, NOW)
        join(session, first, again)
        tell(session, run_id, 3, NOW, grade=1)
        tell(session, run_id, 4, NOW, grade=0)
        found = trends.weeks(session, TOPIC, Selection(), ZONE)
        assert found == [week(MONDAY - days(7), 1, 0), week(MONDAY, 0, 1)]
        # From this week on: the story began before it.
        since = Selection(since=datetime(2026, 11, 16, tzinfo=ZONE))
        assert trends.weeks(session, TOPIC, since, ZONE) == [week(MONDAY, 0, 1)]
        assert trends.story_count(session, TOPIC, since) == 1
        assert trends.weeks(session, "another topic", Selection(), ZONE) == []


def test_weeks_begin_on_mondays_of_the_zone_and_none_is_left_out(database: Database) -> None:
    last_minute = datetime(2026, 11, 15, 16, 59, tzinfo=UTC)  # 23:59 on Sunday in Viet Nam
    with database.write() as session:
        run_id = begin(session)
        tell(session, run_id, 1, last_minute)
        tell(session, run_id, 2, last_minute + timedelta(minutes=2))
        tell(session, run_id, 3, last_minute - days(14))
        found = trends.weeks(session, TOPIC, Selection(), ZONE)
        bounded = Selection(
            since=datetime(2026, 10, 20, tzinfo=ZONE), until=datetime(2026, 11, 23, tzinfo=ZONE)
        )
        whole = trends.weeks(session, TOPIC, bounded, ZONE)
    assert [(item.monday, item.stories) for item in found] == [
        (date(2026, 10, 26), 1),
        (date(2026, 11, 2), 0),
        (date(2026, 11, 9), 1),
        (MONDAY, 1),
    ]
    assert [item.monday for item in whole] == [date(2026, 10, 19), *(item.monday for item in found)]


def test_a_selection_keeps_language_grade_and_place(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        tell(session, run_id, 1, NOW, language="en", places=[PLACE])
        tell(session, run_id, 2, NOW, grade=1, places=[DONG_NAI, PLACE])
        count = {
            name: trends.story_count(session, TOPIC, selection)
            for name, selection in {
                "all": Selection(),
                "english": Selection(language="en"),
                "about": Selection(grades=(2,)),
                "bac ninh": Selection(place="Bắc Ninh"),
                "dong nai": Selection(place="Đồng Nai"),
                "both": Selection(language="en", place="Đồng Nai"),
            }.items()
        }
    assert count == {"all": 2, "english": 1, "about": 1, "bac ninh": 2, "dong nai": 1, "both": 0}


def test_a_story_counts_once_for_each_place_that_a_telling_names(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        one = tell(session, run_id, 1, NOW, places=[PLACE, PLACE])
        two = tell(session, run_id, 2, NOW + days(1), places=[PLACE, DONG_NAI])
        join(session, one, two)
        tell(session, run_id, 3, NOW, places=[PLACE])
        tell(session, run_id, 4, NOW, grade=0, places=[PLACE])
        assert trends.stories_by_place(session, TOPIC, Selection()) == {"Bắc Ninh": 2, "Đồng Nai": 1}
        later = Selection(since=NOW + days(1))
        assert trends.stories_by_place(session, TOPIC, later) == {}


def test_the_stories_told_last_come_with_their_first_telling(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        later = tell(session, run_id, 1, NOW, grade=1)
        first = tell(session, run_id, 2, NOW - days(1))
        story = join(session, later, first)
        alone = tell(session, run_id, 3, NOW - days(2), grade=1)
        newest = tell(session, run_id, 4, NOW)
        found = trends.told_stories(session, TOPIC, Selection(), 10)
        assert trends.told_stories(session, TOPIC, Selection(), 1) == found[:1]
    facts = [(item.story_id, item.article_id, item.grade, item.tellings) for item in found]
    assert facts == [(None, newest, 2, 1), (story, first, 2, 2), (None, alone, 1, 1)]
    assert (found[1].title, found[1].told_at, found[1].source_name) == ("Bài 2", NOW - days(1), "Báo Mẫu")


def test_stated_numbers_come_with_their_article_newest_first_and_in_parts(database: Database) -> None:
    numbers = [quantity(29), quantity(64.8, "share_percent", unit="percent", place=None, place_today=None)]
    with database.write() as session:
        run_id = begin(session)
        one = tell(session, run_id, 1, NOW, numbers=numbers)
        two = tell(session, run_id, 2, NOW - days(3), numbers=[quantity(31, place_today="Đồng Nai")])
        tell(session, run_id, 3, NOW, grade=0, numbers=numbers)
        found = trends.stated_numbers(session, TOPIC)
        assert trends.indicators(session, TOPIC, Selection()) == {"members_admitted": 2, "share_percent": 1}
        assert trends.indicators(session, TOPIC, Selection(since=NOW)) == {
            "members_admitted": 1,
            "share_percent": 1,
        }

        def values(**asked: object) -> list[float]:
            return [item.value for item in trends.stated_numbers(session, TOPIC, **asked)]  # type: ignore[arg-type]

        assert values(selection=Selection(place="Đồng Nai")) == [31]
        assert values(indicator="share_percent") == [64.8]
        first = trends.stated_numbers(session, TOPIC, limit=2)[-1]
        assert values(after=(first.revision_id, first.position)) == [64.8]
        assert values(selection=Selection(until=NOW)) == [31]
    assert [(item.article_id, item.value, item.place) for item in found] == [
        (two, 31, "Đồng Nai"),
        (one, 29, "Bắc Ninh"),
        (one, 64.8, None),
    ]
    assert found[0].exact == "29 quần chúng ưu tú"

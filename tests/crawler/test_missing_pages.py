"""A page answered with 404 is asked for twice more, and shows as not found all the while."""

from datetime import UTC, datetime, timedelta

from loopback import FEED, HOST, Answer, Outlet, feed
from sqlmodel import select

from crawler.spiders.news import NewsSpider
from storage.models import Fate, RunOutcome
from storage.tables import EntryRow, RunRow, SnapshotRow

XML = {"Content-Type": "application/rss+xml"}
PAGE = b"<html><body><h1>T</h1><p>text</p></body></html>"


def entries(spider: NewsSpider) -> dict[str, EntryRow]:
    with spider.intake.database.read() as session:
        return {row.url.removeprefix(f"https://{HOST}"): row for row in session.exec(select(EntryRow))}


def counted(spider: NewsSpider) -> list[dict[str, int]]:
    """What each Run counts by Fate, the first Run first."""
    with spider.intake.database.read() as session:
        return [run.fates for run in session.exec(select(RunRow).order_by(RunRow.id))]


def later(**span: float):
    return lambda: datetime.now(UTC) + timedelta(**span)


def test_a_page_not_found_is_asked_for_twice_more_and_never_again(outlet: Outlet, crawl) -> None:
    outlet.answers = {FEED: Answer(body=feed("/a-post1.html", "/b-post2.html"), headers=XML)}
    outlet.answers["/b-post2.html"] = Answer(410)
    asked = []
    for clock in (later(), later(minutes=19), later(minutes=21), later(hours=2), later(hours=3)):
        spider = crawl(clock=clock)
        asked.append((outlet.paths().count("/a-post1.html"), spider.to_fetch))
        assert {row.fate for row in entries(spider).values()} == {Fate.NOT_FOUND}
    assert asked == [(1, 2), (1, 0), (2, 1), (2, 0), (3, 1)]
    crawl(clock=later(days=2))
    spider = crawl(clock=later(days=20))
    assert outlet.paths().count("/a-post1.html") == 3
    assert outlet.paths().count("/b-post2.html") == 1, "gone is gone"
    assert counted(spider) == [{"not_found": 2}] + 6 * [{}]


def test_a_page_that_is_listed_before_it_is_there_is_fetched_later_and_once(outlet: Outlet, crawl) -> None:
    outlet.answers = {FEED: Answer(body=feed("/a-post1.html"), headers=XML)}
    assert crawl().fates == {Fate.NOT_FOUND: 1}
    outlet.answers["/a-post1.html"] = Answer(body=PAGE)
    assert crawl(clock=later(minutes=21)).fates == {Fate.FETCHED: 1}
    spider = crawl(clock=later(minutes=90))
    assert outlet.paths().count("/a-post1.html") == 2
    assert entries(spider)["/a-post1.html"].fate == Fate.FETCHED
    with spider.intake.database.read() as session:
        assert len(session.exec(select(SnapshotRow)).all()) == 1
    assert counted(spider) == [{}, {"fetched": 1}, {}]


def test_what_was_not_found_comes_after_what_is_new_and_within_the_limit(outlet: Outlet, crawl) -> None:
    old = [f"/a-post{number}.html" for number in range(3)]
    outlet.answers = {FEED: Answer(body=feed(*old), headers=XML)}
    crawl()
    new = [f"/b-post{number}.html" for number in range(3, 5)]
    outlet.answers = {FEED: Answer(body=feed(*new, *old), headers=XML)}
    outlet.answers |= {path: Answer(body=PAGE + path.encode()) for path in (*old, *new)}
    before = len(outlet.requests)
    spider = crawl(pages="3", clock=later(minutes=21))
    assert sorted(outlet.paths()[before + 2 : before + 4]) == new
    assert spider.fates == {Fate.FETCHED: 3}
    assert crawl(clock=later(minutes=22)).fates == {Fate.FETCHED: 2}


def test_an_outlet_that_answers_404_to_everything_uses_up_no_tries(outlet: Outlet, crawl) -> None:
    answers = {FEED: Answer(body=feed("/a-post1.html"), headers=XML)}
    outlet.answers = dict(answers)
    crawl()
    outlet.answers = {}
    for hours in (1, 5, 20):
        spider = crawl(clock=later(hours=hours))
        assert (spider.outcome, spider.to_fetch) == (RunOutcome.FAILED, 0)
    assert entries(spider)["/a-post1.html"].attempts == 1
    outlet.answers = answers | {"/a-post1.html": Answer(body=PAGE)}
    assert crawl(clock=later(hours=30)).fates == {Fate.FETCHED: 1}

"""A page with an answer in doubt, such as 404, is asked for twice more, and shows it all the while."""

from datetime import UTC, datetime, timedelta

import pytest
from loopback import FEED, HOST, Answer, Outlet, feed
from sqlmodel import select

from crawler.guard import ConnectTo
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


@pytest.mark.parametrize(
    ("trouble", "fate"),
    [
        (Answer(302, headers={"Location": "https://other.example/sign-in"}), Fate.OFF_HOST),
        (Answer(body=b"x" * 4_000_000), Fate.TOO_LARGE),
        (Answer(body=b"%PDF", headers={"Content-Type": "application/pdf"}), Fate.NOT_HTML),
    ],
    ids=lambda value: value.value if isinstance(value, Fate) else "",
)
def test_whatever_a_whole_outlet_may_answer_for_a_while_is_in_doubt(
    outlet: Outlet, crawl, trouble: Answer, fate: Fate
) -> None:
    outlet.answers = {FEED: Answer(body=feed("/a-post1.html"), headers=XML), "/a-post1.html": trouble}
    outlet.answers["/sign-in"] = Answer(body=PAGE)
    hosts = tuple(ConnectTo(host, 443, "127.0.0.1", outlet.port) for host in (HOST, "other.example"))
    assert crawl(connect_to=hosts).fates == {fate: 1}
    assert crawl(connect_to=hosts, clock=later(minutes=21)).fates == {fate: 1}
    outlet.answers["/a-post1.html"] = Answer(body=PAGE)
    spider = crawl(clock=later(hours=3))
    assert spider.fates == {Fate.FETCHED: 1}
    assert counted(spider) == [{}, {}, {"fetched": 1}]
    assert crawl(clock=later(hours=9)).to_fetch == 0


def test_a_refused_address_is_in_doubt(outlet: Outlet, crawl) -> None:
    """As of a hotel's portal, whose name server leads every outlet to itself."""
    outlet.answers = {FEED: Answer(body=feed("/a-post1.html"), headers=XML)}
    outlet.answers["/a-post1.html"] = Answer(302, headers={"Location": "https://localhost/portal"})
    assert crawl().fates == {Fate.ADDRESS_REFUSED: 1}
    outlet.answers["/a-post1.html"] = Answer(body=PAGE)
    assert crawl(clock=later(minutes=21)).fates == {Fate.FETCHED: 1}


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

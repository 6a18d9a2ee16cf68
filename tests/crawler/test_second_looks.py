"""News gets edited: a fresh page is asked for again after 2 hours and after 24, conditionally."""

from datetime import UTC, datetime, timedelta

import pytest
from loopback import FEED, HOST, Answer, Outlet
from sqlmodel import select

from crawler.extract import EXTRACTOR, extract
from crawler.spiders.news import NewsSpider
from storage import reading
from storage.models import Revision, Snapshot
from storage.tables import ArticleRow, RevisionRow, SecondLookRow, SnapshotRow

XML = {"Content-Type": "application/rss+xml"}
PATH = "/a-post1.html"
TEXT = "Đảng bộ khu công nghiệp kết nạp đảng viên mới là công nhân trong doanh nghiệp tư nhân. " * 4


def page(word: str, **headers: str) -> Answer:
    body = f"<html><body><h1>Bài một</h1><article><p>{TEXT}</p><p>{word} {TEXT}</p></article></body></html>"
    return Answer(body=body.encode(), headers={"Content-Type": "text/html; charset=utf-8", **headers})


@pytest.fixture
def fresh(outlet: Outlet) -> Outlet:
    item = f"<item><title>Bài một</title><link>https://{HOST}{PATH}</link></item>"
    rss = f'<?xml version="1.0"?><rss version="2.0"><channel>{item}</channel></rss>'
    outlet.answers = {FEED: Answer(body=rss.encode(), headers=XML), PATH: page("Một.")}
    return outlet


def read_all(spider: NewsSpider) -> None:
    """What the extract stage does, in this process."""
    with spider.intake.database.write() as session:
        for pending in reading.pending_snapshots(session, 10):
            snapshot = Snapshot(
                source=pending.source,
                requested_url=pending.requested_url,
                final_url=pending.final_url,
                status=pending.status,
                headers=pending.headers,
                body=spider.intake.archive.load(pending.page),
                fetched_at=pending.fetched_at,
            )
            outcome = extract(snapshot, spider.source)
            assert isinstance(outcome, Revision), outcome
            reading.record_extraction(session, pending.id, EXTRACTOR, outcome, pending.fetched_at)


def later(**span: float):
    return lambda: datetime.now(UTC) + timedelta(**span)


def asked(outlet: Outlet) -> int:
    return outlet.paths().count(PATH)


def rows(spider: NewsSpider, table):
    with spider.intake.database.read() as session:
        return list(session.exec(select(table)))


def test_a_page_is_asked_for_twice_more_and_no_oftener(fresh: Outlet, crawl) -> None:
    crawl()
    crawl(clock=later(hours=1))
    assert asked(fresh) == 1
    crawl(clock=later(hours=2, minutes=1))
    crawl(clock=later(hours=3))
    assert asked(fresh) == 2
    crawl(clock=later(hours=24, minutes=1))
    spider = crawl(clock=later(hours=60))
    assert asked(fresh) == 3
    assert rows(spider, SecondLookRow) == []
    assert len(rows(spider, SnapshotRow)) == 1, "the bytes never changed"


def test_the_look_is_conditional(fresh: Outlet, crawl) -> None:
    fresh.answers[PATH] = page("Một.", ETag='"1"')
    crawl()
    fresh.answers[PATH] = Answer(304, headers={"ETag": '"1"'})
    spider = crawl(clock=later(hours=2, minutes=1))
    assert fresh.request_headers[-1].get("If-None-Match") == '"1"'
    assert [look.number for look in rows(spider, SecondLookRow)] == [2]


def test_an_edited_text_is_a_new_revision_of_the_same_article(fresh: Outlet, crawl) -> None:
    read_all(crawl())
    fresh.answers[PATH] = page("Đã sửa.")
    spider = crawl(clock=later(hours=2, minutes=1))
    read_all(spider)
    assert len(rows(spider, ArticleRow)) == 1
    texts = sorted(rows(spider, RevisionRow), key=lambda row: row.id)
    assert ["Một." in texts[0].text, "Đã sửa." in texts[1].text] == [True, True]
    assert [row.is_newest for row in texts] == [False, True]
    assert spider.fates == {}, "a second look is not counted as an entry fetched"


def test_a_vanished_page_is_marked_and_kept(fresh: Outlet, crawl) -> None:
    read_all(crawl())
    fresh.answers[PATH] = Answer(410)
    spider = crawl(clock=later(hours=2, minutes=1))
    [article] = rows(spider, ArticleRow)
    assert article.vanished_at is not None
    assert len(rows(spider, RevisionRow)) == 1
    crawl(clock=later(hours=25))
    assert asked(fresh) == 2


def test_an_outlet_that_answers_404_to_everything_has_not_lost_its_pages(fresh: Outlet, crawl) -> None:
    read_all(crawl())
    answers, fresh.answers = fresh.answers, {}
    spider = crawl(clock=later(hours=2, minutes=1))
    assert [article.vanished_at for article in rows(spider, ArticleRow)] == [None]
    fresh.answers = answers
    crawl(clock=later(hours=3))
    assert asked(fresh) == 2, "the look is had when the outlet is itself again"


def test_a_failed_look_is_had_again(fresh: Outlet, crawl) -> None:
    crawl()
    fresh.answers[PATH] = Answer(500)
    crawl(clock=later(hours=2, minutes=1))
    fresh.answers[PATH] = page("Một.")
    crawl(clock=later(hours=2, minutes=30))
    assert asked(fresh) == 2
    spider = crawl(clock=later(hours=3, minutes=30))
    assert asked(fresh) == 3
    assert [look.number for look in rows(spider, SecondLookRow)] == [2]

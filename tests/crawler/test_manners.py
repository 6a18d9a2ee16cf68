"""What the crawler does to hosts, seen from a host; each test fails without the mend it names."""

import asyncio
import gzip
import re
import socket
import time
from datetime import UTC, datetime, timedelta

import pytest
from loopback import FEED, HOST, Answer, Outlet, feed, source
from sqlmodel import select

from crawler.guard import ConnectTo
from crawler.robots import RobotsForbidden
from crawler.source import Listing, ListingKind
from crawler.spiders.news import NewsSpider
from storage.archive import ArchivedPage
from storage.models import Fate, RunOutcome
from storage.tables import EntryRow, RunRow, SnapshotRow

XML = {"Content-Type": "application/rss+xml"}
PAGE = b"<html><body><h1>T</h1><p>text</p></body></html>"


def entries(spider):
    with spider.intake.database.read() as session:
        return {row.url.removeprefix(f"https://{HOST}"): row for row in session.exec(select(EntryRow))}


def last_run(spider):
    with spider.intake.database.read() as session:
        return session.exec(select(RunRow).order_by(RunRow.id.desc())).first()


def test_every_entry_is_stored_once_and_the_run_counts_it(outlet: Outlet, crawl) -> None:
    paths = [f"/bai-post{number}.html" for number in range(3)]
    outlet.answers = {FEED: Answer(body=feed(*paths, paths[0]), headers=XML)}
    outlet.answers |= {path: Answer(body=PAGE + path.encode()) for path in paths}
    spider = crawl()
    assert {row.fate for row in entries(spider).values()} == {Fate.FETCHED}
    assert sorted(outlet.paths()) == sorted(["/robots.txt", FEED, *paths])
    run = last_run(spider)
    assert (run.outcome, run.fates, run.requests) == (RunOutcome.COMPLETED, {"fetched": 3}, 5)
    crawl()
    assert len(outlet.requests) == 5 + 2, "a second poll asks for robots.txt and the feed only"


def test_the_agent_says_who_it_is(outlet: Outlet, crawl) -> None:
    outlet.answers = {FEED: Answer(body=feed("/a-post1.html"), headers=XML)}
    crawl()
    agents = {headers["User-Agent"] for headers in outlet.request_headers}
    assert agents == {"diembao/0 (+https://example.org/contact)"}


def test_a_crawl_opens_no_door(outlet: Outlet, crawl, monkeypatch) -> None:
    doors = []
    listen = socket.socket.listen

    def seen(self: socket.socket, *backlog: int) -> None:
        if self.family != socket.AF_UNIX:  # the pool's, in a folder of our own
            doors.append(self.getsockname())
        listen(self, *backlog)

    monkeypatch.setattr(socket.socket, "listen", seen)
    outlet.answers = {
        FEED: Answer(body=feed("/a-post1.html"), headers=XML),
        "/a-post1.html": Answer(body=PAGE),
    }
    spider = crawl()
    assert {row.fate for row in entries(spider).values()} == {Fate.FETCHED}
    assert doors == []


def test_robots_rules_hold_from_the_first_request(outlet: Outlet, crawl) -> None:
    outlet.answers = {
        "/robots.txt": Answer(body=b"User-agent: *\nDisallow: /a-", after_s=0.3),
        FEED: Answer(body=feed("/a-post1.html", "/b-post2.html"), headers=XML),
        "/b-post2.html": Answer(body=PAGE),
    }
    spider = crawl()
    assert "/a-post1.html" not in outlet.paths()
    fates = {path: row.fate for path, row in entries(spider).items()}
    assert fates == {"/a-post1.html": Fate.ROBOTS_FORBIDDEN, "/b-post2.html": Fate.FETCHED}


class Rush(NewsSpider):
    """Asks for five forbidden pages and an allowed one at once, before robots.txt is known."""

    source = source()
    name = "rush"

    async def start(self):
        paths = [f"/a-post{number}.html" for number in range(5)] + ["/b-post9.html"]
        asked = (self.download(f"https://{HOST}{path}") for path in paths)
        self.outcomes = await asyncio.gather(*asked, return_exceptions=True)
        for item in ():
            yield item


def test_no_request_slips_past_while_robots_is_on_its_way(outlet: Outlet, crawl) -> None:
    outlet.answers = {
        "/robots.txt": Answer(body=b"User-agent: *\nDisallow: /a-", after_s=0.3),
        "/b-post9.html": Answer(body=PAGE),
    }
    spider = crawl(spider=Rush)
    assert sorted(outlet.paths()) == ["/b-post9.html", "/robots.txt"]
    assert [type(outcome) for outcome in spider.outcomes[:5]] == [RobotsForbidden] * 5


@pytest.mark.parametrize("answer", [Answer(503, b"User-agent: *\nAllow: /"), Answer(after_s=2)])
def test_unreachable_robots_is_not_consent(outlet: Outlet, crawl, answer: Answer) -> None:
    outlet.answers = {"/robots.txt": answer, FEED: Answer(body=feed("/a-post1.html"), headers=XML)}
    spider = crawl(timeout_s=1)
    assert outlet.paths() == ["/robots.txt"]
    assert spider.outcome is RunOutcome.FAILED
    assert re.search("robots_unreachable|timed_out", last_run(spider).reason or "")


def test_missing_robots_has_no_rules_even_where_the_error_page_looks_like_some(outlet: Outlet, crawl) -> None:
    outlet.answers = {
        "/robots.txt": Answer(404, b"User-agent: *\nDisallow: /"),
        FEED: Answer(body=feed("/a-post1.html"), headers=XML),
        "/a-post1.html": Answer(body=PAGE),
    }
    assert entries(crawl())["/a-post1.html"].fate == Fate.FETCHED


def test_crawl_delay_lengthens_the_pause(outlet: Outlet, crawl) -> None:
    outlet.answers = {
        "/robots.txt": Answer(body=b"User-agent: *\nCrawl-delay: 0.4"),
        FEED: Answer(body=feed("/a-post1.html", "/b-post2.html"), headers=XML),
    }
    crawl()
    pauses = [after - before for before, after in zip(outlet.times[1:], outlet.times[2:], strict=False)]
    assert len(pauses) == 2
    # The pause varies by half around its mean, so that requests do not come like clockwork.
    assert all(pause > 0.19 for pause in pauses)


def test_one_request_at_a_time(outlet: Outlet, crawl) -> None:
    paths = [f"/bai-post{number}.html" for number in range(6)]
    outlet.answers = {FEED: Answer(body=feed(*paths), headers=XML)}
    outlet.answers |= {path: Answer(body=PAGE, after_s=0.05) for path in paths}
    crawl()
    assert outlet.most_at_once == 1


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        (Answer(404), Fate.NOT_FOUND),
        (Answer(410), Fate.NOT_FOUND),
        (Answer(302, headers={"Location": "https://other.example/x-post1.html"}), None),
        (Answer(200, b"%PDF-1.7", {"Content-Type": "application/pdf"}), Fate.NOT_HTML),
        (Answer(200, b"x" * 4_000_000), Fate.TOO_LARGE),
        (
            Answer(
                200,
                gzip.compress(b"x" * 30_000_000),
                {"Content-Type": "text/html", "Content-Encoding": "gzip"},
            ),
            Fate.TOO_LARGE,
        ),
    ],
)
def test_a_page_that_is_none_has_a_named_fate(
    outlet: Outlet, crawl, answer: Answer, fate: Fate | None
) -> None:
    outlet.answers = {
        FEED: Answer(body=feed("/a-post1.html", "/b-post2.html"), headers=XML),
        "/a-post1.html": answer,
        "/b-post2.html": Answer(body=PAGE),
        "/x-post1.html": Answer(body=PAGE),
    }
    spider = crawl()
    row = entries(spider)["/a-post1.html"]
    if fate is None:  # the other host is not mapped, so its name cannot be resolved
        assert row.fate == Fate.PENDING
        assert row.fate_detail.startswith("connection_failed")
    else:
        assert row.fate == fate
    assert entries(spider)["/b-post2.html"].fate == Fate.FETCHED


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(403), "blocked: status 403"),
        (Answer(500), "http_error: status 500"),
        (Answer(after_s=3), "timed_out"),
        (Answer(body=PAGE * 50, sent=100), "connection_failed"),
    ],
)
def test_a_failure_that_may_pass_is_tried_again_later(
    outlet: Outlet, crawl, answer: Answer, reason: str
) -> None:
    outlet.answers = {
        FEED: Answer(body=feed("/a-post1.html"), headers=XML),
        "/a-post1.html": answer,
    }
    row = entries(crawl(timeout_s=1))["/a-post1.html"]
    assert row.fate == Fate.PENDING
    assert row.attempts == 1
    assert row.fate_detail.startswith(reason)
    assert row.next_try_at is not None
    asked = len(outlet.requests)
    crawl(timeout_s=1)
    assert "/a-post1.html" not in outlet.paths()[asked:], "not before its time"


def test_redirect_to_an_undeclared_host_is_not_ours(outlet: Outlet, crawl) -> None:
    outlet.answers = {
        FEED: Answer(body=feed("/a-post1.html"), headers=XML),
        "/a-post1.html": Answer(302, headers={"Location": "https://other.example/x-post1.html"}),
        "/x-post1.html": Answer(body=PAGE),
    }
    both = source(hosts=frozenset({HOST, "other.example"}))
    assert entries(crawl(both))["/a-post1.html"].fate == Fate.FETCHED


def test_private_addresses_are_never_dialled(outlet: Outlet, crawl) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.2)
    port = listener.getsockname()[1]
    targets = [f"https://127.0.0.1:{port}/", f"https://localhost:{port}/", f"https://[::1]:{port}/"]
    targets += [f"https://2130706433:{port}/", f"https://[::ffff:127.0.0.1]:{port}/", "file:///etc/passwd"]
    paths = [f"/hop-post{number}.html" for number in range(len(targets))]
    outlet.answers = {FEED: Answer(body=feed(*paths), headers=XML)}
    outlet.answers |= {
        path: Answer(302, headers={"Location": target}) for path, target in zip(paths, targets, strict=True)
    }
    spider = crawl()
    with pytest.raises(TimeoutError):
        listener.accept()
    listener.close()
    fates = [entries(spider)[path] for path in paths]
    assert {row.fate for row in fates[:-1]} == {Fate.ADDRESS_REFUSED}
    assert fates[-1].fate != Fate.FETCHED


def test_three_refusals_in_a_row_end_the_run(outlet: Outlet, crawl) -> None:
    paths = [f"/bai-post{number}.html" for number in range(8)]
    outlet.answers = {FEED: Answer(body=feed(*paths), headers=XML)}
    outlet.answers |= {path: Answer(403) for path in paths}
    spider = crawl()
    assert len(outlet.requests) == 2 + 3
    waiting = [row for row in entries(spider).values() if row.attempts == 0]
    assert len(waiting) == 5
    assert "blocked 3 times in a row" in (last_run(spider).reason or "")


def test_retry_after_ends_the_run_and_is_kept(outlet: Outlet, crawl) -> None:
    outlet.answers = {
        FEED: Answer(body=feed("/a-post1.html", "/b-post2.html"), headers=XML),
        "/a-post1.html": Answer(429, headers={"Retry-After": "36000"}),
        "/b-post2.html": Answer(429, headers={"Retry-After": "36000"}),
    }
    spider = crawl(retries=2)
    assert len(outlet.requests) == 3, "one page was asked for, once"
    [asked] = [row for row in entries(spider).values() if row.attempts]
    assert (asked.next_try_at - datetime.now(UTC)).total_seconds() > 35_000
    assert "asked to wait 36000 s" in (last_run(spider).reason or "")


def test_retry_after_of_a_listing_spares_the_pages(outlet: Outlet, crawl) -> None:
    outlet.answers = {FEED: Answer(body=feed("/a-post1.html"), headers=XML), "/a-post1.html": Answer(503)}
    crawl()
    outlet.answers[FEED] = Answer(503, headers={"Retry-After": "Sun, 22 Nov 2999 07:28:00 GMT"})
    asked = len(outlet.requests)
    spider = crawl()
    assert outlet.paths()[asked:] == ["/robots.txt", FEED]
    assert spider.retry_after_s == 86_400


def test_robots_is_asked_for_once_a_day(outlet: Outlet, crawl) -> None:
    outlet.answers = {
        FEED: Answer(body=feed("/a-post1.html"), headers=XML),
        "/a-post1.html": Answer(body=PAGE),
    }
    robots: dict = {}
    crawl(robots=robots)
    crawl(robots=robots)
    assert outlet.paths().count("/robots.txt") == 1
    crawl(robots=robots, clock=lambda: datetime.now(UTC) + timedelta(days=1, minutes=1))
    assert outlet.paths().count("/robots.txt") == 2


def test_a_listing_that_ignores_conditions_is_known_by_its_bytes(outlet: Outlet, crawl) -> None:
    outlet.answers = {
        FEED: Answer(body=feed("/a-post1.html"), headers=XML),
        "/a-post1.html": Answer(body=PAGE),
    }
    crawl()
    spider = crawl()
    assert spider.outcome is RunOutcome.COMPLETED
    assert spider.has_read


def test_a_run_can_be_bounded(outlet: Outlet, crawl) -> None:
    paths = [f"/bai-post{number}.html" for number in range(6)]
    outlet.answers = {FEED: Answer(body=feed(*paths), headers=XML)}
    outlet.answers |= {path: Answer(body=PAGE + path.encode()) for path in paths}
    assert crawl(pages="2").fates == {Fate.FETCHED: 2}
    assert crawl(pages="3").fates == {Fate.FETCHED: 3}
    assert crawl().fates == {Fate.FETCHED: 1}


def test_being_offline_uses_up_no_tries(outlet: Outlet, crawl) -> None:
    outlet.answers = {FEED: Answer(body=feed("/a-post1.html"), headers=XML), "/a-post1.html": Answer(500)}
    before = {path: row.attempts for path, row in entries(crawl()).items()}
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    dead = (ConnectTo(HOST, 443, "127.0.0.1", port),)
    for days in range(1, 6):
        spider = crawl(connect_to=dead, clock=lambda days=days: datetime.now(UTC) + timedelta(days=days))
        assert spider.is_cut_off
    assert {path: row.attempts for path, row in entries(spider).items()} == before


def test_pages_that_hang_end_the_run(outlet: Outlet, crawl) -> None:
    paths = [f"/bai-post{number}.html" for number in range(6)]
    outlet.answers = {FEED: Answer(body=feed(*paths), headers=XML)}
    outlet.answers |= {path: Answer(after_s=2) for path in paths}
    spider = crawl(timeout_s=1)
    assert spider.fates == {Fate.TIMED_OUT: 3}
    assert "timed_out 3 times in a row" in (last_run(spider).reason or "")


def test_a_page_that_cannot_be_stored_ends_the_run_as_failed(outlet: Outlet, crawl, tmp_path) -> None:
    (tmp_path / "pages").write_text("a file where the archive's folder should be")
    outlet.answers = {
        FEED: Answer(body=feed("/a-post1.html"), headers=XML),
        "/a-post1.html": Answer(body=PAGE),
    }
    spider = crawl()
    assert spider.outcome is RunOutcome.FAILED
    assert spider.fates == {}
    assert entries(spider)["/a-post1.html"].fate == Fate.PENDING
    assert "pages" in (last_run(spider).reason or "")


def test_a_moved_feed_is_found_where_the_outlet_names_it(outlet: Outlet, crawl) -> None:
    home = '<html><link rel="alternate" type="application/rss+xml" href="/new.rss"></html>'
    outlet.answers = {
        "/": Answer(body=home.encode()),
        "/new.rss": Answer(body=feed("/a-post1.html"), headers=XML),
        "/a-post1.html": Answer(body=PAGE),
    }
    spider = crawl()
    assert spider.fates == {Fate.FETCHED: 1}
    assert FEED in (last_run(spider).reason or "")


def test_the_children_of_a_sitemap_index_are_read(outlet: Outlet, crawl) -> None:
    today = datetime.now(UTC) + timedelta(hours=7)
    child = f"/sitemaps/news-{today.year}-{today.month}.xml"
    index = f"<sitemapindex><sitemap><loc>https://{HOST}{child}</loc></sitemap></sitemapindex>"
    urlset = f"<urlset><url><loc>https://{HOST}/a-post1.html</loc></url></urlset>"
    outlet.answers = {
        "/sitemap.xml": Answer(body=index.encode(), headers={"Content-Type": "application/xml"}),
        child: Answer(body=urlset.encode(), headers={"Content-Type": "application/xml"}),
        "/a-post1.html": Answer(body=PAGE),
    }
    listing = Listing(ListingKind.SITEMAP, f"https://{HOST}/sitemap.xml")
    spider = crawl(source(listings=(listing,)))
    assert spider.fates == {Fate.FETCHED: 1}
    assert spider.problem is None


def test_further_pages_are_read_while_they_bring_something_new(outlet: Outlet, crawl) -> None:
    listing = Listing(ListingKind.SECTION, f"https://{HOST}/list?p={{page}}", pages=3)

    def page(*paths: str) -> Answer:
        links = "".join(f'<li><a href="{path}">Tin của ngày hôm nay {path}</a></li>' for path in paths)
        return Answer(body=f"<!doctype html><html><body><ul>{links}</ul></body></html>".encode())

    outlet.answers = {"/list?p=1": page("/a-post1.html"), "/list?p=2": page("/b-post2.html")}
    outlet.answers |= {"/list?p=3": page("/c-post3.html"), "/list?p=4": page("/d-post4.html")}
    outlet.answers |= {f"/{letter}-post{n}.html": Answer(body=PAGE) for n, letter in enumerate("abcd", 1)}
    assert crawl(source(listings=(listing,))).fates == {Fate.FETCHED: 3}
    asked = len(outlet.requests)
    outlet.answers["/list?p=1"] = page("/e-post5.html", "/a-post1.html")
    crawl(source(listings=(listing,)))
    assert [path for path in outlet.paths()[asked:] if path.startswith("/list")] == ["/list?p=1", "/list?p=2"]


def test_untrusted_certificate_is_named(outlet: Outlet, crawl) -> None:
    foreign = source(
        id="la",
        hosts=frozenset({"la.example"}),
        home="https://la.example/",
        listings=(Listing(ListingKind.FEED, f"https://la.example{FEED}"),),
    )
    spider = crawl(foreign)  # the outlet's certificate is for other names
    assert spider.outcome is RunOutcome.FAILED
    assert "tls_failed: the certificate is for another host" in (spider.problem or "")
    assert outlet.requests == []


def test_listing_is_asked_for_conditionally_but_not_after_a_failure(outlet: Outlet, crawl) -> None:
    good = Answer(body=feed("/a-post1.html"), headers={**XML, "ETag": '"1"'})

    def conditional(handler):
        return Answer(304, headers={"ETag": '"1"'}) if handler.headers.get("If-None-Match") == '"1"' else good

    outlet.answers = {FEED: conditional, "/a-post1.html": Answer(body=PAGE)}
    assert crawl().outcome is RunOutcome.COMPLETED
    assert crawl().outcome is RunOutcome.COMPLETED
    asked = [headers.get("If-None-Match") for headers in outlet.request_headers]
    assert asked == [None, None, None, None, '"1"']
    outlet.answers[FEED] = Answer(503)
    assert crawl().outcome is RunOutcome.FAILED
    outlet.answers[FEED] = conditional
    crawl()
    assert outlet.request_headers[-1].get("If-None-Match") is None


def test_a_block_page_in_place_of_a_feed_is_not_no_news(outlet: Outlet, crawl) -> None:
    challenge = b"<html><script>document.cookie='D1N=abc';location.reload()</script></html>"
    outlet.answers = {FEED: Answer(body=challenge)}
    spider = crawl()
    assert spider.outcome is RunOutcome.FAILED
    assert FEED in (spider.problem or "")


def test_the_file_of_a_day_that_has_hardly_begun_may_be_absent(outlet: Outlet, crawl) -> None:
    daily = f"https://{HOST}/sitemap-{{YYYY}}-{{MM}}-{{DD}}.xml"
    dated = source(
        listings=(
            Listing(ListingKind.FEED, f"https://{HOST}{FEED}"),
            Listing(ListingKind.SITEMAP, daily),
        )
    )
    outlet.answers = {
        FEED: Answer(body=feed("/a-post1.html"), headers=XML),
        "/a-post1.html": Answer(body=PAGE),
    }
    spider = crawl(dated)
    absent = [path for path in outlet.paths() if path.startswith("/sitemap-")]
    assert len(absent) >= 4
    assert max(absent) not in (spider.problem or "")
    assert min(absent) in (spider.problem or "")


def test_page_is_archived_as_received(outlet: Outlet, crawl) -> None:
    body = "<p>Đảng viên</p>".encode() * 100
    outlet.answers = {
        FEED: Answer(body=feed("/a-post1.html"), headers=XML),
        "/a-post1.html": Answer(
            body=gzip.compress(body), headers={"Content-Type": "text/html", "Content-Encoding": "gzip"}
        ),
    }
    spider = crawl()
    with spider.intake.database.read() as session:
        row = session.exec(select(SnapshotRow)).one()
    page = ArchivedPage(file=row.archive_file, offset=row.archive_offset, length=row.archive_length)
    assert spider.intake.archive.load(page) == body
    assert time.time() - row.fetched_at.timestamp() < 60

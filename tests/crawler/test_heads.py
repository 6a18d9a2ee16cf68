"""Answers whose headers are too large, and that their neighbours are not harmed."""

import pytest
from loopback import FEED, Answer, Outlet, feed
from sqlmodel import select

from crawler.heads import MAX_HEAD_BYTES
from storage.models import Fate, RunOutcome
from storage.tables import EntryRow

XML = {"Content-Type": "application/rss+xml"}
HTML = {"Content-Type": "text/html"}
PAGE = b"<html><body><h1>T</h1><p>text</p></body></html>"
NEIGHBOURS = ("/a-post1.html", "/c-post3.html")
TOO_LARGE = {
    "one of 1 MB": {"X-Long": "x" * 1_000_000},
    "one of 17 KB": {"X-Long": "x" * 17_000},
    "100,000 of them": {f"X-{number}": "y" for number in range(100_000)},
    "a little too many": {f"X-{number}": "y" * 1000 for number in range(MAX_HEAD_BYTES // 1000)},
}


def fates_with(outlet: Outlet, crawl, answer) -> dict[str, tuple[Fate, str]]:
    """The fates of a page with ``answer`` and of its neighbours, by path."""
    outlet.answers = {FEED: Answer(body=feed("/a-post1.html", "/b-post2.html", "/c-post3.html"), headers=XML)}
    outlet.answers |= {path: Answer(body=PAGE) for path in NEIGHBOURS}
    outlet.answers["/b-post2.html"] = answer
    spider = crawl(retries=2)
    assert spider.outcome is RunOutcome.COMPLETED
    with spider.intake.database.read() as session:
        rows = session.exec(select(EntryRow)).all()
    fates = {"/" + row.url.rpartition("/")[2]: (row.fate, row.fate_detail) for row in rows}
    assert {fates.pop(path)[0] for path in NEIGHBOURS} == {Fate.FETCHED}
    return fates


@pytest.mark.parametrize("kind", TOO_LARGE)
def test_too_large_is_named_and_not_asked_for_again(outlet: Outlet, crawl, kind: str) -> None:
    fates = fates_with(outlet, crawl, Answer(body=PAGE, headers=HTML | TOO_LARGE[kind]))
    assert fates == {"/b-post2.html": (Fate.TOO_LARGE, "the headers exceed 64 KB, or one of them 16 KB")}
    assert outlet.paths().count("/b-post2.html") == 1


def test_many_headers_below_the_cap_are_taken(outlet: Outlet, crawl) -> None:
    headers = HTML | {f"X-{number}": "y" * 900 for number in range(60)}
    assert fates_with(outlet, crawl, Answer(body=PAGE, headers=headers))["/b-post2.html"][0] == Fate.FETCHED


@pytest.mark.parametrize("line", [b"X-More: and more\r\n", b" and more\r\n"])
def test_headers_without_end_are_cut_off(outlet: Outlet, crawl, line: bytes) -> None:
    sent = 0

    def endless(handler) -> Answer:
        nonlocal sent
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-First: y\r\n")
        try:
            for _ in range(100_000):
                handler.wfile.write(line * 1000)
                sent += 1000 * len(line)
        except OSError:
            handler.close_connection = True
        return Answer(body=b"")

    fates = fates_with(outlet, crawl, endless)
    assert fates["/b-post2.html"][0] == Fate.TOO_LARGE
    assert sent < 50_000_000, "the rest of the 1.1 or 1.7 GB was not read"

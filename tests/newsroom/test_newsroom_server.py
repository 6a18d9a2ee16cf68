"""The server: TLS, validators, compression, the log, changes while it runs, and faults."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from newsroom.articles import Article, make_article
from newsroom.faults import Fault
from newsroom.outlets import HOSTS
from newsroom.server import Newsroom, NewsroomError

Get = Callable[..., httpx.Response]


def article_of(newsroom: Newsroom, outlet: str) -> Article:
    return next(article for article in newsroom.articles if article.outlet == outlet)


def shake_hands(newsroom: Newsroom, host: str, context: ssl.SSLContext) -> None:
    with socket.create_connection(("127.0.0.1", newsroom.port), timeout=5) as plain:
        context.wrap_socket(plain, server_hostname=host).close()


def test_it_listens_on_loopback_only_and_says_where(newsroom: Newsroom):
    assert newsroom.port > 1024
    assert f"www.vietnamplus.vn:443:127.0.0.1:{newsroom.port}" in newsroom.connect_to
    assert len(newsroom.connect_to) == len(HOSTS) == len(set(newsroom.connect_to))


def test_its_certificate_holds_for_every_host_under_its_own_authority_only(newsroom: Newsroom):
    trusting = ssl.create_default_context(cafile=str(newsroom.ca_file))
    for host in HOSTS:
        shake_hands(newsroom, host, trusting)
    with pytest.raises(ssl.SSLCertVerificationError, match=r"local issuer|self.signed"):
        shake_hands(newsroom, HOSTS[0], ssl.create_default_context())
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        shake_hands(newsroom, "vnexpress.net", trusting)


def test_only_the_servers_key_is_written_and_only_for_its_owner(newsroom: Newsroom):
    folder = newsroom.ca_file.parent
    assert "PRIVATE KEY" not in newsroom.ca_file.read_text()
    key_files = [file for file in folder.iterdir() if "PRIVATE KEY" in file.read_text()]
    assert [file.stat().st_mode & 0o777 for file in key_files] == [0o600]


@pytest.mark.parametrize("path", ["", "rss/home.rss", "sitemaps/google-news.xml", "robots.txt", "{article}"])
def test_an_unchanged_page_is_304(newsroom: Newsroom, get: Get, path: str):
    article = article_of(newsroom, "vna-en")
    url = article.url if path == "{article}" else f"https://en.vietnamplus.vn/{path}"
    first = get(url)
    assert first.status_code == 200
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    for headers in (
        {"If_None_Match": etag},
        {"If_None_Match": f'"other", {etag}'},
        {"If_Modified_Since": modified},
        {"If_None_Match": etag, "If_Modified_Since": "Mon, 01 Jan 2024 00:00:00 GMT"},
    ):
        again = get(url, **headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
    for headers in (
        {"If_None_Match": '"other"'},
        {"If_None_Match": '"other"', "If_Modified_Since": modified},
        {"If_Modified_Since": "Mon, 01 Jan 2024 00:00:00 GMT"},
        {"If_Modified_Since": "yesterday"},
    ):
        assert get(url, **headers).status_code == 200


def test_a_change_ends_the_304(newsroom: Newsroom, get: Get):
    article = article_of(newsroom, "vna-en")
    first = get(article.url)
    count = len(newsroom.articles)
    newsroom.publish(replace(article, title="A better title"))
    assert len(newsroom.articles) == count
    second = get(
        article.url, If_None_Match=first.headers["etag"], If_Modified_Since=first.headers["last-modified"]
    )
    assert second.status_code == 200
    assert "A better title" in second.text
    third = get(article.url, If_Modified_Since=first.headers["last-modified"])
    assert third.status_code == 200
    earlier, later = (parsedate_to_datetime(r.headers["last-modified"]) for r in (first, second))
    assert later - earlier == timedelta(seconds=1)


def test_articles_come_and_go_while_it_runs(newsroom: Newsroom, get: Get):
    old = article_of(newsroom, "vns")
    new = make_article("vns", "Just in", "One paragraph.", old.published_at, section="society")
    assert get(new.url).status_code == 404
    newsroom.publish(new)
    assert get(new.url).status_code == 200
    assert new.url in get("https://vietnamnews.vn/rss/society.rss").text
    newsroom.withdraw(new.url)
    assert get(new.url).status_code == 404
    assert new.url not in get("https://vietnamnews.vn/rss/society.rss").text
    newsroom.articles = []
    assert get(old.url).status_code == 404


def test_gzip_only_where_it_is_accepted(newsroom: Newsroom, get: Get):
    url = article_of(newsroom, "nhandan-vi").url
    packed = get(url, Accept_Encoding="br;q=1, gzip;q=0.5")
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(packed.content) / 3
    for refusal in ("identity", "gzip;q=0", ""):
        plain = get(url, Accept_Encoding=refusal)
        assert "content-encoding" not in plain.headers
        assert plain.content == packed.content
        assert plain.headers["vary"] == "Accept-Encoding"


def test_head_says_what_get_would(newsroom: Newsroom, get: Get):
    url = article_of(newsroom, "vns").url
    body, head = get(url), get(url, "HEAD")
    assert head.status_code == 200
    assert head.content == b""
    for name in ("content-length", "content-type", "etag", "last-modified"):
        assert head.headers[name] == body.headers[name]
    assert get(url, "POST").status_code == 405


def test_bare_hosts_send_on_and_strangers_are_refused(get: Get):
    response = get("https://vietnamplus.vn/rss/home.rss")
    assert (response.status_code, response.headers["location"]) == (
        301,
        "https://www.vietnamplus.vn/rss/home.rss",
    )
    missing = get("https://nhandan.vn/nothing-here")
    assert missing.status_code == 404
    assert "Không tìm thấy trang" in missing.text
    assert "etag" not in missing.headers
    assert get("https://nhandan.vn/nothing-here", If_None_Match="*").status_code == 404


def test_the_log_tells_what_was_asked(newsroom: Newsroom, get: Get):
    get("https://nhandan.vn/rss/home.rss?a=1", User_Agent="reader/1", If_None_Match='"x"')
    get("https://nhandan.vn/gone", "HEAD")
    first, second = newsroom.requests
    assert (first.method, first.host, first.path, first.query) == (
        "GET",
        "nhandan.vn",
        "/rss/home.rss",
        "a=1",
    )
    assert (first.status, first.user_agent, first.if_none_match) == (200, "reader/1", '"x"')
    assert first.url == "https://nhandan.vn/rss/home.rss?a=1"
    assert first.at.tzinfo is not None
    assert first.at <= second.at
    assert (second.method, second.status) == ("HEAD", 404)
    assert newsroom.requests.of("nhandan.vn", "/rss") == [first]
    newsroom.requests.clear()
    assert len(newsroom.requests) == 0


def test_a_status_as_fault(newsroom: Newsroom, get: Get):
    newsroom.faults["www.vietnam.vn", "/sitemap"] = Fault(status=403, headers=(("Retry-After", "7"),))
    banned = get("https://www.vietnam.vn/sitemap.xml")
    assert (banned.status_code, banned.headers["retry-after"]) == (403, "7")
    assert get("https://www.vietnam.vn/").status_code == 200  # another path
    assert get("https://nhandan.vn/sitemap.xml").status_code == 200  # another host
    newsroom.faults["www.vietnam.vn", "/sitemap/"] = Fault(status=500)
    assert get("https://www.vietnam.vn/sitemap/sitemap-post/2026-11-21.xml").status_code == 500  # the longer
    assert newsroom.requests.of("www.vietnam.vn", "/sitemap")[0].status == 403
    del newsroom.faults["www.vietnam.vn", "/sitemap"]
    assert get("https://www.vietnam.vn/sitemap.xml").status_code == 200


def test_a_fault_of_the_first_requests_only(newsroom: Newsroom, get: Get):
    newsroom.faults["vietnamnews.vn", "/rss/"] = Fault(status=503, first=2)
    url = "https://vietnamnews.vn/rss/society.rss"
    assert [get(url).status_code for _ in range(3)] == [503, 503, 200]


def test_a_hanging_host(newsroom: Newsroom, get: Get):
    newsroom.faults["nhandan.vn", "/"] = Fault(hang_s=0.3)
    began = time.monotonic()
    assert get("https://nhandan.vn/robots.txt").status_code == 200
    assert time.monotonic() - began >= 0.3
    assert newsroom.requests.of("nhandan.vn")[0].took_s >= 0.3


@pytest.mark.parametrize("accepted", ["identity", "gzip"])
def test_a_body_that_breaks_off(newsroom: Newsroom, get: Get, accepted: str):
    url = article_of(newsroom, "vna-en").url
    newsroom.faults["en.vietnamplus.vn", "/"] = Fault(truncate_to=2000)
    with pytest.raises(httpx.RemoteProtocolError, match="received 2000 bytes"):
        get(url, Accept_Encoding=accepted)
    newsroom.faults.clear()
    assert get(url).status_code == 200


def test_a_challenge_and_other_bodies(newsroom: Newsroom, get: Get):
    newsroom.faults["nhandan.vn", "/"] = Fault(is_challenge=True)
    challenge = get("https://nhandan.vn/")
    assert challenge.status_code == 200
    assert "document.cookie" in challenge.text
    assert len(challenge.content) < 400
    newsroom.faults["nhandan.vn", "/"] = Fault(body=gzip.compress(b"x"), content_type="application/zip")
    assert get("https://nhandan.vn/").headers["content-type"] == "application/zip"
    newsroom.faults["nhandan.vn", "/"] = Fault(status=302, headers=(("Location", "https://nhandan.vn/"),))
    assert get("https://nhandan.vn/").headers["location"] == "https://nhandan.vn/"


def test_it_stops_at_once_though_an_answer_hangs(articles: list[Article], now: datetime, tmp_path: Path):
    others = set(threading.enumerate())
    with Newsroom(articles, now, tmp_path) as newsroom:
        newsroom.faults["nhandan.vn", "/"] = Fault(hang_s=60)
        trust = ssl.create_default_context(cafile=str(newsroom.ca_file))
        plain = socket.create_connection(("127.0.0.1", newsroom.port), timeout=5)
        with trust.wrap_socket(plain, server_hostname="nhandan.vn") as line:
            line.sendall(b"GET / HTTP/1.1\r\nHost: nhandan.vn\r\n\r\n")
            time.sleep(0.2)
            began = time.monotonic()
            newsroom.__exit__(None, None, None)
            assert time.monotonic() - began < 30, "it waited for the answer that hangs"
    left = set(threading.enumerate()) - others
    assert not [thread for thread in left if thread.name == "newsroom"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", newsroom.port), timeout=2)


def test_two_newsrooms_live_side_by_side_and_a_taken_port_is_said(
    newsroom: Newsroom, articles: list[Article], now: datetime, tmp_path: Path
):
    with Newsroom(articles, now, tmp_path / "second") as second:
        assert second.port != newsroom.port
    with pytest.raises(NewsroomError, match=str(newsroom.port)):
        Newsroom(articles, now, tmp_path / "third", port=newsroom.port).__enter__()
    with pytest.raises(ValueError, match="time zone"):
        Newsroom(articles, now.replace(tzinfo=None), tmp_path)

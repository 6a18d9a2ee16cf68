"""Pages and listings spoilt at random, the same on every run: each gives a value, none hangs."""

import gzip
import random
import time
from collections.abc import Callable
from functools import cache

import pytest
from listing_samples import SECTION, feed, item, news, news_sitemap
from recorded_pages import recorded_snapshot, recordings, snapshot, source

from crawler.declarations import load_sources
from crawler.extract import extract
from crawler.listings import ListingResult, parse_listing
from crawler.source import Hints, Listing, ListingKind, ListingPage
from storage.models import Rejection, Revision

PAGES = 2000
LISTINGS = 1000
LIMIT_S = 5
"""Of processor time, for the slowest of all."""

SOURCES = load_sources()
KINDS = tuple(ListingKind)
JSON = '{"data":[{"url":"/a-post1.vnp","title":"Kết nạp","html":"<a href=\\"/b-post2.vnp\\">x</a>"}]}'
LISTING_BODIES = (
    feed(*(item(number) for number in range(30))).encode(),
    news_sitemap(*(news(number) for number in range(30))).encode(),
    gzip.compress(news_sitemap(*(news(number) for number in range(30))).encode(), mtime=0),
    SECTION.encode(),
    JSON.encode(),
)
HTML_TAGS = (
    b"<div>",
    b"</div>",
    b"<p>",
    b"</p>",
    b"<table><tr><td>",
    b"<li>",
    b"<b>",
    b"</i>",
    b"<a href='x'>",
)
FLOODS = (
    *(b"<br>", b"<a href='/x-1.htm'>x </a>", b"<img src=x>", b"<p>x", b"<tr><td>x", b"<aside>", b"<span>"),
    *(b"<", b"&nbsp;", b"&#x1F600;", b"<!--", b"]]>", b"\x00", b"\xff", b"\xe1\xbb", "ệ".encode(), b" "),
    *(b"<h1>x</h1>", b"<div class=related>x</div>", b"<script>", b"<time datetime=x>", b"{", b"[", b'"'),
)


def flip_bytes(body: bytes, choice: random.Random) -> bytes:
    spoilt = bytearray(body)
    for _ in range(choice.randint(1, 60)):
        spoilt[choice.randrange(len(spoilt))] = choice.randrange(256)
    return bytes(spoilt)


def cut(body: bytes, choice: random.Random) -> bytes:
    start, end = sorted(choice.sample(range(len(body) + 1), 2))
    return choice.choice((body[:end], body[start:], body[:start] + body[end:]))


def double(body: bytes, choice: random.Random) -> bytes:
    start, end = sorted(choice.sample(range(len(body) + 1), 2))
    return body[:end] + body[start:end] * choice.randint(1, 30) + body[end:]


def nest(body: bytes, choice: random.Random) -> bytes:
    depth = choice.choice((3, 200, 260, 1000))
    tag = choice.choice((b"div", b"span", b"aside", b"ul", b"table", b"b", b"a", b"item", b"font"))
    at = choice.randrange(len(body) + 1)
    return body[:at] + b"<%b>" % tag * depth + body[at:] + b"</%b>" % tag * choice.choice((0, depth))


def flood(body: bytes, choice: random.Random) -> bytes:
    at = choice.randrange(len(body) + 1)
    return body[:at] + choice.choice(FLOODS) * choice.choice((10, 300, 3000)) + body[at:]


def swell_a_tag(body: bytes, choice: random.Random) -> bytes:
    names = (b" a%d=1" % number for number in range(choice.choice((50, 2000))))
    attributes = choice.choice((b" class='%b'" % (b"x " * 30_000), b"".join(names), b' style="' * 50))
    at = body.find(b">", choice.randrange(len(body)))
    return body[:at] + attributes + body[at:]


def mix_tags(body: bytes, choice: random.Random) -> bytes:
    for _ in range(choice.randint(1, 50)):
        at = choice.randrange(len(body) + 1)
        body = body[:at] + choice.choice(HTML_TAGS) + body[at:]
    return body


def change_encoding(body: bytes, choice: random.Random) -> bytes:
    name = choice.choice(("utf-16", "utf-16-le", "utf-32", "cp1258", "gb18030", "utf-7", "latin-1"))
    return body.decode("utf-8", "ignore").encode(name, "ignore")


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(flip_bytes, cut, double, nest, flood, swell_a_tag, mix_tags, change_encoding),
)
CONTENT_TYPES = (
    None,
    "text/html",
    "text/html; charset=utf-16",
    "text/xml; charset=gb2312",
    "application/json; charset=",
)


def spoilt(body: bytes, choice: random.Random) -> bytes:
    for mutate in choice.choices(MUTATIONS, k=choice.randint(1, 3)):
        body = mutate(body or b"<", choice)
    return body


@cache
def samples() -> list[tuple[str, bytes]]:
    return [(folder.parent.name, recorded_snapshot(folder).body) for folder in recordings()]


@pytest.mark.parametrize("part", range(20))
def test_pages(part: int) -> None:
    for number in range(part, PAGES, 20):
        choice = random.Random(number)
        name, body = choice.choice(samples())
        headers = tuple(("Content-Type", kind) for kind in [choice.choice(CONTENT_TYPES)] if kind)
        url = choice.choice((f"{SOURCES[name].home}x-post1.html", "http://[x/", "https://x.example/", ""))
        page = recorded_snapshot(recordings()[0]).model_copy(
            update={"body": spoilt(body, choice), "headers": headers, "final_url": url}
        )
        began = time.process_time()
        outcome = extract(page, SOURCES[name])
        assert time.process_time() - began < LIMIT_S, number
        assert isinstance(outcome, Revision | Rejection)
        if isinstance(outcome, Revision):
            assert not set("\x00\u200b\ufeff␤") & set(outcome.title + outcome.lead + outcome.text), number


@pytest.mark.parametrize("part", range(10))
def test_listings(part: int) -> None:
    outlet = SOURCES["vna-vi"]
    for number in range(part, LISTINGS, 10):
        choice = random.Random(number)
        page = ListingPage(Listing(choice.choice(KINDS), outlet.home), outlet.home)
        body = spoilt(choice.choice(LISTING_BODIES), choice)
        began = time.process_time()
        outcome = parse_listing(body, choice.choice(CONTENT_TYPES), page, outlet)
        assert time.process_time() - began < LIMIT_S, number
        assert isinstance(outcome, ListingResult)


TEXT = "Tỉnh ủy Bắc Giang tổ chức hội nghị về phát triển đảng viên trong doanh nghiệp ngoài nhà nước. "
CONTAINER = "<html><title>Tiêu đề bài viết</title><body><div id='b'>"
HOSTILE = {
    "200,000 br": CONTAINER + TEXT * 5 + "<br>" * 200_000,
    "200,000 br with words": CONTAINER + "chữ viết<br>" * 200_000,
    "100,000 links": CONTAINER + "".join(f"<a href='/{n}'>liên kết {n} </a>" for n in range(100_000)),
    "20,000 rows": CONTAINER + "<table>" + f"<tr><td>{TEXT}</td></tr>" * 20_000,
    "20,000 paragraphs": CONTAINER + "".join(f"<p>{n} {TEXT}</p>" for n in range(20_000)),
    "250 nested asides": CONTAINER + "<aside>" * 250 + TEXT * 5000 + "</aside>" * 250,
    "1,000 nested tags": CONTAINER + "<div>" * 1000 + f"<p>{TEXT * 5}</p>",
    "50,000 pictures": CONTAINER + TEXT * 5 + "<img src=x>" * 50_000,
    "3,000 pictures in a table": CONTAINER + "<table>" + f"<tr><td><img src=x>{TEXT}</td></tr>" * 3000,
    "5,000 captions": CONTAINER + TEXT * 5 + "<p><img src=x></p><p><em>chú thích</em></p>" * 5000,
    "50,000 attributes": CONTAINER + "<p " + " ".join(f"a{n}=1" for n in range(50_000)) + f">{TEXT * 5}</p>",
    "100,000 brackets": "<script type='application/ld+json'>" + "[" * 100_000 + f"</script>{TEXT * 5}",
    "tag soup": CONTAINER + "".join(
        random.Random(1).choices(["<div>", "</p>", "<b>", "<p>", "<table>", "</td>", "x ", TEXT], k=60_000)
    ),
}  # fmt: skip


@pytest.mark.parametrize("layout", ["known", "unknown"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_page_made_to_hang_a_parser(name: str, layout: str) -> None:
    hints = Hints(body=("#b",) if layout == "known" else ())
    began = time.process_time()
    outcome = extract(snapshot(HOSTILE[name]), source(hints))
    assert isinstance(outcome, Revision | Rejection)
    assert time.process_time() - began < LIMIT_S


def test_the_mutations_are_the_same_on_every_run() -> None:
    _, body = samples()[0]
    first, second = ([spoilt(body, random.Random(seed)) for seed in range(20)] for _ in range(2))
    assert first == second

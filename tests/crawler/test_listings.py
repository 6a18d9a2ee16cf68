"""What comes in place of a listing is a named problem; dated addresses are filled in."""

import gzip
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from listing_samples import CHALLENGE, SECTION, SOURCES, feed, item, news, news_sitemap, parse, vna_feed

from crawler.listings import ListingProblem, pages_to_fetch, parse_listing
from crawler.source import Listing, ListingKind, ListingPage


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", ListingProblem.BLANK),
        (b" \r\n\t", ListingProblem.BLANK),
        (CHALLENGE, ListingProblem.CHALLENGE),
        (b"<!-- <rss> -->" + CHALLENGE, ListingProblem.CHALLENGE),
        (b'<meta http-equiv="refresh" content="0; url=/">', ListingProblem.CHALLENGE),
        (
            b"<html><head><title>Just a moment...</title></head><body><noscript>Enable JavaScript</noscript>"
            b"<script>/*" + b"x" * 20_000 + b"*/</script></body></html>",
            ListingProblem.CHALLENGE,
        ),
        (b"<!DOCTYPE html><html><body><h1>Maintenance</h1></body></html>", ListingProblem.WRONG_TYPE),
        (
            b"<html><script></script><body>" + b"<p>All the news of the day</p>" * 30,
            ListingProblem.WRONG_TYPE,
        ),
        (
            b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>',
            ListingProblem.WRONG_TYPE,
        ),
        (b"<svg/>", ListingProblem.WRONG_TYPE),
        (b'{"error_code": 1}', ListingProblem.WRONG_TYPE),
        (b"Access denied", ListingProblem.UNREADABLE),
        (b"\x89PNG\r\n\x1a\n\x00\x00", ListingProblem.UNREADABLE),
        (b"<rss><channel>", ListingProblem.UNREADABLE),
        (b"\x1f\x8b broken gzip", ListingProblem.UNREADABLE),
        (
            feed("<item><link>https://www.vietnamplus.vn/chinhtri/</link></item>").encode(),
            ListingProblem.NO_ARTICLE_LINKS,
        ),
        (
            feed("<item><link>https://tuoitre.vn/a-post1.vnp</link></item>").encode(),
            ListingProblem.NO_ARTICLE_LINKS,
        ),
    ],
)
def test_what_is_no_feed_is_a_named_problem(body: bytes, problem: ListingProblem) -> None:
    result = parse("vna-vi", ListingKind.FEED, body, "application/rss+xml")
    assert result.problem is problem
    assert not result.is_read
    assert result.detail
    assert str(result).startswith(f"{problem}: ")


def test_a_challenge_in_place_of_a_sitemap_or_section_is_told() -> None:
    assert parse("vna-vi", ListingKind.NEWS_SITEMAP, CHALLENGE).problem is ListingProblem.CHALLENGE
    assert parse("bacninh", ListingKind.SECTION, CHALLENGE, "text/html").problem is ListingProblem.CHALLENGE
    assert parse("vna-vi", ListingKind.NEWS_SITEMAP, feed(item(1))).problem is ListingProblem.WRONG_TYPE
    assert parse("bacninh", ListingKind.SECTION, feed(item(1))).problem is ListingProblem.WRONG_TYPE
    assert parse("bacninh", ListingKind.SECTION, '{"a": 1}').problem is ListingProblem.WRONG_TYPE


BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol0 "lol">'
    + "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("head", [BILLION_LAUGHS, EXTERNAL, "<!--" + " " * 20_000 + "-->" + EXTERNAL])
def test_entities_are_never_expanded(head: str) -> None:
    started_at = time.process_time()
    body = feed(item(1, "x").replace("<![CDATA[x]]>", "&lol9;&secret;"), head=head)
    results = [
        parse("vna-vi", ListingKind.FEED, body),
        parse("vna-vi", ListingKind.NEWS_SITEMAP, news_sitemap(news(1, "&lol9;&secret;"), head=head)),
    ]
    assert time.process_time() - started_at < 3
    for result in results:
        titles = "".join(entry.title or "" for entry in result.entries)
        assert "root:" not in titles
        assert len(titles) <= 300


def test_a_tag_with_very_many_attributes_costs_little() -> None:
    attributes = " ".join(f"a{number}='1'" for number in range(100_000))
    for broken in ("", "&nbsp;"):
        started_at = time.process_time()
        result = vna_feed(item(1), f"<x {attributes}>{broken}</x>", item(2))
        assert time.process_time() - started_at < 5
        assert len(result.entries) == 2


def test_deep_nesting_is_survived() -> None:
    deep = "<x>" * 50_000
    assert vna_feed(item(1), deep).entries
    sitemap = parse("vna-vi", ListingKind.NEWS_SITEMAP, news_sitemap(news(1), deep))
    assert len(sitemap.entries) == 1
    assert sitemap.is_partial
    section = "<div>" * 50_000 + "<a href='/news/-/details/20182/ket-nap-345678'>Kết nạp</a>"
    assert parse("bacninh", ListingKind.SECTION, section).links_seen <= 1


# ---- nothing raises

_PIECES = st.sampled_from(
    [
        b"<",
        b">",
        b"&",
        b"]]>",
        b"<![CDATA[",
        b"<!--",
        b"\x00",
        b"\xff",
        b"<item>",
        b"</item>",
        b"<url>",
        b"</loc>",
        b"<link>",
        b"http://[",
        b"<!DOCTYPE x [",
        b"&#xD800;",
        b'"',
        b"<a href='",
        b"<base href='http://['>",
        b"\x1f\x8b",
    ]
)
_WHOLE = [
    feed(item(1), item(2)).encode(),
    news_sitemap(news(1), news(2)).encode(),
    SECTION.encode(),
    gzip.compress(news_sitemap(news(1), news(2)).encode()),
    feed(item(1), head='<?xml version="1.0" encoding="utf-16"?>').encode("utf-16"),
    CHALLENGE,
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    body = bytearray(draw(st.sampled_from(_WHOLE)))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 40)))
        body[start:end] = draw(st.one_of(_PIECES, st.binary(max_size=6)))
    return bytes(body[: draw(st.integers(0, len(body)))]) if draw(st.booleans()) else bytes(body)


@settings(max_examples=300, deadline=None)
@given(
    mutated(), st.sampled_from(list(ListingKind)), st.sampled_from([None, "text/html", "x; charset=utf-7"])
)
def test_mutated_listings_never_raise(body: bytes, kind: ListingKind, content_type: str | None) -> None:
    for source in (SOURCES["vna-vi"], SOURCES["bacninh"]):
        page = ListingPage(Listing(kind, source.home), source.home)
        result = parse_listing(body, content_type, page, source)
        assert (result.problem is None) == bool(result.entries)
        assert len(result.entries) + result.ignored + result.repeated == result.links_seen
        for entry in result.entries:
            assert entry.url.startswith(("https://", "http://"))
            assert "\x00" not in (entry.title or "")


# ---- which addresses to fetch

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
"""12:00 in Viet Nam."""


def urls(name: str, now: datetime, days: int) -> list[str]:
    return [page.url.rpartition("/")[2] for page in pages_to_fetch(SOURCES[name], now, days)]


def test_addresses_without_a_date_are_fetched_once_in_order() -> None:
    pages = pages_to_fetch(SOURCES["vna-vi"], NOON, 400)
    assert [page.listing for page in pages] == list(SOURCES["vna-vi"].listings)
    assert [page.on for page in pages] == [None] * len(pages)


def test_daily_sitemaps_run_back_from_today() -> None:
    assert urls("vietnamvn-vi", NOON, 2) == ["2026-11-22.xml", "2026-11-21.xml", "2026-11-20.xml"]
    pages = pages_to_fetch(SOURCES["vietnamvn-vi"], NOON, 0)
    assert [page.on for page in pages] == [date(2026, 11, 22)]


def test_before_seven_the_utc_day_is_read_too() -> None:
    night = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)  # 01:00 on the 22nd in Viet Nam
    assert urls("vietnamvn-vi", night, 0) == ["2026-11-22.xml", "2026-11-21.xml"]
    assert urls("vietnamvn-vi", night.astimezone(), 0) == ["2026-11-22.xml", "2026-11-21.xml"]


def test_monthly_sitemaps_have_no_leading_zero_and_cross_the_year() -> None:
    january = datetime(2026, 1, 2, 5, 0, tzinfo=UTC)
    assert urls("vna-en", january, 3) == [
        "google-news.xml",
        "news-2026-1.xml",
        "news-2025-12.xml",
        "home.rss",
    ]
    assert urls("vna-en", january, 1) == ["google-news.xml", "news-2026-1.xml", "home.rss"]
    months = [page.on for page in pages_to_fetch(SOURCES["vna-en"], january, 3)]
    assert months == [None, date(2026, 1, 1), date(2025, 12, 1), None]


def test_the_month_begins_in_viet_nam() -> None:
    eve = datetime(2026, 1, 31, 17, 30, tzinfo=UTC)  # 00:30 on 1 February in Viet Nam
    assert "news-2026-2.xml" in urls("vna-en", eve, 0)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.integers(0, 60))  # noqa: DTZ001
def test_every_moment_of_the_lookback_has_its_page(naive: datetime, days: int) -> None:
    now = naive.replace(tzinfo=UTC)
    pages = pages_to_fetch(SOURCES["vietnamvn-vi"], now, days)
    listed = [page.on for page in pages]
    assert listed == sorted(set(filter(None, listed)), reverse=True)
    for moment in (now, now - timedelta(days=days), now - timedelta(days=days / 2)):
        local = (moment + timedelta(hours=7)).date()
        assert {local, moment.date()} <= set(listed)
    assert listed[0] == (now + timedelta(hours=7)).date()


def test_a_naive_now_is_refused() -> None:
    with pytest.raises(ValueError, match="now must be aware"):
        pages_to_fetch(SOURCES["vna-en"], datetime(2026, 1, 1), 1)  # noqa: DTZ001

"""Listings are found in robots.txt, in a page's head and in a sitemap of sitemaps."""

import gzip
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from listing_samples import SOURCES

from crawler.pointers import MAX_CHILDREN, feeds_in_page, sitemaps_in_index, sitemaps_in_robots, usable
from crawler.source import Listing, ListingKind

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def test_sitemaps_of_a_robots_txt() -> None:
    text = (
        "\ufeffUser-agent: *\r\nDisallow: /api/\r\nSitemap: https://baomau.vn/sitemap.xml\r\n"
        "  sitemap :HTTPS://BAOMAU.VN/news-sitemap.xml # the newest\r\n"
        "SITEMAP: https://baomau.vn/sitemap.xml\r\n# Sitemap: https://baomau.vn/old.xml\r\n"
        "Sitemap: /relative.xml\r\nSitemap: file:///etc/passwd\r\nSitemap:\r\nDisallow: /sitemap: x"
    )
    assert sitemaps_in_robots(text) == ["https://baomau.vn/sitemap.xml", "https://baomau.vn/news-sitemap.xml"]
    assert sitemaps_in_robots("") == []
    many = "\n".join(f"Sitemap: https://baomau.vn/{number}.xml" for number in range(5000))
    assert len(sitemaps_in_robots(many)) == 100


def test_feeds_of_a_page() -> None:
    page = b"""<!DOCTYPE html><html><head><base href="https://baomau.vn/vi/">
    <link rel="alternate" type="application/rss+xml" title="Tin" href="rss/home.rss">
    <link REL="Alternate home" TYPE="application/atom+xml; charset=utf-8" HREF="/atom.xml">
    <link rel="alternate" type="application/rss+xml" href="https://baomau.vn/vi/rss/home.rss#x">
    <link rel="alternate" type="application/rss+xml" href="/comments/feed/">
    <link rel="alternate" hreflang="en" href="/en/"><link rel="stylesheet" href="a.css">
    <link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
    <link rel="alternate" type="application/json" href="/wp-json/"></head><body>x</body></html>"""
    assert feeds_in_page(page, "https://baomau.vn/") == [
        Listing(ListingKind.FEED, "https://baomau.vn/vi/rss/home.rss"),
        Listing(ListingKind.FEED, "https://baomau.vn/atom.xml"),
    ]
    assert feeds_in_page(b"", "https://baomau.vn/") == []


def index(*children: str | tuple[str, str]) -> bytes:
    rows = "".join(
        f"<sitemap><loc>  https://baomau.vn/{child} </loc></sitemap>"
        if isinstance(child, str)
        else f"<sitemap><loc>https://baomau.vn/{child[0]}</loc><lastmod>{child[1]}</lastmod></sitemap>"
        for child in children
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"{rows}</sitemapindex>"
    ).encode()


def names(body: bytes, lookback_days: int = 3) -> list[str]:
    found = sitemaps_in_index(body, NOW, lookback_days)
    return [listing.url.removeprefix("https://baomau.vn/") for listing in found]


def test_the_newest_months_and_the_news_are_chosen_by_name() -> None:
    body = index(
        ("sitemaps/categories.xml", "2026-11-22"),
        ("sitemaps/topics.xml", "2026-11-22"),
        "sitemaps/news-2026-11.xml",
        "sitemaps/news-2026-10.xml",
        "sitemaps/news-2025-11.xml",
        "sitemaps/google-news.xml",
        *(f"sitemaps/news-{year}-{month}.xml" for year in range(2010, 2025) for month in range(1, 13)),
    )
    assert names(body) == ["sitemaps/google-news.xml", "sitemaps/news-2026-11.xml"]
    assert names(body, 30) == [
        "sitemaps/google-news.xml",
        "sitemaps/news-2026-11.xml",
        "sitemaps/news-2026-10.xml",
    ]
    kinds = [listing.kind for listing in sitemaps_in_index(body, NOW, 3)]
    assert kinds == [ListingKind.NEWS_SITEMAP, ListingKind.SITEMAP]


def test_days_of_the_aggregator_without_its_lists_of_people_and_words() -> None:
    body = index(
        *(f"sitemap/sitemap-{word}.xml" for word in ("page", "author", "organization", "category", "tag")),
        "sitemap/tag/1.xml",
        *(f"sitemap/sitemap-post/2026-11-{day:02}.xml" for day in range(1, 24)),
    )
    assert names(body, 2) == [f"sitemap/sitemap-post/2026-11-{day}.xml" for day in (22, 21, 20)]
    assert len(names(body, 30)) == MAX_CHILDREN


@pytest.mark.parametrize(
    ("name", "is_now"),
    [
        ("sitemaps/2026/11/article.xml", True),
        ("sitemaps/2026/9/article.xml", False),
        ("sitemap-202611.xml", True),
        ("sitemap-202610.xml", False),
        ("sitemap_20261121.xml", True),
        ("sitemap_20261101.xml", False),
        ("news-2026.xml", True),
        ("news-2025.xml", False),
        ("sitemap.aspx?m=2026_11", True),
        ("sitemap-2026-11-22.xml.gz", True),
    ],
)
def test_a_date_in_the_name_decides_whatever_lastmod_says(name: str, *, is_now: bool) -> None:
    body = index((name, "2026-11-22" if not is_now else "2020-01-01"))
    assert (names(body) == [name]) is is_now


def test_undated_children_by_lastmod_or_from_both_ends() -> None:
    fresh = [(f"posts-{number}.xml", "2019-05-05") for number in range(40)]
    fresh[7] = ("posts-7.xml", "2026-11-22T03:00:00Z")
    fresh[9] = ("posts-9.xml", "2026-11-21T03:00:00Z")
    assert names(index(*fresh)) == ["posts-7.xml", "posts-9.xml"]
    same_day = [(f"posts-{number}.xml", "2026-11-22") for number in range(40)]
    assert names(index(*same_day)) == ["posts-0.xml", "posts-39.xml"]
    assert names(index("sitemap-page-1.xml", "sitemap-posts-1.xml")) == ["sitemap-posts-1.xml"]
    assert names(index(*(f"news-{number}.xml" for number in range(300)))) == ["news-0.xml", "news-299.xml"]


def test_a_packed_broken_or_other_body() -> None:
    body = index("sitemaps/news-2026-11.xml")
    assert names(gzip.compress(body)) == ["sitemaps/news-2026-11.xml"]
    assert names(body[:-20]) == ["sitemaps/news-2026-11.xml"]
    assert names(b"<urlset><url><loc>https://baomau.vn/a</loc></url></urlset>") == []
    assert names(b"") == []
    assert names(gzip.compress(b" " * 20_000_000)) == []


def test_only_what_is_on_the_sources_hosts_and_not_declared_is_used() -> None:
    source = SOURCES["nhandan-vi"]
    found = [
        Listing(ListingKind.FEED, "https://nhandan.vn/rss/home.rss"),
        Listing(ListingKind.FEED, "https://en.nhandan.vn/rss/home.rss"),
        source.listings[0],
    ]
    assert [page.url for page in usable(found, source)] == ["https://nhandan.vn/rss/home.rss"]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 400))
def test_nothing_raises(noise: bytes, start: int, end: int) -> None:
    whole = index("a-2026-11.xml", ("b.xml", "2026-13-45"))
    body = whole[:start] + noise + whole[end:]
    sitemaps_in_index(body, NOW, 3)
    feeds_in_page(body, "https://baomau.vn/")
    sitemaps_in_robots(body.decode("latin-1"))

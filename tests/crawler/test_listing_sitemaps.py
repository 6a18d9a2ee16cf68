"""Sitemaps, plain and gzip, become Entries."""

import gzip
import time
from datetime import UTC, datetime

from listing_samples import news, news_sitemap, parse

from crawler.listings import ListingProblem
from crawler.source import ListingKind


def test_a_news_sitemap_gives_titles_and_times() -> None:
    [entry] = parse("vna-vi", ListingKind.NEWS_SITEMAP, news_sitemap(news(5))).entries
    assert entry.url == "https://www.vietnamplus.vn/a-post5.vnp"
    assert entry.title == "Đảng viên & doanh nghiệp"
    assert entry.published_at == datetime(2026, 9, 14, 12, 44, 41, tzinfo=UTC)
    assert entry.modified_at == datetime(2026, 9, 14, 17, tzinfo=UTC)


def sitemap(*rows: tuple[str, str]) -> str:
    return news_sitemap(
        *(f"<url><loc>{loc}</loc><lastmod>{lastmod}</lastmod></url>" for loc, lastmod in rows)
    )


def test_lastmod_is_never_a_publication_date() -> None:
    body = sitemap(
        ("https://en.vietnamplus.vn/a-post1.vnp", "2026-09-15"),
        ("https://en.vietnamplus.vn/a-post2.vnp", "2026-09-15T18:30:00Z"),
        ("https://en.vietnamplus.vn/a-post3.vnp", ""),
    )
    result = parse("vna-en", ListingKind.SITEMAP, body)
    assert [entry.published_at for entry in result.entries] == [None, None, None]
    assert [entry.modified_at for entry in result.entries] == [
        datetime(2026, 9, 14, 17, tzinfo=UTC),  # the day's start in Viet Nam
        datetime(2026, 9, 15, 18, 30, tzinfo=UTC),  # already the 16th there
        None,
    ]


def test_a_gzip_sitemap_is_told_by_its_bytes() -> None:
    packed = gzip.compress(news_sitemap(*map(news, range(500))).encode())
    whole = parse("vna-vi", ListingKind.NEWS_SITEMAP, packed, "application/xml")
    assert (len(whole.entries), whole.is_partial) == (500, False)
    half = parse("vna-vi", ListingKind.NEWS_SITEMAP, packed[: len(packed) // 2])
    assert 0 < len(half.entries) < 500
    assert half.is_partial


def test_a_gzip_bomb_is_refused_early() -> None:
    bomb = gzip.compress(b"<urlset>" + b" " * 100_000_000, compresslevel=1)
    started_at = time.process_time()
    result = parse("vna-vi", ListingKind.NEWS_SITEMAP, bomb)
    assert result.problem is ListingProblem.TOO_LARGE
    assert time.process_time() - started_at < 1


def test_a_sitemap_of_sitemaps_is_a_problem() -> None:
    body = (
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap>'
        "<loc>https://www.vietnamplus.vn/sitemaps/news-2026-9.xml</loc></sitemap></sitemapindex>"
    )
    assert parse("vna-vi", ListingKind.NEWS_SITEMAP, body).problem is ListingProblem.INDEX


def test_an_empty_or_broken_sitemap() -> None:
    assert parse("vna-vi", ListingKind.NEWS_SITEMAP, news_sitemap()).problem is ListingProblem.EMPTY
    cut = news_sitemap(news(1), news(2))
    result = parse("vna-vi", ListingKind.NEWS_SITEMAP, cut[: cut.index("post2")])
    assert len(result.entries) == 1
    assert result.is_partial
    broken = parse("vna-vi", ListingKind.NEWS_SITEMAP, news_sitemap(news(1, "a &nbsp; b & c"), news(2)))
    assert len(broken.entries) == 2
    assert broken.is_partial
    assert parse("vna-vi", ListingKind.NEWS_SITEMAP, "<urlset><!-- cut ").problem is ListingProblem.UNREADABLE


def test_editions_share_a_sitemap_by_rewrite() -> None:
    body = sitemap(
        ("https://www.vietnam.vn/phat-trien-dang-vien-o-lao-cai", "2026-09-14T20:10:00Z"),
        ("https://vietnam.vn/cong-nhan-vao-dang/", "2026-09-14T20:10:00Z"),
        ("https://www.vietnam.vn/ms/cong-nhan-vao-dang", "2026-09-14T20:10:00Z"),
        ("https://www.vietnam.vn/tag/dang-vien-moi-nhat", "2026-09-14T20:10:00Z"),
        ("https://www.vietnam.vn/lien-he", "2026-09-14T20:10:00Z"),
    )
    english = parse("vietnamvn-en", ListingKind.SITEMAP, body)
    assert [entry.url for entry in english.entries] == [
        "https://www.vietnam.vn/en/phat-trien-dang-vien-o-lao-cai",
        "https://vietnam.vn/en/cong-nhan-vao-dang",
    ]
    vietnamese = parse("vietnamvn-vi", ListingKind.SITEMAP, body)
    assert [entry.url for entry in vietnamese.entries] == [
        "https://www.vietnam.vn/phat-trien-dang-vien-o-lao-cai",
        "https://vietnam.vn/cong-nhan-vao-dang/",
    ]
    assert (english.ignored, vietnamese.ignored) == (3, 3)


def test_a_large_sitemap_is_read_quickly() -> None:
    body = sitemap(*((f"https://en.vietnamplus.vn/a-post{n}.vnp", "2026-09-15") for n in range(20_000)))
    started_at = time.process_time()
    assert len(parse("vna-en", ListingKind.SITEMAP, body).entries) == 20_000
    assert time.process_time() - started_at < 20

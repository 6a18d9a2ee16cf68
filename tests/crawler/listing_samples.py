"""Listings written by hand after the outlets' own, for the tests of crawler.listings."""

import pickle

from crawler.declarations import load_sources
from crawler.listings import ListingResult, parse_listing
from crawler.source import ListingKind, ListingPage, Source

SOURCES = load_sources()
CHALLENGE = (
    b'<html><body><script>document.cookie="D1N=9b41d5a8f6c1ea1a0ff3f0e2b6f1b6b8"+"; path=/";'
    b"window.location.reload(true);</script></body></html>"
)


def page_of(source: Source, kind: ListingKind) -> ListingPage:
    listing = next(listing for listing in source.listings if listing.kind is kind)
    return ListingPage(listing, listing.url)


def parse(name: str, kind: ListingKind, body: bytes | str, content_type: str | None = None) -> ListingResult:
    source = SOURCES[name]
    raw = body.encode() if isinstance(body, str) else body
    result = parse_listing(raw, content_type, page_of(source, kind), source)
    assert len(result.entries) + result.ignored + result.repeated == result.links_seen
    assert (result.problem is None) == bool(result.entries)
    assert pickle.loads(pickle.dumps(result)) == result
    return result


def feed(*items: str, head: str = '<?xml version="1.0" encoding="utf-8"?>') -> str:
    return (
        f'{head}<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"'
        ' xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<channel><title>VietnamPlus</title><link>https://www.vietnamplus.vn</link>"
        '<atom:link rel="self" href="https://www.vietnamplus.vn/rss/home.rss"/>'
        f"{''.join(items)}</channel></rss>"
    )


def item(
    number: int, title: str = "Kết nạp đảng viên", date: str = "Mon, 14 Sep 2026 19:44:41 +07:00"
) -> str:
    return (
        f"<item><title><![CDATA[{title}]]></title><media:title>ảnh</media:title>"
        f"<link>https://www.vietnamplus.vn/ket-nap-post{number}.vnp</link>"
        f"<description><![CDATA[<a href='#'><img src='a.jpg'/></a>Chi bộ]]></description>"
        f"<pubDate>{date}</pubDate></item>"
    )


def vna_feed(*items: str, **head: str) -> ListingResult:
    return parse("vna-vi", ListingKind.FEED, feed(*items, **head))


def news_sitemap(*urls: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> str:
    return (
        f'{head}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
        f' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{"".join(urls)}</urlset>'
    )


def news(number: int, title: str = "Đảng viên &amp; doanh nghiệp") -> str:
    return (
        f"<url><loc>\n   https://www.vietnamplus.vn/a-post{number}.vnp  </loc><lastmod>2026-09-15</lastmod>"
        "<image:image><image:loc>https://www.vietnamplus.vn/b-post99.vnp</image:loc>"
        "<image:title>ảnh</image:title></image:image>"
        "<news:news><news:publication><news:name>VietnamPlus</news:name></news:publication>"
        "<news:publication_date>2026-09-14T19:44:41+07:00</news:publication_date>"
        f"<news:title>{title}</news:title></news:news></url>"
    )


SECTION = """<!DOCTYPE html><html><head><title>Tin tức</title></head><body>
<nav><a href="/">Trang chủ</a><a href="/news">Tin tức</a><a href="javascript:void(0)">Menu</a><a>x</a></nav>
<div class="d-md-block"><a href="/news/-/details/20182/ket-nap-ang-vien-345678">
<img alt="Lễ kết nạp" src="a.jpg"></a>
<h3><a href="/news/-/details/20182/ket-nap-ang-vien-345678?redirect=%2Fnews">Kết nạp đảng viên tại
  Công ty Hòa Bình</a></h3></div>
<div class="d-md-none"><a href="news/-/details/20182/ket-nap-ang-vien-345678">Kết nạp…</a></div>
<div><a href="https://bacninh.gov.vn/news/-/details/20182/chi-bo-moi-345679"><h4>Chi bộ mới</h4>
<p>Một đoạn tóm tắt dài hơn nhiều so với tiêu đề</p></a></div>
<a href="https://www.bacninh.gov.vn/news/-/details/20182/hoi-nghi-345680" title="Hội nghị"></a>
<a href="https://evil.example/news/-/details/20182/x-345681">x</a><a href="http://[">x</a>
</body></html>"""

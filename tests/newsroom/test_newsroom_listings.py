"""Every list of every outlet lists its articles, in the outlet's own manner."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import urljoin

import feedparser
import httpx
import pytest
from lxml import etree
from parsel import Selector

from newsroom.articles import Article, make_article
from newsroom.outlets import HOSTS, JSON_HOST, OUTLETS, Family
from newsroom.server import Newsroom

Get = Callable[..., httpx.Response]
CMS = [outlet for outlet in OUTLETS.values() if outlet.family is Family.CMS]
SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
NEWS = {"n": "http://www.google.com/schemas/sitemap-news/0.9", **SITEMAP}


def urls(articles: list[Article], outlet: str) -> set[str]:
    return {article.url for article in articles if article.outlet == outlet}


def locations(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.url
    body = response.content
    root = etree.fromstring(gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body)
    return [text.strip() for text in root.xpath("//s:loc/text()", namespaces=SITEMAP)]


def feed_links(response: httpx.Response) -> list[str]:
    assert response.status_code == 200
    return [entry.link for entry in feedparser.parse(BytesIO(response.content)).entries]


def links(response: httpx.Response, base: str) -> list[str]:
    assert response.status_code == 200
    return [urljoin(base, href) for href in Selector(response.text).css("a::attr(href)").getall()]


@pytest.mark.parametrize("outlet", CMS, ids=lambda outlet: outlet.id)
def test_cms_lists(get: Get, articles: list[Article], outlet):
    expected = urls(articles, outlet.id)
    assert set(feed_links(get(f"{outlet.home}rss/home.rss"))) == expected
    assert set(locations(get(f"{outlet.home}sitemaps/news-2026-11.xml"))) == expected
    assert set(locations(get(f"{outlet.home}sitemaps/google-news.xml"))) == expected
    assert expected <= set(links(get(outlet.home), outlet.home))
    index = locations(get(f"{outlet.home}sitemap.xml"))
    assert f"{outlet.home}sitemaps/news-2026-11.xml" in index
    assert f"{outlet.home}sitemaps/news-2026-11.xml" == next(url for url in index if "/news-2" in url)
    assert f"{outlet.home}sitemaps/news-2026-9.xml" in index  # no leading zero
    assert get(f"{outlet.home}sitemaps/news-2026-12.xml").status_code == 404  # not there yet
    assert get(f"{outlet.home}sitemaps/news-2026-09.xml").status_code == 404
    assert locations(get(f"{outlet.home}sitemaps/news-2026-10.xml")) == []
    for other in ("categories", "topics"):
        assert not expected & set(locations(get(f"{outlet.home}sitemaps/{other}.xml")))


@pytest.mark.parametrize("outlet", CMS, ids=lambda outlet: outlet.id)
def test_cms_sections(get: Get, articles: list[Article], outlet):
    expected = urls(articles, outlet.id)
    listed = set()
    for section in outlet.sections:
        url = f"{outlet.home}{section.slug}/"
        listed |= expected & set(links(get(url), url))
    assert listed == expected


def test_cms_section_feeds_know_their_articles(get: Get, articles: list[Article]):
    party = get("https://nhandan.vn/rss/xay-dung-dang-1179.rss")
    assert set(feed_links(party)) == urls(articles, "nhandan-vi")
    assert feed_links(get("https://nhandan.vn/rss/kinhte-1185.rss")) == []
    assert set(feed_links(get("https://www.vietnamplus.vn/rss/kinhte-311.rss"))) == urls(articles, "vna-vi")
    assert feed_links(get("https://www.vietnamplus.vn/rss/chinhtri-291.rss")) == []


def test_a_wrong_feed_number_gives_nhan_dans_home_feed_and_vnas_404(get: Get):
    home = feedparser.parse(BytesIO(get("https://nhandan.vn/rss/home.rss").content))
    for path in ("kinhte-9999", "kinhte", "no-such-section-12"):
        wrong = feedparser.parse(BytesIO(get(f"https://nhandan.vn/rss/{path}.rss").content))
        assert wrong.feed.title == home.feed.title
        assert len(wrong.entries) == len(home.entries) == 1
    assert get("https://www.vietnamplus.vn/rss/kinhte-9999.rss").status_code == 404


def test_a_subsection_is_listed_above_too(newsroom: Newsroom, get: Get):
    moment = datetime(2026, 11, 21, 8, tzinfo=UTC)
    article = make_article("vna-vi", "Doanh nghiệp", "Một.", moment, section="doanh-nghiep")
    newsroom.publish(article)
    for feed in ("kinhte-311", "kinhte/doanhnghiep-345"):
        assert article.url in feed_links(get(f"https://www.vietnamplus.vn/rss/{feed}.rss"))


def test_feed_dates_have_the_colon(get: Get, articles: list[Article]):
    article = next(article for article in articles if article.outlet == "vna-en")
    text = get("https://en.vietnamplus.vn/rss/home.rss").text
    assert "<pubDate>Sat, 21 Nov 2026 18:30:00 +07:00</pubDate>" in text  # 5 hours before 23:30
    entry = feedparser.parse(BytesIO(text.encode())).entries[0]
    assert datetime(*entry.published_parsed[:6], tzinfo=UTC) == article.published_at


def test_sitemap_habits(get: Get):
    padded = get("https://en.vietnamplus.vn/sitemaps/news-2026-11.xml").text
    assert "<loc>\n    https://" in padded
    assert "<lastmod>2026-11-21</lastmod>" in padded
    exact = get("https://nhandan.vn/sitemaps/news-2026-11.xml").text
    assert "<lastmod>2026-11-21T14:30:00+07:00</lastmod>" in exact
    packed = get("https://en.nhandan.vn/sitemaps/news-2026-11.xml")
    assert packed.content.startswith(b"\x1f\x8b")
    assert "content-encoding" not in packed.headers
    news = etree.fromstring(get("https://nhandan.vn/sitemaps/google-news.xml").content)
    assert news.xpath("//n:title/text()", namespaces=NEWS) == ["Kết nạp đảng viên ở khu công nghiệp"]
    assert news.xpath("//n:publication_date/text()", namespaces=NEWS) == ["2026-11-21T14:30:00+07:00"]


def test_vns_lists(get: Get, articles: list[Article]):
    expected = urls(articles, "vns")
    assert expected <= set(locations(get("https://vietnamnews.vn/sitemap.xml")))
    assert "<lastmod>2026-11-21</lastmod>" in get("https://vietnamnews.vn/sitemap.xml").text
    feeds = [get(f"https://vietnamnews.vn/rss/{name}.rss") for name in ("society", "politics-laws")]
    assert {link for feed in feeds for link in feed_links(feed)} == expected
    pages = ("https://vietnamnews.vn/society", "https://vietnamnews.vn/politics-laws")
    assert {link for page in pages for link in links(get(page), page)} >= expected
    assert get("https://vietnamnews.vn/rss/nothing.rss").status_code == 404


def test_one_vns_feed_lies_about_its_encoding(get: Get):
    body = get("https://vietnamnews.vn/rss/politics-laws.rss").content
    assert body.startswith(b'<?xml version="1.0" encoding="utf-16"?>')
    assert "Footbridge" in body.decode("utf-8")
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(body)
    assert b'encoding="utf-8"' in get("https://vietnamnews.vn/rss/society.rss").content


def test_vietnam_vn_lists_each_day_of_utc(newsroom: Newsroom, get: Get, articles: list[Article]):
    late = make_article(
        "vietnamvn-vi", "Tin khuya trong ngày", "Một.", datetime(2026, 11, 20, 18, tzinfo=UTC)
    )
    newsroom.publish(late)  # the 21st in Viet Nam
    base = "https://www.vietnam.vn/sitemap/sitemap-post/"
    today, yesterday = get(f"{base}2026-11-21.xml"), get(f"{base}2026-11-20.xml")
    slugs = {article.slug for article in articles if article.outlet.startswith("vietnamvn")}
    assert set(locations(today)) == {f"https://www.vietnam.vn/{slug}" for slug in slugs}
    assert locations(yesterday) == [late.url]
    assert "<lastmod>2026-11-20T18:00:00Z</lastmod>" in yesterday.text
    index = locations(get("https://www.vietnam.vn/sitemap.xml"))
    assert f"{base}2026-11-21.xml" in index
    assert len(index) > 1200
    assert get(f"{base}2026-11-22.xml").status_code == 404
    assert get(f"{base}2026-13-41.xml").status_code == 404


def test_a_vietnam_vn_slug_without_a_text_in_a_language_is_not_found(get: Get, articles: list[Article]):
    english = next(a for a in articles if a.outlet == "vietnamvn-en" and a.story == "members-in-the-park")
    assert get(english.url).status_code == 200
    assert get(f"https://www.vietnam.vn/{english.slug}").status_code == 404
    assert get(f"https://www.vietnam.vn/fr/{english.slug}").status_code == 404


def test_sharepoint_list(newsroom: Newsroom, get: Get, articles: list[Article]):
    base = "https://eng.binhduong.gov.vn/Lists/TinTucSuKien/TongQuat.aspx"
    [article] = [article for article in articles if article.outlet == "binhduong-en"]
    first = get(f"{base}?PageIndex=1")
    found = links(first, base)
    assert found.count(article.url) == 2  # picture and title
    assert sum(link.lower() == article.url.lower() for link in found) == 3  # "Read more" in lower case
    assert article.paragraphs[1] in first.text  # the hidden column
    assert article.url not in links(get(f"{base}?PageIndex=9"), base)
    assert article.url in links(get(f"{base}?CategoryId=Socio%20-%20Economic%20News"), base)
    assert article.url not in links(get(f"{base}?CategoryId=Departments%27%20Activities"), base)
    newest = datetime(2026, 11, 21, 15, tzinfo=UTC)
    newsroom.articles = [make_article("binhduong-en", f"Item {n}", "One.", newest, id=n) for n in range(40)]
    pages = [links(get(f"{base}?PageIndex={n}"), base) for n in (1, 2, 3)]
    assert len({link for page in pages for link in page if "ChiTiet" in link}) == 40


def test_liferay_list(get: Get, articles: list[Article]):
    [article] = [article for article in articles if article.outlet == "bacninh"]
    for path in (
        "news",
        "tin-tuc-su-kien",
        "widget/web/guest/news/-/newsbycategory_WAR_bacninhportlet_INSTANCE_hBNSmNzTgiLN",
    ):
        page = get(f"https://bacninh.gov.vn/{path}")
        assert links(page, "https://bacninh.gov.vn/").count(article.url) == 3  # picture, desktop, mobile
        assert "13:30 21/11/2026" in page.text
    assert article.url not in get("https://bacninh.gov.vn/news?x_cur=2").text


def test_the_json_host_pages_through_a_topic(get: Get):
    first = get(f"https://{JSON_HOST}/api/morenews-topic-820-1.html?phrase=&page_size=30").json()
    assert first["error_code"] == 0
    assert {item["url"].split("/")[2] for item in first["data"]["contents"]} <= {"www.vietnamplus.vn"}
    assert get(f"https://{JSON_HOST}/api/morenews-topic-820-2.html").json()["error_code"] == 1
    assert get(f"https://{JSON_HOST}/api/morenews-topic-1-1.html").json()["data"]["contents"] == []


@pytest.mark.parametrize("host", [host for host in HOSTS if host != JSON_HOST])
def test_robots_txt_allows_articles_and_bars_named_robots(get: Get, host: str):
    response = get(f"https://{host}/robots.txt")
    if response.status_code == 301:
        response = get(response.headers["location"])
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    rules = response.text.split("\n\n")
    assert rules[0].startswith("User-agent: *\nAllow: /\nDisallow: /")
    assert "User-agent: GPTBot\nDisallow: /" in rules
    if host in {outlet.host for outlet in CMS}:
        for path in ("/api/", "/search/", "/tim-kiem/", "/print.html", "/tag.html"):
            assert f"Disallow: {path}\n" in rules[0] + "\n"

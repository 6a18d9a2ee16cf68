"""Each outlet's article pages carry their text in the outlet's markup, and the real pages' clutter."""

import json
from collections.abc import Callable
from datetime import datetime

import httpx
import pytest
from parsel import Selector

from newsroom.articles import Article, load_articles, make_article
from newsroom.furniture import WORDS
from newsroom.house_style import in_house_style
from newsroom.outlets import OUTLETS
from newsroom.press import article_page
from newsroom.server import Newsroom
from newsroom.shelf import Shelf

Get = Callable[..., httpx.Response]
ZCE = {
    "title": "h1.article__title.cms-title",
    "lead": ".article__sapo.cms-desc",
    "body": "div.article__body.cms-body[itemprop=articleBody]",
    "author": "span.author.cms-author",
    "time": ".article__meta time[datetime]",
}
MARKUP = dict.fromkeys(("vna-en", "vna-fr", "vna-vi", "nhandan-vi", "nhandan-en"), ZCE) | {
    "vns": {
        "title": ".vnnews-tt-post",
        "lead": ".vnnews-sapo-post",
        "body": ".vnnews-text-post",
        "author": ".vnnews-user-post",
        "time": ".vnnews-time-post span",
    },
    "vietnamvn-en": {
        "title": "h1.entry-title",
        "lead": ".entry-excerpt",
        "body": ".entry-content",
        "author": ".entry-author",
        "time": ".entry-date",
    },
    "binhduong-en": {
        "title": "h1.tieude",
        "lead": ".tomtat",
        "body": ".noidung",
        "author": ".tacgia",
        "time": ".ngaydang",
    },
    "bacninh": {
        "title": "h1.news-title",
        "lead": ".news-summary",
        "body": ".news-content",
        "author": ".news-author",
        "time": ".news-date",
    },
}
MARKUP["vietnamvn-vi"] = MARKUP["vietnamvn-en"]


def told_by(articles: list[Article], outlet: str, story: str | None = None) -> Article:
    return next(a for a in articles if a.outlet == outlet and story in {None, a.story})


def text_of(page: Selector, css: str) -> str:
    return " ".join(" ".join(page.css(css).xpath(".//text()").getall()).split())


@pytest.mark.parametrize("outlet", OUTLETS)
def test_every_article_stands_in_its_outlets_markup(get: Get, articles: list[Article], outlet: str):
    selectors = MARKUP[outlet]
    own = [article for article in articles if article.outlet == outlet]
    assert own
    for article in own:
        response = get(article.url)
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        page, printed = Selector(response.text), in_house_style(article)
        assert text_of(page, selectors["title"]) == article.title
        assert text_of(page, selectors["lead"]).replace("NDO - ", "") == article.lead
        if article.author:
            assert text_of(page, selectors["author"]) == article.author
        paragraphs = [" ".join(p.xpath(".//text()").getall()) for p in page.css(f"{selectors['body']} p")]
        assert [p for p in paragraphs if p in printed.paragraphs] == list(printed.paragraphs)
        assert page.css('link[rel="canonical"]::attr(href)').get() == article.url
        assert text_of(page, selectors["time"])


@pytest.mark.parametrize(
    ("outlet", "first", "last"),
    [
        ("vna-en", "Hai Phong (VNA) – Fourteen Party members", "The cell is the sixth in the park./."),
        ("vna-fr", "Hai Phong (VNA) - Quatorze membres", "L'entreprise emploie 2.300 personnes. -VNA"),
        ("vna-vi", "Chi bộ Công ty Bao Tay Việt", "Đây là chi bộ thứ sáu trong khu công nghiệp./."),
        ("nhandan-en", "NDO - Twenty-one workers took", "They work in four companies."),
        ("binhduong-en", "PORTAL - On the morning of", "It is 84 metres long."),
        ("bacninh", "Sáng thứ bảy, Đảng ủy", "Các đảng viên mới làm việc tại bốn công ty."),
    ],
)
def test_house_style(articles: list[Article], outlet: str, first: str, last: str):
    printed = in_house_style(told_by(articles, outlet))
    assert printed.paragraphs[0].startswith(first)
    assert printed.paragraphs[-1] == last


def test_more_house_style(get: Get, articles: list[Article]):
    assert in_house_style(told_by(articles, "nhandan-vi")).lead.startswith("NDO - Hai mươi mốt")
    assert in_house_style(told_by(articles, "vietnamvn-en", "members-in-the-park")).lead.startswith("NDO - ")
    assert in_house_style(told_by(articles, "vna-en")).end_mark == "VNA"
    vns = in_house_style(told_by(articles, "vns", "cell-at-glove-maker")).paragraphs
    assert vns[0].startswith("HẢI PHÒNG – Fourteen workers")
    assert vns[-1].endswith(("park. VNS", "park. — VNS"))


def test_a_text_with_its_own_house_style_is_left_alone(newsroom: Newsroom, get: Get, articles: list[Article]):
    moment = told_by(articles, "vna-en").published_at
    article = make_article(
        "vna-en", "As it came", "Hanoi (VNA) – A.\n\nB./. VNA", moment, has_house_style=False
    )
    newsroom.publish(article)
    body = Selector(get(article.url).text).css(".article__body > p::text").getall()
    assert body == ["Hanoi (VNA) – A.", "B./. VNA"]


def test_dates_on_cms_pages(get: Get, articles: list[Article]):
    page = Selector(get(told_by(articles, "vna-en").url).text)
    assert (
        page.css('meta[property="article:published_time"]::attr(content)').get() == "2026-11-21T18:30:00+0700"
    )
    time = page.css(".article__meta time")
    assert time.attrib["datetime"] == "2026-11-21T18:30:00+0700"
    assert time.attrib["data-time"] == "1795260600"
    assert text_of(page, ".article__meta time") == "21/11/2026 18:30"
    data = json.loads(page.css('script[type="application/ld+json"]::text').get())
    assert data["@type"] == "NewsArticle"
    assert data["datePublished"] == "2026-11-21T18:30:00+07:00"
    nhan_dan = Selector(get(told_by(articles, "nhandan-vi").url).text)
    assert not nhan_dan.css('script[type="application/ld+json"]')


def test_dates_on_the_other_pages(get: Get, articles: list[Article]):
    def visible(outlet: str, story: str) -> str:
        return text_of(Selector(get(told_by(articles, outlet, story).url).text), MARKUP[outlet]["time"])

    assert visible("vns", "bridge-opens") == "November, 20/2026 - 19:30"
    assert visible("binhduong-en", "bridge-opens") == "Thứ 6, Ngày 20/11/2026, 17:30"
    assert visible("bacninh", "members-in-the-park") == "13:30 21/11/2026"
    assert visible("vietnamvn-en", "members-in-the-park") == "21/11/2026"


def test_what_is_hostile_is_escaped(get: Get, articles: list[Article]):
    text = get(told_by(articles, "vna-en").url).text
    assert "trust &amp; patience" in text
    assert "<nothing>" not in text


@pytest.mark.parametrize("outlet", OUTLETS)
def test_pages_have_the_size_and_clutter_of_real_ones(get: Get, articles: list[Article], outlet: str):
    text = get(told_by(articles, outlet).url).text
    assert len(text.encode()) >= 25_000
    words = WORDS[OUTLETS[outlet].language]
    about_the_topic = [title for title in words.headlines[:4] if Selector(text).css(f'a:contains("{title}")')]
    assert about_the_topic  # a careless reader would find the topic on any page
    assert "<footer" in text
    assert "<form" in text


def test_clutter_inside_the_body(get: Get, articles: list[Article]):
    page = Selector(get(told_by(articles, "vna-en").url).text)
    assert len(page.css(".article__body [id^=adsWeb_]")) == 2
    assert len(page.css(".article__body .article-relate li")) == 3
    vietnamese = Selector(get(told_by(articles, "vna-vi").url).text)
    assert "Giấy phép số" in text_of(vietnamese, ".article__masthead")


def test_the_sharepoint_page_prints_its_list_columns(get: Get, articles: list[Article]):
    page = Selector(get(told_by(articles, "binhduong-en").url).text)
    body = text_of(page, "body")
    order = [
        "Thứ 6, Ngày", "New footbridge opens", "Cỡ chữ: Font size: Giảm (A-)", "PORTAL - On the morning",
        "Reported by Thu Nghiem- Translated by N.Mau", "Lượt người xem:", "Views:", "Chia sẻ:",
        "Manage Permissions", "Version History", "Hệ số lương cơ sở", "Approval Status",
        "Content Type: Tin Tức Mở Rộng", "Created at by", "Last modified at by",
    ]  # fmt: skip
    places = [body.find(each) for each in order]
    assert -1 not in places, dict(zip(order, places, strict=True))
    assert sorted(places) == places
    assert len(page.css(".ms-formlabel")) >= 35


@pytest.mark.parametrize(
    ("outlet", "source", "comments", "tail"),
    [
        ("vietnamvn-en", "Source:", "Comment (0)", "No videos available"),
        ("vietnamvn-vi", "Nguồn:", "Bình luận (0)", "Không có video nào"),
    ],
)
def test_the_aggregator_names_its_source_and_has_tails(
    get: Get, articles: list[Article], outlet: str, source: str, comments: str, tail: str
):
    article = told_by(articles, outlet, "cell-at-glove-maker")
    page = Selector(get(article.url).text)
    assert text_of(page, ".entry-content p:last-child") == f"{source} {article.original_url}"
    assert text_of(page, ".entry-meta") == "VietnamPlus VietnamPlus 21/11/2026"
    main = text_of(page, "main")
    assert main.index(article.title) < main.index(source) < main.index(comments) < main.index(tail)


def test_the_number_alone_makes_a_cms_address(get: Get, articles: list[Article]):
    article = told_by(articles, "vna-en")
    for path in (f"another-slug-post{article.id}.vnp", f"{article.slug}/{article.id}.vnp"):
        response = get(f"https://en.vietnamplus.vn/{path}")
        assert (response.status_code, response.headers["location"]) == (301, article.url)
    assert get("https://en.vietnamplus.vn/another-slug-post1.vnp").status_code == 404


def test_sharepoint_counts_no_case_and_pictures_are_pictures(get: Get, articles: list[Article]):
    article = told_by(articles, "binhduong-en")
    lower = get(f"https://eng.binhduong.gov.vn/lists/tintucsukien/chitiet.aspx?id={article.id}&x=1")
    assert article.title in lower.text
    picture = get(f"https://eng.binhduong.gov.vn/PublishingImages/{article.id}.jpg")
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG\r\n\x1a\n")


def test_every_bundled_article_has_a_full_page(now: datetime):
    articles = load_articles(now)
    shelf = Shelf(tuple(articles), now, now)
    for article in articles:
        text = article_page(article, shelf)
        assert len(text.encode()) >= 25_000, article.url
        page = Selector(text)
        body = text_of(page, MARKUP[article.outlet]["body"])
        for paragraph in in_house_style(article).paragraphs:
            assert paragraph in body, article.url
        assert text_of(page, MARKUP[article.outlet]["title"]) == article.title

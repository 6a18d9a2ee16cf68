"""What a check makes of pages and listings: kinds, expressions, selectors, and the lines to change."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from recorded_pages import snapshot, source

from crawler.check import ArticleCheck, Judgement, ListingCheck, SourceCheck, State, judge
from crawler.examine import densest, examine, selector_for
from crawler.finder import Finder
from crawler.markup import parse
from crawler.mending import differences, lines_to_change
from crawler.reading import Link
from crawler.source import Hints, Listing, ListingKind
from crawler.survey import article_expression, found_in, template
from storage.models import Revision

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
FEED = Listing(ListingKind.FEED, "https://baomau.example/rss/home.rss")
TEXT = "".join(
    f"<p>Đảng bộ các khu công nghiệp kết nạp {n} đảng viên mới là công nhân làm việc tại doanh nghiệp.</p>"
    for n in range(5)
)


def checked(*listings: ListingCheck, **facts: object) -> SourceCheck:
    declared = replace(source(), listings=tuple(each.listing for each in listings))
    values = {"robots": (), "candidates": (), "articles": (), **facts}
    return SourceCheck(declared, NOW, 1, listings=listings, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (b"", "nothing"),
        (b"[]", "JSON"),
        (b"<rss/>", "feed"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "feed"),
        (b"<sitemapindex/>", "sitemap index"),
        (b"<urlset/>", "sitemap"),
        (b"<urlset xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'/>", "news sitemap"),
        (b"<html><script>document.cookie='a'</script></html>", "challenge"),
        (b"<html><body>" + b"<p>word word word</p>" * 40, "page"),
    ],
)
def test_a_document_is_told_by_its_bytes(document: bytes, found: str) -> None:
    assert found_in(document) == found


@pytest.mark.parametrize(
    ("form", "expression"),
    [
        ("/ket-nap-dang-vien-moi-post{n}.html", r"-post(?P<id>\d+)\.html$"),
        ("/chinh-tri/202611/hoi-nghi-lan-thu-{n}/", r"-(?P<id>\d+)/$"),
        ("/society/{n}/party-cells-in-private-firms.html", r"/(?P<id>\d+)/[^/?#]+\.html$"),
        ("/tin-tuc/ket-nap-dang-vien", None),
        ("/muc-{n}.html", None),  # a section: its name is no headline
    ],
)
def test_the_form_of_most_addresses_is_found(form: str, expression: str | None) -> None:
    links = [Link(form.format(n=n)) for n in range(100_000, 100_006)]
    links += [Link("/lien-he-voi-toa-soan-12345.htm"), Link("https://other.example/x-y-z-w-12345.html")]
    assert article_expression(links, "https://baomau.example/", source()) == expression
    assert article_expression(links[:4], "https://baomau.example/", source()) is None


@pytest.mark.parametrize(
    ("url", "index", "expected"),
    [
        (
            "https://a.vn/news-2026-11.xml",
            b"https://a.vn/news-2025-7.xml",
            "https://a.vn/news-{YYYY}-{M}.xml",
        ),
        (
            "https://a.vn/news-2026-11.xml",
            b"https://a.vn/news-2025-07.xml",
            "https://a.vn/news-{YYYY}-{MM}.xml",
        ),
        ("https://a.vn/post-2026-11-21.xml", b"", "https://a.vn/post-{YYYY}-{MM}-{DD}.xml"),
        ("https://a.vn/s/202611.xml", b"", "https://a.vn/s/{YYYY}{MM}.xml"),
        ("https://a.vn/news.xml", b"", "https://a.vn/news.xml"),
    ],
)
def test_a_date_in_an_address_becomes_a_template(url: str, index: bytes, expected: str) -> None:
    assert template(url, index) == expected


def test_the_densest_element_is_the_body_and_not_the_menu() -> None:
    menu = "".join(f'<li><a href="/{n}">Một tin khác dài như thế này và dài hơn</a></li>' for n in range(60))
    tree = parse(f"<body><nav><ul>{menu}</ul></nav><div><div class='x1 bai-viet'>{TEXT}</div></div></body>")
    assert tree is not None
    best = densest(tree)
    assert best is not None
    assert selector_for(best, Finder(tree)) == ".bai-viet"


@pytest.mark.parametrize(
    ("element", "selector"),
    [
        ('<div id="noi-dung" class="a1">', "#noi-dung"),
        ('<div id="p123" itemprop="articleBody">', "[itemprop=articleBody]"),
        ('<div class="chung rieng">', ".rieng"),
        ('<section class="chung">', "section.chung"),
        ('<div class="c1 c2">', None),
    ],
)
def test_a_selector_is_short_and_finds_that_element_alone(element: str, selector: str | None) -> None:
    tree = parse(f'<body><div class="chung">x</div><div class="c1 c2">y</div>{element}{TEXT}')
    assert tree is not None
    found = tree.find_class("chung")[-1] if "chung" in element else tree.xpath("//body/*[last()]")[0]
    assert selector_for(found, Finder(tree)) == selector
    if selector:
        assert list(Finder(tree).select((selector,))) == [found]


def test_witnesses_are_named_and_a_matching_declaration_gets_no_suggestion() -> None:
    hints = Hints(title=("h1",), body=(".gone", ".body"), date_formats=("dmy-hm",))
    page = "<html><title>Kết nạp đảng viên</title><h1>Kết nạp đảng viên</h1><i>21/11/2026 08:00</i>"
    examined = examine(snapshot(f"{page}<div class='body'>{TEXT}</div></html>"), source(hints))
    assert isinstance(examined.outcome, Revision)
    assert examined.witnesses["title"] == "h1"
    assert examined.witnesses["text"] == ".body"
    assert examined.witnesses["published_at"] == "visible"
    assert examined.matched["body"] == {".gone": 0, ".body": 1}
    assert "body" not in examined.suggested


@pytest.mark.parametrize("page", [b"", b"\x00", b"<", b"<p>" * 5000, b"<div class='" + b"a " * 9000 + b"'>x"])
def test_hostile_pages_are_examined_too(page: bytes) -> None:
    assert examine(snapshot(page), source()).suggested == {}


def test_a_sound_source_has_no_lines_to_change() -> None:
    check = checked(ListingCheck(FEED, FEED.url, State.FOUND, entries=9))
    assert (differences(check), lines_to_change(check)) == ([], "")
    assert judge(check, []) is Judgement.HOLDS


def test_silence_changes_no_line() -> None:
    check = checked(ListingCheck(FEED, FEED.url, State.AWAY, "timed out: 60 s"))
    assert (differences(check), lines_to_change(check)) == ([], "")
    assert judge(check, []) is Judgement.AWAY


def test_lines_are_toml_whatever_the_words_are() -> None:
    rewrite = Listing(ListingKind.SITEMAP, "https://baomau.example/a'b.xml", (r"^(\w+)$", r"\1\"'"), 1)
    gone = ListingCheck(FEED, FEED.url, State.WRONG, 'not found: "status" 404')
    moved = ListingCheck(rewrite, rewrite.url, State.FOUND, entries=3)
    (kept,) = tomllib.loads(lines_to_change(checked(gone, moved)))["listing"]
    assert (kept["url"], tuple(kept["rewrite"])) == (rewrite.url, rewrite.rewrite)


def test_where_nothing_was_found_there_are_only_comments() -> None:
    lines = lines_to_change(checked(ListingCheck(FEED, FEED.url, State.WRONG, "not found: status 404")))
    assert tomllib.loads(lines) == {}
    assert "No address was found" in lines


def test_a_redirect_to_another_host_asks_for_the_host() -> None:
    moved = ListingCheck(FEED, FEED.url, State.FOUND, entries=3, final_url="https://moi.example/rss/home.rss")
    changed = tomllib.loads(lines_to_change(checked(moved)))
    assert changed["hosts"] == ["baomau.example", "moi.example"]
    assert changed["listing"][0]["url"] == FEED.url


def test_one_bad_page_of_three_is_no_difference_and_two_are() -> None:
    good = ArticleCheck("https://baomau.example/a-a1.html", State.FOUND, text_chars=900, published_at=NOW)
    video = ArticleCheck("https://baomau.example/b-a2.html", State.FOUND, rejection="not_an_article")
    listing = ListingCheck(FEED, FEED.url, State.FOUND, entries=9)
    assert differences(checked(listing, articles=(good, good, video))) == []
    assert len(differences(checked(listing, articles=(good, video, video)))) == 2


def test_most_articles_in_another_language_ask_for_it() -> None:
    other = ArticleCheck(
        "https://baomau.example/a-a1.html",
        State.FOUND,
        "reads as en, declared vi",
        rejection="wrong_language",
    )
    listing = ListingCheck(FEED, FEED.url, State.FOUND, entries=9)
    changed = tomllib.loads(lines_to_change(checked(listing, articles=(other, other, other))))
    assert changed["languages"] == ["vi", "en"]


@pytest.mark.parametrize(("hint", "shared"), [((".moi",) * 3, True), ((".moi", ".khac", ".nua"), False)])
def test_a_selector_is_proposed_where_most_pages_bear_it_out(hint: tuple[str, ...], shared: bool) -> None:
    articles = tuple(
        ArticleCheck(f"https://baomau.example/a-a{n}.html", State.FOUND, text_chars=900, published_at=NOW,
                     suggested={"body": (each,)})
        for n, each in enumerate(hint)
    )  # fmt: skip
    listing = ListingCheck(FEED, FEED.url, State.FOUND, entries=9)
    lines = lines_to_change(checked(listing, articles=articles))
    assert (tomllib.loads(lines) == {"hints": {"body": [".moi"]}}) is shared
    assert ("on 3 of 3 pages" in lines) is shared

"""Section pages become Entries."""

import dataclasses

from listing_samples import SECTION, SOURCES, page_of, parse

from crawler.listings import ListingProblem, parse_listing
from crawler.source import Hints, ListingKind, Source


def test_a_section_page_gives_each_article_once_with_its_longest_title() -> None:
    result = parse("bacninh", ListingKind.SECTION, SECTION, "text/html; charset=utf-8")
    assert [(entry.url.rpartition("/")[2], entry.title) for entry in result.entries] == [
        ("ket-nap-ang-vien-345678", "Kết nạp đảng viên tại Công ty Hòa Bình"),
        ("chi-bo-moi-345679", "Chi bộ mới"),
        ("hoi-nghi-345680", "Hội nghị"),
    ]
    assert result.entries[2].url.startswith("https://bacninh.gov.vn/")
    assert (result.links_seen, result.repeated, result.ignored) == (10, 2, 5)


def with_links(*selectors: str) -> Source:
    return dataclasses.replace(SOURCES["bacninh"], hints=Hints(links=selectors))


def test_hints_choose_the_links_and_a_changed_layout_falls_back_to_all() -> None:
    def titles(source: Source) -> list[str | None]:
        result = parse_listing(SECTION.encode(), "text/html", page_of(source, ListingKind.SECTION), source)
        return [entry.title for entry in result.entries]

    assert titles(with_links("h3 a")) == ["Kết nạp đảng viên tại Công ty Hòa Bình"]
    assert titles(with_links(".d-md-none")) == ["Kết nạp…"]
    assert len(titles(with_links(".gone a"))) == 3
    assert len(titles(with_links("nav a"))) == 3


def test_the_pages_own_base_counts() -> None:
    body = '<html><head><base href="/en/"></head><a href="../news/-/details/1/a-345678">A</a></html>'
    assert len(parse("bacninh", ListingKind.SECTION, body).entries) == 1
    away = body.replace("/en/", "https://evil.example/en/")
    assert parse("bacninh", ListingKind.SECTION, away).problem is ListingProblem.NO_ARTICLE_LINKS


def test_a_sharepoint_list_in_another_charset() -> None:
    body = (
        '<html><head><meta charset="windows-1252"></head><body>'
        '<a href="/Lists/TinTucSuKien/TongQuat.aspx?PageIndex=2">2</a>'
        '<a href="ChiTiet.aspx?ID=1207">PORTAL - Party cell at Caf\xe9 S\xf4ng B\xe9</a></body></html>'
    )
    [entry] = parse("binhduong-en", ListingKind.SECTION, body.encode("windows-1252"), "text/html").entries
    assert entry.url == "https://eng.binhduong.gov.vn/Lists/TinTucSuKien/ChiTiet.aspx?ID=1207"
    assert entry.title == "PORTAL - Party cell at Café Sông Bé"


def test_a_section_page_without_articles_is_a_problem() -> None:
    body = (
        "<html><body>"
        + "<p>Chào mừng bạn đến với cổng thông tin điện tử</p>" * 20
        + "<a href='/'>Trang chủ</a>"
    )
    result = parse("bacninh", ListingKind.SECTION, body)
    assert result.problem is ListingProblem.NO_ARTICLE_LINKS
    assert result.detail == f"no article among 1 links in <html> of {len(body.encode())} bytes"

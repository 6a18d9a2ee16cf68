"""Further pages of a Listing are read only while a page brings something new."""

import dataclasses
from datetime import UTC, date, datetime

from listing_samples import SECTION, SOURCES

from crawler.listings import ListingProblem, next_page, pages_to_fetch, parse_listing
from crawler.source import Listing, ListingKind, ListingPage, Source

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def paged(url: str, pages: int) -> Source:
    listing = Listing(ListingKind.SECTION, url, pages=pages)
    return dataclasses.replace(SOURCES["bacninh"], listings=(listing,))


def test_a_poll_begins_with_the_first_page_only() -> None:
    [page] = pages_to_fetch(paged("https://bacninh.gov.vn/news?p={page}", 5), NOW, 3)
    assert (page.url, page.number) == ("https://bacninh.gov.vn/news?p=1", 1)


def test_it_goes_on_while_a_page_brought_something_new() -> None:
    [page] = pages_to_fetch(paged("https://bacninh.gov.vn/news?p={page}", 3), NOW, 3)
    assert next_page(page, 0) is None
    second = next_page(page, 1)
    assert second is not None
    assert (second.url, second.number) == ("https://bacninh.gov.vn/news?p=2", 2)
    third = next_page(second, 7)
    assert third is not None
    assert third.url == "https://bacninh.gov.vn/news?p=3"
    assert next_page(third, 7) is None


def test_a_listing_of_one_page_has_no_next() -> None:
    for url, pages in (("https://bacninh.gov.vn/news", 1), ("https://bacninh.gov.vn/news?p={page}", 1)):
        [page] = pages_to_fetch(paged(url, pages), NOW, 3)
        assert next_page(page, 10) is None
    assert (
        next_page(ListingPage(Listing(ListingKind.SECTION, "https://x.vn/", pages=3), "https://x.vn/"), 1)
        is None
    )


def test_the_date_stays_on_further_pages() -> None:
    source = paged("https://bacninh.gov.vn/{YYYY}/{MM}?p={page}", 2)
    [page] = pages_to_fetch(source, NOW, 3)
    second = next_page(page, 1)
    assert second is not None
    assert (second.url, second.on) == ("https://bacninh.gov.vn/2026/11?p=2", date(2026, 11, 1))


def test_a_section_that_ends_is_no_problem_but_a_challenge_on_page_two_is() -> None:
    source = paged("https://bacninh.gov.vn/news?p={page}", 3)
    [first] = pages_to_fetch(source, NOW, 3)
    second = next_page(first, 1)
    assert second is not None
    bare = ("<html><body>" + "<p>Không còn tin nào trong chuyên mục này</p>" * 20).encode()
    assert parse_listing(bare, "text/html", first, source).problem is ListingProblem.NO_ARTICLE_LINKS
    assert parse_listing(bare, "text/html", second, source).problem is ListingProblem.EMPTY
    challenge = b"<html><script>document.cookie='a=b';location.reload()</script></html>"
    assert parse_listing(challenge, "text/html", second, source).problem is ListingProblem.CHALLENGE
    assert len(parse_listing(SECTION.encode(), "text/html", second, source).entries) == 3

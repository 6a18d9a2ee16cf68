"""JSON "load more" endpoints become Entries."""

import dataclasses
import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from listing_samples import CHALLENGE, SOURCES, feed, item

from crawler.listings import ListingProblem, ListingResult, next_page, parse_listing
from crawler.source import Listing, ListingKind, ListingPage


def topic_page(number: int = 1) -> ListingPage:
    """A page of VietnamPlus's topic 820."""
    listing = next(each for each in SOURCES["vna-vi"].listings if each.kind is ListingKind.JSON)
    page = ListingPage(listing, listing.url.replace("{page}", "1"))
    while page.number < number:
        following = next_page(page, 1)
        assert following is not None
        page = following
    return page


def parse_topic(answer: object, number: int = 1) -> ListingResult:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    result = parse_listing(body, "application/json", topic_page(number), SOURCES["vna-vi"])
    assert len(result.entries) + result.ignored + result.repeated == result.links_seen
    return result


def contents(*numbers: int) -> list[dict[str, object]]:
    return [
        {
            "id": number,
            "title": f"Chi bộ doanh nghiệp <b>thứ</b> {number}",
            "url": f"/chi-bo-doanh-nghiep-post{number}.vnp",
            "date": 1789390000 + number,
            "update_time": 1789390600 + number,
            "description": "Kết nạp đảng viên",
            "zone": {"name": "Xây dựng Đảng", "url": "https://www.vietnamplus.vn/xay-dung-dang/"},
            "avatar_url": "https://mediafr.vietnamplus.vn/a-post7.vnp",
        }
        for number in numbers
    ]


def test_items_with_addresses_titles_and_epoch_seconds() -> None:
    result = parse_topic({"error_code": 0, "data": {"load_more": True, "contents": contents(901, 902)}})
    assert [entry.url for entry in result.entries] == [
        "https://www.vietnamplus.vn/chi-bo-doanh-nghiep-post901.vnp",
        "https://www.vietnamplus.vn/chi-bo-doanh-nghiep-post902.vnp",
    ]
    first = result.entries[0]
    assert first.title == "Chi bộ doanh nghiệp thứ 901"
    assert first.published_at == datetime.fromtimestamp(1789390901, UTC)
    assert first.modified_at == datetime.fromtimestamp(1789391501, UTC)
    assert result.ignored == 2  # the sections


def test_mark_up_in_json_is_a_piece_of_a_section_page() -> None:
    articles = (
        '<article><h3><a href="/ket-nap-post11.vnp">Kết nạp đảng viên</a></h3></article>'
        '<article><a href="https://www.vietnamplus.vn/chi-bo-post12.vnp" title="Chi bộ mới"></a></article>'
    )
    result = parse_topic({"error_code": "0", "data": {"articles": articles, "load_more": False}})
    assert [(entry.url.rpartition("/")[2], entry.title) for entry in result.entries] == [
        ("ket-nap-post11.vnp", "Kết nạp đảng viên"),
        ("chi-bo-post12.vnp", "Chi bộ mới"),
    ]


def test_an_error_code_is_a_refusal_first_and_the_end_later() -> None:
    answer = {"error_code": 1, "error_message": "not found", "data": {"contents": contents(1)}}
    first = parse_topic(answer)
    assert (first.problem, first.is_read) == (ListingProblem.REFUSED, False)
    assert str(first).startswith("refused: JSON of ")
    later = parse_topic(answer, number=2)
    assert (later.problem, later.is_read) == (ListingProblem.EMPTY, True)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"error_code": 0, "data": {"contents": []}}, ListingProblem.EMPTY),
        ([], ListingProblem.EMPTY),
        ({"data": [{"url": "/chinhtri/"}]}, ListingProblem.NO_ARTICLE_LINKS),
        (b'{"data": [', ListingProblem.UNREADABLE),
        (b"[" * 100_000, ListingProblem.UNREADABLE),
        (b'{"date": ' + b"9" * 6000 + b"}", ListingProblem.UNREADABLE),
        (b"", ListingProblem.BLANK),
        (CHALLENGE, ListingProblem.CHALLENGE),
        (b"<html><body><p>" + b"All the news of the day. " * 30, ListingProblem.WRONG_TYPE),
        (feed(item(1)).encode(), ListingProblem.WRONG_TYPE),
        (b"null", ListingProblem.UNREADABLE),
    ],
)
def test_what_is_no_list_is_a_named_problem(body: object, problem: ListingProblem) -> None:
    assert parse_topic(body).problem is problem


def test_a_portal_that_names_its_fields_otherwise() -> None:
    portal = SOURCES["laocai"]
    link = "/vi/bai-viet/12345"
    answer = {
        "Result": [{"Title": "Phát triển đảng viên", "Link": link, "PublishDate": "/Date(1789390000000)/"}]
    }
    page = ListingPage(Listing(ListingKind.JSON, portal.home), portal.home)
    [entry] = parse_listing(json.dumps(answer).encode(), "application/json", page, portal).entries
    assert (entry.url, entry.title) == (f"https://laocai.gov.vn{link}", "Phát triển đảng viên")
    assert entry.published_at == datetime.fromtimestamp(1789390000, UTC)


def test_a_huge_answer_is_bounded() -> None:
    started_at = time.process_time()
    result = parse_topic({"data": {"contents": contents(*range(1, 12_000))}})
    assert time.process_time() - started_at < 3
    assert len(result.entries) <= 2000
    assert result.is_partial


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["url", "title", "date", "error_code", "data", "x"]), inner, max_size=5
        )
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(VALUES, st.integers(1, 3))
def test_no_json_raises(answer: object, number: int) -> None:
    result = parse_topic([answer], number)
    assert (result.problem is None) == bool(result.entries)


def test_an_endpoint_on_a_host_of_its_own_lists_addresses_of_the_site() -> None:
    source = dataclasses.replace(SOURCES["vna-vi"], hints=SOURCES["vna-vi"].hints)
    page = ListingPage(
        Listing(ListingKind.JSON, "https://apiv3.vietnamplus.vn/api/x"), "https://apiv3.vietnamplus.vn/api/x"
    )
    [entry] = parse_listing(b'[{"url": "/a-post5.vnp"}]', None, page, source).entries
    assert entry.url == "https://www.vietnamplus.vn/a-post5.vnp"


@pytest.mark.parametrize("piece", ["<a ", "<a href='/x'>" * 50, "{"])
def test_very_many_pieces_of_mark_up_cost_little(piece: str) -> None:
    started_at = time.process_time()
    parse_topic([piece] * (3_000_000 // (len(piece) + 4)))
    assert time.process_time() - started_at < 3

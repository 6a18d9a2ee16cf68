"""The registers of firms and documents: filters, pages, mentions, other forms and feeds."""

import csv
from datetime import date, timedelta
from io import BytesIO, StringIO

import feedparser
import pytest
from digest_samples import ENGLISH, NOW, judged
from digest_store import store
from lxml.html import HtmlElement, document_fromstring
from openpyxl import load_workbook
from starlette.testclient import TestClient

from storage.database import Database
from storage.models import DocumentMention, EnterpriseMention, Statements

AN_PHU = "Công ty TNHH Điện tử An Phú"


def page_of(client: TestClient, path: str) -> HtmlElement:
    answer = client.get(path)
    assert answer.status_code == 200
    return document_fromstring(answer.text)


def names(page: HtmlElement) -> list[str]:
    return [cell.text_content().strip() for cell in page.xpath("//tbody/tr/th")]


def note_firms(database: Database, count: int = 1, *, act: str = "founds", hours_ago: float = 1) -> None:
    """An article that names An Phú, or ``count`` firms named alike."""
    firms = tuple(
        EnterpriseMention(
            exact=f"{AN_PHU} {number}" if count > 1 else AN_PHU,
            key=f"dien tu an phu {number}" if count > 1 else "dien tu an phu",
            act=act,
            place="Bắc Ninh",
            sentence=f"{AN_PHU} thành lập chi bộ.",
        )
        for number in range(count)
    )
    sample = judged(
        200,
        f"An Phú {act}",
        "Văn bản.",
        source="nhandan-vi",
        language="vi",
        statements=Statements(enterprises=firms),
    )
    store(database, sample, NOW - timedelta(hours=hours_ago), key=f"an-phu-{act}")


def test_the_register_has_a_line_for_each_firm(morning: Database, client: TestClient) -> None:
    note_firms(morning)
    page = page_of(client, "/firms")
    assert names(page) == ["<script>f</script>", AN_PHU, "Hoa Mai Garment Company"]
    row = next(row for row in page.xpath("//tbody/tr") if row.xpath("./th/a/@href") == ["/firms/hoa%20mai"])
    cells = [" ".join(cell.text_content().split()) for cell in row]
    assert cells[1] == "Đồng Nai"
    assert "admits members" in cells[2]
    assert "has a Party organisation" in cells[2]
    assert cells[3:] == ["1", "22 Nov 2026", "22 Nov 2026"]
    assert page.xpath("//nav//a[@aria-current='page']/@href") == ["/firms"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=dien+tu", [AN_PHU]),
        ("q=%C4%90i%E1%BB%87n+an+phu", [AN_PHU]),
        ("act=founds", [AN_PHU]),
        ("act=admits", ["Hoa Mai Garment Company"]),
        ("place=%C4%90%E1%BB%93ng+Nai", ["Hoa Mai Garment Company"]),
        ("act=has&q=an+phu", []),
    ],
)
def test_firms_are_filtered(morning: Database, client: TestClient, asked: str, found: list[str]) -> None:
    note_firms(morning)
    page = page_of(client, f"/firms?{asked}")
    assert names(page) == found
    twin = client.get(f"/firms.json?{asked}").json()
    assert ([item["exact"] for item in twin["items"]], twin["total"]) == (found, len(found))
    if not found:
        assert page.xpath("//div[@class='empty']")
        assert page.xpath("//input[@id='q']/@value") == ["an phu"]


def test_the_order_can_be_chosen(morning: Database, client: TestClient) -> None:
    note_firms(morning, hours_ago=-1)
    note_firms(morning, act="admits", hours_ago=30)
    assert names(page_of(client, "/firms?order=name"))[-1] == "Hoa Mai Garment Company"
    assert names(page_of(client, "/firms?order=stories"))[0] == AN_PHU
    assert names(page_of(client, "/firms?order=sideways")) == names(page_of(client, "/firms"))


def test_a_long_register_is_paged(morning: Database, client: TestClient) -> None:
    note_firms(morning, count=120)
    first = client.get("/firms?q=an+phu")
    assert len(first.content) < 100_000
    page = document_fromstring(first.text)
    assert len(names(page)) == 50
    assert "Page 1 of 3" in page.text_content()
    (later,) = page.xpath("//a[@rel='next']/@href")
    second = page_of(client, later)
    assert not set(names(page)) & set(names(second))
    assert second.xpath("//a[@rel='prev']/@href") == ["/firms?q=an+phu&page=1"]
    assert len(client.get("/firms.json?q=an+phu").json()["items"]) == 120
    beyond = page_of(client, "/firms?page=99")
    assert beyond.xpath("//div[@class='empty']//a/@href") == ["/firms"]


def test_a_firm_has_every_mention_with_its_sentence(morning: Database, client: TestClient) -> None:
    note_firms(morning)
    note_firms(morning, act="admits", hours_ago=30)
    page = page_of(client, "/firms/dien%20tu%20an%20phu")
    assert page.xpath("string(//h1)") == AN_PHU
    assert [" ".join(quote.text_content().split()) for quote in page.xpath("//blockquote")] == [
        f"{AN_PHU} thành lập chi bộ."
    ] * 2
    assert page.xpath("//blockquote/@lang") == ["vi", "vi"]
    assert page.xpath("//ol//span[@class='badge']/text()") == [
        "founds a Party organisation",
        "admits members",
    ]
    assert all(link.startswith("/articles/") for link in page.xpath("//ol//p/span[1]/a/@href"))


def test_a_document_is_known_by_number_and_date(morning: Database, client: TestClient) -> None:
    text = "Mở đầu. Thực hiện Chỉ thị 33-CT/TW, chi bộ kết nạp ba người. Hết."
    start = text.index("Chỉ thị")
    mention = DocumentMention(
        exact="Chỉ thị 33-CT/TW",
        key="33-CT/TW/1998",
        number="33-CT/TW",
        type="CT",
        dated=date(1998, 5, 1),
        start=start,
        end=start + 16,
    )
    sample = judged(
        201, "Cũ", text, source="vna-vi", language="vi", statements=Statements(documents=(mention,))
    )
    store(morning, sample)
    page = page_of(client, "/documents?q=chi+thi+33")
    rows = [[" ".join(cell.text_content().split()) for cell in row][:2] for row in page.xpath("//tbody/tr")]
    assert rows == [["33-CT/TW", "1 May 1998"]]
    both = page_of(client, "/documents?q=33-ct")
    assert sorted(link for link in both.xpath("//tbody/tr/th/a/@href")) == [
        "/documents/33-CT/TW/1998",
        "/documents/33-CT/TW/2014",
    ]
    one = page_of(client, "/documents/33-CT/TW/1998")
    assert "of 1 May 1998" in one.text_content()
    assert one.xpath("string(//blockquote/p)") == "Thực hiện Chỉ thị 33-CT/TW, chi bộ kết nạp ba người."


@pytest.mark.parametrize(
    "path",
    [
        "/firms/nobody",
        "/firms/nobody.json",
        "/firms/nobody.atom",
        "/documents/1/2/3",
        "/firms.xml",
        "/firms/",
    ],
)
def test_what_is_not_in_the_register_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_tables_hold_what_the_filters_leave(morning: Database, client: TestClient) -> None:
    note_firms(morning)
    rows = list(csv.DictReader(StringIO(client.get("/firms.csv?act=founds").text.removeprefix("\ufeff"))))
    assert [(row["exact"], row["acts"], row["place"]) for row in rows] == [(AN_PHU, "founds", "Bắc Ninh")]
    book = load_workbook(BytesIO(client.get("/documents/33-CT/TW/2014.xlsx").content))
    cells = list(book.active.iter_rows(values_only=True))
    assert "sentence" in cells[0]
    assert len(cells) == 3


@pytest.mark.parametrize(
    ("path", "title"),
    [("/firms/hoa%20mai", "Hoa Mai Garment Company"), ("/documents/33-CT/TW/2014", "Directive No. 33-CT/TW")],
)
def test_a_feed_follows_a_firm_or_a_document(client: TestClient, path: str, title: str) -> None:
    page = client.get(path).text
    assert f'type="application/atom+xml" href="{path}.atom"' in page
    feed = feedparser.parse(client.get(f"{path}.atom").text)
    assert not feed.bozo
    assert feed.feed.title == title
    assert feed.feed.link.endswith(path)
    assert [entry.title for entry in feed.entries] == [ENGLISH.revision.title]
    assert feed.feed.id != feedparser.parse(client.get("/flagged.atom").text).feed.id


def test_an_empty_register_says_what_to_do(first_client: TestClient) -> None:
    for path in ("/firms", "/documents"):
        assert page_of(first_client, path).xpath("//div[@class='empty']//a/@href") == ["/"]
        assert page_of(first_client, f"{path}?q=x").xpath("//div[@class='empty']")


def test_a_name_with_a_full_stop_has_a_page_too(morning: Database, client: TestClient) -> None:
    firm = EnterpriseMention(exact="A.B", key="a.b", act="has", sentence="A.B có chi bộ.")
    store(morning, judged(202, "A.B", "Text.", statements=Statements(enterprises=(firm,))))
    assert page_of(client, "/firms/a.b").xpath("string(//h1)") == "A.B"
    assert client.get("/firms/a.b.json").json()["firm"]["key"] == "a.b"


def test_hostile_names_stay_names(client: TestClient) -> None:
    for path in ("/firms", "/documents", "/firms/%3Ck%3E", "/documents/%3Ck%3E"):
        html = client.get(path).text
        assert "&lt;script&gt;" in html
        assert "<script>" not in html


def test_registers_are_the_same_on_each_kind_of_database(any_client: TestClient) -> None:
    firms = any_client.get("/firms.json?order=name").json()["items"]
    assert [item["key"] for item in firms] == ["<k>", "hoa mai"]
    assert firms[1]["acts"] == ["admits", "has"]
    assert any_client.get("/documents/33-CT/TW/2014").status_code == 200

"""Trends and quantities: charts with their numbers beside them, every point with its words."""

import csv
from datetime import date, timedelta
from io import StringIO
from urllib.parse import quote, unquote

import pytest
from digest_samples import ENGLISH, NOW, TOPIC, judged, quantity
from digest_store import store
from lxml.html import HtmlElement, document_fromstring
from starlette.testclient import TestClient

from digest.tiles import TILES
from storage import stories
from storage.database import Database
from storage.models import PlaceMention, Statements

FORMS = ("csv", "xlsx", "jsonl")


def page_of(client: TestClient, path: str) -> HtmlElement:
    answer = client.get(path)
    assert answer.status_code == 200
    return document_fromstring(answer.text)


def told(database: Database, number: int, value: float, source: str, **facts: object) -> int:
    """An article of 2025's admissions in Đồng Nai."""
    about = {"place": "Đồng Nai", "place_today": "Đồng Nai", "period": "2025", **facts}
    stated = quantity("members_admitted", value, f"{value:g} new members - of 2025, all in", **about)
    place = PlaceMention(exact="Đồng Nai", name="Đồng Nai", today="Đồng Nai", level="province")
    article = judged(
        number,
        f"Article {number}",
        f"Text {number}.",
        source=source,
        statements=Statements(quantities=(stated,), places=(place,)),
    )
    return store(database, article, NOW - timedelta(hours=1))


def test_the_weeks_are_bars_and_the_same_numbers_are_in_a_table(client: TestClient) -> None:
    page = page_of(client, "/trends")
    chart = page.xpath("//svg[@class='chart']")[0]
    assert chart.get("role") == "img"
    assert {chart.xpath(f"string(.//*[@id='{id}'])") for id in chart.get("aria-labelledby").split()} >= {
        "Stories by week"
    }
    rows = page.xpath("//table[contains(@class, 'narrow')]")[0].xpath("./tbody/tr")
    assert len(rows) == 26
    counts = [sum(int(cell.text) for cell in row.xpath("./td")) for row in rows]
    assert sum(counts) == counts[0] == 9
    assert rows[0].xpath("./th/a/@href") == ["/weeks/2026-11-16"]
    drawn = chart.xpath(".//rect")
    assert {bar.get("class") for bar in drawn} == {"about", "passing"}


def test_the_map_has_a_link_for_each_unit_and_says_where_the_archipelagos_belong(
    client: TestClient,
) -> None:
    page = page_of(client, "/trends?language=en&place=Hu%E1%BA%BF")
    tiles = page.xpath("//svg[@class='tiles']//a")
    assert [tile.get("aria-label").partition(":")[0] for tile in tiles] == sorted(
        TILES, key=lambda place: TILES[place][::-1]
    )
    linked = {unquote(tile.get("href")) for tile in tiles}
    assert linked == {f"/trends?language=en&place={place}" for place in TILES}
    dong_nai = next(tile for tile in tiles if "Đồng Nai" in tile.get("aria-label"))
    assert dong_nai.get("aria-label") == "Đồng Nai: 1 story"
    assert "shade-4" in dong_nai.get("class")
    assert [tile.get("aria-label") for tile in tiles if tile.get("aria-current")] == ["Huế: 0 stories"]
    words = " ".join(page.xpath("string(//figcaption)").split())
    assert "Hoàng Sa is part of Đà Nẵng, that of Trường Sa of Khánh Hòa" in words


def test_filters_keep_what_is_asked_for_and_fill_the_form_again(client: TestClient) -> None:
    page = page_of(client, "/trends?since=2026-11-16&until=2026-11-22&language=fr&grade=1")
    assert page.xpath("//p[@role='status']")[0].text == "1 story from 16 Nov 2026 to 22 Nov 2026"
    assert page.xpath("//select[@id='language']/option[@selected]/@value") == ["fr"]
    assert page.xpath("//select[@id='grade']/option[@selected]/@value") == ["1"]
    assert page.xpath("//input[@id='since']/@value") == ["2026-11-16"]


@pytest.mark.parametrize(
    "asked",
    [
        "since=x&until=0000-00-00",
        "grade=9&language=xx&place=Atlantis",
        "since=2026-12-31&until=2026-01-01",
        "page=-1",
    ],
)
def test_what_cannot_be_meant_is_left_aside(client: TestClient, asked: str) -> None:
    assert client.get(f"/trends?{asked}").status_code == 200
    assert client.get(f"/trends/quantities?{asked}").status_code == 200


def test_no_span_is_too_long(client: TestClient) -> None:
    answer = client.get("/trends?since=1900-01-01&until=2999-12-31")
    assert len(answer.content) < 100_000
    assert len(client.get("/trends.json?since=1900-01-01").json()["weeks"]) == 260


def test_an_empty_time_says_what_to_do(client: TestClient, first_client: TestClient) -> None:
    for page in (page_of(first_client, "/trends"), page_of(client, "/trends?until=2020-01-01")):
        assert page.xpath("//div[@class='empty']//a/@href") == ["/trends"]
        assert len(page.xpath("//svg[@class='tiles']//a")) == 34
    assert page_of(first_client, "/trends/quantities").xpath("//div[@class='empty']")


def test_the_twins_have_the_same_numbers(client: TestClient) -> None:
    answer = client.get("/trends.json?language=en")
    document = answer.json()
    assert answer.headers["link"] == '</api>; rel="service-doc"'
    assert document["asked"]["language"] == "en"
    assert document["weeks"][-1] == {"monday": "2026-11-16", "about": 2, "in_passing": 0}
    assert document["provinces"] == [{"place": "Đồng Nai", "stories": 1}]
    rows = list(csv.DictReader(StringIO(client.get("/trends.csv").text.removeprefix("\ufeff"))))
    assert rows[-1]["monday"] == "2026-11-16"
    provinces = client.get("/trends/provinces.csv").text.removeprefix("\ufeff")
    assert list(csv.reader(StringIO(provinces))) == [["place", "stories"], ["Đồng Nai", "1"]]


@pytest.mark.parametrize("path", ["/trends.xml", "/trends/provinces.json", "/trends/quantities.atom"])
def test_another_form_is_a_page_that_there_is_not(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/trends", "/trends/provinces", "/trends/quantities"])
@pytest.mark.parametrize("suffix", FORMS)
def test_tables_can_be_taken_away(client: TestClient, path: str, suffix: str) -> None:
    answer = client.get(f"{path}.{suffix}")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]


def test_each_number_leads_to_its_words(client: TestClient) -> None:
    page = page_of(client, "/trends/quantities?indicator=share_percent")
    words = ENGLISH.statements.quantities[1].exact
    expected = f"/articles/1#:~:text={quote(words)}"
    assert page.xpath("//svg[@role='group']//a/@href") == [expected]
    row = page.xpath("//table[@class='stated']/tbody/tr")[0]
    assert row.xpath(".//a/@href") == [expected]
    cells = [cell.text_content().strip() for cell in row]
    assert cells[:5] == [
        "–",
        "64.8%",
        "percent",
        "result",
        "2020–2025",
    ]


def test_a_target_is_drawn_apart_from_a_result_and_a_total(client: TestClient) -> None:
    page = page_of(client, "/trends/quantities?indicator=members_total")
    assert page.xpath("//svg[@role='group']//*[contains(@class, 'point')]/@class") == ["point target"]


def test_sources_that_differ_are_both_shown_with_their_words(morning: Database, client: TestClient) -> None:
    first, second = told(morning, 101, 29, "vna-en"), told(morning, 102, 31, "vns")
    page = page_of(client, "/trends/quantities")
    (difference,) = page.xpath("//div[@class='difference']")
    assert "Đồng Nai, 2025" in difference.xpath("string(./h3)")
    assert [item.xpath("string(./strong)") for item in difference.xpath(".//li")] == ["29", "31"]
    links = difference.xpath(".//a/@href")
    assert [link.partition("#")[0] for link in links] == [f"/articles/{first}", f"/articles/{second}"]
    # A dash and a comma have a meaning in a text fragment.
    assert links[0].endswith("%20new%20members%20%2D%20of%202025%2C%20all%20in")
    twin = client.get("/trends/quantities.json").json()
    assert [value for value, _ in twin["differences"][0]["values"]] == [29, 31]


def test_a_story_told_again_counts_once(morning: Database, client: TestClient) -> None:
    before = client.get("/trends.json").json()["weeks"][-1]["about"]
    numbers = [told(morning, number, 29, "vna-en") for number in (101, 102)]
    with morning.write() as session:
        story = stories.make_story(session, NOW)
        placed = [stories.Membership(article_id=id, story_id=story, way="joined") for id in numbers]
        stories.record_memberships(session, placed, NOW)
    assert client.get("/trends.json").json()["weeks"][-1]["about"] == before + 1
    page = page_of(client, "/trends?place=" + quote("Đồng Nai"))
    links = page.xpath("//ol[@class='hits']//h3/a/@href")
    assert sorted(links) == ["/articles/1", f"/stories/{story}"]


def test_hostile_words_stay_words(client: TestClient) -> None:
    for path in ("/trends", "/trends/quantities?indicator=other"):
        html = client.get(path).text
        assert "<script>" not in html.replace("<script src=", "")
        assert document_fromstring(html).xpath("//a/@href[starts-with(., 'javascript')]") == []


def test_many_numbers_are_paged_and_the_page_stays_small(morning: Database, client: TestClient) -> None:
    for number in range(101, 161):
        told(morning, number, number, "vna-en", period=str(1960 + number % 60))
    first = client.get("/trends/quantities")
    assert len(first.content) < 100_000
    page = document_fromstring(first.text)
    assert len(page.xpath("//table[@class='stated']/tbody/tr")) == 50
    (later,) = page.xpath("//a[@rel='next']/@href")
    assert len(page_of(client, later).xpath("//table[@class='stated']/tbody/tr")) == 11


def test_trends_are_the_same_on_each_kind_of_database(any_client: TestClient) -> None:
    document = any_client.get("/trends.json").json()
    assert document["weeks"][-1] == {"monday": date(2026, 11, 16).isoformat(), "about": 7, "in_passing": 2}
    assert document["provinces"] == [{"place": "Đồng Nai", "stories": 1}]
    assert any_client.get("/trends").status_code == any_client.get("/trends/quantities").status_code == 200


@pytest.mark.parametrize("locale", ["vi", "fr"])
def test_no_english_is_left_in_other_languages(client: TestClient, locale: str) -> None:
    page = page_of(client, f"/trends?lang={locale}")
    assert not {"Trends", "Stories by week", "Show"} & {text.strip() for text in page.itertext()}
    assert TOPIC not in page.text_content()

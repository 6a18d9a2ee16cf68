"""The article's page lists what the text states."""

import pytest
from digest_samples import ENGLISH
from lxml.html import document_fromstring
from starlette.testclient import TestClient


def test_the_article_lists_numbers_places_documents_and_firms(client: TestClient) -> None:
    page = document_fromstring(client.get("/articles/1").text)
    rows = page.xpath("//table[@class='stated']/tbody/tr")
    assert [row[5].text_content() for row in rows] == [item.exact for item in ENGLISH.statements.quantities]
    assert [cell.text_content() for cell in rows[1]][:2] == ["share", "64.8%"]
    names = " ".join(page.xpath("//dl[@class='names']")[0].text_content().split())
    assert "Places Đồng Nai" in names
    assert "Directive No. 33-CT/TW (18 Mar 2014)" in names
    assert "Hoa Mai Garment Company (admits members; Đồng Nai)" in names


@pytest.mark.parametrize(("locale", "share"), [("vi", "64,8%"), ("fr", "64,8\xa0%")])
def test_numbers_are_written_in_the_readers_way(client: TestClient, locale: str, share: str) -> None:
    page = document_fromstring(client.get(f"/articles/1?lang={locale}").text)
    assert page.xpath("//table[@class='stated']/tbody/tr[2]/td[1]")[0].text_content() == share


def test_an_article_that_states_nothing_has_no_such_part(client: TestClient) -> None:
    page = document_fromstring(client.get("/articles/3").text)
    assert not page.xpath("//section[@class='statements'] | //table")


def test_hostile_statements_stay_text(client: TestClient) -> None:
    html = client.get("/articles/5").text
    assert "&lt;script&gt;nine&lt;/script&gt;" in html
    assert "<script>" not in html


def test_they_come_from_each_kind_of_database(any_client: TestClient) -> None:
    page = document_fromstring(any_client.get("/articles/1").text)
    assert len(page.xpath("//table[@class='stated']/tbody/tr")) == 4

"""The search page: facets that narrow and widen, searches that are kept, and the same list in other forms."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import feedparser
import pytest
from digest_samples import ENGLISH, NOW, VIETNAMESE, judged
from digest_store import store
from starlette.testclient import TestClient
from test_web_pages import Page, page_at

from storage import reviews
from storage.database import Database
from web import forms
from web.search import SearchPage

TOKEN = "t" * 32


def links(page: Page, beginning: str) -> list[str]:
    return [link for link in page.values("a", "href") if link and link.startswith(beginning)]


def post(client: TestClient, path: str, **fields: str) -> int:
    client.cookies.set(forms.COOKIE, TOKEN)
    return client.post(path, data={"token": TOKEN, "back": "/search"} | fields).status_code


def test_a_facet_narrows_and_widens(client: TestClient) -> None:
    page = page_at(client, "/search?q=party")
    narrower = [link for link in links(page, "/search?") if "language=en" in link]
    assert narrower
    narrowed = page_at(client, narrower[0])
    assert set(links(narrowed, "/articles/")) <= set(links(page, "/articles/"))
    assert "/search?q=party" in links(narrowed, "/search?")


def test_every_link_of_a_facet_finds_as_many_as_it_says(client: TestClient) -> None:
    asked = "/search.json?since=2026-11-01"
    found = client.get(asked).json()
    for field, values in found["facets"].items():
        for item in (item for item in values if field != "language" or item["value"].isalpha()):
            one = client.get(f"{asked}&{field}={item['value']}").json()
            assert one["total"] == item["count"] == len(one["hits"]), (field, item)


def test_filters_without_words_list_by_date(client: TestClient) -> None:
    page = page_at(client, "/search?grade=flagged")
    assert len(links(page, "/articles/")) > 1
    assert "On the topic: flagged" in " ".join(page.words.split())


def test_a_verdict_is_found(client: TestClient, morning: Database) -> None:
    with morning.write() as session:
        reviews.record(session, [1], "", NOW, verdict="rejected")
    assert links(page_at(client, "/search?verdict=rejected"), "/articles/") == ["/articles/1"]
    assert "/articles/1" not in links(page_at(client, "/search?verdict=unjudged"), "/articles/")


def test_an_empty_result_says_what_else_there_is(client: TestClient) -> None:
    page = page_at(client, "/search?q=garment+zeppelin&source=vns")
    words = " ".join(page.words.split())
    assert "No article at all has: zeppelin." in words
    page = page_at(client, "/search?q=garment&source=vns&language=en")
    words = " ".join(page.words.split())
    assert "Source: Viet Nam News left out: 1" in words
    assert "/search?q=garment&language=en" in links(page, "/search?")
    assert "Language: English left out" not in words


def test_the_twin_has_what_the_page_shows(client: TestClient) -> None:
    answer = client.get("/search.json?q=dang+vien&language=vi")
    assert answer.headers["content-type"] == "application/json"
    found = answer.json()
    assert [hit["revision"]["title"] for hit in found["hits"]] == [VIETNAMESE.revision.title]
    assert (found["total"], found["is_whole"], found["next"]) == (1, True, None)
    assert "text" not in found["hits"][0]["revision"]


def test_a_search_can_be_followed(client: TestClient) -> None:
    assert 'href="/search.atom?q=garment"' in client.get("/search?q=garment").text
    answer = client.get("/search.atom?q=garment")
    feed = feedparser.parse(answer.text)
    assert not feed.bozo
    assert [entry.title for entry in feed.entries] == [ENGLISH.revision.title]
    assert feed.feed.title == "Điểm báo: garment"
    assert urlsplit(feed.feed.link).path == "/search"


def test_tables_are_sorted_and_filtered_as_the_page(client: TestClient) -> None:
    for asked in ("q=the&sort=newest", "grade=flagged&sort=newest&language=en", "q=-garment&language=en"):
        rows = [json.loads(line) for line in client.get(f"/search.jsonl?{asked}").text.splitlines()]
        shown = links(page_at(client, f"/search?{asked}"), "/articles/")
        assert [f"/articles/{row['id']}" for row in rows] == shown
        assert shown


def test_pages_have_stable_addresses(empty: Database, first_client: TestClient) -> None:
    for number in range(120):
        store(empty, judged(number, f"Garment {number}", "Text.", hours_ago=number / 10))
    path, seen = "/search?q=garment", []
    while path:
        page = page_at(first_client, path)
        seen += links(page, "/articles/")
        path = next((link for link in links(page, "/search?") if "after=" in link), "")
        if len(seen) == 50:
            store(empty, judged(500, "Garment, new", "Text.", hours_ago=-1))
    assert len(seen) == len(set(seen)) == 120
    assert "There are no more." in page_at(first_client, "/search?q=garment&after=120").words


def test_a_search_is_kept_listed_and_forgotten(client: TestClient) -> None:
    assert post(client, "/searches", name="Dệt may", query="q=garment&language=en") == 303
    page = page_at(client, "/search")
    assert "/search?q=garment&language=en" in links(page, "/search?")
    assert "1 new since yesterday" in " ".join(page.words.split())
    (address,) = [path for path in page.values("form", "action") if path and path.endswith("/forget")]
    assert post(client, address) == 303
    assert "Dệt may" not in page_at(client, "/search").words


def test_a_kept_search_with_nothing_new_says_so(client: TestClient, wall: object) -> None:
    wall.now = NOW + timedelta(days=9)  # type: ignore[attr-defined]
    assert post(client, "/searches", name="x", query="q=garment") == 303
    assert "nothing new since yesterday" in page_at(client, "/search").words


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"name": "x", "query": ""}, 400),
        ({"name": "x", "query": "lang=vi&after=3"}, 400),
        ({"name": " ", "query": "source=vns"}, 400),
        ({"name": "x", "query": "q=a", "token": "wrong"}, 403),
    ],
)
def test_what_cannot_be_kept_is_refused(client: TestClient, fields: dict[str, str], status: int) -> None:
    assert post(client, "/searches", **fields) == status


def test_a_kept_search_is_only_an_address_of_ours(client: TestClient) -> None:
    hostile = 'q="><script>&x=javascript:alert(1)&source=../../etc'
    assert post(client, "/searches", name="<script>alert(1)</script>", query=hostile) == 303
    html = client.get("/search").text
    assert "<script>" not in html
    (kept,) = [link for link in links(Page(html), "/search?") if "script" in link]
    assert parse_qs(urlsplit(kept).query) == {"q": ['"><script>']}


@pytest.mark.parametrize("path", ["/searches/0/forget", "/searches/99999999999999999999/forget"])
def test_forgetting_what_is_not_there_does_nothing(client: TestClient, path: str) -> None:
    assert post(client, path) == 303


def test_the_page_is_named_for_its_search(client: TestClient) -> None:
    assert "<title>Search: garment · Điểm báo</title>" in client.get("/search?q=garment").text
    assert SearchPage.__doc__ == "``search.html``."

"""The JSON API: the same as the pages, in parts, with stable numbers, and problems for wrong questions."""

from datetime import timedelta

import pytest
from conftest import Wall, client_of, fill
from desk_people import add, add_key, app_of, browser
from digest_samples import ENGLISH, NOW, judged, quantity
from digest_store import store
from lxml.html import document_fromstring
from starlette.testclient import TestClient

from storage import stories
from storage.database import Database
from storage.models import Statements
from web.api.description import description

API = "/api/v1"
KEY = "a-key-of-a-program"
LISTS = ("digests", "stories", "articles", "reviews", "firms", "documents", "quantities")


def group(database: Database, *article_ids: int) -> int:
    with database.write() as session:
        story = stories.make_story(session, NOW)
        ways = ["first", *(["joined"] * len(article_ids))]
        placed = [
            stories.Membership(article_id=id, story_id=story, way=way)
            for id, way in zip(article_ids, ways, strict=False)
        ]
        stories.record_memberships(session, placed, NOW)
    return story


@pytest.fixture
def program(morning: Database, wall: Wall) -> TestClient:
    """A program with a reviewer's key, and nobody's browser."""
    add(morning, "An")
    add_key(morning, "An", KEY)
    client = client_of(morning, wall)
    client.headers["authorization"] = f"Bearer {KEY}"
    return client


def all_items(client: TestClient, path: str) -> list[dict[str, object]]:
    found = []
    address: str | None = f"{API}/{path}"
    while address is not None:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        part = answer.json()
        found += part["items"]
        address = part["next"]
    return found


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_given_in_parts_and_miss_nothing(morning: Database, client: TestClient, name: str) -> None:
    for number in range(1, 4):
        group(morning, number)
    whole = client.get(f"{API}/{name}").json()
    assert whole["next"] is None
    assert whole["items"] or name == "reviews"
    assert all_items(client, f"{name}?limit=1") == whole["items"]


def test_a_digest_is_the_frozen_one(client: TestClient) -> None:
    (line,) = client.get(f"{API}/digests").json()["items"]
    whole = client.get(f"{API}/digests/{line['on']}").json()
    assert whole == client.get("/digests/2026-11-22.json").json()
    assert client.get(f"{API}/digests/2020-01-01").status_code == 404


def test_stories_have_stable_numbers_and_filters(morning: Database, client: TestClient) -> None:
    english, french = group(morning, 1, 2), group(morning, 3)
    items = client.get(f"{API}/stories").json()["items"]
    assert {(item["story_id"], item["grade"], item["tellings"]) for item in items} == {
        (english, 2, 2),
        (french, 1, 1),
    }
    only = client.get(f"{API}/stories?grade=1&language=fr&since=2026-11-21&until=2026-11-22").json()["items"]
    assert [item["story_id"] for item in only] == [french]
    assert client.get(f"{API}/stories?place=Hu%E1%BA%BF").json()["items"] == []
    one = client.get(f"{API}/stories/{english}").json()
    assert [item["article_id"] for item in one["entry"]["articles"]] == [2, 1]
    assert client.get(f"{API}/stories/999").status_code == 404


def test_articles_are_searched_and_read(client: TestClient) -> None:
    found = client.get(f"{API}/articles?q=hoa+mai").json()["items"]
    assert [item["id"] for item in found] == [1]
    assert "Hoa Mai" in found[0]["snippet"]
    one = client.get(f"{API}/articles/1").json()
    assert one["article"]["revision"]["title"] == ENGLISH.revision.title
    assert [item["exact"] for item in one["article"]["statements"]["quantities"]] == [
        item.exact for item in ENGLISH.statements.quantities
    ]
    assert (one["story_id"], one["review"]["verdict"]) == (None, None)
    assert (
        len(all_items(client, "articles?limit=3")) == len(client.get(f"{API}/articles").json()["items"]) > 8
    )
    assert client.get(f"{API}/articles?grade=1").json()["items"][0]["grade"] == 1


def test_registers_have_their_mentions(client: TestClient) -> None:
    firm = client.get(f"{API}/firms/hoa%20mai").json()
    assert firm["firm"]["acts"] == ["admits", "has"]
    assert firm["mentions"]["total"] == 2
    document = client.get(f"{API}/documents/33-CT/TW/2014").json()
    assert document["document"]["dated"] == "2014-03-18"
    assert client.get(f"{API}/documents/none/of/them").status_code == 404
    assert client.get(f"{API}/firms?q=khong&act=has").json() == {"items": [], "next": None, "total": 0}


def test_numbers_come_with_their_words_and_their_differences(morning: Database, client: TestClient) -> None:
    for number, value in ((101, 29), (102, 31)):
        stated = quantity(
            "members_admitted", value, f"{value} people", place="Huế", place_today="Huế", period="2025"
        )
        store(morning, judged(number, f"N {number}", "Text.", statements=Statements(quantities=(stated,))))
    items = client.get(f"{API}/quantities?indicator=members_admitted&place=Hu%E1%BA%BF").json()["items"]
    assert [(item["value"], item["exact"]) for item in items] == [(31, "31 people"), (29, "29 people")]
    (differing,) = client.get(f"{API}/differences?indicator=members_admitted").json()["items"]
    assert [value["value"] for value in differing["values"]] == [29, 31]


def test_trends_are_those_of_the_page(client: TestClient) -> None:
    page, api = client.get("/trends.json?language=en").json(), client.get(f"{API}/trends?language=en").json()
    assert (api["weeks"], api["provinces"]) == (page["weeks"], page["provinces"])


def test_sources_tell_their_polls(client: TestClient) -> None:
    sources = client.get(f"{API}/sources").json()["items"]
    assert {item["id"] for item in sources} >= {"vna-en", "nhandan-vi"}
    first = client.get(f"{API}/sources/nhandan-vi/runs?limit=1").json()
    assert first["items"][0]["reason"] == "blocked: status 403"
    assert len(all_items(client, "sources/nhandan-vi/runs?limit=1")) > 1
    assert client.get(f"{API}/sources/nobody/runs").status_code == 404


def test_what_has_not_changed_is_not_sent_again(client: TestClient) -> None:
    first = client.get(f"{API}/stories")
    again = client.get(f"{API}/stories", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"{API}/stories", headers={"if-none-match": 'W/"other"'}).status_code == 200


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("stories?limit=0", "query.limit"),
        ("stories?limit=201", "query.limit"),
        ("stories?since=yesterday", "query.since"),
        ("stories?since=20261122", "query.since"),
        ("stories?place=Atlantis", "query.place"),
        ("stories/0", "path.story_id"),
        ("stories/-1", "path.story_id"),
        ("stories/1e3", "path.story_id"),
        ("articles/99999999999", "path.article_id"),
        ("quantities?after=x", "query.after"),
        ("reviews?queue=all", "query.queue"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(client: TestClient, path: str, where: str) -> None:
    answer = client.get(f"{API}/{path}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert [fault["where"] for fault in problem["errors"]] == [where]
    assert problem["status"] == 422


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "nothing", 404), ("PUT", "stories", 405)])
def test_what_there_is_not_is_a_problem_too(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, f"{API}/{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.headers.get("allow") == "GET") == (status == 405)


def test_a_fault_of_ours_shows_nothing_of_itself(
    morning: Database, wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("web.api.stories.trends.told_stories", fail)
    answer = client_of(morning, wall).get(f"{API}/stories")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text


def test_reviews_are_kept_and_undone_with_a_key(program: TestClient) -> None:
    kept = program.post(f"{API}/reviews", json={"article_id": 1, "act": "rejected"}).json()
    assert kept["article_ids"] == [1]
    assert kept["review"]["verdict"] == "rejected"
    assert kept["review"]["judged_by"] == "An"
    assert [item["article"]["id"] for item in all_items(program, "reviews?queue=rejected")] == [1]
    assert program.post(f"{API}/reviews", json={"article_id": 1, "act": "rejected"}).json()["id"] is None
    undone = program.delete(f"{API}/reviews/{kept['id']}")
    assert undone.json() == {"id": kept["id"], "article_ids": [1]}
    assert program.delete(f"{API}/reviews/{kept['id']}").status_code == 404
    assert program.get(f"{API}/articles/1").json()["review"]["verdict"] is None


def test_each_act_says_its_own(program: TestClient, morning: Database) -> None:
    group(morning, 1, 2)

    def act(name: str, **more: object) -> dict[str, object]:
        answer = program.post(f"{API}/reviews", json={"article_id": 1, "act": name, **more})
        assert answer.status_code == 200
        return dict(answer.json())

    assert act("confirmed", whole=True)["article_ids"] == [1, 2]
    assert act("none")["review"]["verdict"] is None  # type: ignore[index]
    assert act("star")["review"]["is_starred"] is True  # type: ignore[index]
    assert act("unstar")["review"]["is_starred"] is False  # type: ignore[index]
    assert act("note", note="Xem lại số liệu.")["review"]["note"] == "Xem lại số liệu."  # type: ignore[index]
    assert program.get(f"{API}/articles/2").json()["review"]["verdict"] == "confirmed"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"article_id": 1},
        {"article_id": 1, "act": "burn"},
        {"article_id": "1", "act": "star"},
        {"article_id": True, "act": "star"},
        {"article_id": 1, "act": "star", "by": "Bình"},
        [],
        "x",
    ],
)
def test_an_act_that_is_none_is_refused(program: TestClient, body: object) -> None:
    assert program.post(f"{API}/reviews", json=body).status_code == 422


def test_nothing_is_changed_without_a_reviewers_key(
    morning: Database, wall: Wall, client: TestClient
) -> None:
    act = {"article_id": 1, "act": "rejected"}
    bare = client.post(f"{API}/reviews", json=act)
    assert (bare.status_code, bare.headers["www-authenticate"]) == (401, "Bearer")
    assert bare.headers["content-type"] == "application/problem+json"
    assert client.delete(f"{API}/reviews/1").status_code == 401
    wrong = client.post(f"{API}/reviews", json=act, headers={"authorization": "Bearer wrong"})
    assert (wrong.status_code, wrong.headers["content-type"]) == (401, "application/problem+json")
    add(morning, "Reader", role="reader")
    add_key(morning, "Reader", "reading")
    reader = client.post(f"{API}/reviews", json=act, headers={"authorization": "Bearer reading"})
    assert (reader.status_code, reader.headers["content-type"]) == (403, "application/problem+json")
    assert client.get(f"{API}/articles/1").json()["review"]["verdict"] is None


def test_where_people_sign_in_a_program_reads_with_a_key(morning: Database, wall: Wall) -> None:
    add(morning, "Reader", role="reader")
    add_key(morning, "Reader", "reading")
    stranger = browser(app_of(morning, wall))
    refused = stranger.get(f"{API}/stories")
    assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json")
    assert stranger.get(f"{API}/openapi.json").status_code == 401
    answer = stranger.get(f"{API}/stories", headers={"authorization": "Bearer reading"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


def test_the_description_says_all_in_words(client: TestClient) -> None:
    described = client.get(f"{API}/openapi.json").json()
    assert described == description()
    assert described["openapi"].startswith("3.1")
    for path, item in described["paths"].items():
        for method, operation in item.items():
            assert operation["summary"].endswith("."), path
            assert all(
                found["description"] for found in operation.get("parameters", ()) if found["in"] == "query"
            )
            assert "422" in operation["responses"] or not operation.get("parameters"), path
            for status, answer in operation["responses"].items():
                kinds = set(answer.get("content", ()))
                assert kinds <= {"application/json" if status < "4" else "application/problem+json"}
            assert ("security" in operation) == (method != "get")
    schemas = described["components"]["schemas"]
    assert schemas["StatedNumber"]["properties"]["exact"]["description"] == "The words it came from."
    assert "HTTPValidationError" not in schemas


def test_a_page_lists_what_the_api_can_do(client: TestClient) -> None:
    page = document_fromstring(client.get("/api").text)
    listed = {" ".join(item.text.split()) for item in page.xpath("//summary/code")}
    assert listed == {
        f"{method.upper()} {path}" for path, item in description()["paths"].items() for method in item
    }
    for link in page.xpath("//details//a/@href"):
        assert client.get(link).status_code == 200


def test_the_api_is_the_same_on_each_kind_of_database(database: Database, wall: Wall) -> None:
    fill(database)
    group(database, 1, 2)
    add(database, "An")
    add_key(database, "An", KEY)
    client = client_of(database, wall)
    for name in (*LISTS, "differences", "trends", "sources"):
        assert client.get(f"{API}/{name}").status_code == 200, name
    assert len(all_items(client, "stories?limit=1")) == 1
    assert len(all_items(client, "quantities?limit=1")) == 4 + 1
    odd = "%00%27%22%F0%9F%98%80"
    for path in (f"firms/{odd}", f"documents/{odd}", f"sources/{odd}/runs"):
        assert client.get(f"{API}/{path}").status_code == 404
    assert client.get(f"{API}/articles?q={odd}&source={odd}&firm={odd}").json()["items"] == []
    kept = client.post(
        f"{API}/reviews",
        json={"article_id": 1, "act": "note", "note": "a\u0000b"},
        headers={"authorization": f"Bearer {KEY}"},
    )
    assert kept.status_code == 200


def test_times_of_a_list_are_in_utc(client: TestClient) -> None:
    items = client.get(f"{API}/articles").json()["items"]
    assert all(item["first_seen_at"].endswith("Z") for item in items)
    assert max(item["first_seen_at"] for item in items) <= (NOW + timedelta(hours=2)).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )

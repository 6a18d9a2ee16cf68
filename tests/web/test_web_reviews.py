"""Judging on the pages: cards, acts, undo, the audit queue; with forms, and as the script posts."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import pytest
from conftest import Wall, client_of, fill
from digest_samples import NOW, ON, TOPIC, judged
from digest_store import store
from openpyxl import load_workbook
from starlette.testclient import TestClient

from digest.build import build_digest
from storage import audit, queries, reviews, stories
from storage.audit import Queue, Wanted
from storage.database import Database
from storage.models import Flag, StoredDigest
from storage.stories import Membership
from web import forms
from web.cards import CARDS_SHOWN
from web.people import Person, Role

TOKEN = "t" * 32


@pytest.fixture
def desk(client: TestClient) -> TestClient:
    client.cookies.set(forms.COOKIE, TOKEN)
    return client


def act(client: TestClient, what: str, script: bool = False, **fields: str):
    given = {"token": TOKEN, "back": "/", "on": ON.isoformat(), "whole": "yes", "act": what} | fields
    return client.post("/reviews", data=given, headers={"x-desk": "parts"} if script else {})


def line(html: str) -> str:
    found = re.search(r'id="desk-line".*?</p>', html, re.DOTALL)
    assert found is not None
    return " ".join(re.sub(r"<[^>]+>", "", found[0].partition(">")[2]).split())


def card(html: str, number: int) -> str:
    found = re.search(rf'id="review-{number}".*?</article>', html, re.DOTALL)
    assert found is not None
    return found[0]


def test_today_has_a_card_for_each_story_with_its_buttons(desk: TestClient) -> None:
    page = desk.get("/").text
    cards = re.findall(r'id="review-(\d+)"', page)
    assert len(cards) == len(set(cards))
    for number in cards:
        for verdict in ("confirmed", "rejected", "unsure", "star", "note"):
            assert page.count(f'value="{verdict} {number}"') == 1
    assert page.count('id="desk"') == 1
    assert line(page).startswith("0 of ")
    assert "<mark>" in page


def test_a_verdict_is_kept_and_leads_back_to_its_card(
    desk: TestClient, morning: Database, wall: Wall
) -> None:
    answer = act(desk, "confirmed 1", back="/?lang=en")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?lang=en#article-1")
    page = desk.get("/").text
    assert line(page).startswith("1 of ")
    assert "<strong>Confirmed</strong>" in card(page, 1)
    assert 'value="confirmed 1" class="is-confirmed" aria-pressed="true"' in card(page, 1)
    with morning.read() as session:
        (found,) = reviews.reviews_of(session, [1]).values()
    assert (found.verdict, found.judged_by, found.judged_at) == ("confirmed", "", wall.now)


def test_the_same_form_sent_twice_is_one_act(desk: TestClient, morning: Database) -> None:
    for _ in range(2):
        assert act(desk, "rejected 2").status_code == 303
    with morning.read() as session:
        first = reviews.last_act(session, "")
        assert first is not None
        assert first.id == 1


def test_star_note_and_taking_back(desk: TestClient) -> None:
    act(desk, "star 1")
    act(desk, "note 1", **{"note-1": "Gọi lại <b>tòa soạn</b>", "note-2": "of another card"})
    act(desk, "unsure 1")
    page = desk.get("/").text
    assert 'value="unstar 1"' in card(page, 1)
    assert "Gọi lại &lt;b&gt;tòa soạn&lt;/b&gt;" in card(page, 1)
    assert "of another card" not in page
    assert "Unsure</strong>" in card(page, 1)
    act(desk, "none 1")
    act(desk, "unstar 1")
    act(desk, "note 1", **{"note-1": ""})
    page = desk.get("/").text
    assert '<p class="judged' not in card(page, 1)
    assert 'value="star 1"' in card(page, 1)
    assert "tòa soạn" not in page


def test_undo_takes_the_last_act_away_and_twice_the_same_only_once(desk: TestClient) -> None:
    act(desk, "confirmed 1")
    act(desk, "rejected 2")
    offered = re.search(r'value="(undo \d+)"', desk.get("/").text)
    assert offered is not None
    for _ in range(2):
        assert act(desk, offered[1]).status_code == 303
    page = desk.get("/").text
    assert '<p class="judged' not in card(page, 2)
    assert "Confirmed</strong>" in card(page, 1)


def test_an_old_act_is_not_offered_to_undo(desk: TestClient, wall: Wall) -> None:
    act(desk, "confirmed 1")
    wall.now += timedelta(hours=13)
    assert 'value="undo' not in desk.get("/audit").text


def test_the_script_gets_the_changed_parts(desk: TestClient) -> None:
    answer = act(desk, "confirmed 1", script=True, shown="1 2 3 x 99999999999")
    assert answer.status_code == 200
    assert re.findall(r'id="review-(\d+)"', answer.text) == ["1"]
    assert line(answer.text).startswith("1 of ")
    assert '<p id="desk-said">Confirmed</p>' in answer.text
    assert len(answer.content) < 5_000
    undo = re.search(r'value="(undo \d+)"', answer.text)
    assert undo is not None
    answer = act(desk, undo[1], script=True, shown="1 2")
    assert re.findall(r'id="review-(\d+)"', answer.text) == ["1"]
    assert line(answer.text).startswith("0 of ")


@pytest.mark.parametrize(
    "what", ["", "confirmed", "confirmed x", "confirmed 0x1", "splendid 1", "confirmed 1 2", "confirmed ١"]
)
def test_what_is_no_act_is_refused(desk: TestClient, what: str) -> None:
    assert act(desk, what).status_code == 400


def test_an_unknown_article_is_not_found_and_a_foreign_form_refused(desk: TestClient) -> None:
    assert act(desk, "confirmed 999").status_code == 404
    assert act(desk, "confirmed 1", token="f" * 32).status_code == 403
    assert act(desk, "confirmed 1", script=True, on="yesterday").status_code == 404
    assert act(desk, "confirmed 1", back="//evil.example/").headers["location"] == "/#article-1"
    assert desk.get("/reviews").status_code == 405


def test_a_reader_sees_verdicts_and_has_no_buttons(desk: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    act(desk, "confirmed 1")
    act(desk, "star 1")
    reader = Person("Thu", Role.READER)
    for module in ("web.people", "web.cards", "web.pages"):
        monkeypatch.setattr(f"{module}.person_of", lambda _request: reader)
    page = desk.get("/").text
    assert "Confirmed</strong>" in card(page, 1)
    assert "Starred" in card(page, 1)
    assert 'name="act"' not in page
    assert 'id="desk"' not in page
    assert act(desk, "rejected 1").status_code == 403


def test_a_verdict_is_on_all_tellings_and_a_later_one_shares_it(
    desk: TestClient, morning: Database, wall: Wall
) -> None:
    with morning.write() as session:
        story_id = stories.make_story(session, NOW)
        places = [Membership(article_id=id, story_id=story_id, way="joined") for id in (1, 2)]
        stories.record_memberships(session, places, NOW)
    act(desk, "confirmed 1")
    with morning.read() as session:
        assert set(reviews.reviews_of(session, [1, 2])) == {1, 2}
    late = judged(91, "A late telling of the same", "Text.", source="vns")
    number = store(morning, late, NOW + timedelta(hours=1))
    with morning.write() as session:
        place = Membership(article_id=number, story_id=story_id, way="reprinted")
        stories.record_memberships(session, [place], NOW)
    page = desk.get("/next").text
    assert "Confirmed</strong>" in card(page, number)


def test_acts_on_each_kind_of_database(any_client: TestClient) -> None:
    any_client.cookies.set(forms.COOKIE, TOKEN)
    act(any_client, "confirmed 1")
    answer = act(any_client, "rejected 3", script=True, shown="3")
    assert line(answer.text).startswith("2 of ")
    assert any_client.get("/audit?queue=rejected").text.count('id="review-') == 1


@pytest.fixture
def full(empty: Database, wall: Wall) -> Iterator[TestClient]:
    """A digest of 500 stories, those of the first page stored."""
    sample = judged(1, "T", "The cell admitted workers. " * 3, (("The cell admitted workers.", ("cell",)),))
    articles = []
    for number in range(1, 501):
        title = {"title": f"Story {number} " + "a long title " * 25}
        revision = sample.revision.model_copy(update=title)
        articles.append(sample.model_copy(update={"article_id": number, "revision": revision}))
    for article in articles[:CARDS_SHOWN]:
        assert store(empty, article) == article.article_id
    digest = build_digest(ON, None, NOW, NOW, articles, (), (), is_final=True)
    stored = StoredDigest(on=ON, built_at=NOW, since=NOW, until=NOW, body=digest.to_body())
    with empty.write() as session:
        queries.freeze_digest(session, stored, {})
    with client_of(empty, wall) as client:
        client.cookies.set(forms.COOKIE, TOKEN)
        yield client


def test_five_hundred_stories_are_paged_and_counted_as_a_whole(full: TestClient) -> None:
    first = full.get("/")
    assert len(first.content) < 100_000
    assert first.text.count('id="review-') == CARDS_SHOWN
    assert line(first.text).startswith("0 of 500 judged")
    assert 'href="/?page=2" rel="next"' in first.text
    last = full.get("/?page=999999").text
    assert 'rel="next"' not in last
    assert 'rel="prev"' in last
    numbers = re.findall(r'id="review-(\d+)"', first.text)
    for number in numbers:
        act(full, f"confirmed {number}")
    page = full.get("/").text
    assert line(page).startswith(f"{CARDS_SHOWN} of 500 judged")
    left = re.search(r'href="([^"]+)" id="desk-left"', page)
    assert left is not None
    assert left[1].startswith("/?page=2#article-")


def test_the_audit_queue_has_near_misses_until_they_are_judged(desk: TestClient, morning: Database) -> None:
    with morning.read() as session:
        (near,) = audit.queued(session, Queue.NEAR, TOPIC, Wanted(min_score=0.05), 9)
    page = desk.get("/audit").text
    assert re.findall(r'id="review-(\d+)"', page) == [str(near.article_id)]
    act(desk, f"confirmed {near.article_id}", back="/audit", on="", whole="")
    assert 'id="review-' not in desk.get("/audit").text
    assert "No near miss waits" in desk.get("/audit").text


def test_the_audit_lists_what_reviewers_said_with_filters(desk: TestClient) -> None:
    act(desk, "rejected 1")
    act(desk, "rejected 2")
    act(desk, "star 3")
    act(desk, "note 3", **{"note-3": "=HYPERLINK()"})

    def shown(query: str) -> list[str]:
        return re.findall(r'id="review-(\d+)"', desk.get(f"/audit?{query}").text)

    assert shown("queue=rejected") == ["2", "1"]
    assert shown("queue=starred") == shown("queue=notes") == ["3"]
    assert shown("queue=unsure") == []
    assert shown("queue=rejected&language=en") == ["1"]
    assert shown("queue=rejected&source=nhandan-vi") == ["2"]
    assert shown(f"queue=rejected&since={ON + timedelta(days=1)}") == []
    assert "Without the filters" in desk.get("/audit?queue=rejected&until=2000-01-01").text
    assert len(shown("queue=nonsense&language=xx&source=%3Cb%3E&since=never&page=-1")) == 1


def test_the_audit_has_a_card_for_each_story_and_a_row_for_each_telling(
    desk: TestClient, morning: Database
) -> None:
    with morning.write() as session:
        story_id = stories.make_story(session, NOW)
        places = [Membership(article_id=id, story_id=story_id, way="joined") for id in (1, 2)]
        stories.record_memberships(session, places, NOW)
    act(desk, "note 1", **{"note-1": "Gọi lại"})
    page = desk.get("/audit?queue=notes").text
    assert len(re.findall(r'id="review-(\d+)"', page)) == page.count('class="noted"') == 1
    assert f'href="/stories/{story_id}"' in page
    assert "2 tellings" in page
    assert json.loads(desk.get("/audit.json?queue=notes").text)["total"] == 2
    (number,) = re.findall(r'id="review-(\d+)"', page)
    act(desk, f"rejected {number}", back="/audit?queue=notes", on="")
    assert {row["verdict"] for row in json.loads(desk.get("/audit.json?queue=notes").text)["articles"]} == {
        "rejected"
    }


def test_the_audit_has_a_twin_and_tables(desk: TestClient) -> None:
    act(desk, "rejected 1")
    act(desk, "note 1", **{"note-1": "=HYPERLINK()"})
    twin = json.loads(desk.get("/audit.json?queue=rejected").text)
    assert (twin["queue"], twin["total"], twin["page"], twin["pages"]) == ("rejected", 1, 1, 1)
    (article,) = twin["articles"]
    assert (article["id"], article["verdict"], article["note"]) == (1, "rejected", "=HYPERLINK()")
    written = desk.get("/audit.csv?queue=rejected")
    (row,) = csv.DictReader(io.StringIO(written.content.decode("utf-8-sig")))
    assert (row["verdict"], row["note"]) == ("rejected", "'=HYPERLINK()")
    assert 'filename="audit-rejected.csv"' in written.headers["content-disposition"]
    sheet = load_workbook(BytesIO(desk.get("/audit.xlsx?queue=notes").content)).active
    assert sheet is not None
    assert sheet.max_row == 2
    assert desk.get("/audit.exe").status_code == 404


def test_near_misses_are_those_that_the_digest_would_list(database: Database, wall: Wall) -> None:
    fill(database)
    faint = judged(95, "Faint", "Text.", grade=0)
    store(database, faint.model_copy(update={"flag": Flag(topic=TOPIC, grade=0, score=0.01)}))
    with client_of(database, wall) as client:
        assert "Faint" not in client.get("/audit").text

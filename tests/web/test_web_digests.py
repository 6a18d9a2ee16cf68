"""The calendar of digests: what each day had, what is missing, and the way to other months."""

from datetime import timedelta

import pytest
from digest_samples import NOW, ON, TOPIC, ZONE, judged
from digest_store import store
from sqlalchemy import text
from starlette.testclient import TestClient
from test_web_pages import Page, page_at

from digest.desk import freeze
from storage import reviews
from storage.database import Database


def words_of(page: Page) -> str:
    return " ".join(page.words.split())


@pytest.fixture
def weeks(morning: Database) -> Database:
    """Two digests before today's is looked at later: one three hours late, none on the 24th."""
    for days, late in ((1, 0), (3, 3)):
        due = NOW + timedelta(days=days)
        store(morning, judged(100 + days, f"Cell {days}", "Text."), due - timedelta(hours=1))
        freeze(morning, ON + timedelta(days=days), due + timedelta(hours=late), ZONE, TOPIC, due_at=due)
    return morning


def test_a_day_says_what_it_had(client: TestClient) -> None:
    page = page_at(client, "/digests")
    assert "/digests/2026-11-22" in page.values("a", "href")
    assert "/weeks/2026-11-16" in page.values("a", "href")
    assert "/months/2026-11-01" in page.values("a", "href")
    assert {"col", "row"} == set(page.values("th", "scope"))
    assert "8 new stories" in words_of(page)
    assert "sources read" in words_of(page)
    assert "0 of 8 judged" in words_of(page)


def test_a_missing_and_a_late_digest_are_explained(weeks: Database, client: TestClient, wall: object) -> None:
    wall.now = NOW + timedelta(days=3, hours=5)  # type: ignore[attr-defined]
    words = words_of(page_at(client, "/digests?month=2026-11"))
    assert "Tuesday, 24 November 2026 No digest was built on this day" in words
    assert "It was due at 25 Nov 2026, 07:00 and built at 25 Nov 2026, 10:00" in words
    found = {day["on"]: day for day in client.get("/digests.json?month=2026-11").json()["days"]}
    assert [day["state"] for day in found.values()] == ["built", "missing", "built", "built"]
    assert found["2026-11-25"]["address"] == "/digests/2026-11-25.json"


def test_what_is_judged_is_counted(client: TestClient, morning: Database) -> None:
    with morning.write() as session:
        reviews.record(session, [1], "", NOW, verdict="confirmed")
    assert "1 of 8 judged" in words_of(page_at(client, "/digests"))


def test_today_leads_to_what_is_collected(client: TestClient, wall: object) -> None:
    wall.now = NOW + timedelta(days=1, hours=-1)  # type: ignore[attr-defined]
    page = page_at(client, "/digests")
    assert "not built yet: what is collected so far" in words_of(page)


def test_there_is_a_way_to_months_with_digests_and_to_no_others(
    weeks: Database, client: TestClient, wall: object
) -> None:
    wall.now = NOW + timedelta(days=400)  # type: ignore[attr-defined]
    page = page_at(client, "/digests?month=2027-11")
    assert {
        link for link in page.values("a", "href") if link and "month=" in link and "lang" not in link
    } == {
        "/digests?month=2027-10",
        "/digests?month=2027-12",
        "/digests?month=2026-11",
    }
    first = page_at(client, "/digests?month=2026-11").values("a", "href")
    assert "/digests?month=2026-10" not in first
    assert "No digest was built in this month." in words_of(page_at(client, "/digests?month=2026-10"))


@pytest.mark.parametrize("month", ["2026-13", "x", "2026-11-05", "0001-01", "99999-01"])
def test_a_month_that_there_is_not_is_the_present_one(client: TestClient, month: str) -> None:
    assert "Digests, November 2026" in client.get(f"/digests?month={month}").text


@pytest.mark.parametrize(
    ("locale", "month", "weekday"),
    [
        ("en", "November 2026", "Monday"),
        ("vi", "tháng 11 năm 2026", "Thứ Hai"),
        ("fr", "novembre 2026", "lundi"),
    ],
)
def test_months_and_days_have_their_names(client: TestClient, locale: str, month: str, weekday: str) -> None:
    page = page_at(client, f"/digests?lang={locale}")
    assert month in words_of(page)
    assert page.values("abbr", "title")[0] == weekday


def test_other_days_are_linked(weeks: Database, client: TestClient) -> None:
    links = page_at(client, "/digests/2026-11-23").values("a", "href")
    assert {"/digests/2026-11-22", "/digests/2026-11-25"} <= set(links)


def test_an_unreadable_body_is_said(client: TestClient, morning: Database) -> None:
    with morning.write() as session:
        session.execute(text("UPDATE digest SET body = '{\"counts\": 7}'"))
    assert "What was kept of this digest cannot be read." in page_at(client, "/digests").words

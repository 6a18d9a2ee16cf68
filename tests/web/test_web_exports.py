"""Feeds and tables: a link wherever there is a list, and the same articles behind it."""

import csv
from io import BytesIO, StringIO

import feedparser
import pytest
from digest_samples import ENGLISH, HOSTILE, NOW, ON, VIETNAMESE
from openpyxl import load_workbook
from starlette.testclient import TestClient

from storage import outbox
from storage.database import Database


def test_both_feeds_are_announced_on_every_page_and_answer(client: TestClient) -> None:
    page = client.get("/").text
    for path in ("/digests.atom", "/flagged.atom"):
        assert f'type="application/atom+xml" href="{path}"' in page
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("application/atom+xml")
        assert not feedparser.parse(answer.text).bozo


def test_the_feed_of_digests_has_the_built_ones(client: TestClient) -> None:
    feed = feedparser.parse(client.get("/digests.atom").text)
    assert [entry.link.rpartition("/")[2] for entry in feed.entries] == ["2026-11-22"]
    assert ENGLISH.revision.title in feed.entries[0].content[0].value


def test_the_feed_of_articles_has_the_flagged_ones_the_newest_first(client: TestClient) -> None:
    feed = feedparser.parse(client.get("/flagged.atom").text)
    titles = [entry.title for entry in feed.entries]
    assert titles[0] == "Late: a cell in a private clinic"
    assert VIETNAMESE.revision.title in titles
    assert not any("javascript:" in entry.link for entry in feed.entries)


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "xlsx"])
def test_a_digest_as_a_table(client: TestClient, suffix: str) -> None:
    answer = client.get(f"/digests/2026-11-22.{suffix}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="digest-2026-11-22.{suffix}"'
    assert client.get(f"/digests/2026-11-20.{suffix}").status_code == 404


def test_a_search_as_tables_has_what_the_page_shows(client: TestClient) -> None:
    page = client.get("/search", params={"q": "dang vien", "language": "vi"})
    assert 'href="/search.xlsx?q=dang+vien&amp;language=vi"' in page.text
    answer = client.get("/search.csv?q=dang+vien&language=vi")
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row["title"] for row in rows] == [VIETNAMESE.revision.title]
    sheet = load_workbook(BytesIO(client.get("/search.xlsx?q=dang+vien&language=vi").content)).active
    assert sheet["B2"].value == VIETNAMESE.revision.title
    assert client.get("/search.exe?q=x").status_code == 404


def test_a_search_for_nothing_is_an_empty_table(client: TestClient) -> None:
    assert client.get("/search.jsonl").content == b""


def test_hostile_addresses_stay_inside_the_link(client: TestClient) -> None:
    page = client.get('/search?q=gnp.exe&x="><script>alert(1)</script>').text
    assert "<script>" not in page
    assert HOSTILE.revision.title.split("\u202e")[0] not in page


def test_a_digest_says_where_it_went(client: TestClient, morning: Database) -> None:
    with morning.write() as session:
        outbox.queue(session, ON, ["mail:a@x.vn", "mail:b@x.vn", "folder:/out"], NOW)
        taken = outbox.claim(session, NOW)
        assert taken is not None
        outbox.record_delivered(session, taken, NOW, "accepted")
        lost = outbox.claim(session, NOW)
        assert lost is not None
        outbox.record_failed(session, lost, NOW, "550 <b>no such user</b>", None)
    page = client.get("/digests/2026-11-22").text
    assert 'mail:a@x.vn: <span class="state">delivered</span>' in page
    assert "550 &lt;b&gt;no such user&lt;/b&gt;" in page
    assert "waits for its next attempt" in page

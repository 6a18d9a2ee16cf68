"""A story's page, a person's word on it, and the archived pages behind it."""

import json
import re
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path

import pytest
from conftest import Wall, client_of
from digest_samples import NOW, ON, TOPIC, ZONE, judged, quantity
from digest_store import store, sync
from starlette.testclient import TestClient

from digest.build import digest_article
from digest.compared import compared
from digest.desk import freeze
from storage import ledger, reading, stories
from storage.archive import Archive
from storage.database import Database
from storage.models import (
    DocumentMention,
    EnterpriseMention,
    Entry,
    JudgedArticle,
    PlaceMention,
    Rejection,
    RejectionReason,
    Snapshot,
    Statements,
)
from storage.stories import Membership
from storage.upkeep import Household, UpkeepRow, note

HOME = "http://127.0.0.1:8321"
TEXT = "Hoa Mai Garment admitted {} workers to the Party on Friday. The firm has a Party committee."
HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>"


def telling(number: int, source: str, hours_ago: float, admitted: int, **facts: object) -> JudgedArticle:
    text = TEXT.format(admitted)
    stated = Statements(
        quantities=(
            quantity("members_admitted", admitted, f"{admitted} workers", place="Đồng Nai", period="2026"),
        ),
        documents=(DocumentMention(exact="Chỉ thị 33-CT/TW", key="33-CT/TW/2014", type="CT"),),
        places=(PlaceMention(exact="Dong Nai", name="Đồng Nai", today="Đồng Nai", level="province"),),
        enterprises=(EnterpriseMention(exact="Hoa Mai Garment", key="hoa mai", act="admits", sentence=text),),
    )
    sentence = text.split(". ")[0] + "."
    return judged(
        number,
        facts.pop("title", f"Telling {number}"),
        text,
        ((sentence, ("Party",)),),
        source=source,
        hours_ago=hours_ago,
        statements=stated,
        **facts,
    )


EN = telling(1, "vna-en", 6, 37)
REPRINT = telling(2, "vns", 5, 39)
VI = telling(3, "vna-vi", 4, 37, language="vi", title="Kết nạp 37 công nhân")
OTHER = telling(4, "nhandan-vi", 3, 12, title=HOSTILE + "x" * 400)


def fill(database: Database) -> None:
    """Story 1 of three tellings, in a digest but for the last; story 2 of a hostile one."""
    sync(database)
    ids = [store(database, article) for article in (EN, REPRINT)]
    put(database, ids, ways=("first", "reprinted"))
    freeze(database, ON, NOW, ZONE, TOPIC)
    later = [store(database, article, NOW + timedelta(minutes=5)) for article in (VI, OTHER)]
    put(database, later[:1], ways=("translated",), into=1, source=ids[0])
    put(database, later[1:], ways=("first",))
    freeze(database, ON + timedelta(days=1), NOW + timedelta(days=1), ZONE, TOPIC)


def put(
    database: Database,
    ids: list[int],
    ways: tuple[str, ...],
    into: int | None = None,
    source: int | None = None,
) -> None:
    with database.write() as session:
        story_id = into or stories.make_story(session, NOW)
        stories.record_memberships(
            session,
            [
                Membership(
                    article_id=id,
                    story_id=story_id,
                    way=way,
                    source_article_id=None if way == "first" else source or ids[0],
                    delay_s=None if way == "first" else 3600.0,
                    reasons=() if way == "first" else ("same numbers: 37", "something new"),
                )
                for id, way in zip(ids, ways, strict=True)
            ],
            NOW,
        )


@pytest.fixture
def desk(database: Database, wall: Wall) -> Iterator[TestClient]:
    fill(database)
    with client_of(database, wall) as client:
        yield client


def html_at(client: TestClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


def words_in(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def post(client: TestClient, path: str, fields: dict[str, object], status: int = 303) -> str:
    """A form of the story's page posted as a browser does; where it leads."""
    page = client.get(path.rpartition("/")[0])
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    assert token is not None
    answer = client.post(
        path,
        data={"token": token[1], **fields},
        headers={"origin": HOME, "sec-fetch-site": "same-origin"},
    )
    assert answer.status_code == status, answer.text
    return answer.headers.get("location", "")


def test_it_shows_every_telling_with_time_way_and_reasons(desk: TestClient) -> None:
    words = words_in(html_at(desk, "/stories/1"))
    for outlet in ("VietnamPlus (English)", "Viet Nam News", "VietnamPlus"):
        assert outlet in words
    assert "had it first" in words
    assert "reprinted VietnamPlus (English), 1 hr later" in words
    assert "the same numbers: 37" in words
    assert "something new" in words
    assert words.index("Telling 1") < words.index("Telling 2")


def test_it_says_which_digests_had_it(desk: TestClient) -> None:
    html = html_at(desk, "/stories/1")
    assert 'href="/digests/2026-11-22"' in html
    assert 'href="/digests/2026-11-23"' in html
    assert "update in that of" in html


def test_numbers_are_side_by_side_and_contradictions_are_said(desk: TestClient) -> None:
    html = html_at(desk, "/stories/1")
    assert "outlets differ on 1 number" in words_in(html)
    assert "is-contradicted" in html
    assert "<strong>37</strong>" in html
    assert "<strong>39</strong>" in html
    assert "outlets differ" not in words_in(html_at(desk, "/stories/2"))


def test_names_lead_to_the_registers(desk: TestClient) -> None:
    html = html_at(desk, "/stories/1")
    for link in ("/documents/33-CT/TW/2014", "/firms/hoa%20mai", "/trends?place=%C4%90%E1%BB%93ng%20Nai"):
        assert f'href="{link}"' in html


def test_the_text_shown_is_in_the_readers_language_or_the_one_asked_for(desk: TestClient) -> None:
    assert "The text of VietnamPlus (English)" in html_at(desk, "/stories/1")
    assert "The text of Viet Nam News" in html_at(desk, "/stories/1?telling=2")
    assert "Kết nạp 37 công nhân</h1>" in html_at(desk, "/stories/1?lang=vi").replace("\n", "")
    for odd in ("99", "-1", "٣", "1" * 5000, ""):
        assert "The text of VietnamPlus (English)" in html_at(desk, f"/stories/1?lang=en&telling={odd}")


def test_evidence_is_marked_in_place(desk: TestClient) -> None:
    html = html_at(desk, "/stories/1")
    assert '<span class="quoted" id="evidence-1">' in html
    assert "<mark>Party</mark>" in html


@pytest.mark.parametrize("locale", ["en", "vi", "fr"])
def test_hostile_text_is_only_text(desk: TestClient, locale: str) -> None:
    html = html_at(desk, f"/stories/2?lang={locale}")
    assert "<script>alert" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    "path", ["/stories/77", "/stories/0", "/stories/x", "/stories/99999999999", "/stories/٣"]
)
def test_there_is_no_other_story(desk: TestClient, path: str) -> None:
    html_at(desk, path, 404)


def test_its_json_twin_has_the_same(desk: TestClient) -> None:
    body = json.loads(desk.get("/stories/1.json").text)
    assert body["story_id"] == 1
    assert [article["article_id"] for article in body["entry"]["articles"]] == [1, 2, 3]
    assert body["digest_days"] == ["2026-11-22", "2026-11-23"]
    assert [number["is_contradicted"] for number in body["numbers"]] == [True]
    assert desk.get("/stories/77.json").status_code == 404


def test_a_split_is_said_and_undone_by_the_button_beside(desk: TestClient) -> None:
    where = post(desk, "/stories/1/split", {"telling": ["2", "3"]})
    assert where == "/stories/1?split=3"
    page = html_at(desk, where)
    assert "Taken apart:" in page
    assert "Telling 2" in words_in(html_at(desk, "/stories/3"))
    assert post(desk, "/stories/1/merge", {"other": "3"}) == "/stories/1?merged=2-3"
    assert "Put together: 2 tellings" in html_at(desk, "/stories/1?merged=2-3")
    answer = desk.get("/stories/3")
    assert (answer.status_code, answer.headers["location"]) == (302, "/stories/1")


@pytest.mark.parametrize("other", ["2", "/stories/2", f"{HOME}/stories/2?lang=vi#text", "/articles/4", " 2 "])
def test_another_story_is_named_by_number_or_address(desk: TestClient, other: str) -> None:
    assert post(desk, "/stories/1/merge", {"other": other}) == "/stories/1?merged=4"


def test_a_merge_undone_gives_the_number_back(desk: TestClient) -> None:
    post(desk, "/stories/2/merge", {"other": "1"})
    assert post(desk, "/stories/1/split", {"telling": "4"}) == "/stories/1?split=2"
    assert desk.get("/stories/2").status_code == 200


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("/stories/1/split", {}, "Nothing was taken apart"),
        ("/stories/1/split", {"telling": ["1", "2", "3"]}, "Nothing was taken apart"),
        ("/stories/1/split", {"telling": ["4"]}, "Nothing was taken apart"),
        ("/stories/1/split", {"telling": ["9" * 400, "x"]}, "Nothing was taken apart"),
        ("/stories/1/merge", {"other": "77"}, "there is no story under that number"),
        ("/stories/1/merge", {"other": "https://elsewhere.example/"}, "there is no story under that number"),
        ("/stories/1/merge", {"other": "99999999999"}, "there is no story under that number"),
        ("/stories/1/merge", {"other": "1"}, "that is this very story"),
    ],
)
def test_what_cannot_be_done_is_said(
    desk: TestClient, path: str, fields: dict[str, object], said: str
) -> None:
    where = post(desk, path, fields)
    assert said in html_at(desk, where)
    assert len(json.loads(desk.get("/stories/1.json").text)["entry"]["articles"]) == 3


@pytest.mark.parametrize(
    "said", ["split=1", "split=77", "split=x", "merged=99", "merged=", "refused=<b>", "merged=1-2-3"]
)
def test_an_invented_notice_is_not_shown(desk: TestClient, said: str) -> None:
    assert 'class="banner"' not in html_at(desk, f"/stories/1?{said}")


def test_a_forged_form_changes_nothing(desk: TestClient) -> None:
    assert desk.post("/stories/1/split", data={"telling": "2"}).status_code == 403
    assert len(json.loads(desk.get("/stories/1.json").text)["entry"]["articles"]) == 3


def test_an_article_leads_to_its_story_and_its_page(desk: TestClient) -> None:
    html = html_at(desk, "/articles/2")
    assert 'href="/stories/1"' in html
    assert 'href="/archived/2"' in html
    assert 'name="act" value="confirmed 2"' in html


def test_the_same_number_in_other_words_is_no_contradiction() -> None:
    def stating(article: JudgedArticle, *values: float) -> JudgedArticle:
        stated = tuple(quantity("members_total", value, f"{value} members") for value in values)
        return article.model_copy(update={"statements": Statements(quantities=stated)})

    def contradicted(*tellings: JudgedArticle) -> list[bool]:
        return [item.is_contradicted for item in compared(map(digest_article, tellings))]

    assert contradicted(stating(EN, 5), stating(REPRINT, 5)) == [False]
    assert contradicted(stating(EN, 5, 7), stating(REPRINT, 7)) == [False]
    assert contradicted(stating(EN, 5, 7), stating(REPRINT, 8)) == [True]
    assert contradicted(stating(EN, 5), stating(EN.model_copy(update={"article_id": 9}), 8)) == [False]
    assert contradicted() == []


# ---- archived pages

EVIL = """<!DOCTYPE html><html><head><base href="https://evil.example/"><title>Bài</title>
<meta http-equiv="refresh" content="0;url=https://evil.example/"><link rel="stylesheet" href="/a.css">
<script src="https://evil.example/x.js"></script><style>p{color:red}</style></head>
<body onload="alert(1)"><p style="color:blue">Kết nạp <a href="javascript:alert(1)">đảng viên</a></p>
<img src="https://evil.example/i.png"><iframe srcdoc="x"></iframe>
<form action="/reviews"><input name="a"></form>
<svg><script>alert(1)</script></svg><object data="x"></object></body></html>"""


def keep_page(
    database: Database, folder: Path, body: bytes, content_type: str = "text/html", number: int = 1
) -> int:
    """One page of vns archived and rejected; its number."""
    url = f"https://vns.example/{number}"
    snapshot = Snapshot(
        source="vns", requested_url=url, final_url=url, status=200,
        headers=(("Content-Type", content_type), ("X-Odd", HOSTILE)), body=body, fetched_at=NOW,
    )  # fmt: skip
    archive = Archive(folder)
    page = archive.store(snapshot)
    archive.close()
    with database.write() as session:
        note(
            session,
            Household(database=None, archive=folder, digest_time=time(7), free_disk_bytes=1),
            NOW,
        )
        run_id = ledger.open_run(session, "vns", NOW)
        ledger.add_entries(session, "vns", run_id, [(url, Entry(url=url))], NOW)
        [pending] = [item for item in ledger.pending_entries(session, "vns", NOW, 9) if item.key == url]
        snapshot_id = ledger.record_snapshot(session, pending.id, run_id, url, snapshot, page)
        reading.record_extraction(session, snapshot_id, "x", Rejection(reason=RejectionReason.TOO_SHORT), NOW)
    return snapshot_id


def test_an_archived_page_can_neither_run_nor_fetch(
    desk: TestClient, database: Database, tmp_path: Path
) -> None:
    number = keep_page(database, tmp_path / "pages", EVIL.encode())
    answer = desk.get(f"/archived/{number}/page")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'; style-src 'unsafe-inline'")
    assert "script-src" not in policy
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    for gone in ("<script", "onload", "javascript:", "<iframe", "<img", "<form", "<input", "<base", "<meta",
                 "<link", "<svg", "<object", "evil.example", "href"):  # fmt: skip
        assert gone not in answer.text, gone
    assert "Kết nạp" in answer.text
    assert "đảng viên" in answer.text


def test_it_says_what_was_left_out(desk: TestClient, database: Database, tmp_path: Path) -> None:
    number = keep_page(database, tmp_path / "pages", EVIL.encode())
    html = html_at(desk, f"/archived/{number}")
    words = words_in(html)
    for kind in (
        "scripts: 2",
        "frames and embedded objects: 2",
        "targets of links: 1",
        "attributes that run scripts: 1",
    ):
        assert kind in words
    assert "too little text" in words
    assert "<script>alert" not in html


def test_its_bytes_are_a_file_to_keep(desk: TestClient, database: Database, tmp_path: Path) -> None:
    number = keep_page(database, tmp_path / "pages", EVIL.encode())
    answer = desk.get(f"/archived/{number}/bytes")
    assert answer.content == EVIL.encode()
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == f'attachment; filename="page-{number}.bin"'
    assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        ("<p>Đảng ủy</p>".encode("windows-1258", "ignore"), "text/html; charset=windows-1258", "<p>"),
        ("<p>Đảng</p>".encode(), "text/html; charset=latin-1", "Đảng"),
        (b"<p>caf\xe9</p>", "text/html; charset=nonsense", "caf"),
        (b"<p>caf\xe9</p>", "text/html; charset=latin-1", "café"),
    ],
)
def test_legacy_encodings_are_shown(
    desk: TestClient, database: Database, tmp_path: Path, body: bytes, content_type: str, words: str
) -> None:
    number = keep_page(database, tmp_path / "pages", body, content_type)
    assert words in html_at(desk, f"/archived/{number}/page")


@pytest.mark.parametrize("body", [b"", b"   ", b"\x00\x01\x02"])
def test_what_is_no_page_is_said_to_be_none(
    desk: TestClient, database: Database, tmp_path: Path, body: bytes
) -> None:
    number = keep_page(database, tmp_path / "pages", body)
    assert desk.get(f"/archived/{number}").status_code == 200
    assert desk.get(f"/archived/{number}/page").status_code in (200, 404)
    assert desk.get(f"/archived/{number}/bytes").content == body


def test_a_page_that_is_gone_is_said_to_be_gone(desk: TestClient, database: Database, tmp_path: Path) -> None:
    number = keep_page(database, tmp_path / "pages", b"<p>x</p>")
    for file in (tmp_path / "pages").iterdir():
        file.unlink()
    assert "does not have this page any more" in html_at(desk, f"/archived/{number}")
    html_at(desk, f"/archived/{number}/page", 404)
    html_at(desk, f"/archived/{number}/bytes", 404)
    html_at(desk, "/archived/999", 404)


def test_a_page_whose_archive_is_unknown_is_not_said_to_be_gone(
    desk: TestClient, database: Database, tmp_path: Path
) -> None:
    number = keep_page(database, tmp_path / "pages", b"<p>x</p>")
    with database.write() as session:
        session.delete(session.get_one(UpkeepRow, Household.name))
    html = html_at(desk, f"/archived/{number}")
    assert "any more" not in html
    assert "before the service has run" in html

"""Sources, one source and what can be asked of it; the settings in force."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from conftest import Wall, client_of, fill
from digest_samples import ENGLISH, NOW
from digest_store import reject, run
from starlette.testclient import TestClient

from storage import health, source_choices, wishes
from storage.database import Database
from storage.effective import EffectiveSetting, EffectiveSettings, LastBackup, SettingSection
from storage.models import Health, HealthState, RejectionReason
from storage.upkeep import note
from storage.wishes import WishKind, WishOutcome

HOME = "http://127.0.0.1:8321"
HOSTILE = "<script>alert('x')</script>"


@pytest.fixture
def desk(database: Database, wall: Wall) -> Iterator[TestClient]:
    fill(database)
    blocked = Health(
        state=HealthState.BLOCKED,
        since_at=NOW,
        cause="not_readable",
        facts={"runs": 3, "problem": "blocked: status 403"},
        reason="3 times in a row: blocked: status 403",
    )
    with database.write() as session:
        health.record_health(session, "nhandan-vi", blocked, NOW)
        wishes.note_planned(session, "vna-en", NOW + timedelta(hours=3), "usual")
        source_choices.choose(session, "vns", False, "Lan", NOW)
    with client_of(database, wall) as client:
        yield client


def html_at(client: TestClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


def words_in(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def post(client: TestClient, path: str, fields: dict[str, str], status: int = 303) -> str:
    token = re.search(r'name="token" value="([^"]+)"', client.get("/sources/vna-en").text)
    assert token is not None
    headers = {"origin": HOME, "sec-fetch-site": "same-origin"}
    answer = client.post(path, data={"token": token[1], **fields}, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.headers.get("location", "")


def test_trouble_comes_first_and_what_is_off_last(desk: TestClient) -> None:
    html = html_at(desk, "/sources")
    order = re.findall(r'<th scope="row"><a href="/sources/([^"]+)"', html)
    assert (order[0], order[-1]) == ("nhandan-vi", "vns")
    words = words_in(html)
    assert "3 times in a row: the site refused access (status 403)" in words
    assert "since 22 Nov 2026, 07:00" in words
    assert "22 Nov 2026, 10:00" in words
    assert "switched off by a person" in words


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("trouble", ["nhandan-vi"]),
        ("off", ["vns"]),
        ("on", ["nhandan-vi", "vna-en", "vna-fr", "vna-vi"]),
        ("nonsense", ["nhandan-vi", "vna-en", "vna-fr", "vna-vi", "vns"]),
    ],
)
def test_the_list_can_be_narrowed(desk: TestClient, kind: str, expected: list[str]) -> None:
    lines = json.loads(desk.get(f"/sources.json?show={kind}").text)
    assert sorted(line["status"]["id"] for line in lines) == expected
    shown = re.findall(r'<th scope="row"><a href="/sources/([^"]+)"', html_at(desk, f"/sources?show={kind}"))
    assert sorted(shown) == expected


def test_no_trouble_is_said(empty: Database, wall: Wall) -> None:
    with client_of(empty, wall) as client:
        assert "No source is in trouble." in html_at(client, "/sources?show=trouble")


def test_a_source_shows_runs_cost_lists_and_quarantine(desk: TestClient) -> None:
    words = words_in(html_at(desk, "/sources/vna-en"))
    assert "10 requests, 100 kB" in words
    assert "too little text" in words
    assert "vna-en.example" in words
    assert "It never turned bad." in words
    troubled = words_in(html_at(desk, "/sources/nhandan-vi"))
    assert "the site refused access (status 403)" in troubled
    assert "blocked" in troubled


def test_its_json_twin_has_the_same(desk: TestClient) -> None:
    body = json.loads(desk.get("/sources/vna-en.json").text)
    assert body["line"]["status"]["id"] == "vna-en"
    assert body["line"]["planned"]["why"] == "usual"
    assert body["quarantine"] == {"too_short": 1}
    assert body["runs"][0]["outcome"] == "completed"
    assert desk.get("/sources/nobody.json").status_code == 404


@pytest.mark.parametrize("path", ["/sources/nobody", "/sources/..", "/sources/%3Cscript%3E"])
def test_there_is_no_other_source(desk: TestClient, path: str) -> None:
    assert desk.get(path).status_code in (404, 200 if path.endswith("..") else 404)


def test_the_quarantine_is_paged(database: Database, wall: Wall) -> None:
    fill(database)
    for number in range(51):
        page = ENGLISH.model_copy(
            update={"article_id": 1000 + number, "url": f"https://vna-en.example/{number}"}
        )
        reject(database, page, NOW, RejectionReason.EMPTY)
    with client_of(database, wall) as client:
        first, second = html_at(client, "/sources/vna-en"), html_at(client, "/sources/vna-en?page=2")
        assert first.count('href="/archived/') == 50
        assert second.count('href="/archived/') == 2
        assert "?page=2#quarantine" in first
        assert 'rel="prev"' in second
        for odd in ("0", "-1", "x", "9" * 30, "2147483647"):
            html_at(client, f"/sources/vna-en?page={odd}")


def test_check_now_waits_for_the_service_and_tells_its_answer(desk: TestClient, database: Database) -> None:
    assert post(desk, "/sources/vna-en/wishes", {"kind": "poll"}) == "/sources/vna-en#asked"
    waiting = html_at(desk, "/sources/vna-en")
    assert "waits for the service" in waiting
    assert '<meta http-equiv="refresh" content="5">' in waiting
    with database.write() as session:
        taken = wishes.take(session, NOW)
        assert taken is not None
        assert (taken.kind, taken.source) == (WishKind.POLL, "vna-en")
        wishes.end(session, taken.id, WishOutcome.DONE, {"listed": 2, "requests": 5}, NOW)
    ended = html_at(desk, "/sources/vna-en")
    assert "read: 2 new pages listed, 5 requests" in words_in(ended)
    assert "http-equiv" not in ended


@pytest.mark.parametrize(
    ("kind", "outcome", "facts", "said"),
    [
        (
            "poll",
            "failed",
            {"reason": "blocked: status 403"},
            "failed : the site refused access (status 403)",
        ),
        ("poll", "refused", {"reason": "less than 500 MB are free"}, "not possible now : less than 500 MB"),
        ("poll", "failed", {}, "broke off; the log says why"),
        (
            "replay",
            "done",
            {"pages": 4, "read": 3, "lost": 1},
            "4 read again, 3 gave a text now ; 1 no longer",
        ),
    ],
)
def test_every_answer_has_words(
    desk: TestClient, database: Database, kind: str, outcome: str, facts: dict[str, str | int], said: str
) -> None:
    with database.write() as session:
        asked = wishes.ask(session, WishKind(kind), "vna-en", "", NOW)
        assert asked is not None
        wishes.take(session, NOW)
        wishes.end(session, asked.id, WishOutcome(outcome), facts, NOW)
    for locale in ("vi", "fr"):
        html_at(desk, f"/sources/vna-en?lang={locale}")
    assert said.replace(" ", "") in words_in(html_at(desk, "/sources/vna-en?lang=en")).replace(" ", "")


def test_a_source_is_switched_off_on_and_left_to_the_settings(desk: TestClient, database: Database) -> None:
    assert post(desk, "/sources/vna-en/choice", {"follow": "no"}) == "/sources/vna-en#choice"
    assert "none: it is switched off" in html_at(desk, "/sources/vna-en")
    post(desk, "/sources/vna-en/choice", {"follow": "yes"})
    with database.read() as session:
        assert source_choices.choices(session)["vna-en"].is_enabled
    post(desk, "/sources/vna-en/choice", {"follow": "settings"})
    with database.read() as session:
        assert "vna-en" not in source_choices.choices(session)


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/sources/vna-en/wishes", {"kind": "delete"}, 400),
        ("/sources/nobody/wishes", {"kind": "poll"}, 404),
        ("/sources/vna-en/choice", {"follow": "maybe"}, 400),
        ("/sources/nobody/choice", {"follow": "no"}, 404),
    ],
)
def test_what_cannot_be_asked_is_refused(
    desk: TestClient, path: str, fields: dict[str, str], status: int
) -> None:
    post(desk, path, fields, status)


def test_a_forged_form_asks_for_nothing(desk: TestClient, database: Database) -> None:
    assert desk.post("/sources/vna-en/wishes", data={"kind": "poll"}).status_code == 403
    with database.read() as session:
        assert not wishes.is_waiting(session)


def test_a_hostile_reason_is_only_text(desk: TestClient, database: Database) -> None:
    run(database, "vna-fr", NOW, f"unreadable: {HOSTILE}")
    for path in ("/sources", "/sources/vna-fr"):
        html = html_at(desk, path)
        assert HOSTILE not in html
        assert "&lt;script&gt;" in html


# ---- settings

SETTINGS = EffectiveSettings(
    version="9.9.9",
    topic="party",
    topic_version="1",
    noted_at=NOW,
    sections=(
        SettingSection(
            name="crawl",
            about="How sources are read.",
            keys=(
                EffectiveSetting(
                    key="contact",
                    value=f'"{HOSTILE}"',
                    default='""',
                    unit="address",
                    meaning="Where.",
                    is_changed=True,
                ),
                EffectiveSetting(
                    key="retries",
                    value="2",
                    default="2",
                    unit="attempts",
                    meaning="How often.",
                    is_changed=False,
                ),
            ),
        ),
    ),
)


def test_settings_show_what_was_changed(desk: TestClient, database: Database) -> None:
    with database.write() as session:
        note(session, SETTINGS, NOW)
        note(session, LastBackup(made_at=NOW, file="diembao-1.tar"), NOW)
    html = html_at(desk, "/settings")
    words = words_in(html)
    assert "[crawl]" in words
    assert html.count('class="is-changed"') == 1
    assert "the service: 9.9.9" in words
    assert "diembao-1.tar" in words
    assert HOSTILE not in html
    assert re.search(r"Schema of the database \d{4}", words)


def test_before_a_service_has_run_that_is_said(desk: TestClient) -> None:
    for locale in ("en", "vi", "fr"):
        html_at(desk, f"/settings?lang={locale}")
    assert "No service of this version has run" in html_at(desk, "/settings?lang=en")


def test_no_password_of_the_database_is_shown(desk: TestClient, database: Database) -> None:
    assert json.loads(desk.get("/settings.json").text)["database"] == database.address
    if not database.is_sqlite:
        assert database.address.startswith("postgresql://")
        assert not re.search(r":[^/@]+@", database.address)

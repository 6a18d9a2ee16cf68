"""Signing in, and what each person may do."""

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from argon2 import PasswordHasher, extract_parameters
from conftest import Wall
from desk_people import (
    ADDRESSES,
    PASSWORD,
    SIGNS_IN,
    add,
    add_key,
    app_of,
    browser,
    hashed,
    sign_in,
    signed_in,
    token_in,
)
from digest_samples import NOW
from starlette.requests import Request
from starlette.testclient import TestClient

from storage import people
from storage.database import Database, migrate
from web import passwords
from web.access import Access, Proxy, checked_access, options_of
from web.attempts import Attempts
from web.errors import HostBeyondLoopback, NobodyToSignIn
from web.forms import Believed, Form
from web.gate import ASSETS
from web.people import Reviewer

ROOT = Path(__file__).parents[2]
PAGES = (
    "/",
    "/digests",
    "/search?q=garment",
    "/articles/1",
    "/sources",
    "/nope",
    "/digests.atom",
    "/healthzz",
)


@pytest.fixture
def desk(morning: Database) -> Database:
    """The morning, with a reviewer An and a reader Bình."""
    add(morning, "An", "reviewer")
    add(morning, "Bình", "reader")
    return morning


# ---- where nobody signs in


def test_on_loopback_everything_is_open_and_nobody_has_a_name(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "Sign out" not in page.text
    assert page.headers["cache-control"] == "no-cache"
    assert client.get("/sign-in").headers["location"] == "/"
    assert client.get("/metrics").status_code == 200


# ---- where people sign in


@pytest.mark.parametrize("path", PAGES)
def test_without_sign_in_every_page_leads_to_the_sign_in_page(desk: Database, wall: Wall, path: str) -> None:
    answer = browser(app_of(desk, wall)).get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?back=/")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text == ""


@pytest.mark.parametrize("path", ["/digests/2026-11-22.json", "/api/v1/articles", "/api/", "/metrics"])
def test_programs_are_refused_in_json(desk: Database, wall: Wall, path: str) -> None:
    answer = browser(app_of(desk, wall)).get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["detail"] == "Sign in, or send an API key."


def test_every_route_is_closed_but_those_that_are_said_to_be_open(desk: Database, wall: Wall) -> None:
    app = app_of(desk, wall)
    client = browser(app)
    is_open = {"/sign-in", "/style.css", "/script.js", "/icon.svg", "/healthz", "/readyz"}
    for path, methods in ADDRESSES.items():
        for method in methods - {"HEAD"}:
            status = client.request(method, path).status_code
            assert (status in (303, 401)) is (path not in is_open), (method, path, status)


@pytest.mark.parametrize("method", ["OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_refused_too(desk: Database, wall: Wall, method: str) -> None:
    assert browser(app_of(desk, wall)).request(method, "/").status_code == 401


def test_signing_in_leads_to_the_page_that_was_wanted_and_shows_who_it_is(desk: Database, wall: Wall) -> None:
    client = browser(app_of(desk, wall))
    first = client.get("/search?q=đảng viên&language=vi")
    form = client.get(first.headers["location"]).text
    back = re.search(r'name="back" value="([^"]*)"', form)
    assert back
    answer = sign_in(client, back=back[1].replace("&amp;", "&"))
    assert answer.status_code == 303
    assert answer.headers["location"] == "/search?q=%C4%91%E1%BA%A3ng%20vi%C3%AAn&language=vi"
    page = client.get("/")
    assert page.status_code == 200
    assert '<a href="/sign-in">An</a>' in page.text
    assert page.headers["cache-control"] == "no-store"
    assert client.get("/metrics").status_code == 200
    assert client.get("/digests/2026-11-22.json").status_code == 200


def test_the_cookie_is_for_this_browser_and_no_script(desk: Database, wall: Wall) -> None:
    cookie = sign_in(browser(app_of(desk, wall))).headers["set-cookie"].lower()
    assert cookie.startswith("diembao_session=")
    assert {"httponly", "samesite=lax", "path=/", f"max-age={90 * 86400}"} <= set(cookie.split("; "))
    assert "domain" not in cookie


def test_by_https_the_cookies_are_secure_and_of_this_host(desk: Database, wall: Wall) -> None:
    client = browser(app_of(desk, wall), home="https://127.0.0.1:8321")
    token = client.get("/sign-in").headers["set-cookie"]
    assert token.startswith("__Host-diembao_form=")
    assert "; Secure" in token
    session = sign_in(client).headers["set-cookie"]
    assert session.startswith("__Host-diembao_session=")
    assert "; Secure" in session
    assert client.get("/").status_code == 200


def test_only_a_digest_of_the_token_is_kept(desk: Database, wall: Wall) -> None:
    client = signed_in(app_of(desk, wall))
    token = client.cookies["diembao_session"]
    with desk.read() as session:
        found = people.signed_in(session, passwords.digest_of(token), wall())
        assert found is not None
        assert found.person == "An"
        assert people.signed_in(session, token, wall()) is None
    assert token not in "".join(path.read_bytes().decode("latin-1") for path in _files(desk))
    assert PASSWORD not in "".join(path.read_bytes().decode("utf-8", "ignore") for path in _files(desk))


def _files(database: Database) -> list[Path]:
    return list(Path(database.address).parent.glob("*.sqlite3*"))


def test_a_wrong_password_and_an_unknown_name_look_alike(desk: Database, wall: Wall) -> None:
    client = browser(app_of(desk, wall))
    known, unknown = sign_in(client, "An", "wrong"), sign_in(client, "Ai", "wrong")
    assert known.status_code == unknown.status_code == 403
    assert "Name or password is wrong." in known.text
    assert known.text.replace('value="An"', 'value="Ai"') == unknown.text
    assert "diembao_session" not in known.headers.get("set-cookie", "")
    assert PASSWORD not in known.text
    assert client.get("/").status_code == 303


def test_an_unknown_name_is_checked_with_as_much_work(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    verify = PasswordHasher.verify

    def noted(self: PasswordHasher, given: str, password: str) -> bool:
        compared.append(extract_parameters(given))
        return verify(self, given, password)

    monkeypatch.setattr(PasswordHasher, "verify", noted)
    assert passwords.is_right(PASSWORD, hashed(PASSWORD))
    assert not passwords.is_right(PASSWORD, None)
    assert compared[0] == compared[1]


@pytest.mark.parametrize("stored", ["", "plain", "$argon2id$v=19$broken"])
def test_a_broken_hash_lets_nobody_in(stored: str) -> None:
    assert not passwords.is_right("", stored)
    assert not passwords.is_right("plain", stored)


def test_a_password_may_be_typed_in_either_unicode_form() -> None:
    assert passwords.is_right(
        "mo\u0323\u0302t ca\u0302u da\u0300i cu\u0309a rie\u0302ng to\u0302i", hashed(PASSWORD)
    )


def test_a_hash_of_older_parameters_is_renewed_at_sign_in(desk: Database, wall: Wall) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    with desk.write() as session:
        people.change_password(session, "An", weak)
    client = signed_in(app_of(desk, wall))
    with desk.read() as session:
        renewed = people.password_hash(session, "An")
    assert renewed is not None
    assert renewed != weak
    assert not passwords.is_outdated(renewed)
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("ngắn", "12 characters at least"),
        ("a" * 30, "too few"),
        ("x" * 1001, "too long"),
        ("nguyenvanan12", "name"),
    ],
)
def test_weak_passwords_are_refused_with_a_sentence(password: str, said: str) -> None:
    assert said in (passwords.weakness(password, "NguyenVanAn") or "")
    assert passwords.weakness(PASSWORD, "An") is None


# ---- how long a sign-in lasts


def test_a_browser_that_is_not_used_for_a_month_is_signed_out(desk: Database, wall: Wall) -> None:
    client = signed_in(app_of(desk, wall))
    wall.now += timedelta(days=29)
    assert client.get("/sources").status_code == 200
    wall.now += timedelta(days=29)
    assert client.get("/sources").status_code == 200
    wall.now += timedelta(days=30, minutes=1)
    assert client.get("/sources").status_code == 303


def test_after_three_months_one_signs_in_again_however_much_one_reads(desk: Database, wall: Wall) -> None:
    client = signed_in(app_of(desk, wall))
    for _ in range(8):
        wall.now += timedelta(days=11)
        assert client.get("/sources").status_code == 200
    wall.now += timedelta(days=2, minutes=1)
    assert client.get("/sources").status_code == 303


def test_signing_out_ends_this_browser_alone(desk: Database, wall: Wall) -> None:
    app = app_of(desk, wall)
    one, other = signed_in(app), signed_in(app)
    token = one.cookies["diembao_session"]
    answer = one.post("/sign-out", data={"token": token_in(one.get("/").text)})
    assert answer.headers["location"] == "/sign-in"
    assert "diembao_session" not in one.cookies
    one.cookies.set("diembao_session", token)
    assert one.get("/").status_code == 303
    assert other.get("/").status_code == 200


def test_signing_out_everywhere_ends_all_of_ones_own(desk: Database, wall: Wall) -> None:
    app = app_of(desk, wall)
    one, other, reader = signed_in(app), signed_in(app), signed_in(app, "Bình")
    form = one.get("/sign-in").text
    assert "Sign out on every device" in form
    one.post("/sign-out", data={"token": token_in(form), "everywhere": "1"})
    assert [client.get("/").status_code for client in (one, other, reader)] == [303, 303, 200]


def test_another_password_and_removal_end_every_browser(desk: Database, wall: Wall) -> None:
    app = app_of(desk, wall)
    one, reader = signed_in(app), signed_in(app, "Bình")
    with desk.write() as session:
        people.change_password(session, "An", hashed(PASSWORD))
        people.remove_person(session, "Bình")
    assert [client.get("/").status_code for client in (one, reader)] == [303, 303]
    assert sign_in(reader, "Bình").status_code == 403


# ---- roles


ONES_OWN = ("/sign-in", "/sign-out", "/searches", "/searches/1/forget")
"""What a reader may post: it concerns nobody else."""


def test_a_reader_changes_nothing(desk: Database, wall: Wall) -> None:
    app = app_of(desk, wall)
    reader = signed_in(app, "Bình")
    page = reader.get("/").text
    token = token_in(page)
    assert set(re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', page)) == {"/sign-out"}
    tried = 0
    for path, methods in ADDRESSES.items():
        for method in methods - {"GET", "HEAD"} if path not in ONES_OWN else ():
            answer = reader.request(method, path, data={"token": token}, headers={"x-form-token": token})
            assert answer.status_code == (401 if path.startswith("/api/") else 403), (method, path)
            tried += 1
    assert tried


def test_a_reviewers_name_stands_in_what_they_decide(desk: Database, wall: Wall) -> None:
    client = signed_in(app_of(desk, wall))
    token = token_in(client.get("/").text)
    assert (
        client.post("/reviews", data={"token": token, "act": "confirmed 1", "back": "/"}).status_code == 303
    )
    with desk.read() as session:
        names = session.connection().exec_driver_sql("SELECT reviewer FROM review_action").scalars().all()
    assert names == ["An"]


# ---- keys of programs


def api_of(database: Database, wall: Wall, access: Access = SIGNS_IN) -> TestClient:
    """The pages, with two routes of an API that changes something."""
    app = app_of(database, wall, access)

    def change(_: Believed, person: Reviewer) -> dict[str, str]:
        return {"by": person.name}

    def change_by_form(form: Form, person: Reviewer) -> dict[str, str]:
        return {"by": person.name}

    def read(request: Request) -> dict[str, str]:
        return {"by": request.state.person.name}

    app.add_api_route("/api/change", change, methods=["POST"])
    app.add_api_route("/api/change-by-form", change_by_form, methods=["POST"])
    app.add_api_route("/api/read", read, methods=["GET"])
    return browser(app)


@pytest.mark.parametrize("access", [SIGNS_IN, Access()])
def test_a_key_acts_for_its_person_without_a_form_token(desk: Database, wall: Wall, access: Access) -> None:
    add_key(desk, "An", "diembao_a")
    add_key(desk, "Bình", "diembao_b")
    client = api_of(desk, wall, access)
    reviewer, reader = ({"authorization": f"Bearer diembao_{letter}"} for letter in "ab")
    assert client.get("/api/read", headers=reviewer).json() == {"by": "An"}
    assert client.post("/api/change", headers=reviewer).json() == {"by": "An"}
    assert client.post("/api/change-by-form", headers=reviewer).json() == {"by": "An"}
    assert client.get("/api/read", headers=reader).json() == {"by": "Bình"}
    assert client.post("/api/change", headers=reader).status_code == 403
    assert client.get("/metrics", headers=reader).status_code == 200
    with desk.read() as session:
        assert {key.person: key.seen_at for key in people.keys(session)} == {"An": wall(), "Bình": wall()}


@pytest.mark.parametrize(
    "sent", ["Bearer diembao_x", "Bearer ", "bearer\tdiembao_a", "Bearer diembao_a\u00e9"]
)
def test_a_wrong_key_is_refused_even_where_nobody_signs_in(desk: Database, wall: Wall, sent: str) -> None:
    add_key(desk, "An", "diembao_a")
    answer = api_of(desk, wall, Access()).get("/api/read", headers={"authorization": sent.encode("latin-1")})
    assert answer.status_code == (200 if "\t" in sent else 401)


def test_a_key_is_for_programs_only(desk: Database, wall: Wall) -> None:
    add_key(desk, "An", "diembao_a")
    client = api_of(desk, wall)
    client.headers["authorization"] = "Bearer diembao_a"
    assert client.get("/").status_code == 303
    assert client.post("/reviews", data={"act": "confirmed 1"}).status_code == 401
    assert client.get("/digests/2026-11-22.json").status_code == 401


def test_a_dropped_key_and_a_removed_persons_key_are_worth_nothing(desk: Database, wall: Wall) -> None:
    add_key(desk, "An", "diembao_a")
    add_key(desk, "Bình", "diembao_b")
    client = api_of(desk, wall)
    with desk.write() as session:
        people.drop_key(session, "An", "desk")
        people.remove_person(session, "Bình")
    for letter in "ab":
        headers = {"authorization": f"Bearer diembao_{letter}"}
        assert client.get("/api/read", headers=headers).status_code == 401


@pytest.mark.parametrize("access", [SIGNS_IN, Access()])
def test_a_cookie_alone_changes_nothing_through_the_api(desk: Database, wall: Wall, access: Access) -> None:
    client = api_of(desk, wall, access)
    if access.signs_in:
        sign_in(client)
    token = token_in(client.get("/").text)
    assert client.post("/api/change").status_code == 403
    assert client.post("/api/change", headers={"x-form-token": "x" * len(token)}).status_code == 403
    other = {"x-form-token": token, "origin": "http://evil.example"}
    assert client.post("/api/change", headers=other).status_code == 403
    assert client.post("/api/change", headers={"x-form-token": token}).status_code == 200


# ---- /metrics


def test_metrics_can_be_opened(desk: Database, wall: Wall) -> None:
    access = Access(signs_in=True, has_open_metrics=True)
    client = browser(app_of(desk, wall, access))
    assert client.get("/metrics").status_code == 200
    assert client.get("/").status_code == 303


# ---- a proxy that signs people in

PROXY = Proxy(("10.0.0.5", "192.0.2.0/24"), "X-Forwarded-User", frozenset({"An"}))


def test_a_proxys_word_counts(morning: Database, wall: Wall) -> None:
    app = app_of(morning, wall, Access(proxy=PROXY))
    for address in ("10.0.0.5", "192.0.2.77"):
        client = browser(app, address)
        page = client.get("/", headers={"x-forwarded-user": "An"})
        assert page.status_code == 200
        assert '<p class="who">An</p>' in page.text
        assert page.headers["cache-control"] == "no-store"
        token = token_in(page.text)
        fields = {"token": token, "act": "confirmed 1", "back": "/"}
        assert client.post("/reviews", data=fields, headers={"x-forwarded-user": "An"}).status_code == 303
        assert (
            client.post("/reviews", data=fields, headers={"x-forwarded-user": "Bình".encode()}).status_code
            == 403
        )
        assert "Bình" in client.get("/", headers={"x-forwarded-user": "Bình".encode()}).text


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.6", "192.0.3.1", "::1", "testclient"])
def test_nobody_elses_word_does(morning: Database, wall: Wall, address: str) -> None:
    client = browser(app_of(morning, wall, Access(proxy=PROXY)), address)
    for headers in (
        {"x-forwarded-user": "An"},
        {"x-forwarded-user": "An", "x-forwarded-for": "10.0.0.5"},
        {"x-forwarded-user": "An", "forwarded": "for=10.0.0.5", "x-real-ip": "10.0.0.5"},
    ):
        answer = client.get("/", headers=headers)
        assert answer.status_code == 403
        assert "Điểm báo" not in answer.text
    assert client.get("/healthz").status_code == 200


def test_a_proxy_that_says_nothing_or_two_things_lets_nobody_in(morning: Database, wall: Wall) -> None:
    client = browser(app_of(morning, wall, Access(proxy=PROXY)), "10.0.0.5")
    assert client.get("/").status_code == 403
    both = [("x-forwarded-user", "An"), ("X-Forwarded-User", "Bob")]
    assert client.get("/", headers=both).status_code == 403
    for name in ("", " ", "a\tb", "x" * 65):
        assert client.get("/", headers={"x-forwarded-user": name.encode("latin-1")}).status_code == 403, name
    assert client.get("/", headers={"x_forwarded_user": "An"}).status_code == 403


def test_where_both_are_set_strangers_to_the_proxy_sign_in(desk: Database, wall: Wall) -> None:
    app = app_of(desk, wall, Access(signs_in=True, proxy=PROXY))
    assert browser(app, "10.0.0.5").get("/", headers={"x-forwarded-user": "Cúc".encode()}).status_code == 200
    other = browser(app, "10.0.0.6")
    assert other.get("/", headers={"x-forwarded-user": "An"}).headers["location"] == "/sign-in?back=/"
    assert sign_in(other).status_code == 303
    assert other.get("/").status_code == 200


def test_behind_a_proxy_with_tls_the_cookie_is_secure(desk: Database, wall: Wall) -> None:
    access = Access(signs_in=True, proxy=Proxy(("10.0.0.5",)))
    said = {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9"}
    believed = browser(app_of(desk, wall, access), "10.0.0.5").get("/sign-in", headers=said)
    assert believed.headers["set-cookie"].startswith("__Host-")
    spoofed = browser(app_of(desk, wall, access), "10.0.0.6").get("/sign-in", headers=said)
    assert spoofed.headers["set-cookie"].startswith("diembao_form=")


# ---- starting


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_beyond_loopback_needs_people_or_a_proxy(morning: Database, host: str) -> None:
    with pytest.raises(HostBeyondLoopback, match="diembao user add"):
        checked_access(morning, host, Access())
    with pytest.raises(HostBeyondLoopback):
        checked_access(morning, host, Access(proxy=Proxy(("10.0.0.5",))))
    assert not checked_access(morning, host, Access(proxy=PROXY)).signs_in
    add(morning)
    assert checked_access(morning, host, Access()).signs_in
    assert checked_access(morning, host, Access(proxy=PROXY)).signs_in


def test_on_loopback_people_sign_in_where_that_is_asked_for(morning: Database) -> None:
    with pytest.raises(NobodyToSignIn, match="diembao user add"):
        checked_access(morning, "127.0.0.1", SIGNS_IN)
    add(morning)
    assert checked_access(morning, "127.0.0.1", SIGNS_IN).signs_in
    assert checked_access(morning, "127.0.0.1", Access()).is_open


def test_the_process_understands_every_rule_and_refuses_in_one_sentence(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/diembao.sqlite3"
    migrate(url)
    access = Access(True, ("desk.example",), Proxy(("10.0.0.5",), "", frozenset({"-An"})), True)
    words = ["--database", url, "--topic", "t", "--port", "0", *options_of(access)]
    done = subprocess.run(
        [sys.executable, "-m", "web", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("[web] sign_in is true and there is no user")
    assert done.stderr.count("\n") == 1


# ---- guessing


def test_guessing_is_put_off_ever_longer_and_the_owner_elsewhere_is_not(desk: Database, wall: Wall) -> None:
    app = app_of(desk, wall)
    guesser, owner = browser(app, "192.0.2.66"), browser(app, "192.0.2.1")
    waits = []
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(4):
            while (answer := sign_in(guesser, "An", "guess")).status_code == 403:
                pass
            assert answer.status_code == 429
            waits.append(int(answer.headers["retry-after"]))
            assert "There were too many attempts. Try again in" in answer.text
            assert sign_in(guesser).status_code == 429, "the right password is not even looked at"
            assert sign_in(owner).status_code == 303
            clock.shift(waits[-1])
        assert waits == sorted(waits)
        assert waits[0] <= 60
        assert waits[-1] > 12 * 3600
        assert sign_in(guesser).status_code == 303


def test_the_refusal_does_not_say_whether_the_name_exists(desk: Database, wall: Wall) -> None:
    client = browser(app_of(desk, wall))
    answers = {}
    with time_machine.travel(NOW, tick=False):
        for name in ("An", "Ai"):
            while (answer := sign_in(client, name, "guess")).status_code == 403:
                pass
            answers[name] = (
                answer.status_code,
                answer.headers["retry-after"],
                answer.text.replace(f'value="{name}"', ""),
            )
    assert answers["An"] == answers["Ai"]


@pytest.mark.parametrize(
    ("lang", "said"), [("vi", "Đã thử quá nhiều lần"), ("fr", "Il y a eu trop de tentatives")]
)
def test_the_wait_is_said_in_the_readers_language(desk: Database, wall: Wall, lang: str, said: str) -> None:
    client = browser(app_of(desk, wall))
    client.get(f"/sign-in?lang={lang}")
    with time_machine.travel(NOW, tick=False):
        answers = [sign_in(client, "An", "guess").text for _ in range(6)]
    assert said in answers[-1]


def test_many_addresses_are_held_back_by_name_but_not_the_owners_own() -> None:
    attempts = Attempts()
    with time_machine.travel(NOW, tick=False):
        assert attempts.begin("An", "192.0.2.1") is None
        attempts.succeeded("An", "192.0.2.1")
        waits = [attempts.begin("An", f"198.51.100.{last}") for last in range(100)]
        assert waits.count(None) < 65
        assert attempts.begin("An", "203.0.113.1") is not None
        assert attempts.begin("AN", "192.0.2.1") is None, "the owner at home"
        assert attempts.begin("Bình", "203.0.113.1") is None


def test_one_address_cannot_try_many_names() -> None:
    attempts = Attempts()
    with time_machine.travel(NOW, tick=False):
        waits = [attempts.begin(f"name {number}", "198.51.100.1") for number in range(50)]
        assert waits.count(None) == 30
        assert attempts.begin("An", "198.51.100.2") is None


def test_a_failure_is_watched_for_a_day_and_a_success_is_not() -> None:
    attempts = Attempts()
    with time_machine.travel(NOW, tick=False):
        attempts.begin("An", "192.0.2.1")
        attempts.succeeded("An", "192.0.2.1")
        assert not attempts.is_watching()
        attempts.begin("An", "192.0.2.2")
    with time_machine.travel(NOW + timedelta(hours=23), tick=False):
        assert attempts.is_watching(), "its count would be forgiven"
    with time_machine.travel(NOW + timedelta(hours=25), tick=False):
        assert not attempts.is_watching()


def test_an_ipv6_network_counts_as_one_address() -> None:
    attempts = Attempts()
    with time_machine.travel(NOW, tick=False):
        waits = [attempts.begin("An", f"2001:db8::{last}") for last in range(1, 10)]
        assert waits.count(None) == 5
        assert attempts.begin("An", "2001:db8:0:1::1") is None
        for _ in range(5):
            attempts.begin("An", "::ffff:192.0.2.9")
        assert attempts.begin("An", "192.0.2.9") is not None


def test_too_many_at_once_are_asked_to_come_back(desk, wall, monkeypatch) -> None:
    monkeypatch.setattr(passwords, "_WAIT_S", 0.01)
    client = browser(app_of(desk, wall))
    with passwords._one_of_few(), passwords._one_of_few():
        answer = sign_in(client)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert sign_in(client).status_code == 303


# ---- looks


@pytest.mark.parametrize(("lang", "said"), [("en", "Password"), ("vi", "Mật khẩu"), ("fr", "Mot de passe")])
def test_the_sign_in_page_speaks_the_readers_language_and_shows_nothing_else(desk, wall, lang, said) -> None:
    page = browser(app_of(desk, wall)).get("/sign-in", headers={"accept-language": lang})
    assert said in page.text
    assert page.text.count('type="password"') == 1
    assert 'href="/sources"' not in page.text
    assert "<script>" not in page.text


def test_assets_may_be_kept_though_pages_may_not(desk: Database, wall: Wall) -> None:
    client = browser(app_of(desk, wall))
    for path in ASSETS:
        assert "max-age" in client.get(path).headers["cache-control"]

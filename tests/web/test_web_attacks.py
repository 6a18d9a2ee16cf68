"""What a hostile page, reader or outlet may try against the pages. Each of these must come to nothing."""

import hmac
import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
import uvicorn
from conftest import Wall
from desk_people import ADDRESSES, HOME, SIGNS_IN, add, app_of, browser, sign_in, signed_in, token_in
from digest_samples import HOSTILE
from starlette.testclient import TestClient

from storage.database import Database
from web import forms
from web.access import Access, Proxy
from web.guard import MOST_BODY_BYTES

ACT = {"act": "confirmed 1", "back": "/"}


@pytest.fixture
def desk(morning: Database) -> Database:
    """The morning, with a reviewer An and a reader Bình."""
    add(morning, "An", "reviewer")
    add(morning, "Bình", "reader")
    return morning


def decided(database: Database) -> int:
    with database.read() as session:
        return int(session.connection().exec_driver_sql("SELECT count(*) FROM review_action").scalar_one())


# ---- forged forms


@pytest.mark.parametrize("access", [Access(), SIGNS_IN])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8321.evil.example"},
        {"origin": "http://127.0.0.1:8322"},
        {"origin": "http://[evil"},
        {"origin": "file://"},
        {"origin": HOME, "sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_a_form_from_elsewhere_is_refused_even_with_the_token(desk, wall, access, headers) -> None:
    client = browser(app_of(desk, wall, access))
    if access.signs_in:
        sign_in(client)
    token = token_in(client.get("/").text)
    assert client.post("/reviews", data={**ACT, "token": token}, headers=headers).status_code == 403
    assert decided(desk) == 0
    assert client.post("/reviews", data={**ACT, "token": token}, headers={"origin": HOME}).status_code == 303


@pytest.mark.parametrize("access", [Access(), SIGNS_IN])
@pytest.mark.parametrize("token", [None, "", "x", "\udcff", "0" * 64, "%00"])
def test_a_form_without_the_token_is_refused(desk, wall, access, token) -> None:
    client = browser(app_of(desk, wall, access))
    if access.signs_in:
        sign_in(client)
    client.get("/")
    fields = ACT if token is None else {**ACT, "token": token.encode("utf-8", "replace").decode()}
    assert client.post("/reviews", data=fields).status_code == 403
    assert decided(desk) == 0


def test_the_token_of_another_sign_in_is_worth_nothing(desk: Database, wall: Wall) -> None:
    app = app_of(desk, wall)
    one, other, again = signed_in(app), signed_in(app, "Bình"), signed_in(app)
    for stranger in (other, again):
        stolen = token_in(stranger.get("/").text)
        assert one.post("/reviews", data={**ACT, "token": stolen}).status_code == 403
        one.cookies.set(forms.COOKIE, stolen)  # as a page on a name beside ours may set one
        assert one.post("/reviews", data={**ACT, "token": stolen}).status_code == 403
    assert decided(desk) == 0


def test_a_form_cookie_set_by_somebody_else_does_not_sign_in_as_them(desk: Database, wall: Wall) -> None:
    client = browser(app_of(desk, wall))
    fields = {"name": "An", "password": "x", "token": "chosen"}
    assert client.post("/sign-in", data=fields).status_code == 403
    encrypted = browser(app_of(desk, wall), home="https://127.0.0.1:8321")
    encrypted.cookies.set(forms.COOKIE, "chosen")
    answer = encrypted.post("/sign-in", data=fields)
    assert answer.status_code == 403
    assert "This was not allowed" in answer.text, "the form, not the password, was refused"


def test_reading_an_address_changes_nothing(desk: Database, wall: Wall) -> None:
    client = signed_in(app_of(desk, wall))
    token = token_in(client.get("/").text)
    for path, methods in ADDRESSES.items():
        if "POST" in methods and "GET" not in methods:
            for method in ("GET", "HEAD"):
                answer = client.request(method, path, params={**ACT, "token": token})
                assert answer.status_code in (404, 405), path
    assert decided(desk) == 0
    assert client.get("/").status_code == 200, "still signed in"


def test_tokens_are_compared_in_equal_time(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    token = token_in(client.get("/").text)
    compared = []
    compare = hmac.compare_digest
    monkeypatch.setattr(
        hmac, "compare_digest", lambda one, other: compared.append(other) or compare(one, other)
    )
    assert client.post("/reviews", data={**ACT, "token": "x" * len(token)}).status_code == 403
    assert compared == [token.encode()]


def test_a_method_in_a_header_or_field_is_not_obeyed(client: TestClient) -> None:
    for headers in ({"x-http-method-override": "POST"}, {"x-method-override": "DELETE"}):
        assert client.get("/reviews", params={"_method": "POST"}, headers=headers).status_code in (404, 405)


# ---- sessions


@pytest.mark.parametrize("fixed", ["chosen", "0" * 43, "' OR 1=1 --", "a" * 4000])
def test_a_session_that_somebody_chose_is_not_taken_up(desk: Database, wall: Wall, fixed: str) -> None:
    app = app_of(desk, wall)
    client = browser(app)
    client.cookies.set("diembao_session", fixed)
    assert client.get("/").status_code == 303
    assert sign_in(client).status_code == 303
    attacker = browser(app)
    attacker.cookies.set("diembao_session", fixed)
    assert attacker.get("/").status_code == 303


def test_signing_in_again_ends_the_sign_in_before(desk: Database, wall: Wall) -> None:
    app = app_of(desk, wall)
    client = signed_in(app)
    before = client.cookies["diembao_session"]
    token = token_in(client.get("/").text)
    fields = {"token": token, "name": "Bình", "password": "một câu dài của riêng tôi"}
    assert client.post("/sign-in", data=fields).status_code == 303
    other = browser(app)
    other.cookies.set("diembao_session", before)
    assert other.get("/").status_code == 303


def test_by_https_a_cookie_that_http_could_set_is_not_believed(desk: Database, wall: Wall) -> None:
    app = app_of(desk, wall)
    token = signed_in(app).cookies["diembao_session"]
    encrypted = browser(app, home="https://127.0.0.1:8321")
    encrypted.cookies.set("diembao_session", token)
    assert encrypted.get("/").status_code == 303


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\r\nlocation: http://evil.example",
        "evil.example",
        " //evil.example",
        "http://[",
        "/\x00",
        "",
    ],
)
def test_signing_in_leads_nowhere_else(desk: Database, wall: Wall, wanted: str) -> None:
    client = browser(app_of(desk, wall))
    shown = client.get("/sign-in", params={"back": wanted})
    assert 'name="back" value="/"' in shown.text
    answer = sign_in(client, back=wanted)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


# ---- proxies and their headers


@pytest.mark.parametrize(
    "header", ["x-forwarded-host", "x-host", "x-original-url", "x-rewrite-url", "forwarded"]
)
def test_headers_of_proxies_move_nothing(desk: Database, wall: Wall, header: str) -> None:
    for access in (SIGNS_IN, Access(signs_in=True, proxy=Proxy(("10.0.0.5",)))):
        client = browser(app_of(desk, wall, access), "10.0.0.5")
        answer = client.get("/", headers={header: "evil.example"})
        assert answer.status_code == 303
        assert "evil" not in str(answer.headers)
        assert client.get("/", headers={header: "/sign-in"}).status_code == 303
        feed = browser(app_of(desk, wall, Access())).get("/digests.atom", headers={header: "evil.example"})
        assert "evil.example" not in feed.text


def test_an_address_in_a_header_does_not_help_with_guessing(desk: Database, wall: Wall) -> None:
    client = browser(app_of(desk, wall))
    answers = []
    for number in range(7):
        client.headers["x-forwarded-for"] = f"203.0.113.{number}"
        answers.append(sign_in(client, "An", "guess").status_code)
    assert answers[-1] == 429


# ---- addresses


@pytest.mark.parametrize(
    "path",
    [
        "/articles/..%2f..%2fetc%2fpasswd",
        "/articles/%2e%2e/%2e%2e/sources",
        "//evil.example",
        "//evil.example/",
        "/%2fevil.example/",
        "/%5cevil.example/",
        "/articles/1/",
        "/articles/%00",
        "/articles/1%00",
        "/articles/-1",
        "/articles/1e9",
        "/articles/0x1",
        "/articles/+1",
        "/articles/%201",
        "/articles/١",
        f"/articles/{10**18}",
        f"/articles/{10**40}",
        "/articles/" + "9" * 5000,
        "/stories/" + "9" * 40,
        "/archived/" + "9" * 40,
        "/digests/..%2f2026-11-22",
        "/digests/2026-11-22%00.json",
        "/digests/" + "9" * 5000,
        "/digests/9999-99-99",
        "/sources/..%2f..%2f",
        "/sources/%00",
        "/firms/%00",
        "/documents/%ff%fe",
        "/sign-in/",
        "/sign-in%2f",
        "/SIGN-IN",
        "/style.css%00",
        "/style.css/",
        "/.git/config",
        "/templates/layout.html",
    ],
)
def test_strange_addresses_lead_nowhere(desk: Database, wall: Wall, caplog, path: str) -> None:
    with caplog.at_level(logging.ERROR):
        answer = browser(app_of(desk, wall, Access())).get(f"{HOME}{path}")
        assert answer.status_code in (307, 400, 404), (answer.status_code, answer.text[:200])
        assert answer.headers.get("location", HOME).startswith(HOME)
        assert "Traceback" not in answer.text
        closed = browser(app_of(desk, wall)).get(f"{HOME}{path}")
        assert closed.status_code in (303, 307, 400, 401)
        assert not closed.headers.get("location", "/").startswith("//")
        assert "Điểm báo" not in closed.text
    assert caplog.text == ""


WISHES = ("since", "until", "source", "language", "flagged", "page", "sort", "lang", "province", "verdict")


@pytest.mark.parametrize(
    "value", ["\x00", "'", "%", "\\", "9" * 40, "-1", "٣", "a" * 5000, "\U0001f600", "(", "*"]
)
def test_strange_wishes_are_no_fault_of_ours(client: TestClient, caplog, value: str) -> None:
    with caplog.at_level(logging.ERROR):
        for path in sorted(path for path, methods in ADDRESSES.items() if "GET" in methods):
            for asked in ({"q": value}, {"q": "garment", **dict.fromkeys(WISHES, value)}):
                answer = client.get(path, params=asked)
                assert answer.status_code in (200, 303, 400, 404, 422), (path, asked)
    assert caplog.text == ""


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "PROPFIND", "X" * 100])
def test_other_methods_tell_nothing(client: TestClient, method: str) -> None:
    answer = client.request(method, "/", headers={"origin": "http://evil.example", "x-secret": "seven"})
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert "seven" not in answer.text


def test_head_tells_no_more_than_get(desk: Database, wall: Wall) -> None:
    client = browser(app_of(desk, wall))
    for path in ("/", "/articles/1", "/digests/2026-11-22.json"):
        head, get = client.head(path), client.get(path)
        assert (head.status_code, head.headers.get("location")) == (
            get.status_code,
            get.headers.get("location"),
        )
        assert head.content == b""


# ---- bodies


def test_a_body_that_is_too_long_is_refused_declared_or_not(client: TestClient) -> None:
    long = b"token=" + b"x" * MOST_BODY_BYTES
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/sign-in", content=long, headers=kind).status_code == 413
    assert client.post("/reviews", content=iter([long[:500_000]] * 3), headers=kind).status_code == 413
    many = "&".join(f"f{number}=1" for number in range(10_000))
    assert client.post("/reviews", content=many, headers=kind).status_code in (400, 403)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\nc\r\n--x--",
        ),
        ("multipart/form-data", b"--x"),
        ("multipart/form-data; boundary=x", b"--y"),
        ("application/x-www-form-urlencoded", b"\xff=\xfe&%zz=%"),
        ("application/x-www-form-urlencoded; charset=utf-7", b"a=b"),
        ("application/json", b"{}"),
        ("text/xml", b"<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><x>&y;</x>"),
    ],
)
def test_a_body_of_another_kind_is_no_form_of_ours(
    client: TestClient, caplog, kind: str, content: bytes
) -> None:
    with caplog.at_level(logging.ERROR):
        assert client.post("/reviews", content=content, headers={"content-type": kind}).status_code in (
            400,
            403,
        )
    assert caplog.text == ""


# ---- stored text


class Markup(HTMLParser):
    """The elements of a page that could act, and addresses that are not harmless."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in ("iframe", "object", "embed", "base", "style", "img") or (
            tag == "script" and "src" not in values
        ):
            self.found.append(tag)
        self.found += [name for name in values if name.startswith("on") or name in ("style", "srcdoc")]
        for name in ("href", "src", "action", "formaction"):
            value = (values.get(name) or "").strip().lower()
            if re.match(r"(?!https?:)[a-z][a-z0-9+.-]*:", value) or value.startswith("//"):
                self.found.append(value)


@pytest.mark.parametrize("access", [Access(), SIGNS_IN])
def test_no_stored_text_becomes_markup_on_any_page(desk: Database, wall: Wall, access: Access) -> None:
    name = '"><script>alert(1)</script>'
    add(desk, name)
    client = browser(app_of(desk, wall, access))
    if access.signs_in:
        sign_in(client, name)
    waiting, seen = ["/", "/search?q=script", "/search?q=<script>alert(1)</script>", "/nope<script>"], set()
    while waiting and len(seen) < 150:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = client.get(path)
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        assert Markup(answer.text).found == [], path
        links = re.findall(r'href="(/[^"#]*)', answer.text)
        waiting += [link.replace("&amp;", "&") for link in links if "lang=" not in link]
    assert f"/articles/{HOSTILE.article_id}" in {
        re.sub(r"/articles/\d+", f"/articles/{HOSTILE.article_id}", p) for p in seen
    }
    assert len(seen) > 20


def test_the_name_of_a_source_is_only_text(desk: Database, wall: Wall) -> None:
    with desk.write() as session:
        connection = session.connection()
        connection.exec_driver_sql(
            "UPDATE source SET name = '<img src=x onerror=alert(1)>' WHERE id = 'vna-en'"
        )
    client = browser(app_of(desk, wall, Access()))
    for path in (
        "/",
        "/next",
        "/sources",
        "/articles/1",
        "/search?q=garment",
        "/digests.atom",
        "/flagged.atom",
    ):
        text = client.get(path).text
        assert "<img" not in text, path


# ---- failures


def test_no_exception_text_is_shown_to_anybody(desk: Database, wall: Wall, monkeypatch, caplog) -> None:
    client = signed_in(app_of(desk, wall))

    def fail(*_: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr("storage.people.signed_in", fail)
    with caplog.at_level(logging.ERROR):
        answer = client.get("/sources")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert 'href="/sources"' not in answer.text, "nobody is known, so nothing is shown"
    assert answer.headers["cache-control"] == "no-store" or "no-cache" in answer.headers["cache-control"]
    assert "secret of the house" in caplog.text


def test_passwords_and_tokens_are_in_no_log(desk: Database, wall: Wall, caplog) -> None:
    with caplog.at_level(logging.DEBUG):
        client = signed_in(app_of(desk, wall))
        sign_in(browser(app_of(desk, wall)), "An", "a wrong password of mine")
    assert "riêng tôi" not in caplog.text
    assert "wrong password of mine" not in caplog.text
    assert client.cookies["diembao_session"] not in caplog.text


# ---- on the wire: what clients of tests would tidy up


@pytest.fixture
def wire(desk: Database, wall: Wall) -> Iterator[int]:
    """The port of a real server, for people who sign in."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    access = Access(signs_in=True, proxy=Proxy(("10.0.0.5",), "X-Forwarded-User", frozenset({"An"})))
    config = uvicorn.Config(
        app_of(desk, wall, access), port=port, log_config=None, proxy_headers=False, server_header=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield port
    server.should_exit = True
    thread.join(10)


def ask(port: int, raw: bytes) -> bytes:
    """The answer to ``raw``, sent as it is."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(raw)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    ("request_line", "headers", "statuses"),
    [
        (b"GET http://evil.example/ HTTP/1.1", b"Host: 127.0.0.1", (400,)),
        (b"GET http://127.0.0.1/healthz HTTP/1.1", b"Host: 127.0.0.1", (400,)),
        (b"GET /sources HTTP/1.1", b"Host: evil.example", (400,)),
        (b"GET /sources HTTP/1.1", b"Host: 127.0.0.1\r\nHost: evil.example", (400,)),
        (b"GET /sources HTTP/1.1", b"Host: evil.example\r\nX-Forwarded-Host: 127.0.0.1", (400,)),
        (b"GET /sources HTTP/1.1", b"Host: 127.0.0.1.evil.example:80", (400,)),
        (b"GET /sources HTTP/1.1", b"Host: evil.example#127.0.0.1", (400,)),
        (b"GET /sources HTTP/1.1", b"Host: 127.0.0.1@evil.example", (400,)),
        (b"GET /sources HTTP/1.0", b"X: y", (400,)),
        (b"GET /sources HTTP/1.1", b"Host:", (400,)),
        (b"GET sources HTTP/1.1", b"Host: 127.0.0.1", (400,)),
        (b"OPTIONS * HTTP/1.1", b"Host: 127.0.0.1", (400,)),
        (b"GET /../../etc/passwd HTTP/1.1", b"Host: 127.0.0.1", (303,)),
        (b"GET //evil.example/ HTTP/1.1", b"Host: 127.0.0.1", (303,)),
        (b"GET //evil.example/.. HTTP/1.1", b"Host: 127.0.0.1", (303,)),
        (b"GET /healthz/../sources HTTP/1.1", b"Host: 127.0.0.1", (303,)),
        (b"GET /style.css/../sources HTTP/1.1", b"Host: 127.0.0.1", (303,)),
        (b"GET /style.css?/../sources HTTP/1.1", b"Host: 127.0.0.1", (200,)),
        (b"GET /%ff%fe%00 HTTP/1.1", b"Host: 127.0.0.1", (303, 400)),
        (b"GET / HTTP/1.1", b"Host: 127.0.0.1\r\nX-Forwarded-User: An", (303,)),
        (b"GET / HTTP/1.1", b"Host: 127.0.0.1\r\nX-Forwarded-For: 10.0.0.5\r\nX-Forwarded-User: An", (303,)),
        (b"GET / HTTP/1.1", b"Host: 127.0.0.1\r\nX_Forwarded_User: An", (303, 400)),
        (b"GET / HTTP/1.1", b"Host: 127.0.0.1\r\nCookie: diembao_session=\xff\xfe", (303, 400)),
        (b"GET / HTTP/1.1", b"Host: 127.0.0.1\r\nAuthorization: Bearer \xff", (303, 400)),
        (b"POST /sign-in HTTP/1.1", b"Host: 127.0.0.1\r\nContent-Length: 99999999999", (413,)),
        (b"POST /sign-in HTTP/1.1", b"Host: 127.0.0.1\r\nContent-Length: -1", (400, 413)),
        (
            b"POST /sign-in HTTP/1.1",
            b"Host: 127.0.0.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked",
            (400, 403),
        ),
    ],
)
def test_on_the_wire(wire: int, request_line: bytes, headers: bytes, statuses: tuple[int, ...]) -> None:
    body = b"0\r\n\r\n" if b"chunked" in headers else b""
    answer = ask(wire, request_line + b"\r\n" + headers + b"\r\nConnection: close\r\n\r\n" + body)
    assert int(answer.split(b" ", 2)[1]) in statuses, answer[:300]
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"evil" not in body
    location = re.search(rb"(?im)^location: (\S+)", head)
    assert location is None or location[1].startswith(b"/sign-in?back=/")
    assert b"\nserver:" not in head.lower()

"""Headers, hosts, languages and failures: what holds for every response."""

import logging

import pytest
from digest_samples import TOPIC, ZONE
from starlette.testclient import TestClient

from storage.database import Database
from web.app import create_app
from web.guard import SECURITY_HEADERS, host_name
from web.language import accepted_language


@pytest.mark.parametrize(
    "path", ["/", "/digests/2026-11-22.json", "/style.css", "/icon.svg", "/healthz", "/nope"]
)
def test_every_response_carries_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    for name, value in SECURITY_HEADERS.items():
        assert headers[name] == value
    assert "'unsafe" not in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil:8321", "", "[::2]", "a@127.0.0.1"]
)
def test_a_strange_host_is_refused(client: TestClient, host: str) -> None:
    response = client.get("/", headers={"host": host})
    assert response.status_code == 400
    assert "Điểm báo" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("host", ["127.0.0.1:8321", "localhost", "LOCALHOST:99", "[::1]:8321", "[::1]"])
def test_a_name_of_this_machine_is_served(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


def test_allowed_hosts_can_be_set(morning: Database) -> None:
    app = create_app(morning, zone=ZONE, topic=TOPIC, allowed_hosts=["News.example"])
    client = TestClient(app)
    assert client.get("/healthz", headers={"host": "news.example"}).status_code == 200
    assert client.get("/healthz", headers={"host": "127.0.0.1"}).status_code == 400


@pytest.mark.parametrize(
    ("header", "name"), [("a:1", "a"), ("[::1]:80", "[::1]"), ("[::1", "[::1]"), ("", "")]
)
def test_a_host_is_named_without_its_port(header: str, name: str) -> None:
    assert host_name(header) == name


@pytest.mark.parametrize("locale", ["en", "vi", "fr"])
def test_a_failure_shows_no_exception_and_is_logged(client, caplog, locale) -> None:
    def fail() -> None:
        raise RuntimeError("secret of the house")

    client.app.add_api_route("/fails", fail)
    with caplog.at_level(logging.ERROR):
        response = client.get(f"/fails?lang={locale}")
    assert response.status_code == 500
    assert "secret" not in response.text
    assert "Traceback" not in response.text
    said = {"en": "Something failed", "vi": "Đã xảy ra lỗi", "fr": "Une erreur s’est produite"}
    assert said[locale] in response.text
    assert response.headers["content-security-policy"] == SECURITY_HEADERS["content-security-policy"]
    assert "secret of the house" in caplog.text
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written(client: TestClient, method: str) -> None:
    for path in ("/", "/digests/2026-11-22", "/articles/1", "/search", "/sources", "/healthz"):
        response = client.request(method, path)
        assert response.status_code == 405
        assert "This request was not understood" in response.text


@pytest.mark.parametrize(
    "path", ["/", "/digests", "/articles/1", "/search?q=garment", "/sources", "/style.css"]
)
def test_head_is_get_without_a_body(client: TestClient, path: str) -> None:
    assert client.head(path).status_code == client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("", "en"),
        ("vi", "vi"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("de,es;q=0.9", "en"),
        ("de, vi-VN;q=0.3, fr;q=0.7", "fr"),
        ("en;q=0, vi;q=0.1", "vi"),
        ("VI", "vi"),
        ("fr;q=broken, vi;q=0.2", "vi"),
        (",;;,=;q", "en"),
        ("*", "en"),
        ("vi;q=0", "en"),
        ("vi;q=broken", "en"),
        ("vi;q=0.5, fr;q=0.5", "vi"),
    ],
)
def test_the_browsers_wish_is_followed(header: str, locale: str) -> None:
    assert accepted_language(header) == locale


def test_a_chosen_language_is_remembered_and_stronger_than_the_browser(client: TestClient) -> None:
    wish = {"accept-language": "fr"}
    assert client.get("/", headers=wish).headers["content-language"] == "fr"
    chosen = client.get("/?lang=vi", headers=wish)
    assert chosen.headers["content-language"] == "vi"
    assert "httponly" in chosen.headers["set-cookie"].lower()
    assert "samesite=lax" in chosen.headers["set-cookie"].lower()
    again = client.get("/digests", headers=wish)
    assert again.headers["content-language"] == "vi"
    assert again.headers["vary"] == "Accept-Language, Cookie"
    assert "set-cookie" not in again.headers


@pytest.mark.parametrize("lang", ["", "de", "../../vi", "<b>", "vi\r\nx: y"])
def test_an_unknown_language_changes_nothing(client: TestClient, lang: str) -> None:
    response = client.get("/", params={"lang": lang})
    assert response.headers["content-language"] == "en"
    assert "diembao_lang" not in response.cookies


def test_switching_the_language_keeps_the_search(client: TestClient) -> None:
    html = client.get("/search?q=garment&language=en").text
    assert 'href="?q=garment&amp;language=en&amp;lang=vi"' in html


def test_the_style_sheet_is_kept_for_good_under_its_version_only(client: TestClient) -> None:
    address = client.get("/").text.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    versioned = client.get(address)
    assert versioned.headers["content-type"].startswith("text/css")
    assert "immutable" in versioned.headers["cache-control"]
    assert "immutable" not in client.get("/style.css?v=other").headers["cache-control"]

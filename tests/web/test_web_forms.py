"""Forms: believed only where our own page posted them."""

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient

from web import forms

HOME = "http://127.0.0.1:8321"
TOKEN = "a" * 32


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()

    @app.get("/form")
    def form_page(request: Request) -> Response:
        return PlainTextResponse(forms.form_token(request))

    @app.post("/form")
    def take(form: Annotated[FormData, Depends(forms.checked_form)]) -> Response:
        return forms.back(form, "/otherwise")

    return TestClient(app, base_url=HOME, follow_redirects=False)


def post(client: TestClient, fields: dict[str, str], **headers: str) -> Response:
    client.cookies.set(forms.COOKIE, TOKEN)
    return client.post(  # type: ignore[return-value]
        "/form", data=fields, headers={key.replace("_", "-"): value for key, value in headers.items()}
    )


def test_a_form_of_ours_is_taken(client: TestClient) -> None:
    answer = post(client, {"token": TOKEN, "back": "/digests?x=1"}, origin=HOME, sec_fetch_site="same-origin")
    assert (answer.status_code, answer.headers["location"]) == (303, "/digests?x=1")


def test_the_script_may_send_the_token_as_a_header(client: TestClient) -> None:
    assert post(client, {"back": "/"}, x_form_token=TOKEN).status_code == 303


@pytest.mark.parametrize("token", ["", "b" * 32, "đ", TOKEN[:-1]])
def test_a_wrong_token_is_refused(client: TestClient, token: str) -> None:
    assert post(client, {"token": token}).status_code == 403


def test_no_cookie_is_no_form_of_ours(client: TestClient) -> None:
    assert client.post("/form", data={"token": ""}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"origin": HOME, "sec_fetch_site": "cross-site"},
    ],
)
def test_another_site_is_refused_even_with_the_token(client: TestClient, headers: dict[str, str]) -> None:
    assert post(client, {"token": TOKEN}, **headers).status_code == 403


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "/\\evil.example", "http://evil.example/", "javascript:alert(1)", "", "/a\nb"],
)
def test_the_way_back_leads_nowhere_else(client: TestClient, wanted: str) -> None:
    assert post(client, {"token": TOKEN, "back": wanted}).headers["location"] == "/otherwise"


def test_a_browser_without_a_token_gets_one(client: TestClient) -> None:
    assert len(client.get("/form").text) >= 32
    client.cookies.set(forms.COOKIE, TOKEN)
    assert client.get("/form").text == TOKEN

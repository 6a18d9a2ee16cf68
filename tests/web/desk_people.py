"""People at the desk, for tests: users in a database, and browsers that sign in over the real pages."""

import re
from datetime import UTC, datetime
from functools import lru_cache

from conftest import Wall
from digest_samples import TOPIC, ZONE
from fastapi import FastAPI
from httpx import Response
from starlette.testclient import TestClient

from storage import people
from storage.database import Database
from web.access import Access
from web.app import _PAGES, create_app
from web.passwords import digest_of, hash_of

PASSWORD = "một câu dài của riêng tôi"
HOME = "http://127.0.0.1:8321"
SIGNS_IN = Access(signs_in=True)
ADDRESSES: dict[str, set[str]] = {}
"""An address for each route of the application, and the methods that it has."""
for _route in (route for page in _PAGES for route in page.router.routes):
    ADDRESSES.setdefault(re.sub(r"\{[^}]*\}", "1", _route.path), set()).update(_route.methods)


@lru_cache
def hashed(password: str) -> str:
    return hash_of(password)


def add(database: Database, name: str = "An", role: str = "reviewer", password: str = PASSWORD) -> None:
    with database.write() as session:
        people.add_person(session, name, role, hashed(password), datetime(2026, 11, 1, tzinfo=UTC))


def app_of(database: Database, wall: Wall, access: Access = SIGNS_IN, **options: object) -> FastAPI:
    return create_app(database, zone=ZONE, topic=TOPIC, clock=wall, access=access, **options)  # type: ignore[arg-type]


def browser(app: FastAPI, address: str = "127.0.0.1", home: str = HOME) -> TestClient:
    """A browser at ``address`` that has never been here."""
    return TestClient(app, base_url=home, follow_redirects=False, client=(address, 50000))


def token_in(html: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', html)
    assert found, html
    return found[1]


def sign_in(client: TestClient, name: str = "An", password: str = PASSWORD, back: str = "/") -> Response:
    token = token_in(client.get("/sign-in").text)
    return client.post(  # type: ignore[return-value]
        "/sign-in", data={"token": token, "back": back, "name": name, "password": password}
    )


def signed_in(app: FastAPI, name: str = "An", **options: str) -> TestClient:
    """A browser that is signed in."""
    client = browser(app, **options)
    assert sign_in(client, name).status_code == 303
    return client


def add_key(database: Database, name: str, key: str) -> None:
    with database.write() as session:
        people.add_key(session, digest_of(key), name, "desk", datetime(2026, 11, 1, tzinfo=UTC))

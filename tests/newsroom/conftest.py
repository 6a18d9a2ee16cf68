"""A newsroom with three small stories, and a reader that talks to it as to the real hosts."""

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from newsroom.articles import Article, load_articles
from newsroom.server import Newsroom

STORIES = Path(__file__).parent / "stories"
NOW = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
"""23:30 in Viet Nam: the last half hour of a local day, which began 17:00 UTC the day before."""

Get = Callable[..., httpx.Response]


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def articles() -> list[Article]:
    return load_articles(NOW, STORIES)


@pytest.fixture
def newsroom(articles: list[Article], tmp_path: Path) -> Iterator[Newsroom]:
    with Newsroom(articles, now=NOW, folder_for_certificates=tmp_path / "certificates") as running:
        yield running


@pytest.fixture
def get(newsroom: Newsroom) -> Iterator[Get]:
    """``get(url, method="GET", **headers)``: the outlet's real address, dialled on loopback."""
    trust = ssl.create_default_context(cafile=str(newsroom.ca_file))
    with httpx.Client(verify=trust, timeout=10) as client:

        def ask(url: str, method: str = "GET", **headers: str) -> httpx.Response:
            address = httpx.URL(url)
            return client.request(
                method,
                address.copy_with(host="127.0.0.1", port=newsroom.port),
                headers={"Host": address.host} | {k.replace("_", "-"): v for k, v in headers.items()},
                extensions={"sni_hostname": address.host},
            )

        yield ask

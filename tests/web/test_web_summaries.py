"""Weeks and months as pages and twins."""

from digest_samples import ENGLISH
from starlette.testclient import TestClient


def test_the_digests_page_leads_to_this_week_and_month(client: TestClient) -> None:
    page = client.get("/digests").text
    for path in ("/weeks/2026-11-16", "/months/2026-11-01"):
        assert f'href="{path}"' in page
        answer = client.get(path)
        assert answer.status_code == 200
        assert ENGLISH.revision.title in answer.text
        assert client.get(f"{path}.json").json()["first"] == path[-10:]
        assert client.get(f"{path}.txt").headers["content-type"].startswith("text/plain")
        assert client.get(f"{path}.md").text.startswith("# ")


def test_there_is_no_way_into_the_future_and_one_into_the_past(client: TestClient) -> None:
    page = client.get("/weeks/2026-11-16").text
    assert 'href="/weeks/2026-11-09"' not in page  # no digest is as old
    assert 'href="/weeks/2026-11-23"' not in page
    later = client.get("/weeks/2026-11-23").text
    assert 'href="/weeks/2026-11-16"' in later
    assert 'href="/weeks/2026-11-16"' in client.get("/weeks/2026-11-09").text


def test_one_address_a_period(client: TestClient) -> None:
    for path in (
        "/weeks/2026-11-17",
        "/months/2026-11-02",
        "/weeks/20261116",
        "/weeks/x",
        "/weeks/0001-01-01",
    ):
        assert client.get(path).status_code == 404
    assert client.get("/weeks/2026-11-16.exe").status_code == 404

"""The page of sources tells each source's health: state, reason, since when."""

from datetime import timedelta

import pytest
from conftest import client_of
from digest_samples import NOW
from digest_store import run
from starlette.testclient import TestClient

from digest.i18n import LOCALES
from storage import health as stored
from storage.database import Database
from storage.models import Health, HealthState
from storage.upkeep import CrawlingPause, note

SINCE = NOW - timedelta(days=2)


def words(client: TestClient, locale: str = "en") -> str:
    response = client.get(f"/sources?lang={locale}")
    assert response.status_code == 200
    return " ".join(response.text.split())


def keep(database: Database, source: str, state: HealthState, cause: str = "", **facts: object) -> None:
    health = Health(state=state, since_at=SINCE, cause=cause, facts=facts, reason="In English.")
    with database.write() as session:
        stored.record_health(session, source, health, NOW)


def test_a_bad_source_is_told_first_with_reason_and_since_when(client: TestClient, morning: Database) -> None:
    keep(morning, "vns", HealthState.STALE, "nothing_newer", newest=SINCE.isoformat())
    page = words(client)
    assert "stands still" in page
    assert "nothing newer than 20 Nov 2026, 07:00" in page
    assert "since 20 Nov 2026, 07:00" in page
    assert page.index("vns</span>") < page.index("vna-en</span>")


def test_a_healthy_and_a_quiet_source_say_so(client: TestClient, morning: Database) -> None:
    keep(morning, "vna-en", HealthState.HEALTHY)
    facts = {
        "count": 2,
        "low": 9,
        "high": 15,
        "days": "weekday",
        "on": "2026-11-22",
        "until": NOW.isoformat(),
    }
    keep(morning, "vna-vi", HealthState.QUIET, "few_since_midnight", **facts)
    page = words(client)
    assert '<span class="state">healthy</span>' in page
    assert '<span class="state">quiet</span>' in page
    assert "2 since midnight; usually 9 to 15 on a Sunday by 07:00" in page


def test_one_failed_run_is_told_though_the_source_is_well(client: TestClient, morning: Database) -> None:
    keep(morning, "nhandan-vi", HealthState.HEALTHY)
    page = words(client)
    assert "not readable" in page
    assert "the site refused access (status 403)" in page
    assert "healthy" not in page


def test_a_failing_sources_reason_is_told_once(client: TestClient, morning: Database) -> None:
    keep(morning, "nhandan-vi", HealthState.BLOCKED, "not_readable", runs=4, problem="blocked: status 403")
    page = words(client)
    assert '<span class="state">blocked</span>' in page
    assert page.count("the site refused access (status 403)") == 1
    assert "4 times in a row" in page


def test_what_an_outlet_says_is_no_mark_up(client: TestClient, morning: Database) -> None:
    keep(morning, "nhandan-vi", HealthState.BROKEN, "not_readable", runs=4, problem="<img src=x> %(runs)s")
    page = words(client)
    assert "<img" not in page
    assert "&lt;img src=x&gt; %(runs)s" in page


@pytest.mark.parametrize("state", HealthState)
@pytest.mark.parametrize("locale", LOCALES)
def test_every_state_can_be_shown_in_every_language(
    empty: Database, first_client: TestClient, state: HealthState, locale: str
) -> None:
    run(empty, "vns", NOW)
    keep(empty, "vns", state)
    words(first_client, locale)


def test_it_is_the_same_on_both_databases(database: Database, wall) -> None:
    from digest_store import sync  # noqa: PLC0415

    sync(database)
    run(database, "vns", NOW)
    keep(database, "vns", HealthState.CHANGED, "field_gone", field="lead", count=0, of=20, percent=97)
    with client_of(database, wall) as client:
        assert "lead: on 0 of the last 20 pages; before, on 97 of a hundred" in words(client)


def test_a_pause_for_lack_of_room_is_told(client: TestClient, morning: Database) -> None:
    assert "No source has been polled" not in words(client)
    with morning.write() as session:
        note(session, CrawlingPause(since_at=SINCE, free_bytes=312_000_000, folder="/srv"), NOW)
    page = words(client)
    assert "No source has been polled since 20 Nov 2026, 07:00, because only 312 MB were free" in page
    with morning.write() as session:
        note(session, CrawlingPause(), NOW)
    assert "No source has been polled" not in words(client)

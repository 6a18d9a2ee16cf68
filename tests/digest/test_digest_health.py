"""A source that is ill says so in the digest's coverage: state, since when and why, once."""

from datetime import timedelta

import pytest
from digest_samples import NOW, ZONE, covered, digest

from digest.i18n import LOCALES
from digest.model import Digest
from digest.render import render
from storage.models import Health, HealthState

SINCE = NOW - timedelta(days=2)
STALE = Health(
    state=HealthState.STALE, since_at=SINCE, cause="nothing_newer", facts={"newest": SINCE.isoformat()}
)
BLOCKED = Health(
    state=HealthState.BLOCKED,
    since_at=SINCE,
    cause="not_readable",
    facts={"runs": 4, "problem": "blocked: status 403"},
)


def built(health: Health | None, reason: str | None = None) -> Digest:
    return digest(coverage=[covered("vns", reason=reason).model_copy(update={"health": health})])


@pytest.mark.parametrize("form", ["html", "text", "md"])
def test_state_since_when_and_reason(form: str) -> None:
    shown = " ".join(render(built(STALE), form, "en", ZONE).split())
    assert "stands still since 20 Nov 2026, 07:00 (nothing newer than 20 Nov 2026, 07:00)" in shown


@pytest.mark.parametrize("locale", LOCALES)
def test_it_is_told_in_every_language_and_the_digest_is_kept_with_it(locale: str) -> None:
    made = built(STALE)
    assert made.coverage[0].health == STALE
    assert Digest.from_body(made.to_body()) == made
    assert render(made, "text", locale, ZONE) != render(built(None), "text", locale, ZONE)


def test_the_reason_of_a_failing_source_is_told_once() -> None:
    shown = " ".join(render(built(BLOCKED, "blocked: status 403"), "text", "en", ZONE).split())
    shown = shown[shown.index("SOURCES (") :]
    assert shown.count("the site refused access (status 403)") == 1
    assert "4 times in a row" in shown


@pytest.mark.parametrize("state", [HealthState.HEALTHY, HealthState.NEW])
def test_a_healthy_source_says_nothing_of_it(state: HealthState) -> None:
    made = built(Health(state=state, since_at=SINCE))
    assert made.coverage[0].health is None
    assert made == built(None)

"""Weeks and months from daily digests: nothing twice, every number with its article."""

import json
from datetime import date, timedelta

import pytest
from digest_samples import ENGLISH, FRENCH, HOSTILE, NOW, VIETNAMESE, ZONE, covered, digest, judged

from digest.i18n import LOCALES
from digest.model import Digest, StatedQuantity
from digest.render import render_summary
from digest.summary import Summary, build_summary, span_of

SUNDAY = date(2026, 11, 22)
MONDAY = date(2026, 11, 16)


def on(day: date, *articles: object, **facts: object) -> Digest:
    return digest(articles, (), **facts).model_copy(update={"on": day})  # type: ignore[arg-type]


def stating(found: Digest, place: str, *values: float) -> Digest:
    """``found``, its first entry with numbers for ``place``."""
    numbers = tuple(
        StatedQuantity(
            indicator="members_admitted",
            value=value,
            unit="people",
            place=place,
            period="2026",
            kind="result",
            exact=f"{value:g} workers",
        )
        for value in values
    )
    first, *rest = found.entries
    article = first.article.model_copy(update={"quantities": numbers, "places": (place,)})
    return found.model_copy(update={"entries": (first.model_copy(update={"articles": (article,)}), *rest)})


WEEK = (
    stating(on(MONDAY, ENGLISH, FRENCH), "Đồng Nai", 11, 3390),
    stating(on(SUNDAY, VIETNAMESE), "Đồng Nai", 27),
    on(date(2026, 11, 18), coverage=(covered("vns", runs=0, new=0), covered("vna-en", new=3))),
)


@pytest.mark.parametrize(
    ("period", "day", "first", "last"),
    [
        ("week", SUNDAY, MONDAY, SUNDAY),
        ("week", MONDAY, MONDAY, SUNDAY),
        ("week", date(2027, 1, 1), date(2026, 12, 28), date(2027, 1, 3)),
        ("month", SUNDAY, date(2026, 11, 1), date(2026, 11, 30)),
        ("month", date(2028, 2, 29), date(2028, 2, 1), date(2028, 2, 29)),
        ("month", date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_the_days_of_a_period(period, day, first, last) -> None:
    assert span_of(period, day) == (first, last)


def test_a_week_adds_up_its_days() -> None:
    week = build_summary("week", SUNDAY, WEEK)
    assert (week.about, week.in_passing, week.outlets) == (2, 1, 3)
    assert [item.on for item in week.entries] == [MONDAY, SUNDAY, MONDAY]
    assert week.built == (MONDAY, date(2026, 11, 18), SUNDAY)
    assert week.missing == tuple(MONDAY + timedelta(days=number) for number in (1, 3, 4, 5))
    assert week.is_whole
    assert [(line.outlet, line.days) for line in week.trouble][:1] == [("Viet Nam News", 3)]


def test_no_day_before_the_very_first_digest_is_missing() -> None:
    week = build_summary("week", SUNDAY, WEEK[1:], begun=date(2026, 11, 18))
    assert week.missing == tuple(MONDAY + timedelta(days=number) for number in (3, 4, 5))


def test_the_order_of_the_digests_and_those_of_other_days_do_not_matter() -> None:
    other = on(MONDAY - timedelta(days=1), ENGLISH)
    assert build_summary("week", MONDAY, reversed((*WEEK, other))) == build_summary("week", SUNDAY, WEEK)


def test_numbers_stand_with_their_province_and_their_article() -> None:
    [line] = build_summary("week", SUNDAY, WEEK).provinces
    assert (line.place, line.entries) == ("Đồng Nai", 2)
    assert [(item.quantity.value, item.article.url) for item in line.quantities] == [
        (11, ENGLISH.url),
        (3390, ENGLISH.url),
        (27, VIETNAMESE.url),
    ]


def test_a_week_that_goes_on_and_one_without_digests_say_so() -> None:
    begun = build_summary("week", SUNDAY, WEEK[:1])
    assert not begun.is_whole
    assert "Not complete yet." in render_summary(begun, "text", "en", ZONE)
    empty = build_summary("week", SUNDAY, ())
    assert not empty.missing
    assert "No digest of these days has been built yet." in render_summary(empty, "text", "en", ZONE)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("form", ["html", "text", "md"])
def test_every_form_has_the_entries_and_the_numbers_with_their_addresses(form: str, locale: str) -> None:
    written = render_summary(build_summary("week", SUNDAY, WEEK), form, locale, ZONE)
    for article in (ENGLISH, VIETNAMESE, FRENCH):
        assert article.url in written
    assert "Đồng Nai" in written
    assert "27 workers" in written
    assert {"en": "3,390", "vi": "3.390", "fr": "3\u202f390"}[locale] in written


def test_json_reads_back_as_the_same() -> None:
    month = build_summary("month", SUNDAY, WEEK)
    assert Summary.model_validate(json.loads(render_summary(month, "json", "vi", ZONE))) == month


def test_hostile_text_is_harmless() -> None:
    week = build_summary("week", SUNDAY, [on(SUNDAY, HOSTILE)])
    page = render_summary(week, "html", "en", ZONE)
    assert "<script>" not in page
    assert 'href="javascript' not in page
    assert "\x1b" not in render_summary(week, "text", "en", ZONE)


def test_many_days_are_no_trouble() -> None:
    days = [
        on(date(2026, 11, 1) + timedelta(days=n), judged(100 + n, f"T {n}", "Text.", now=NOW))
        for n in range(30)
    ]
    month = build_summary("month", SUNDAY, days)
    assert (len(month.entries), month.is_whole, month.missing) == (30, True, ())

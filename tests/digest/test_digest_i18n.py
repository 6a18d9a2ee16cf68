"""The catalogues: nothing untranslated, nothing stale, placeholders and markup alike."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from digest_samples import ZONE

from digest.i18n import LOCALES, Tongue, catalogue
from digest.reasons import LISTING_PROBLEMS, reason_words
from digest.words import FATES, GRADES, REJECTIONS, STATES
from storage.models import Fate, RejectionReason

ROOT = Path(__file__).parents[2]
TRANSLATED = LOCALES[1:]
METHODS = [("**.py", "python"), ("templates/**", "jinja2")]
KEYWORDS = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2), "say": None}
PLACEHOLDER = re.compile(r"%\(\w+\)s|</?\w+>")


@cache
def used() -> frozenset[str | tuple[str, ...]]:
    """Every message that code and templates of digest and web have."""
    return frozenset(
        message
        for package in ("digest", "web")
        for _, _, message, _, _ in extract_from_dir(
            ROOT / package, METHODS, {"templates/**": {"silent": "false"}}, KEYWORDS
        )
    )


@cache
def translated(locale: str) -> Catalog:
    with catalogue(locale).open("rb") as file:
        return read_po(file, locale=locale, abort_invalid=True)


def pairs(locale: str) -> Iterator[tuple[str, str]]:
    for message in translated(locale):
        if message.id:
            sources = message.id if isinstance(message.id, tuple) else (message.id,)
            targets = message.string if isinstance(message.string, tuple) else (message.string,)
            yield from ((sources[-1], target) for target in targets)


def test_messages_are_found_in_code_and_templates() -> None:
    assert {
        "about it",
        "Press review, %(day)s",
        ("%(n)s new story", "%(n)s new stories"),
        "Today",
    } <= used()


@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_message_is_translated_and_none_is_stale(locale: str) -> None:
    known = {message.id for message in translated(locale) if message.id}
    assert used() - known == set()
    assert known - used() == set()
    assert [source for source, target in pairs(locale) if not target] == []
    assert not any(message.fuzzy for message in translated(locale) if message.id)


@pytest.mark.parametrize("locale", TRANSLATED)
def test_plural_forms_are_complete(locale: str) -> None:
    catalog = translated(locale)
    for message in catalog:
        if isinstance(message.id, tuple):
            assert len(message.string) == catalog.num_plurals


@pytest.mark.parametrize("locale", TRANSLATED)
def test_placeholders_and_markup_agree(locale: str) -> None:
    for source, target in pairs(locale):
        wanted = sorted(PLACEHOLDER.findall(source))
        # The one source needs no number.
        assert sorted(PLACEHOLDER.findall(target)) in (
            wanted,
            [] if source.startswith("All %(n)s") else wanted,
        )


@pytest.mark.parametrize("locale", TRANSLATED)
def test_a_translation_ends_as_its_source_does(locale: str) -> None:
    for source, target in pairs(locale):
        assert target.strip()[-1] in ".;:" if source.strip()[-1] in ".;:" else target[-1] not in ".;:", target


def test_french_signs_keep_their_spaces() -> None:
    for _, written in pairs("fr"):
        target = re.sub("<code>.*?</code>", "", written)  # what is typed as it stands
        assert not re.search(r"(?<![\u00a0\u202f]):(?=\s|$)", target), target
        assert not re.search(r"(?<!\u202f)[;?!]", target), target
        assert "'" not in target, target


def test_vietnamese_has_its_marks() -> None:
    import unicodedata  # noqa: PLC0415

    for source, target in pairs("vi"):
        assert unicodedata.is_normalized("NFC", target)
        words = PLACEHOLDER.sub("", target)
        letters = re.sub(r"robots\.txt|diembao|dang vien|\btin\b", "", words)
        has_marks = any(ord(character) > 127 for character in letters)
        assert has_marks or not re.search(r"[A-Za-z]{2,}", letters) or source.startswith("score"), target


def test_every_code_has_words() -> None:
    assert set(FATES) == set(Fate)
    assert set(REJECTIONS) == set(RejectionReason)
    assert set(STATES) == {"read", "failing", "unread"}
    assert set(GRADES) == {0, 1, 2}


@pytest.mark.parametrize(
    ("locale", "number", "percent", "clock", "listed"),
    [
        ("en", "1,234.5", "92%", "07:00", "a, b, and c"),
        ("vi", "1.234,5", "92%", "07:00", "a, b và c"),
        ("fr", "1\u202f234,5", "92\xa0%", "07:00", "a, b et c"),
    ],
)
def test_numbers_and_lists_are_each_languages_own(locale, number, percent, clock, listed) -> None:
    tongue = Tongue(locale, ZONE)
    assert tongue.number(1234.5) == number
    assert tongue.percent(0.92) == percent
    assert tongue.clock(datetime(2026, 11, 22, tzinfo=UTC)) == clock
    assert tongue.listed("abc") == listed


def test_french_counts_the_first_of_a_month() -> None:
    tongue = Tongue("fr", ZONE)
    assert tongue.day(date(2026, 5, 1)) == "vendredi 1er mai 2026"
    assert tongue.short_day(date(2026, 5, 2)) == "2 mai 2026"
    assert tongue.moment(datetime(2026, 4, 30, 18, tzinfo=UTC)) == "1er mai 2026 à 01:00"


def test_a_language_without_a_name_is_its_code() -> None:
    tongue = Tongue("en", ZONE)
    assert [tongue.language(code) for code in ("lo", "zh", "qq", "", "../x")] == [
        "Lao",
        "Chinese",
        "qq",
        "",
        "../x",
    ]
    assert [tongue.own_name(code) for code in LOCALES] == ["English", "Tiếng Việt", "Français"]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("blocked: status 403", "the site refused access (status 403)"),
        ("timed_out", "timed_out"),
        ("timed_out:", "no answer in time"),
        (
            "https://a.example/rss: blocked: status 403; https://a.example/2.rss: blocked: status 403",
            "2 × the site refused access (status 403)",
        ),
        (
            "https://a.example/rss: tls_failed: unknown; old; https://a.example/s.xml: wrong_type: <b>",
            "no secure connection (unknown; old); something else in place of the list of articles (<b>)",
        ),
        ("https://a.example/x: no_article_links: ", "the list has no articles of this source any more"),
        ("No listing could be read.", "No listing could be read."),
        ("Unknown: code", "Unknown: code"),
        ("https://a.example/: odd: thing", "https://a.example/: odd: thing"),
        ("", ""),
    ],
)
def test_why_a_source_was_not_read_is_told_in_words(reason: str, words: str) -> None:
    assert reason_words(reason, Tongue("en", ZONE)) == words


def test_a_long_reason_is_cut() -> None:
    assert len(reason_words("crawl_error: " + "word " * 200, Tongue("vi", ZONE))) < 200


def test_every_listing_problem_of_the_crawler_has_words() -> None:
    from crawler.reading import ListingProblem  # noqa: PLC0415

    assert set(LISTING_PROBLEMS) == set(ListingProblem) - {ListingProblem.EMPTY}


@pytest.mark.parametrize(
    ("count", "written"),
    [
        (0, "0 byte"),
        (999, "999 byte"),
        (1000, "1 kB"),
        (1234, "1.2 kB"),
        (340_400, "340 kB"),
        (9_960_000, "10 MB"),
        (25_000_000_000_000, "25,000 GB"),
    ],
)
def test_a_size_in_its_largest_unit(count: int, written: str) -> None:
    assert Tongue("en", ZONE).size(count).replace("bytes", "byte") == written

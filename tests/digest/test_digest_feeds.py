"""The Atom feeds: what RFC 4287 asks for, read back by the parser that reads the outlets'."""

from datetime import UTC, datetime, timedelta

import digest_samples as samples
import feedparser
import pytest
from lxml import etree

from digest.feeds import digests_feed, flagged_feed
from digest.i18n import LOCALES

HOME = "http://127.0.0.1:8321"
ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE_AND_PLAIN = (samples.ENGLISH, samples.VIETNAMESE, samples.HOSTILE, *samples.FOUR_SCRIPTS)


def feeds(locale: str = "en") -> list[bytes]:
    digests = [samples.digest(), samples.digest((), ())]
    return [
        digests_feed(digests[:1], locale, samples.ZONE, HOME),
        flagged_feed(HOSTILE_AND_PLAIN, locale, samples.ZONE, HOME),
    ]


@pytest.mark.parametrize("locale", LOCALES)
def test_the_rules_of_atom_hold(locale: str) -> None:
    for written in feeds(locale):
        feed = etree.fromstring(written)
        for element in (feed, *feed.iter(f"{ATOM}entry")):
            for name in ("id", "title", "updated"):
                assert len(element.findall(f"{ATOM}{name}")) == 1, name
            assert element.findtext(f"{ATOM}id").startswith("urn:uuid:")
            assert datetime.fromisoformat(element.findtext(f"{ATOM}updated")).tzinfo is not None
            alternates = [
                link for link in element.findall(f"{ATOM}link") if link.get("rel") in (None, "alternate")
            ]
            assert len(alternates) == 1
        assert feed.find(f"{ATOM}author/{ATOM}name") is not None
        ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
        assert len(ids) == len(set(ids))


def test_a_reader_sees_titles_links_and_times() -> None:
    digests, flagged = (feedparser.parse(written) for written in feeds())
    assert not digests.bozo
    assert not flagged.bozo
    assert digests.entries[0].title == "Press review, Sunday, 22 November 2026"
    assert digests.entries[0].link == f"{HOME}/digests/2026-11-22"
    assert "Garment maker in Dong Nai" in digests.entries[0].content[0].value
    first = flagged.entries[0]
    assert first.title == samples.ENGLISH.revision.title
    assert first.link == samples.ENGLISH.url
    assert first.author == "VietnamPlus (English)"
    assert "admission ceremony" in first.summary


def test_a_title_with_markup_and_an_address_that_acts_are_harmless() -> None:
    written = feeds()[1].decode()
    assert "<script>" not in written
    assert 'href="javascript' not in written
    hostile = next(item for item in feedparser.parse(written).entries if "gnp.exe" in item.title)
    assert hostile.link == f"{HOME}/articles/{samples.HOSTILE.article_id}"


def test_ids_do_not_depend_on_where_the_pages_are() -> None:
    here, there = (
        digests_feed([samples.digest()], "en", samples.ZONE, home) for home in (HOME, "https://press.example")
    )
    assert [item.id for item in feedparser.parse(here).entries] == [
        item.id for item in feedparser.parse(there).entries
    ]


def test_two_days_are_two_entries_and_the_feed_is_as_new_as_the_newest() -> None:
    newest = samples.digest()
    older = newest.model_copy(
        update={"on": newest.on - timedelta(days=1), "built_at": newest.built_at - timedelta(days=1)}
    )
    feed = feedparser.parse(digests_feed([newest, older], "en", samples.ZONE, HOME))
    assert len({item.id for item in feed.entries}) == 2
    assert feed.feed.updated_parsed[:5] == newest.built_at.astimezone(UTC).timetuple()[:5]


def test_a_feed_without_entries_is_still_a_feed() -> None:
    feed = feedparser.parse(flagged_feed([], "fr", samples.ZONE, HOME))
    assert not feed.bozo
    assert feed.entries == []

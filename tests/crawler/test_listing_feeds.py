"""Feeds, sound and broken, become Entries."""

import codecs
import unicodedata
from datetime import UTC, datetime

import feedparser
import pytest
from listing_samples import (
    feed,
    item,
    parse,
    vna_feed,
)

from crawler.dates import parse_feed_date
from crawler.feeds import MAX_ITEMS, read_feed
from crawler.listings import ListingProblem
from crawler.source import ListingKind


def test_a_feed_gives_entries_in_its_order() -> None:
    result = vna_feed(item(2), item(1, "Đảng viên mới"))
    assert [entry.url[-9:] for entry in result.entries] == ["post2.vnp", "post1.vnp"]
    first = result.entries[0]
    assert first.title == "Kết nạp đảng viên"
    assert first.published_at == datetime(2026, 9, 14, 12, 44, 41, tzinfo=UTC)
    assert first.modified_at is None
    assert result.newest_at == first.published_at
    assert not result.is_partial
    assert result.is_read


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("Mon, 14 Sep 2026 19:44:41 +07:00", 12),
        ("Mon, 14 Sep 2026 19:44:41 +0700", 12),
        ("Mon, 14 Sep 2026 19:44:41 GMT+7", 12),
        ("Mon, 14 Sep 2026 12:44:41 GMT", 12),
        ("2026-09-14T12:44:41Z", 12),
        ("2026-09-14T19:44:41", 12),
    ],
)
def test_feed_dates_are_moments(written: str, hour: int) -> None:
    [entry] = vna_feed(item(1, date=written)).entries
    assert entry.published_at == datetime(2026, 9, 14, hour, 44, 41, tzinfo=UTC)


def test_feedparser_agrees_on_a_sound_feed() -> None:
    body = feed(*(item(number, f"Tin {number} & hơn") for number in range(50))).encode()
    theirs = feedparser.parse(body)
    ours = read_feed(body)
    assert [link.url for link in ours.links] == [entry.link for entry in theirs.entries]
    assert [link.title for link in ours.links] == [entry.title for entry in theirs.entries]
    for link, entry in zip(ours.links, theirs.entries, strict=True):
        moment = parse_feed_date(link.published)
        assert moment is not None
        assert moment.timetuple()[:6] == entry.published_parsed[:6]


def test_an_entry_without_a_date_or_with_nonsense_is_kept() -> None:
    result = vna_feed(
        item(1, date=""), item(2, date="yesterday"), item(3, date="Mon, 31 Feb 2026 00:00:00 GMT")
    )
    assert [entry.published_at for entry in result.entries] == [None, None, None]


def test_atom_published_and_updated_are_told_apart() -> None:
    body = """<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>
    <entry><title type="html">Đảng &amp;amp; &lt;b&gt;doanh nghiệp&lt;/b&gt;</title>
    <link rel="replies" href="/c"/><link href="/a-post1.vnp"/><updated>2026-09-15T01:00:00Z</updated>
    <published>2026-09-14T01:00:00Z</published></entry>
    <entry><title>b</title><link rel="alternate" href="/b-post2.vnp"/>
    <updated>2026-09-15T01:00:00Z</updated></entry>
    </feed>"""
    first, second = parse("vna-vi", ListingKind.FEED, body).entries
    assert (first.url, first.title) == ("https://www.vietnamplus.vn/a-post1.vnp", "Đảng & doanh nghiệp")
    assert (first.published_at, first.modified_at) == (
        datetime(2026, 9, 14, 1, tzinfo=UTC),
        datetime(2026, 9, 15, 1, tzinfo=UTC),
    )
    assert (second.published_at, second.modified_at) == (None, datetime(2026, 9, 15, 1, tzinfo=UTC))


def test_titles_are_plain_lines_in_nfc() -> None:
    decomposed = unicodedata.normalize("NFD", "Đảng bộ khối doanh nghiệp")
    titles = [
        decomposed,
        "  A\n\tB ",
        "<b>A</b> &amp; B&nbsp;C",
        "A\u200b\u202eB\u0085C",
        "5 < 6 và 7 > 3",
        "",
        "<img src=x>",
    ]
    result = vna_feed(*(item(number, title) for number, title in enumerate(titles)))
    assert [entry.title for entry in result.entries] == [
        "Đảng bộ khối doanh nghiệp",
        "A B",
        "A & B C",
        "AB C",
        "5 < 6 và 7 > 3",
        None,
        None,
    ]
    assert len(vna_feed(item(1, "a" * 100_000)).entries[0].title or "") == 300


def test_addresses_that_are_no_articles_are_counted_and_left_out() -> None:
    hostile = [
        "<item><link>file:///etc/passwd-post1.vnp</link></item>",
        "<item><link>https://evil.example/a-post1.vnp</link></item>",
        "<item><link>https://www.vietnamplus.vn/chinhtri/</link></item>",
        "<item><title>without an address</title></item>",
        "<item><link>http://[</link></item>",
    ]
    result = vna_feed(*hostile, item(7))
    assert [entry.url for entry in result.entries] == ["https://www.vietnamplus.vn/ket-nap-post7.vnp"]
    assert (result.links_seen, result.ignored, result.repeated) == (6, 5, 0)


def test_one_article_is_one_entry() -> None:
    twins = [
        item(7, "A"),
        item(7, "A longer title", date=""),
        "<item><link>/other-slug/7.vnp?utm_source=rss#top</link></item>",
        "<item><guid>https://m.vietnamplus.vn/x-post7.vnp</guid></item>",
        '<item><guid isPermaLink="false">https://www.vietnamplus.vn/x-post8.vnp</guid></item>',
    ]
    result = vna_feed(*twins)
    assert [(entry.url[-9:], entry.title) for entry in result.entries] == [("post7.vnp", "A longer title")]
    assert (result.repeated, result.ignored) == (3, 1)


def test_a_feed_that_lies_about_utf16_is_read() -> None:
    for label in ("utf-16", "UTF-16LE", "ISO-10646-UCS-2"):
        for mark in (b"", codecs.BOM_UTF8, b"\n  "):
            head = f'<?xml version="1.0" encoding="{label}"?>'
            [entry] = parse("vna-vi", ListingKind.FEED, mark + feed(item(1), head=head).encode()).entries
            assert entry.title == "Kết nạp đảng viên"


def test_real_utf16_is_read() -> None:
    text = feed(item(1), head='<?xml version="1.0" encoding="utf-16"?>')
    [entry] = parse("vna-vi", ListingKind.FEED, text.encode("utf-16")).entries
    assert entry.title == "Kết nạp đảng viên"


def test_a_broken_feed_gives_what_can_be_told_from_it() -> None:
    for damage in ("&nbsp;", "<br>", "a & b", "\x0b", "<a href=x>"):
        broken = item(2).replace("<description>", f"<x>{damage}</x><description>")
        result = vna_feed(item(1), broken, item(3))
        assert [entry.url[-9:] for entry in result.entries] == ["post1.vnp", "post2.vnp", "post3.vnp"], damage
        assert result.is_partial
        assert result.entries[2].published_at == datetime(2026, 9, 14, 12, 44, 41, tzinfo=UTC)


def test_a_truncated_feed_keeps_its_whole_items() -> None:
    body = feed(*map(item, range(20)))
    result = parse("vna-vi", ListingKind.FEED, body[: body.index("post15")])
    assert len(result.entries) >= 14
    assert result.is_partial


def test_a_long_feed_is_cut() -> None:
    result = vna_feed(*map(item, range(MAX_ITEMS + 5)))
    assert len(result.entries) == MAX_ITEMS
    assert result.is_partial


def test_an_honest_feed_without_items_is_empty() -> None:
    result = vna_feed()
    assert result.problem is ListingProblem.EMPTY
    assert result.is_read

"""A Listing that shows another's list, or stands still, is told."""

import random
from datetime import UTC, datetime, timedelta

from listing_samples import feed, item, news, news_sitemap, parse, vna_feed

from crawler.listings import ListingResult
from crawler.resemblance import TOP, is_frozen, same_list
from crawler.source import ListingKind

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def listed(*numbers: int) -> ListingResult:
    return vna_feed(*map(item, numbers))


def test_a_section_that_serves_the_home_feed_is_the_same_list() -> None:
    home = listed(*range(100, 150))
    assert same_list(home, listed(*range(100, 150)))
    assert same_list(home, listed(*range(98, 148)))  # two published in between
    shuffled = list(range(100, 130))
    random.Random(1).shuffle(shuffled)
    assert same_list(listed(*range(100, 130)), listed(*shuffled))


def test_a_section_that_shares_some_articles_with_the_home_page_is_its_own() -> None:
    home = listed(*range(100, 150))
    assert not same_list(home, listed(*range(100, 150, 3)))
    assert not same_list(home, listed(*range(120, 170)))
    assert not same_list(home, listed(*range(100, 120)))


def test_a_few_articles_prove_nothing() -> None:
    assert not same_list(listed(1, 2, 3, 4), listed(1, 2, 3, 4))
    assert same_list(listed(1, 2, 3, 4, 5), listed(5, 4, 3, 2, 1))
    assert not same_list(ListingResult(), ListingResult())


def test_a_fingerprint_changes_with_the_articles_at_the_top() -> None:
    assert listed(1, 2, 3).fingerprint == listed(3, 1, 2).fingerprint
    assert listed(1, 2, 3).fingerprint != listed(1, 2, 4).fingerprint
    assert len(listed(1).fingerprint) == 16
    assert ListingResult().fingerprint == ""


def test_the_top_is_the_newest_even_where_the_oldest_come_first() -> None:
    def dated(day: int) -> str:
        return news(day).replace("2026-09-14T", f"2026-09-{day:02}T")

    result = parse("vna-vi", ListingKind.NEWS_SITEMAP, news_sitemap(*map(dated, range(1, 31))))
    assert result.top_keys[:2] == ("vietnamplus.vn:30", "vietnamplus.vn:29")
    undated = vna_feed(*(item(number, date="") for number in range(1, 60)))
    assert undated.top_keys == tuple(f"vietnamplus.vn:{number}" for number in range(1, TOP + 1))


def test_a_feed_says_who_it_is() -> None:
    channel = listed(1).channel
    assert (channel.title, channel.link) == ("VietnamPlus", "https://www.vietnamplus.vn")
    assert channel.self_link == "https://www.vietnamplus.vn/rss/home.rss"
    broken = parse("vna-vi", ListingKind.FEED, feed(item(1)).replace("</channel>", "&nbsp;</channel>"))
    assert (broken.channel.title, len(broken.entries)) == ("VietnamPlus", 1)
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Xây dựng Đảng</title>'
        '<link rel="self" href="https://www.vietnamplus.vn/atom.xml"/><link href="https://www.vietnamplus.vn/"/>'
        '<entry><title>A</title><link href="https://www.vietnamplus.vn/a-post1.vnp"/></entry></feed>'
    )
    channel = parse("vna-vi", ListingKind.FEED, atom).channel
    assert channel.title == "Xây dựng Đảng"
    assert (channel.link, channel.self_link) == (
        "https://www.vietnamplus.vn/",
        "https://www.vietnamplus.vn/atom.xml",
    )


def test_a_listing_that_stands_still_is_frozen() -> None:
    assert is_frozen(datetime(2021, 3, 1, tzinfo=UTC), NOW)
    assert not is_frozen(NOW - timedelta(days=13), NOW)
    assert is_frozen(NOW - timedelta(days=3), NOW, longest_pause=timedelta(days=2))
    assert not is_frozen(None, NOW)
    assert not is_frozen(NOW + timedelta(days=400), NOW)

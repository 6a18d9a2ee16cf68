"""RSS and Atom -> Links. Pure; fit for hostile input in a worker process."""

import re
from io import BytesIO

import feedparser
from lxml import etree

from crawler.documents import clean_title, tag_of, text_of
from crawler.reading import Channel, Link, ListingProblem, Reading

MAX_ITEMS = 2000

_LOOSE_BYTES = 500_000
"""What feedparser reads of a broken feed: 50 items are 100 kB, and 3 MB of "<" would take it 35 s."""
_LONGEST_TAG = re.compile(rb"<[^<>]{4096,}>")
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_PUBLISHED = frozenset({"pubDate", "published", "issued"})


def read_feed(body: bytes) -> Reading:
    """The items of a feed, at most MAX_ITEMS.

    A well-formed feed is read by lxml, which takes under 0.1 s for 3 MB and is not slowed by any
    content; a broken one by feedparser, which is built for them.
    """
    links, channel, is_sound = _read_strictly(body)
    if not is_sound:
        loose_links, loose_channel = _read_loosely(body)
        links, channel = max((loose_links, loose_channel), (links, channel), key=lambda read: len(read[0]))
    if not links:
        problem = ListingProblem.EMPTY if is_sound else ListingProblem.UNREADABLE
        return Reading(problem=problem, channel=channel)
    return Reading(tuple(links), is_partial=not is_sound or len(links) == MAX_ITEMS, channel=channel)


def _read_strictly(body: bytes) -> tuple[list[Link], Channel, bool]:
    links: list[Link] = []
    channel = Channel()
    items = etree.iterparse(
        BytesIO(body),
        tag=("{*}item", "{*}entry"),
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for _, item in items:
            if not links:
                channel = _channel(item)
            links.append(_link(item))
            item.clear()
            if len(links) == MAX_ITEMS:
                break
    except (etree.LxmlError, UnicodeError):
        return links, channel, False
    return links, channel, True


def _channel(item: etree._Element) -> Channel:
    """What stands above the first item; RSS 1.0 puts the channel beside its items, not around them."""
    parent = item.getparent()
    if parent is None:
        return Channel()
    beside = next((child for child in parent.iterchildren("*") if tag_of(child)[1] == "channel"), parent)
    title = link = self_link = ""
    for child in beside.iterchildren("*"):
        _, name = tag_of(child)
        relation, address = child.get("rel", "alternate"), child.get("href", "").strip() or text_of(child)
        if name == "title":
            title = title or text_of(child)
        elif name == "link" and relation == "self":
            self_link = self_link or address
        elif name == "link" and relation == "alternate":
            link = link or address
    return Channel(clean_title(title) or "", link, self_link)


def _link(item: etree._Element) -> Link:
    own_namespace, _ = tag_of(item)
    address = title = published = modified = guid = ""
    for child in item.iterchildren("*"):
        namespace, name = tag_of(child)
        text = text_of(child)
        if (namespace, name) == (_DUBLIN_CORE, "date"):
            published = published or text
        elif namespace != own_namespace:
            continue
        elif name == "title":
            title = title or text
        elif name == "link" and child.get("rel", "alternate") == "alternate":
            address = address or child.get("href", "").strip() or text
        elif name in ("guid", "id") and child.get("isPermaLink") != "false":
            guid = text
        elif name in _PUBLISHED:
            published = published or text
        elif name == "updated":
            modified = text
    return Link(address or guid, title, published, modified)


def _read_loosely(body: bytes) -> tuple[list[Link], Channel]:
    # A tag with thousands of attributes keeps feedparser busy for minutes; no feed needs one.
    harmless = _LONGEST_TAG.sub(b"", body)[:_LOOSE_BYTES]
    try:
        # From bytes or text feedparser would open a file or an address of that name.
        feed = feedparser.parse(BytesIO(harmless), sanitize_html=False, resolve_relative_uris=False)
    except Exception:
        return [], Channel()
    about = feed.feed
    channel = Channel(clean_title(str(about.get("title") or "")) or "", str(about.get("link") or ""))
    links = [
        Link(
            str(entry.get("link") or entry.get("id") or ""),
            str(entry.get("title") or ""),
            str(dict.get(entry, "published", "")),
            str(dict.get(entry, "updated", "")),  # entry.get falls back to published
        )
        for entry in feed.entries[:MAX_ITEMS]
    ]
    return links, channel

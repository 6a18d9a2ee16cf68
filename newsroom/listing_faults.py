"""Changes that make a bad feed of a good one, as outlets and attackers do. Every feed here is RSS."""

import codecs
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from html import escape

from newsroom.replies import XML, Reply

Change = Callable[[Reply], Reply]

_LINK = re.compile(r"<item>.*?<link>(.*?)</link>", re.S)
_DATE = re.compile(r"(<pubDate>)(.*?)(</pubDate>)", re.S)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>\s*")
_BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">'
    + "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))
    + ']><rss version="2.0"><channel><title>&l9;</title></channel></rss>'
)
_QUADRATIC = (
    f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY long "{"ha" * 50_000}">]>'
    f'<rss version="2.0"><channel><title>{"&long;" * 20_000}</title></channel></rss>'
)
_OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY file SYSTEM "file:///etc/passwd">]>'
    '<rss version="2.0"><channel><item><title>&file;</title></item></channel></rss>'
)
_INDEX = (
    '<?xml version="1.0" encoding="UTF-8"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    "<sitemap><loc>https://example.vn/sitemaps/news.xml</loc></sitemap></sitemapindex>"
)
_EMPTY = (
    '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>News</title></channel></rss>'
)


def feed(text: str) -> Change:
    """Another feed altogether."""
    return lambda reply: Reply(text.encode(), XML, 200, reply.headers)


billion_laughs = feed(_BILLION_LAUGHS)
quadratic_entity = feed(_QUADRATIC)
outside_entity = feed(_OUTSIDE)
sitemap_index = feed(_INDEX)
without_items = feed(_EMPTY)


def rewritten(pattern: str, replacement: str) -> Change:
    """Replaces what a regular expression finds in the feed."""

    def change(reply: Reply) -> Reply:
        text = re.sub(pattern, replacement, _text(reply), flags=re.S)
        return replace(reply, body=text.encode())

    return change


def with_links(*links: str) -> Change:
    """Items with these links before the feed's own."""

    def change(reply: Reply) -> Reply:
        text = _text(reply)
        items = "".join(
            f"<item><title>Item {number}</title><link>{escape(link)}</link></item>"
            for number, link in enumerate(links)
        )
        return replace(reply, body=text.replace("<item>", f"{items}<item>", 1).encode())

    return change


def with_twins(reply: Reply) -> Reply:
    """The first item three times more: with a tail, on the mobile host, for printing, in capitals."""
    text = _text(reply)
    known = _LINK.search(text)
    if known is None:
        return reply
    scheme, _, rest = known[1].strip().partition("://")
    host, _, path = rest.partition("/")
    twins = (
        f"{scheme}://{host}/{path}?utm_source=feed&utm_medium=rss&fbclid=x",
        f"{scheme}://m.{host.removeprefix('www.')}/{path}",
        f"{scheme}://{host}/print/{path}",
        f"{scheme.upper()}://{host.upper()}/{path}#top",
        f"http://{host}/{path}",
    )
    return with_links(*twins)(reply)


def dated(change_date: Callable[[str], str]) -> Change:
    """Changes the text of every date."""

    def change(reply: Reply) -> Reply:
        text = _DATE.sub(lambda part: part[1] + change_date(part[2]) + part[3], _text(reply))
        return replace(reply, body=text.encode())

    return change


def decomposed(reply: Reply) -> Reply:
    """NFD in place of NFC."""
    return replace(reply, body=unicodedata.normalize("NFD", _text(reply)).encode())


def with_attributes(count: int) -> Change:
    """A tag with ``count`` attributes before the first item."""
    tag = "<x " + " ".join(f'a{number}="{number}"' for number in range(count)) + "/>"
    return rewritten("<item>", f"{tag}<item>")


def padded(size: int) -> Change:
    """A comment of ``size`` bytes before the end."""
    return rewritten("</channel>", f"<!--{'.' * size}--></channel>")


def with_entities_of_html(reply: Reply) -> Reply:
    """``&nbsp;`` in titles, which XML does not know."""
    return rewritten(r"(<item>\s*<title>)", r"\g<1>&nbsp;")(reply)


def cut(share: float) -> Change:
    """Ends in the middle of an item, as a server does that dies while writing."""

    def change(reply: Reply) -> Reply:
        return replace(reply, body=reply.body[: int(len(reply.body) * share)])

    return change


def cut_gzip(reply: Reply) -> Reply:
    """A gzip file of half its length, without Content-Encoding, as ``.xml.gz`` files travel."""
    return replace(reply, body=reply.gzipped[: len(reply.gzipped) // 2], content_type="application/gzip")


def in_utf_16(reply: Reply) -> Reply:
    """Really UTF-16, with its mark."""
    text = _DECLARATION.sub('<?xml version="1.0" encoding="UTF-16"?>', _text(reply))
    body = codecs.BOM_UTF16_LE + text.encode("utf-16-le")
    return replace(reply, body=body, content_type="text/xml")


def _text(reply: Reply) -> str:
    return reply.body.decode("utf-8", "replace")

"""Bytes that claim to be a feed, a sitemap or a page: what they really are, before they are read. Pure."""

import codecs
import html
import re
import unicodedata
import zlib

from lxml import etree
from w3lib.encoding import html_to_unicode
from w3lib.html import remove_tags

from storage.folding import to_nfc

MAX_EXPANDED_BYTES = 10_000_000
"""What a gzip file may expand to: a sitemap of 50,000 addresses stays below it."""
MAX_TITLE_CHARS = 300

_HEAD_BYTES = 16_384
_SHOWN_BYTES = 100_000
_CHALLENGE_CHARS = 300
"""A page for readers shows more text than this; a challenge says "just a moment"."""
_HTML_ROOTS = frozenset({"html", "head", "body", "title", "meta", "link", "script", "style", "noscript"}) | {
    "div", "p", "h1", "h2", "center", "iframe", "form", "table"
}  # fmt: skip
_UNSEEN = ("script", "style", "noscript", "head", "template")

_START_TAG = re.compile(rb"<(?:[A-Za-z][\w.-]*:)?([A-Za-z][\w.-]*)")
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_DECLARED_WIDE = re.compile(
    rb"""\A(<\?xml[^>]{0,200}?encoding\s*=\s*)(["'])(?:utf-?16|utf-?32|ucs-?[24]|iso-10646)[\w-]*\2""",
    re.IGNORECASE,
)
_RELOADS = re.compile(rb"<script|http-equiv\s*=\s*[\"']?refresh", re.IGNORECASE)


class ExpandsTooFar(ValueError):
    """A gzip file that expands beyond the cap."""


def expand(body: bytes, cap: int = MAX_EXPANDED_BYTES) -> tuple[bytes, bool]:
    """``body`` without gzip, told by its first bytes, and whether it is complete.

    A truncated or damaged file gives what could be read. Raises ExpandsTooFar beyond ``cap`` bytes.
    """
    if not body.startswith(b"\x1f\x8b"):
        return body, True
    reader = zlib.decompressobj(wbits=31)
    expanded = bytearray()
    try:
        for start in range(0, len(body), 4096):
            expanded += reader.decompress(body[start : start + 4096], cap + 1 - len(expanded))
            if len(expanded) > cap:
                raise ExpandsTooFar(f"more than {cap} bytes")
            if reader.eof:
                break
    except zlib.error:
        return bytes(expanded), False
    return bytes(expanded), reader.eof


def to_declared_encoding(body: bytes) -> bytes:
    """``body`` in the encoding that its XML declaration names, from its first character on.

    A declaration that reads as ASCII and says UTF-16 is wrong about itself; some outlets' feeds
    are UTF-8 with that mistake. Real UTF-16 with a byte order mark becomes UTF-8.
    """
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        body = body.decode("utf-16", errors="replace").encode()
    body = body.removeprefix(codecs.BOM_UTF8).lstrip()
    return _DECLARED_WIDE.sub(rb"\1\2utf-8\2", body)


def root_name(body: bytes) -> str:
    """Local name of the first element in lower case, or "" where there is none."""
    match = _START_TAG.search(_COMMENT.sub(b"", body[:_HEAD_BYTES]))
    return match[1].decode("ascii", "replace").lower() if match else ""


def declares_entities(body: bytes) -> bool:
    """Whether a document type before the first element declares entities, as only attacks do here."""
    head = body[:_HEAD_BYTES]
    match = _START_TAG.search(head)
    return b"<!ENTITY" in (head[: match.start()] if match else head)


def is_html(body: bytes) -> bool:
    """Whether ``body`` begins as a page does, whatever its content type says."""
    begins = body[:1000].lstrip().lower()
    return begins.startswith(b"<!doctype html") or root_name(body) in _HTML_ROOTS


def is_challenge(body: bytes) -> bool:
    """Whether the page ``body`` shows next to nothing and has a script or reload to get further."""
    return bool(_RELOADS.search(body)) and len(visible_text(body)) < _CHALLENGE_CHARS


def visible_text(body: bytes) -> str:
    """What a reader sees of the first 100 kB of a page, white space collapsed."""
    page = parse_page(body[:_SHOWN_BYTES])
    if page is None:
        return ""
    etree.strip_elements(page, *_UNSEEN, with_tail=False)
    return " ".join("".join(map(str, page.itertext())).split())


def parse_page(body: bytes, content_type: str | None = None) -> etree._Element | None:
    """The root element of a page, or None where there is nothing; encoding as browsers tell it."""
    _, text = html_to_unicode(content_type, body, default_encoding="utf8")
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        return None


def tag_of(element: etree._Element) -> tuple[str, str]:
    """Namespace and local name; an undeclared prefix, which lxml leaves in the name, is the namespace."""
    namespace, _, name = str(element.tag).rpartition("}")
    prefix, _, local = name.rpartition(":")
    return namespace.removeprefix("{") or prefix, local


def text_of(element: etree._Element) -> str:
    """All text in ``element``, padding removed."""
    return "".join(map(str, element.itertext())).strip()


def clean_title(text: str) -> str | None:
    """``text`` as a plain line in NFC: no markup, no control characters; None where nothing is left."""
    plain = html.unescape(remove_tags(text[: 10 * MAX_TITLE_CHARS]))
    line = " ".join(plain.split())
    shown = (character for character in line if unicodedata.category(character) not in ("Cc", "Cf", "Cs"))
    return to_nfc("".join(shown)).strip()[:MAX_TITLE_CHARS] or None

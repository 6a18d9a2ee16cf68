"""Bytes of a page to text, although the page may lie about its encoding."""

import codecs
import re
import unicodedata

from charset_normalizer import from_bytes

from crawler.legacy import is_beyond_repair, may_need_repair, repaired

_HEAD_BYTES = 4096
"""How far into the page a charset declaration is looked for; the HTML standard says 1024."""
_GUESS_BYTES = 32_768
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.I)
_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.I)
_XML = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{2,40})""", re.I)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDER = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}
"""What browsers read when a page names the key: the superset that its authors meant."""
_TONES = "\u0300\u0309\u0303\u0301\u0323"
_BASES = frozenset("aăâeêioôơuưyAĂÂEÊIOÔƠUƯY")
_CONTROL_BYTES = bytes((*range(9), 0x0B, *range(0x0E, 0x20), 0x7F))
_INVISIBLE = "\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffe\uffff"
_CONTROL = re.compile(f"[\x00-\x08\x0b\x0e-\x1f\x7f{_INVISIBLE}\ud800-\udfff]")
_INVISIBLE_CHARACTERS = tuple(
    chr(code)
    for code in (
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2065),
        *(0xFEFF, 0xFFFE, 0xFFFF),
    )
)


_PLAIN_BYTES = bytes((0x09, 0x0A, 0x0D, *range(0x20, 0x7F)))
_USUAL = re.compile(
    "[\xa0-\u02ff\u0400-\u0482\u1e00-\u1eff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u21ff\u2460-\u27bf"
    "\u3001-\u3029\u4e00-\u9fff\uff01-\uff60\U0001f300-\U0001faff]*"
)
"""Characters that are no controls and that stay what they are in NFC, whatever they stand beside."""


def decode(body: bytes, content_type: str | None = None) -> str | None:
    """The text of ``body`` in NFC without control characters, or None where it is no text.

    In this order: a byte order mark; UTF-8 whatever is declared, because other text is almost never
    valid UTF-8 by chance; the charset of ``content_type`` (the HTTP header); the charset that the
    page names; a statistical guess. A body cut in the middle of a character loses that character.
    """
    if text := _as_usual(body):
        return text
    text = _by_mark(body) or _as_utf8(body) or _as_utf16(body)
    if text is None and not _is_binary(body):
        text = _as_font_bytes(body) or _as_declared(body, content_type) or _guessed(body)
    if text is None or _is_mostly_control(text):
        return None
    text = repaired(text)
    return None if is_beyond_repair(text) else unicodedata.normalize("NFC", _without_control(text))


def _as_usual(body: bytes) -> str | None:
    """``body`` where it is UTF-8 that needs no mending, as nearly every page is; otherwise None.

    All that might need mending is beyond printable ASCII, and that is a small part of a page.
    """
    try:
        text = body.decode("utf-8")
        beyond_ascii = body.translate(None, _PLAIN_BYTES).decode("utf-8")
    except UnicodeDecodeError:
        return None
    if _USUAL.fullmatch(beyond_ascii) is None or may_need_repair(text, beyond_ascii):
        return None
    return text


def _as_font_bytes(body: bytes) -> str | None:
    """``body`` in TCVN3 or VNI, which no charset declaration can name."""
    text = body.decode("latin-1")
    read = repaired(text)
    return None if read == text else read


def _by_mark(body: bytes) -> str | None:
    for mark, name in _BOMS:
        if body.startswith(mark):
            return _decoded(body[len(mark) :], name)
    return None


def _as_utf8(body: bytes) -> str | None:
    if b"\x00" in body[:_HEAD_BYTES] and _as_utf16(body) is not None:
        return None
    text = _decoded(body, "utf-8")
    if text is not None or _is_binary(body):
        return text
    # A page of many parts may carry a few broken bytes; whole sequences outnumber them by far.
    tolerant = body.decode("utf-8", errors="replace")
    broken = tolerant.count("\ufffd")
    whole = sum(1 for character in tolerant[:_GUESS_BYTES] if ord(character) > 0x7F and character != "\ufffd")
    return tolerant.replace("\ufffd", "") if whole > 20 * broken else None


def _as_utf16(body: bytes) -> str | None:
    """UTF-16 without a mark shows in the zero bytes of its mark-up."""
    head = body[:1000]
    if len(head) < 4 or head.count(0) < len(head) // 3:
        return None
    return _decoded(body, "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be")


def _as_declared(body: bytes, content_type: str | None) -> str | None:
    for name in (_header_charset(content_type), _page_charset(body)):
        try:
            encoding = codecs.lookup(name).name if name else ""
        except LookupError:
            continue
        encoding = _WIDER.get(encoding, encoding)
        if not encoding or encoding.startswith(("utf-8", "utf-16", "utf-32")):
            continue  # those were tried, and the page is none of them
        text = _decoded(body, encoding)
        if text is None:
            continue
        vietnamese = _as_vietnamese(body) if encoding == "cp1252" else None
        return vietnamese or text
    return None


def _guessed(body: bytes) -> str | None:
    if vietnamese := _as_vietnamese(body):
        return vietnamese
    best = from_bytes(body[:_GUESS_BYTES]).best()
    return _decoded(body, best.encoding) if best else None


def _as_vietnamese(body: bytes) -> str | None:
    """``body`` as windows-1258, where its tone marks stand on vowels, as they do in no other text."""
    text = _decoded(body, "cp1258")
    if text is None:
        return None
    marks = [at for at, character in enumerate(text) if character in _TONES]
    on_vowels = sum(1 for at in marks if text[at - 1] in _BASES)
    return text if len(marks) >= 10 and on_vowels > 0.9 * len(marks) else None


def _decoded(body: bytes, encoding: str) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)().decode(body, final=False)
    except (LookupError, UnicodeError):
        return None


def _header_charset(content_type: str | None) -> str | None:
    match = _HEADER.search(content_type or "")
    return match[1] if match else None


def _page_charset(body: bytes) -> str | None:
    match = _XML.search(body[:200]) or _META.search(body[:_HEAD_BYTES])
    return match[1].decode("ascii", errors="replace") if match else None


def _is_binary(body: bytes) -> bool:
    head = body[:_HEAD_BYTES]
    return sum(head.count(byte) for byte in (0, 1, 2, 3, 4, 5, 6)) > len(head) / 100


def _without_control(text: str) -> str:
    # The same as _CONTROL.sub("", text) in half the time.
    kept = text.encode("utf-8", errors="ignore").translate(None, _CONTROL_BYTES).decode("utf-8")
    for character in _INVISIBLE_CHARACTERS:
        if character in kept:
            kept = kept.replace(character, "")
    return kept


def _is_mostly_control(text: str) -> bool:
    head = text[:_HEAD_BYTES]
    return len(_CONTROL.findall(head)) > 10 + len(head) / 20

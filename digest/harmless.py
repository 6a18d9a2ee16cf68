"""Making foreign text safe to show: text from the web is hostile until it has passed through here.

Escaping of HTML is Jinja's. Here are the dangers that escaping does not see: control characters that a
terminal obeys, direction marks that reorder what stands beside them, addresses that are no links, and
Markdown that a title brings along.
"""

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

_TO_SPACE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
# Invisible format characters, the direction marks among them; the two joiners stay, since Persian
# and Indic words are spelled with them.
_TO_NOTHING = re.compile(
    "[\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f]"
)
_JSON_RISKY = re.compile(f"{_TO_SPACE.pattern}|{_TO_NOTHING.pattern}")
_BLANK = re.compile("[^\\S\u00a0\u2007\u202f]+")  # spaces that forbid a line break stay what they are
_MARKDOWN_INLINE = re.compile(r"([\\`*_\[\]<>&~|#$])")
_MARKDOWN_LINE_START = re.compile(r"^(\d{0,9})([-+=.)])")
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def plain(text: str) -> str:
    """``text`` without characters that act instead of being read; line feeds and tabs stay."""
    if text.isprintable():
        return text  # most of a page, and sooner said than searched: none of those characters is printable
    return _TO_NOTHING.sub("", _TO_SPACE.sub(" ", text))


def one_line(text: str) -> str:
    """``plain(text)`` with every run of white space as one space."""
    return _BLANK.sub(" ", plain(text)).strip()


def outward_link(url: str) -> str | None:
    """``url`` as a link's target in ASCII, or None where it is not an http(s) address of a host."""
    try:
        parts = urlsplit(url)
        is_link = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return None
    # Brackets and quotes are encoded too, so that no notation can be closed from inside an address.
    return quote(url, safe="%/:=&?~#+!$,;@*-._") if is_link else None


def markdown(text: str) -> str:
    """``text`` on one line, with everything escaped that Markdown would read as markup."""
    escaped = _MARKDOWN_INLINE.sub(r"\\\1", one_line(text))
    return _MARKDOWN_LINE_START.sub(r"\1\\\2", escaped)


def markdown_quote(pieces: Iterable[tuple[str, bool]]) -> str:
    """A sentence given in pieces, each with whether it is marked, in Markdown with the marked ones bold.

    Spaces at a piece's edge stay outside of the stars, or they would not be markup.
    """
    quote = ""
    for text, is_marked in pieces:
        escaped = _MARKDOWN_INLINE.sub(r"\\\1", _BLANK.sub(" ", plain(text)))
        bare = escaped.strip()
        quote += escaped.replace(bare, f"**{bare}**", 1) if is_marked and bare else escaped
    return _MARKDOWN_LINE_START.sub(r"\1\\\2", quote.strip())


def json_escapes(document: str) -> str:
    """``document``, a JSON text, with acting characters written as escapes; it means the same."""
    return _JSON_RISKY.sub(_json_escape, document)


def _json_escape(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def language_tag(language: str) -> str:
    """``language`` where it has the form of a language tag, else ``und``: it becomes a lang attribute."""
    return language if _LANGUAGE_TAG.fullmatch(language) else "und"


def columns(text: str) -> int:
    """How many terminal columns ``text`` takes: East Asian wide characters take two, marks none."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def wrapped(text: str, width: int = 78, indent: str = "", first: str | None = None) -> str:
    """``text`` filled to ``width`` columns with ``indent`` before each line (``first`` before the first).

    A word that is too long for a line is cut, except an address, which must stay whole to be of use.
    """
    lines: list[str] = []
    line, begun = indent if first is None else first, False
    for word in one_line(text).split(" "):
        for part in _parts(word, width - columns(indent)):
            if begun and columns(line) + 1 + columns(part) > width:
                lines.append(line)
                line, begun = indent, False
            line += f" {part}" if begun else part
            begun = True
    return "\n".join([*lines, line])


def _parts(word: str, room: int) -> list[str]:
    if columns(word) <= room or "://" in word:
        return [word]
    parts, part, taken = [], "", 0
    for character in word:
        width = columns(character)
        if taken + width > room:
            parts.append(part)
            part, taken = "", 0
        part += character
        taken += width
    return [*parts, part]

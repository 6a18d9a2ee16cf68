"""Folding of text for matching: case, Vietnamese marks and đ, never for display.

SQLite's unicode61 tokenizer does not fold đ, and PostgreSQL's unaccent is an extension; one Python
function gives both databases and the analysis the same folding.
"""

import unicodedata

_MOST_KEPT = 8192
"""Characters that are remembered; no text in our languages has as many."""


def to_nfc(text: str) -> str:
    """``text`` in Unicode normalisation form C, the only form kept inside."""
    return unicodedata.normalize("NFC", text)


def _fold_character(character: str) -> str:
    if character in "đĐÐð":  # the Icelandic eth is a common typo for Đ
        return "d"
    base = unicodedata.normalize("NFD", character)[0]
    lowered = base.lower()
    return lowered if len(lowered) == 1 else base


class _Folded(dict[int, str]):
    """A table for ``str.translate`` that learns each character when it comes."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        if len(self) < _MOST_KEPT:
            self[code] = folded
        return folded


_FOLDED = _Folded()


def fold(text: str) -> str:
    """``text`` in NFC, lower case, without tone and vowel marks, đ as d.

    One code point in, one out: offsets in the folded text are offsets in ``to_nfc(text)``.
    """
    text = to_nfc(text)
    return text.lower() if text.isascii() else text.translate(_FOLDED)

"""Folding of text for matching: case, Vietnamese marks and đ, never for display.

SQLite's unicode61 tokenizer does not fold đ, and PostgreSQL's unaccent is an extension; one Python
function gives both databases and the analysis the same folding.
"""

import unicodedata
from functools import lru_cache


def to_nfc(text: str) -> str:
    """``text`` in Unicode normalisation form C, the only form kept inside."""
    return unicodedata.normalize("NFC", text)


@lru_cache(maxsize=8192)
def _fold_character(character: str) -> str:
    if character in "đĐÐð":  # the Icelandic eth is a common typo for Đ
        return "d"
    base = unicodedata.normalize("NFD", character)[0]
    lowered = base.lower()
    return lowered if len(lowered) == 1 else base


def fold(text: str) -> str:
    """``text`` in NFC, lower case, without tone and vowel marks, đ as d.

    One code point in, one out: offsets in the folded text are offsets in ``to_nfc(text)``.
    """
    return "".join(map(_fold_character, to_nfc(text)))

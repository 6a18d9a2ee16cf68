"""How each outlet turns a title into the readable part of an address."""

import re
import unicodedata

from storage.folding import fold

_APOSTROPHES = re.compile(r"['’‘`]")
_GAPS = re.compile(r"[^a-z0-9]+")


def slugify(title: str) -> str:
    """``title`` without marks, in lower case, words joined by hyphens; đ becomes d."""
    return _GAPS.sub("-", fold(_APOSTROPHES.sub("", title))).strip("-")


def liferay_slug(title: str) -> str:
    """The same as Liferay makes it: it strips marks by decomposition, so đ, which has none, becomes a gap."""
    decomposed = unicodedata.normalize("NFD", title.lower())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _GAPS.sub("-", plain).strip("-")

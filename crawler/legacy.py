"""Vietnamese text from before Unicode: TCVN3 (ABC fonts), VNI, and UTF-8 that was encoded twice.

Both font encodings use Latin-1's characters for other letters, so such a page is valid text that says
nothing: "§¶ng bé" or "Ñaûng boä" for "Đảng bộ". The tables are facts of TCVN 5712:1993 (VN3) and of the
VNI-Windows fonts.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

_MIN_WORDS = 20
_MIN_SHARE = 0.9
"""So many words, and this share of all that hold a letter beyond ASCII, must become Vietnamese
syllables. French, Spanish, German and today's Vietnamese stay below 0.6."""
_SCAN_CHARS = 200_000

_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT = "\u0301", "\u0300", "\u0309", "\u0303", "\u0323"
_TONES = _ACUTE + _GRAVE + _HOOK + _TILDE + _DOT

_TCVN3 = {
    ord(code): letter
    for codes, letters in (
        ("¡¢£¤¥¦§¨©ª«¬\xad®", "ĂÂÊÔƠƯĐăâêôơưđ"),
        ("µ¶·¸¹»¼½¾Æ", "àảãáạằẳẵắặ"),
        ("ÇÈÉÊËÌÎÏÐÑ", "ầẩẫấậèẻẽéẹ"),
        ("ÒÓÔÕÖ×ØÜÝÞ", "ềểễếệìỉĩíị"),
        ("ßáâãäåæçèé", "òỏõóọồổỗốộ"),
        ("êëìíîïñòóô", "ờởỡớợùủũúụ"),
        ("õö÷øùúûüýþ", "ừửữứựỳỷỹýỵ"),
    )
    for code, letter in zip(codes, letters, strict=True)
}
_VNI_SINGLE = dict(zip("ñôöíìæóòîÑÔÖÍÌÆÓÒÎ", "đơưíìỉĩịỵĐƠƯÍÌỈĨỊỴ", strict=True))
_VNI_TONES = dict(zip("ùøûõï", (_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT), strict=True))
_VNI_HATS = dict(zip("âáàåãä", ("", _ACUTE, _GRAVE, _HOOK, _TILDE, _DOT), strict=True))
_VNI_BREVES = dict(zip("êéèúüë", ("", _ACUTE, _GRAVE, _HOOK, _TILDE, _DOT), strict=True))

_TCVN3_SIGNS = "®¬µ¸«¶·¹§"
_FONT_SIGNS = _TCVN3_SIGNS + "\xadñöïøû"
"""đ, ư, ơ, à, á and the marks of tones in TCVN3 and in VNI: more than half of all Vietnamese words have
one, and today's Vietnamese text has none."""
_TWICE_SIGNS = ("á»", "áº", "Ã", "Ä‘", "Æ°")
"""ế, ạ, à, đ, ư encoded twice, and their like."""
_WORD = re.compile("[A-Za-z\xa1-\xff]+")
_SIGN_IN_WORD = re.compile("[a-z][\xa1-\xac\xae-\xb6\xb8-\xbf][a-z]")
_PLAIN_LETTER = re.compile("[A-Za-z]")
_BEYOND_ASCII = re.compile("[\xa1-\xff]")
_CHUNK = re.compile("[^<>]+")
"""A run of text, or the inside of a tag with its attributes."""
_TODAYS = re.compile("[ăđĩũơưĂĐĨŨƠƯ\u1ea0-\u1ef9]")
"""Vietnamese letters that Latin-1 lacks."""
_SYLLABLE = re.compile(
    "(?:ngh?|nh|gh|gi|kh|ch|ph|th|tr|qu|[bcdđghklmnprstvx])?"
    "(?:oai|oay|oeo|uây|uôi|uya|uyê|uyu|iêu|yêu|ươi|ươu|oa|oă|oe|oo|uâ|uê|uô|uơ|uy|iê|yê|ươ|ai|ao|au|ay|âu|ây"
    "|eo|êu|ia|iu|oi|ôi|ơi|ua|ui|ưa|ưi|ưu|[aăâeêioôơuưy])"
    "(?P<coda>ch|ng|nh|[cmnpt])?"
)
_STOPPED = ("c", "ch", "p", "t")
_TWICE = re.compile("[\xc2-\xf4][\x80-\xbf\u0152-\u2122]")
"""Begins a character of UTF-8 that was read as windows-1252."""


def may_need_repair(text: str, beyond_ascii: str) -> bool:
    """Whether ``repaired`` may change ``text``; ``beyond_ascii`` are its characters that are not ASCII.

    Nearly every page needs none, and these few characters say so.
    """
    may_be_twice = any(sign in beyond_ascii for sign in _TWICE_SIGNS) and _TWICE.search(text) is not None
    return may_be_twice or _may_be_font(beyond_ascii)


def repaired(text: str) -> str:
    """``text`` in Unicode where it is in TCVN3 or VNI or was encoded twice, otherwise ``text`` itself."""
    if any(sign in text for sign in _TWICE_SIGNS):
        text = _CHUNK.sub(_once_encoded, text)
    if not _may_be_font(text):
        return text  # looking at each word is slow
    read = _font_encoding(text)
    if read is None:
        return text
    return _CHUNK.sub(lambda chunk: _repaired_chunk(chunk[0], read), text)


def is_beyond_repair(text: str) -> bool:
    """Whether letters are lost or still signs: U+FFFD for many of them, or "n\xadíc" for "nước"."""
    lost = text.count("\ufffd")
    if lost > _MIN_WORDS and lost > len(_TODAYS.findall(text)) / 5:
        return True
    if sum(map(text.count, _TCVN3_SIGNS)) <= _MIN_WORDS:
        return False
    signs = len(_SIGN_IN_WORD.findall(text))
    return signs > _MIN_WORDS and signs > len(_WORD.findall(text)) / 20


def _may_be_font(text: str) -> bool:
    return sum(map(text.count, _FONT_SIGNS)) >= _MIN_WORDS / 2


_Reader = Callable[[str], str | None]


def _font_encoding(text: str) -> _Reader | None:
    """The reader of the encoding that the words of ``text`` are in, or None."""
    words = list(_foreign_words(text[:_SCAN_CHARS]))
    if len(words) < _MIN_WORDS:
        return None
    for read in (_from_tcvn3, _from_vni):
        syllables = sum(1 for word in words if (made := read(word)) and is_syllable(made))
        if syllables >= _MIN_WORDS and syllables >= _MIN_SHARE * len(words):
            return read
    return None


def _foreign_words(text: str) -> Iterator[str]:
    """Words with a character of Latin-1 beyond ASCII, from chunks without today's Vietnamese letters."""
    for chunk in _CHUNK.findall(text):
        if _BEYOND_ASCII.search(chunk) and not _TODAYS.search(chunk):
            for word in _WORD.findall(chunk):
                if _BEYOND_ASCII.search(word) and _PLAIN_LETTER.search(word):
                    yield word


def _repaired_chunk(chunk: str, read: _Reader) -> str:
    if not _BEYOND_ASCII.search(chunk) or _TODAYS.search(chunk):
        return chunk
    return _WORD.sub(lambda word: read(word[0]) or word[0], chunk)


@lru_cache(maxsize=4096)
def _from_tcvn3(word: str) -> str | None:
    made = word.translate(_TCVN3)
    if any("\xa1" <= character <= "\xff" and ord(character) not in _TCVN3 for character in word):
        return None
    plain = _PLAIN_LETTER.findall(word)
    # The fonts for capitals draw the codes of small letters.
    return made.upper() if len(word) > 1 and plain and all(map(str.isupper, plain)) else made


@lru_cache(maxsize=4096)
def _from_vni(word: str) -> str | None:
    made: list[str] = []
    for character in word:
        lowered = character.lower()
        before = made[-1].lower() if made else ""
        if before in ("a", "e", "o") and lowered in _VNI_HATS:
            made[-1] = _composed(made[-1] + "\u0302" + _VNI_HATS[lowered])
        elif before == "a" and lowered in _VNI_BREVES:
            made[-1] = _composed(made[-1] + "\u0306" + _VNI_BREVES[lowered])
        elif before in ("a", "e", "o", "u", "y", "ơ", "ư") and lowered in _VNI_TONES:
            made[-1] = _composed(made[-1] + _VNI_TONES[lowered])
        elif character in _VNI_SINGLE:
            made.append(_VNI_SINGLE[character])
        elif character.isascii():
            made.append(character)
        else:
            return None
    return "".join(made)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


@lru_cache(maxsize=4096)
def is_syllable(word: str) -> bool:
    """Whether ``word`` can be a Vietnamese syllable: its sounds, one tone at most, fit for its end."""
    parts = unicodedata.normalize("NFD", word.lower())
    tones = [part for part in parts if part in _TONES]
    plain = _composed("".join(part for part in parts if part not in _TONES))
    match = _SYLLABLE.fullmatch(plain)
    if match is None or len(tones) > 1:
        return False
    return match["coda"] not in _STOPPED or not tones or tones[0] in (_ACUTE, _DOT)


def _once_encoded(chunk: re.Match[str]) -> str:
    """A chunk that is UTF-8 read as windows-1252, all of it, read as UTF-8."""
    text = chunk[0]
    if not _TWICE.search(text):
        return text
    try:
        return b"".join(map(_byte, text)).decode("utf-8")
    except UnicodeError:
        return text


@lru_cache(maxsize=512)
def _byte(character: str) -> bytes:
    # windows-1252 leaves five bytes free; browsers keep them as they are.
    return bytes((ord(character),)) if ord(character) < 0x100 else character.encode("cp1252")

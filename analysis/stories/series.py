"""What tells two articles of one frame apart: the part of a series, the session of a congress."""

import re

_NUMBERS = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "nam": 5, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
    "i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5,
    "premier": 1, "premiere": 1, "deuxieme": 2, "second": 2, "seconde": 2, "troisieme": 3, "quatrieme": 4,
    "first": 1, "third": 3, "fourth": 4, "primera": 1, "segunda": 2, "tercera": 3,
    "первая": 1, "вторая": 2, "третья": 3,
    "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "上": 1, "下": 2,
}  # fmt: skip
_LAST = 99
_LAST_WORDS = re.compile(
    r"\b(?:(?:bai|ky|phan) cuoi|last part|final part|part final|dernier volet|derniere partie|"
    r"fin de la serie|ultima parte)\b"
)
_WORDS = "|".join(word for word in _NUMBERS if word.isascii())
_PART = re.compile(
    rf"\b(?:bai|ky|phan|part|partie|lecon|lesson|leccion|parte|volet|episode|article|часть)(?: so)? "
    rf"(?P<number>\d{{1,2}}|{_WORDS})\b(?! (?:nam|thang|ngay|nguoi|trieu|ty))"
)
_ORDINAL = re.compile(
    rf"\b(?P<number>{_WORDS}|первая|вторая|третья) (?:volet|partie|part|parte|часть|article de la serie)\b"
)
_CHINESE = re.compile(r"(?:第|之|[（(])(?P<number>[一二三四五\d])(?:期|篇|部分|[）)]|$)|(?P<half>[上下])篇")
_OPENING = re.compile(
    r"\b(?:khai mac|phien thu nhat|ngay lam viec thu nhat|opens|opening|opened|inaugural|s'ouvre|ouverture|"
    r"inauguracion)\b|开幕|開幕"
)
_CLOSING = re.compile(
    r"\b(?:be mac|phien be mac|closes|closing|closed|concludes|wraps up|cloture|clot|s'acheve|clausura)\b|"
    r"闭幕|閉幕"
)
_MEETING = re.compile(
    r"\b(?:dai hoi|hoi nghi (?:lan thu|trung uong)|ky hop|congress|plenum|session|congres|congreso)\b|"
    r"大会|全会"
)
_ROMAN = {"i": 1, "v": 5, "x": 10}
_ORDINALS = {
    word: number
    for words in (
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth",
        "premier deuxieme troisieme quatrieme cinquieme sixieme septieme huitieme neuvieme dixieme",
        "primer segundo tercer cuarto quinto sexto septimo octavo noveno decimo",
    )
    for number, word in enumerate(words.split(), start=1)
}
_EDITION = re.compile(
    r"\b(?:lan thu (?P<times>\d{1,2}|[ivx]+)|(?:(?P<digits>\d{1,2})(?:st|nd|rd|th|er|e|eme)|"
    rf"(?P<word>{'|'.join(_ORDINALS)})) (?:[a-z]+ ){{0,3}}"
    r"(?:congress|plenum|session|edition|festival|awards?|conference|contest|prize|congres|concours|prix|congreso))\b"
)


def find_editions(head: str) -> tuple[int, ...]:
    """Which times something comes round, as the folded ``head`` of an article says: the seventh award."""
    found = set()
    for match in _EDITION.finditer(head):
        word = match["times"] or match["digits"] or match["word"]
        found.add(int(word) if word.isdigit() else _ORDINALS.get(word) or _roman(word))
    return tuple(sorted(found - {0}))


def _roman(word: str) -> int:
    values = [_ROMAN[letter] for letter in word]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs)


def find_part(title: str, text: str, slug: str) -> int:
    """The part of a series that an article says it is, 99 for the last; 0 where it says nothing.

    All are folded; ``slug`` is the address's with spaces for hyphens. A text tells at its very start only.
    """
    for piece in (title, slug):
        if (part := _part(piece)) != 0:
            return part
    opening = _PART.match(text)
    return _part(opening.group()) if opening else 0


def _part(piece: str) -> int:
    if _LAST_WORDS.search(piece):
        return _LAST
    for pattern in (_PART, _ORDINAL, _CHINESE):
        match = pattern.search(piece)
        if match is not None:
            word = match.groupdict().get("half") or match["number"]
            return int(word) if word.isdigit() else _NUMBERS.get(word, 0)
    return 0


def find_session(head: str) -> str:
    """``opening`` or ``closing`` where the folded ``head`` of an article tells of one of them alone."""
    if _MEETING.search(head) is None:
        return ""
    opens, closes = _OPENING.search(head) is not None, _CLOSING.search(head) is not None
    if opens == closes:
        return ""
    return "opening" if opens else "closing"

"""Industrial parks and zones that a text names, by the words that make a name one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.gazetteer import Hit, parks, provinces
from analysis.matching import plain


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_VIETNAMESE = (
    "khu công nghiệp|khu chế xuất|cụm công nghiệp|khu kinh tế(?: cửa khẩu| mở)?|khu công nghệ cao"
    "|kcn|kcx|ccn|kkt|kcnc"
)
_BEFORE = re.compile(
    rf"(?<!\w)(?:{plain(_VIETNAMESE)}"
    r"|zones? industrielles?|parcs? industriels?|parque industrial|zona industrial|zones? franches?"
    r"|zones? economiques?|zones? de haute technologie) (?:(?:de|du|des|of) |d')?(?=\w)"
)
_AFTER = re.compile(
    r" (?:(?:industrial|export processing|economic|hi-?tech|high-tech)(?: and processing)? "
    r"(?:park|zone|cluster|complex|estate)s?|(?P<short>ip|iz|epz))(?!\w)"
)
_TOKEN = re.compile(r"[\w'’]+")
_JOINT = re.compile(r" ?[-–] ?| ")
_MAX_WORDS = 5
_NUMERAL = re.compile(r"(?:[IVX]{1,4}|\d{1,2})(?:[A-Z]|-[A-Z])?\Z")
_NO_NAMES = _words(
    """the a an in at of and for to from on by all many several other some new local foreign state
    national provincial party cell cells committee committees trade union unions workers vietnam
    vietnamese authority management board big large key non-state major industrial zone zones park
    parks its their tỉnh tp thành các trên ban quản lý"""
)


@dataclass(frozen=True, slots=True)
class Park:
    """A park at ``text[start:end]``."""

    start: int
    end: int
    name: str
    """In Vietnamese where we know it, else as written, without the words for park."""
    today: str | None


def find_parks(text: str, folded: str, hits: Sequence[Hit]) -> list[Park]:
    """The parks that ``text`` names, ascending; ``folded`` is its ``plain`` form, ``hits`` the units in it.

    Parks of a province ("các KCN Bắc Ninh") are none, nor is the word without a name.
    """
    found = []
    for match in _BEFORE.finditer(folded):
        words = _words_from(text, match.end())
        if (named := _known_prefix(words, text) or _unknown(words, text)) is not None:
            found.append(_park(text, match.start(), named[-1][1], named, hits))
    for match in _AFTER.finditer(folded):
        if match["short"] and not text[match.start("short") : match.end()].isupper():
            continue
        words = _words_until(text, match.start())
        if (named := _known_suffix(words, text) or _unknown(words, text)) is not None:
            found.append(_park(text, named[0][0], match.end(), named, hits))
    found.sort(key=lambda park: park.start)
    return [park for before, park in zip([None, *found], found, strict=False) if not _overlap(before, park)]


_Span = tuple[int, int]


def _overlap(before: Park | None, park: Park) -> bool:
    return before is not None and park.start < before.end


def _words_from(text: str, at: int) -> list[_Span]:
    """The words of the name that begins at ``at``: capitals and numbers, one space or hyphen between."""
    words: list[_Span] = []
    while len(words) < _MAX_WORDS and (token := _TOKEN.match(text, at)) and _is_of_name(token.group()):
        words.append(token.span())
        joint = _JOINT.match(text, token.end())
        if joint is None:
            break
        at = joint.end()
    return words


def _words_until(text: str, end: int) -> list[_Span]:
    """The words of the name that ends at ``end``."""
    before = list(_TOKEN.finditer(text, max(0, end - 60), end))
    words: list[_Span] = []
    for token in reversed(before[-_MAX_WORDS:]):
        if not _is_of_name(token.group()) or _JOINT.fullmatch(text, token.end(), end) is None:
            if words or token.end() != end:
                break
            if not _is_of_name(token.group()):
                break
        words.insert(0, token.span())
        end = token.start()
    while words and text[words[0][0] : words[0][1]].lower() in _NO_NAMES:
        words.pop(0)
    return words


def _is_of_name(word: str) -> bool:
    return word[0].isupper() or (word[0].isdigit() and len(word) <= 2)


def _known_prefix(words: list[_Span], text: str) -> list[_Span] | None:
    for count in range(len(words), 0, -1):
        if _key(text, words[:count]) in parks():
            rest = words[count:]
            has_number = rest and _NUMERAL.match(text[rest[0][0] : rest[0][1]])
            return words[: count + 1] if has_number else words[:count]
    return None


def _known_suffix(words: list[_Span], text: str) -> list[_Span] | None:
    for skip in range(len(words)):
        named = words[skip:]
        if _key(text, named) in parks() or (len(named) > 1 and _without_number(text, named) in parks()):
            return named
    return None


def _unknown(words: list[_Span], text: str) -> list[_Span] | None:
    """``words`` where they can be a name: none of them a common word, and not a province's alone."""
    if not words or any(text[start:end].lower() in _NO_NAMES for start, end in words if end - start > 1):
        return None
    if not text[words[0][0]].isupper():
        return None
    written = _key(text, words)
    if written == "viet nam":
        return None
    is_provinces = any(written == name or written.startswith(f"{name} ") for name in _province_keys())
    return None if is_provinces else words


def _province_keys() -> list[str]:
    return [plain(name) for name in provinces()] + [
        "hanoi",
        "ho chi minh city",
        "danang",
        "haiphong",
        "hcm city",
    ]


def _key(text: str, words: Sequence[_Span]) -> str:
    return plain(text[words[0][0] : words[-1][1]]).replace(" - ", "-")


def _without_number(text: str, words: Sequence[_Span]) -> str:
    last = text[words[-1][0] : words[-1][1]]
    return _key(text, words[:-1] if _NUMERAL.match(last) else words)


def _park(text: str, start: int, end: int, words: Sequence[_Span], hits: Sequence[Hit]) -> Park:
    known = parks().get(_key(text, words))
    number = ""
    if known is None and len(words) > 1 and (known := parks().get(_without_number(text, words))):
        number = f" {text[words[-1][0] : words[-1][1]]}"
    if known is not None:
        return Park(start, end, f"{known.name}{number}", known.today)
    inside = [hit for hit in hits if words[0][0] <= hit.start and hit.end <= words[-1][1] and hit.province]
    province = inside[-1].province if inside else None
    return Park(start, end, text[words[0][0] : words[-1][1]], province.today if province else None)

"""Many phrases in one pass, with word boundaries and Vietnamese marks that count.

Phrases are found in folded text (``storage.folding``) by one Aho-Corasick automaton, then checked
against the text as written: folding alone takes "đang" and "đăng" for "đảng".
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from storage.folding import fold, to_nfc

_SPACES = dict.fromkeys(
    map(ord, "\t\n\r\v\f\u00a0\u1680\u2000\u2001\u2002\u2003\u2007\u2009\u202f\u3000"), " "
)
_SIGNS = dict.fromkeys(map(ord, "’ʼ‘"), "'") | dict.fromkeys(map(ord, "‐‑–—"), "-")
_SAME = _SPACES | _SIGNS

_TONES = {
    f"{first}{old}": f"{new}{second}"
    for first, second, olds, news in (
        ("o", "a", "àáảãạ", "òóỏõọ"),
        ("o", "e", "èéẻẽẹ", "òóỏõọ"),
        ("u", "y", "ỳýỷỹỵ", "ùúủũụ"),
    )
    for old, new in zip(olds, news, strict=True)
}
"""The older place of a tone mark to the newer one: oà is òa."""


class Match(NamedTuple):
    """A phrase found: which concept it stands for and where, in code points, end exclusive."""

    concept: str
    start: int
    end: int


def expand(pattern: str) -> tuple[str, ...]:
    """Every phrase that ``pattern`` stands for: "cell(|s) in (a|the) firm" is four.

    Alternatives stand in round brackets, may be empty and may hold others. Raises ValueError where
    brackets do not pair.
    """
    phrases, at = _alternatives(pattern, 0)
    if at < len(pattern):
        raise ValueError(f"{pattern!r} closes a bracket that it did not open")
    return tuple(dict.fromkeys(" ".join(phrase.split()) for phrase in phrases))


def _alternatives(pattern: str, at: int) -> tuple[list[str], int]:
    """The phrases from ``at`` to the bracket that closes there or the end, and where that is."""
    is_inside = at > 0
    done: list[str] = []
    current = [""]
    while at < len(pattern) and pattern[at] != ")":
        sign = pattern[at]
        if sign == "(":
            inner, at = _alternatives(pattern, at + 1)
            if at == len(pattern):
                raise ValueError(f"{pattern!r} has a bracket that is not closed")
            current = [before + behind for before in current for behind in inner]
        elif sign == "|" and is_inside:
            done, current = [*done, *current], [""]
        else:
            current = [before + sign for before in current]
        at += 1
    return [*done, *current], at


class _Plain(dict[int, str]):
    """Folds each code point once and remembers it: a third of the time of folding the text anew."""

    def __missing__(self, code: int) -> str:
        folded = fold(chr(code)).translate(_SAME)
        return self.setdefault(code, folded if len(folded) == 1 else chr(code))


_PLAIN = _Plain()


def plain(text: str) -> str:
    """``text`` (NFC) folded, with one kind of space, apostrophe and hyphen; one code point in, one out.

    A paragraph's end becomes two spaces, so no phrase matches across it.
    """
    return _plain_text(text) if len(text) > _LONG else text.translate(_PLAIN)


_LONG = 500


@lru_cache(maxsize=1)  # the readers of a flagged text ask one after the other
def _plain_text(text: str) -> str:
    return text.translate(_PLAIN)


@lru_cache(maxsize=65536)
def as_marked(words: str) -> str:
    """``words`` in lower case with one spelling of Vietnamese marks: "Uỷ" and "ủy" are one, Ð is Đ."""
    lowered = words.translate(_SAME).lower().replace("ð", "đ")
    for old, new in _TONES.items():
        lowered = lowered.replace(old, new)
    return lowered


def is_without_marks(words: str) -> bool:
    """Whether ``words`` bear no mark at all, as in text typed without a Vietnamese keyboard."""
    return words.isascii() or fold(words) == words.lower()


@dataclass(frozen=True, slots=True)
class _Phrase:
    concept: str
    marked: str
    """The words as ``as_marked`` gives them; "" where marks do not count."""
    is_capitals: bool
    rest: re.Pattern[str] | None
    """What follows the words up to the first asterisk, in folded text; None where there is no asterisk."""


class Matcher:
    """Finds the phrases of one language.

    ``phrases`` are (concept, phrase) pairs. With ``marks_count`` a phrase counts where the text bears
    its very marks, or where the whole line bears none. A phrase written in capitals ("DN") matches
    capitals only. An asterisk behind a word's stem leaves its ending open, and the Match takes that in:
    "партийн* организаци*" is found in every case. ``variants`` are characters to read as others, such
    as traditional Chinese ones. Building raises ValueError for an empty phrase.
    """

    def __init__(
        self,
        phrases: Iterable[tuple[str, str]],
        *,
        marks_count: bool,
        variants: Mapping[int, int] | None = None,
    ) -> None:
        self.phrases = tuple(phrases)
        self._marks_count = marks_count
        self._variants = dict(variants or {})
        by_key: dict[str, tuple[_Phrase, ...]] = {}
        # Thousands of phrases differ in their keys alone, and share the rest.
        kept: dict[tuple[str, str, bool, str], tuple[_Phrase]] = {}
        for concept, phrase in self.phrases:
            stem, star, rest = to_nfc(phrase).partition("*")
            key = plain(stem)
            if self._variants:
                key = key.translate(self._variants)
            if not key or key.isspace():
                raise ValueError(f"the concept {concept} has an empty phrase")
            is_capitals = len(stem) > 1 and stem.isupper()
            entry = (concept, as_marked(stem) if marks_count else "", is_capitals, star + rest)
            if (lone := kept.get(entry)) is None:
                lone = kept[entry] = (_Phrase(*entry[:3], _rest_of_phrase(rest) if star else None),)
            alike = by_key.get(key)
            if alike is None:
                by_key[key] = lone
            elif lone[0] not in alike:
                by_key[key] = alike + lone
        self._keys: Sequence[tuple[_Phrase, ...]] = list(by_key.values())
        self._numbers: dict[frozenset[str], frozenset[int]] = {}
        self._automaton = AhoCorasick(list(by_key), matchkind=MatchKind.Standard)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled as its phrases: a worker process builds its own automaton."""
        return partial(Matcher, marks_count=self._marks_count, variants=self._variants), (self.phrases,)

    def find(self, text: str, needed: frozenset[str] = frozenset()) -> list[Match]:
        """All phrases in ``text`` (NFC), overlapping ones too, by start, of one start the longest first.

        With ``needed``, none where the text has no phrase of these concepts: most texts are done with so.
        """
        folded = plain(text)
        if self._variants:
            folded = folded.translate(self._variants)
        hits = self._automaton.find_matches_as_indexes(folded, overlapping=True)
        if needed:
            wanted = self._keys_of(needed)
            if next(self._confirm(text, folded, (hit for hit in hits if hit[0] in wanted)), None) is None:
                return []
        return sorted(self._confirm(text, folded, hits), key=lambda match: (match[1], -match[2]))

    def _keys_of(self, concepts: frozenset[str]) -> frozenset[int]:
        """Numbers of the keys that stand for one of ``concepts``; remembered, for few sets are asked for."""
        if concepts not in self._numbers:
            self._numbers[concepts] = frozenset(
                number
                for number, phrases in enumerate(self._keys)
                if any(phrase.concept in concepts for phrase in phrases)
            )
        return self._numbers[concepts]

    def _confirm(self, text: str, folded: str, hits: Iterable[tuple[int, int, int]]) -> Iterator[Match]:
        """The hits that are whole words and bear the right marks."""
        length = len(folded)
        for index, start, end in hits:
            if start and _is_one_word(folded[start - 1], folded[start]):
                continue
            written = text[start:end]
            for phrase in self._keys[index]:
                whole = end
                if phrase.rest is not None:
                    if (rest := phrase.rest.match(folded, end)) is None:
                        continue
                    whole = rest.end()
                if whole < length and self._goes_on(folded, whole):
                    continue
                if self._counts(phrase, written, text, start, end):
                    yield Match(phrase.concept, start, whole)

    def _goes_on(self, folded: str, end: int) -> bool:
        """Whether the word that a phrase ends with goes on; in Vietnamese a hyphen ends it."""
        if folded[end].isalnum():
            return _is_one_word(folded[end - 1], folded[end])
        return folded[end] == "-" and not self._marks_count and folded[end + 1 : end + 2].isalpha()

    def _counts(self, phrase: _Phrase, written: str, text: str, start: int, end: int) -> bool:
        if phrase.is_capitals and not written.isupper():
            return False
        if not self._marks_count or as_marked(written) == phrase.marked:
            return True
        return is_without_marks(written) and _line_is_without_marks(text, start, end)


def _is_one_word(left: str, right: str) -> bool:
    """Whether no word ends between two code points; Chinese is written without spaces, so there it may."""
    return left.isalnum() and right.isalnum() and not (_is_han(left) or _is_han(right))


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"


_ENDING = r"[^\W\d_]{0,6}"


@cache
def _rest_of_phrase(rest: str) -> re.Pattern[str]:
    """What stands behind a phrase's first asterisk, with an ending for that one and each other."""
    return re.compile("".join(_ENDING + re.escape(plain(piece)) for piece in rest.split("*")))


_LINE_WINDOW = 200


def _line_is_without_marks(text: str, start: int, end: int) -> bool:
    """Whether the text around bears no marks: its line, or 200 code points each way."""
    left = max(text.rfind("\n", 0, start) + 1, start - _LINE_WINDOW, 0)
    right = text.find("\n", end, end + _LINE_WINDOW)
    return is_without_marks(text[left : right if right >= 0 else end + _LINE_WINDOW])

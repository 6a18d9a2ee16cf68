"""The names in a text, without marks, so that Đỗ Thị Hường and Do Thi Huong are one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from analysis.stories.vocabulary import vocabulary

_TOKEN = re.compile(r"[^\W\d_]+")
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ch|ng|nh|[cmnpt])?"
)
_ENDS_SENTENCE = re.compile(r"[.!?:;…\n«“\"–•-]")
_PERSON = (3, 4)
_HONORIFICS = frozenset(("ong", "ba", "anh", "chi", "co", "chu", "em", "mr", "mrs", "ms", "mme", "m", "dr"))
_OFFICES = frozenset(("ban", "phong", "doan", "khoa"))
"""After Trưởng, which is a family name too, they make an office of it."""
_SHORTEST_BRAND = 4
_LONGEST_ACRONYM = 5
"""UBND, HĐND, FDI: offices and terms, no names of firms."""
_TITLE_CASE = 0.6


@dataclass(frozen=True, slots=True)
class Name:
    """A name as matched: a person, a word that is no Vietnamese syllable, or two syllables in a row."""

    key: str
    """Folded: "do thi huong", "seohanbit", "dong lach"."""
    kind: str
    """person, brand or pair."""
    start: int


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    start: int
    end: int
    is_capital: bool
    opens: bool
    """It is the first word of a sentence, so its capital says nothing."""


def find_names(text: str, folded: str) -> list[Name]:
    """Names in ``text``, in order; ``folded`` is the same text folded."""
    return [name for run in _runs(text, folded) for name in _names(text, run)]


def has_title_case(title: str) -> bool:
    """Whether nearly every word of ``title`` has a capital, as English headlines may."""
    words = [word for word in _TOKEN.findall(title) if len(word) > 3]
    return len(words) > 3 and sum(word[0].isupper() for word in words) > _TITLE_CASE * len(words)


def is_syllable(word: str) -> bool:
    """Whether the folded ``word`` could be a Vietnamese syllable."""
    return _SYLLABLE.fullmatch(word) is not None


def _tokens(text: str, folded: str) -> Iterator[_Token]:
    end = 0
    for match in _TOKEN.finditer(text):
        start = match.start()
        opens = end == 0 or _ENDS_SENTENCE.search(text, end, start) is not None
        end = match.end()
        yield _Token(folded[start:end], start, end, text[start].isupper(), opens)


def _runs(text: str, folded: str) -> Iterator[list[_Token]]:
    """Words with capitals that follow one another with nothing but a space between."""
    run: list[_Token] = []
    for token in _tokens(text, folded):
        if run and (not token.is_capital or text[run[-1].end : token.start] not in (" ", "-", "\u00a0")):
            yield run
            run = []
        if token.is_capital:
            run.append(token)
    if run:
        yield run


def _names(text: str, run: list[_Token]) -> Iterator[Name]:
    words = vocabulary()
    if run[0].word in _HONORIFICS:
        run = run[1:]
    person = _person(run)
    if person:
        key = " ".join(token.word for token in person)
        if key not in words.leaders:
            yield Name(key, "person", person[0].start)
    rest = [token for token in run if token not in person and token.word not in words.ordinary]
    for token in rest:
        is_acronym = text[token.start : token.end].isupper() and len(token.word) <= _LONGEST_ACRONYM
        if (
            not is_acronym
            and not _only_opens(token, run)
            and len(token.word) >= _SHORTEST_BRAND
            and not is_syllable(token.word)
        ):
            yield Name(token.word, "brand", token.start)
    for one, other in pairwise(rest):
        key = f"{one.word} {other.word}"
        is_pair = other.start == one.end + 1 and is_syllable(one.word) and is_syllable(other.word)
        if is_pair and key not in words.leaders:
            yield Name(key, "pair", one.start)


def _only_opens(token: _Token, run: list[_Token]) -> bool:
    """Whether the capital may come from the sentence alone: nothing but ordinary words follow it."""
    return token.opens and all(other is token or other.word in vocabulary().ordinary for other in run)


def _person(run: list[_Token]) -> list[_Token]:
    """The longest stretch of ``run`` that reads as a Vietnamese person's name."""
    families = vocabulary().family_names
    for at, token in enumerate(run):
        if token.word not in families or (at + 1 < len(run) and run[at + 1].word in _OFFICES):
            continue
        length = 0
        while at + length < len(run) and length < _PERSON[1] and is_syllable(run[at + length].word):
            length += 1
        if length >= _PERSON[0]:
            return run[at : at + length]
    return []

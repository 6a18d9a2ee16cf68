"""Sentences and paragraphs of a text, with exact offsets, in time linear in its length."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

MAX_SENTENCE = 1000
"""Code points. A longer sentence is cut, so that judging one is bounded work."""

_STOP = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=[\s]|$)|[。！？；]+[\"'”’»」』）)\]]*")
_STOPS_ZH = frozenset("。！？；")
_LINE = re.compile(r"[^\r\n\u2028\u2029]+")
_WORD = re.compile(r"(?:[^\W_]|[-/&])+")
_WORD_WINDOW = 24


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# A full stop behind one of these never ends a sentence: a name or a number follows.
_BEFORE_NAME = _words(
    """mr mrs ms dr prof gen sen rep hon st lt col maj capt sgt messrs vs fig vol pp
    tp ts ths pgs gs bs ks nxb đ/c mm mme mlle cf art chap ex sr sra srta dra ing lic pág núm
    им ул тов проф акад стр ст п"""
)
# Behind these it may, if what follows cannot be a part of the name.
_AFTER_NAME = _words("co ltd inc corp jsc plc llc jr sr bros etc al")
_STARTERS = _words(
    """the a an it its he she they we this these that those in on at by for from with to after before
    since while when as however meanwhile moreover furthermore according besides also there their his her
    currently up one some many most all each every both under over le la les il elle ils elles ce cette ces
    un une en au dans pour selon depuis el los las se este esta estos su sus por con para según además
    desde"""
)
_NUMBER_MARKS = frozenset(["no", "nos", "n", "sec", "dec", "jan", "feb", "aug", "sept", "oct", "nov", "art"])


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as a slice of its text: ``text[start:end]``, without white space at its ends."""

    start: int
    end: int
    """Exclusive."""
    paragraph: int
    """Number of the paragraph (a line with something on it), from 0."""


@lru_cache(maxsize=1)  # the readers of a flagged text ask one after the other
def split_sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of ``text`` in order; offsets are code points of ``text``.

    A line break always ends a sentence. One longer than ``MAX_SENTENCE`` is cut at a semicolon, a
    comma or a space. Only white space lies between sentences.
    """
    found: list[Sentence] = []
    for number, line in enumerate(_LINE.finditer(text)):
        for start, end in _sentences_of_line(text, line.start(), line.end()):
            if end - start <= MAX_SENTENCE:
                found.append(Sentence(start, end, number))
            else:
                found.extend(Sentence(*piece, number) for piece in _cut(text, start, end))
    return tuple(found)


def _sentences_of_line(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for stop in _STOP.finditer(text, start, end):
        may_go_on = stop.end() < end and stop.group()[0] not in _STOPS_ZH
        if may_go_on and not _ends_sentence(text, begin, stop):
            continue
        if (trimmed := _trim(text, begin, stop.end())) is not None:
            yield trimmed
        begin = stop.end()
    if (trimmed := _trim(text, begin, end)) is not None:
        yield trimmed


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None


def _ends_sentence(text: str, begin: int, stop: re.Match[str]) -> bool:
    """Whether the stop ends the sentence that began at ``begin``, judged by the words around it."""
    at, end = stop.span()
    following = text[end : end + _WORD_WINDOW].lstrip()
    if following and following[0].islower():
        return False
    if stop.group() != ".":
        return True
    match = _WORD.match(text[max(begin, at - _WORD_WINDOW) : at][::-1])
    word = match.group()[::-1] if match else ""
    lowered = word.lower()
    if lowered in _BEFORE_NAME:
        return False
    if lowered == "г" and not text[begin : at - 1].rstrip()[-1:].isdigit():
        return False  # the year "2025 г." may end a sentence, the city "г. Ханой" may not
    if lowered in _NUMBER_MARKS:
        return not following[:1].isdigit()
    if lowered in _AFTER_NAME:
        first = re.split(r"\W", following, maxsplit=1)[0].lower()
        return first in _STARTERS
    if len(word) == 1 and word.isalpha() and word.isupper():
        return False
    is_list_number = len(word) <= 2 and word.isdigit() and not text[begin : at - len(word)].strip()
    return not is_list_number


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > MAX_SENTENCE:
        at = _cutting_point(text, start, start + MAX_SENTENCE)
        if (trimmed := _trim(text, start, at)) is not None:
            yield trimmed
        start = at
    if (trimmed := _trim(text, start, end)) is not None:
        yield trimmed


def _cutting_point(text: str, start: int, limit: int) -> int:
    middle = start + (limit - start) // 2
    for mark in ("; ", ", ", " ", "，"):
        at = text.rfind(mark, middle, limit)
        if at >= 0:
            return at + len(mark)
    return limit

"""The text side of a search: what was typed -> terms, a text and terms -> the snippet to show. Pure."""

import re
from collections.abc import Iterator
from functools import lru_cache

from storage.folding import fold, to_nfc
from storage.models import Value
from storage.search_index import folded_words, marked_words

MAX_QUERY_CHARACTERS = 500
MAX_TERMS = 20
"""Characters and terms beyond these are left out; no reader types so many."""
SNIPPET_CHARACTERS = 240
_BEFORE = 60  # characters shown before the first match
_MAX_MATCHES = 500  # looked at for the best place; more only cost time
_QUOTES = '"“”„«»'
_CHUNK = re.compile(rf"(?:(?<!\S)([-−]))?(?:[{_QUOTES}]([^{_QUOTES}]*)[{_QUOTES}]?|([^\s{_QUOTES}]+))")


class Term(Value):
    """One word or one phrase to find: its words folded and as typed, both lower case."""

    folded: tuple[str, ...]
    marked: tuple[str, ...]

    @property
    def has_marks(self) -> bool:
        """Whether it was typed with marks that folding takes away."""
        return self.folded != self.marked

    @property
    def is_phrase(self) -> bool:
        """Whether it is several words."""
        return len(self.folded) > 1


class Query(Value):
    """What was typed, as understood."""

    terms: tuple[Term, ...] = ()
    """All of them must be there."""
    excluded: tuple[Term, ...] = ()
    """None of them may be there: as typed where it has marks, in any spelling where it has none."""

    @property
    def has_marks(self) -> bool:
        """Whether some texts may have the words, but with other marks than typed."""
        return any(term.has_marks for term in self.terms)

    def __bool__(self) -> bool:
        return bool(self.terms or self.excluded)


class Snippet(Value):
    """A piece of the original text where the query's words stand closest."""

    text: str
    """Begins or ends with … where the original goes on; line ends are spaces."""
    marks: tuple[tuple[int, int], ...]
    """The matched words: (start, end) offsets in ``text``, in code points, ascending."""


def parse_query(query: str) -> Query:
    """What was typed: a phrase for each pair of quotation marks, a word otherwise; a minus before excludes.

    A word with a hyphen or slash in it is a phrase of its parts: 21-NQ/TW. All other signs are left
    out; a query without a letter or digit is empty.
    """
    wanted: dict[Term, None] = {}
    excluded: dict[Term, None] = {}
    for minus, quoted, bare in _CHUNK.findall(to_nfc(query)[:MAX_QUERY_CHARACTERS]):
        chunk = quoted or bare
        term = Term(folded=tuple(folded_words(chunk)), marked=tuple(marked_words(chunk)))
        if term.folded:
            (excluded if minus else wanted)[term] = None
    terms = tuple(wanted)[:MAX_TERMS]
    return Query(terms=terms, excluded=tuple(excluded)[: MAX_TERMS - len(terms)])


def make_snippet(passage: str, terms: tuple[Term, ...]) -> Snippet:
    """Up to ``SNIPPET_CHARACTERS`` of ``passage`` around the terms; its beginning where none stands in it."""
    passage = to_nfc(passage)
    matches = sorted(_find(passage, terms))[:_MAX_MATCHES]
    start = _start_at_word(passage, max(0, _best(matches) - _BEFORE)) if matches else 0
    end = _end_at_word(passage, start + SNIPPET_CHARACTERS)
    before, after = "…" if start > 0 else "", "…" if end < len(passage) else ""
    text = before + passage[start:end].replace("\n", " ") + after
    shift = len(before) - start
    marks = [(first + shift, last + shift) for first, last, _ in matches if start <= first and last <= end]
    return Snippet(text=text, marks=tuple(_without_overlaps(marks)))


def _find(passage: str, terms: tuple[Term, ...]) -> Iterator[tuple[int, int, int]]:
    lowered, folded = _lowered(passage), None
    for number, term in enumerate(terms):
        spans = _spans(lowered, term.marked)
        if not spans:  # folding takes longer than all the rest
            folded = fold(passage) if folded is None else folded
            spans = _spans(folded, term.folded)
        for start, end in spans:
            yield start, end, number


def _lowered(passage: str) -> str:
    lowered = passage.lower()
    if len(lowered) == len(passage):
        return lowered
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in passage)


def _spans(passage: str, words: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where ``words`` stand together in ``passage``, both in the same spelling."""
    pattern, spans, at = _pattern(words), [], 0
    while match := pattern.search(passage, at):
        start, at = match.span()
        # Asked last: a pattern that begins with a letter is found sooner than one that looks back.
        if start and passage[start - 1].isalnum():
            at = start + 1
        else:
            spans.append((start, at))
    return spans


@lru_cache(maxsize=4 * MAX_TERMS)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"[\W_]+".join(map(re.escape, words)) + r"(?![^\W_])")


def _best(matches: list[tuple[int, int, int]]) -> int:
    """Start of the match with the most different terms from it on within one snippet."""
    reach = SNIPPET_CHARACTERS - _BEFORE

    def count_terms(index: int) -> int:
        near = matches[index : index + 2 * MAX_TERMS]
        return len({number for start, _, number in near if start < matches[index][0] + reach})

    return matches[max(range(len(matches)), key=count_terms)][0]


def _start_at_word(passage: str, start: int) -> int:
    if start == 0:
        return 0
    space = passage.find(" ", start, start + _BEFORE)
    return space + 1 if space >= 0 else start


def _end_at_word(passage: str, end: int) -> int:
    if end >= len(passage):
        return len(passage)
    space = passage.rfind(" ", end - _BEFORE, end + 1)
    return space if space >= 0 else end


def _without_overlaps(marks: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    last_end = 0
    for start, end in marks:
        if start >= last_end:
            yield start, end
            last_end = end

"""A judged text cut into paragraphs and runs, so that its evidence can be marked in place."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from storage.models import Evidence

_PARAGRAPH = re.compile(r"[^\n]+(?:\n[^\n]+)*")


@dataclass(frozen=True)
class Run:
    """Consecutive text that is one piece of evidence, or none."""

    pieces: tuple[tuple[str, bool], ...]
    """Text, and whether it is one of the matched words."""
    evidence: int | None = None
    """Position of the evidence, from 1."""
    is_first: bool = False
    """Whether the evidence begins here: it may go on in the next paragraph."""


def paragraphs(text: str, evidence: Sequence[Evidence]) -> list[list[Run]]:
    """The paragraphs of ``text`` as runs; their characters are exactly those of the text.

    ``evidence`` is in the order of the text, offsets in its code points. Where two overlap, the
    later one begins where the earlier one ends; what lies outside of the text is ignored.
    """
    return [_runs(text, *match.span(), evidence) for match in _PARAGRAPH.finditer(text)]


def _runs(text: str, begin: int, end: int, evidence: Sequence[Evidence]) -> list[Run]:
    runs = []
    at = begin
    for number, item in enumerate(evidence, start=1):
        start, stop = max(item.start, at), min(item.end, end)
        if start >= stop:
            continue
        if at < start:
            runs.append(Run(((text[at:start], False),)))
        runs.append(Run(_pieces(text, start, stop, item.marks), number, is_first=item.start == start))
        at = stop
    if at < end:
        runs.append(Run(((text[at:end], False),)))
    return runs


def _pieces(
    text: str, begin: int, end: int, marks: Sequence[tuple[int, int]]
) -> tuple[tuple[str, bool], ...]:
    pieces = []
    at = begin
    for mark_start, mark_end in marks:
        start, stop = max(mark_start, at), min(mark_end, end)
        if start < stop:
            pieces += [(text[at:start], False), (text[start:stop], True)]
            at = stop
    return tuple(piece for piece in [*pieces, (text[at:end], False)] if piece[0])

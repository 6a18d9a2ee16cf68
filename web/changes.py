"""What an outlet changed in an article after publishing it, word by word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from enum import StrEnum

from storage.models import Revision
from storage.revisions import History

_WORD = re.compile(r"\S+\s*")
_CONTEXT_WORDS = 12
"""Unchanged words shown on either side of a change."""
_MOST_WORDS = 4_000
"""Comparing costs the product of both lengths at worst; longer texts are compared by paragraph."""


class ChangeKind(StrEnum):
    """What became of a piece of text."""

    KEPT = "kept"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Piece:
    """A run of text with one fate; ``is_cut``: unchanged words are left out after it."""

    kind: ChangeKind
    text: str
    is_cut: bool = False


@dataclass(frozen=True)
class Edit:
    """One change of a text by its outlet."""

    read_at: datetime
    pieces: list[Piece]


def edits(past: History) -> list[Edit]:
    """What the outlet changed since, the newest change first."""
    pairs = zip(past.revisions, past.revisions[1:], strict=False)
    found = [Edit(after.read_at, changes(before.revision, after.revision)) for before, after in pairs]
    return found[::-1]


def changes(before: Revision, after: Revision) -> list[Piece]:
    """The pieces of title, lead and text in order, long unchanged stretches left out."""
    old, new = _units(before), _units(after)
    if len(old) + len(new) > 2 * _MOST_WORDS:
        old, new = _paragraphs(before), _paragraphs(after)
    pieces: list[Piece] = []
    operations = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for position, (operation, i1, i2, j1, j2) in enumerate(operations):
        if operation == "equal":
            pieces += _kept(old[i1:i2], is_first=position == 0, is_last=position == len(operations) - 1)
            continue
        if i1 < i2:
            pieces.append(Piece(ChangeKind.REMOVED, "".join(old[i1:i2])))
        if j1 < j2:
            pieces.append(Piece(ChangeKind.ADDED, "".join(new[j1:j2])))
    return pieces


def _kept(words: list[str], *, is_first: bool, is_last: bool) -> Iterator[Piece]:
    head = [] if is_first else words[:_CONTEXT_WORDS]
    tail = [] if is_last else words[-_CONTEXT_WORDS:]
    if len(head) + len(tail) >= len(words):
        yield Piece(ChangeKind.KEPT, "".join(words))
        return
    yield Piece(ChangeKind.KEPT, "".join(head), is_cut=True)
    if tail:
        yield Piece(ChangeKind.KEPT, "".join(tail))


def _units(revision: Revision) -> list[str]:
    return _WORD.findall(_whole(revision))


def _paragraphs(revision: Revision) -> list[str]:
    return _whole(revision).splitlines(keepends=True)


def _whole(revision: Revision) -> str:
    return "\n\n".join(part for part in (revision.title, revision.lead, revision.text) if part)

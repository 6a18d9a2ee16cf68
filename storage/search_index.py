"""The search index: the words of each Revision, with and without their marks.

Both databases index the same words, split and folded here, so that a search finds the same on both:
their own tokenizers differ in hyphens, addresses and numbers, and neither folds đ. The table
``revision_search`` holds only what it derives from ``revision`` and can be made anew.
"""

import re
from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col, select

from storage.dialects import is_postgresql
from storage.folding import fold, to_nfc
from storage.models import Revision
from storage.tables import RevisionRow

INDEXED_CHARACTERS = 200_000
"""Only so much of a text can be found; PostgreSQL refuses more than 1 MB of words."""
_BATCH = 100
_WORD = re.compile(r"[^\W_]{1,500}")  # PostgreSQL refuses words over 2,046 bytes

_INSERT = {
    False: text("INSERT INTO revision_search (rowid, folded, marked) VALUES (:id, :folded, :marked)"),
    True: text(
        "INSERT INTO revision_search (revision_id, folded, marked) "
        "VALUES (:id, CAST(:folded AS tsvector), CAST(:marked AS tsvector))"
    ),
}
_CLEAR = {
    False: text("INSERT INTO revision_search (revision_search) VALUES ('delete-all')"),
    True: text("DELETE FROM revision_search"),
}


def folded_words(passage: str) -> list[str]:
    """The words of ``passage``, folded: lower case, without marks, đ as d."""
    return _WORD.findall(fold(passage))


def marked_words(passage: str) -> list[str]:
    """The words of ``passage`` with their marks, in NFC and lower case."""
    return _WORD.findall(to_nfc(passage).lower())


def index_revisions(session: Session, revisions: Iterable[tuple[int, Revision]]) -> None:
    """Make title, lead and text of new Revisions, each with its id, findable."""
    write = _as_tsvector if is_postgresql(session) else " ".join
    rows = [
        {"id": revision_id, "folded": write(folded), "marked": write(marked)}
        for revision_id, revision in revisions
        for folded, marked in [_words_of(revision)]
    ]
    if rows:
        session.connection().execute(_INSERT[is_postgresql(session)], rows)


def _words_of(revision: Revision) -> tuple[list[str], list[str]]:
    passage = "\n".join((revision.title, revision.lead, revision.text))[:INDEXED_CHARACTERS]
    return folded_words(passage), marked_words(passage)


def _as_tsvector(words: list[str]) -> str:
    """The tsvector's written form; PostgreSQL's own parser leaves out words such as ²."""
    return " ".join(f"'{word}':{position}" for position, word in enumerate(words, start=1))


def is_search_index_whole(session: Session) -> bool:
    """Whether every Revision is in the index, and the index agrees with itself. Needs a write session."""
    found = session.execute(text("SELECT count(*) FROM revision_search")).scalar_one()
    if found != session.execute(text("SELECT count(*) FROM revision")).scalar_one():
        return False
    if is_postgresql(session):
        return True
    try:
        session.execute(text("INSERT INTO revision_search (revision_search) VALUES ('integrity-check')"))
    except DatabaseError:
        return False
    return True


def rebuild_search_index(session: Session) -> int:
    """Index every Revision anew, after the folding or the splitting has changed; returns how many."""
    session.execute(_CLEAR[is_postgresql(session)])
    count = 0
    query = select(RevisionRow).order_by(col(RevisionRow.id)).execution_options(yield_per=_BATCH)
    for rows in session.exec(query).partitions():
        index_revisions(
            session,
            (
                (row.id or 0, Revision(title=row.title, lead=row.lead, text=row.text, language=row.language))
                for row in rows
            ),
        )
        count += len(rows)
    return count
